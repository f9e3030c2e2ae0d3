/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOKE_H
#define JT_REVOKE_H

#include "core/jt_account.h"
#include "service/jt_actor.h"

/* Only ever tokens of actor->user's: every other is as if it were not there.
 * Each is effective on the next request to any process of this httpd, and of
 * all that share a cache with it. Both log and count what they have revoked,
 * and block as the database and a cache outside do. */

/**
 * Revoke one token.
 * @param token set to what this call revoked; NULL: the id is unknown, somebody
 *        else's, or was revoked by another call
 * @return APR_SUCCESS; anything else when the database could not say
 */
apr_status_t jt_revoke_one(const jt_actor_t *actor, apr_int64_t id,
                           jt_token_t **token);

/**
 * Revoke several.
 * @param ids apr_int64_t elements
 * @param revoked what became of them, whatever is returned
 * @return APR_SUCCESS when all that were meant are gone; anything else when
 *         some are not, or the database could not say
 */
apr_status_t jt_revoke_several(const jt_actor_t *actor,
                               const apr_array_header_t *ids,
                               jt_account_revoked_t *revoked);

#endif
