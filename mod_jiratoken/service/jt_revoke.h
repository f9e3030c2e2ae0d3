/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOKE_H
#define JT_REVOKE_H

#include "core/jt_account.h"
#include "service/jt_actor.h"

/* Only tokens of actor->user can be revoked: any other is treated as missing. A
 * revocation takes effect with the next request to any process of this httpd,
 * and to all servers that share a cache with it. Both log and count what they
 * have revoked, and block as the database and a cache outside do. Results are
 * from actor->pool. */

/**
 * Revoke one token.
 * @param token set to the token that this call revoked; NULL: the id is unknown
 *        or another user's, or another call was first
 * @return APR_SUCCESS; anything else when the database could not answer
 */
apr_status_t jt_revoke_one(const jt_actor_t *actor, apr_int64_t id,
                           jt_token_t **token);

/**
 * Revoke several tokens.
 * @param ids apr_int64_t elements
 * @param revoked set, whatever is returned
 * @return APR_SUCCESS when all the chosen tokens are gone; anything else when
 *         some are not, or the database could not answer
 */
apr_status_t jt_revoke_several(const jt_actor_t *actor,
                               const apr_array_header_t *ids,
                               jt_account_revoked_t *revoked);

/** Log and count a token that was revoked, for who else revokes. */
void jt_revoke_log(const jt_actor_t *actor, const jt_token_t *token);

/** Log that the database's answer was lost, so that a token may or may not be
 * revoked. */
void jt_revoke_log_uncertain(const jt_actor_t *actor, const jt_token_t *token);

#endif
