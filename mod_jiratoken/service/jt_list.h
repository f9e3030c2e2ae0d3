/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LIST_H
#define JT_LIST_H

#include "core/jt_account.h"
#include "service/jt_actor.h"

/* Only tokens of actor->user are ever returned. Both block as the database
 * does, and return APR_SUCCESS, or anything else when it could not answer.
 * Results are from actor->pool. */

/** List all tokens, oldest first. @param tokens jt_token_t elements */
apr_status_t jt_list_all(const jt_actor_t *actor,
                         apr_array_header_t **tokens);

/**
 * Find a token by its id.
 * @param token set to NULL for another user's, an unknown and a revoked id
 *        alike
 */
apr_status_t jt_list_find(const jt_actor_t *actor, apr_int64_t id,
                          jt_token_t **token);

#endif
