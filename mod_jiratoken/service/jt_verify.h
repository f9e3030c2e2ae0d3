/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VERIFY_H
#define JT_VERIFY_H

#include "core/jt_attempt.h"
#include "service/jt_actor.h"

/**
 * Check a password: by what is remembered of it, or by the table. Blocks as
 * the database does, for up to a second more where another request asks about
 * the same token.
 * @param attempt a name that can be nobody's is unknown, without SQL
 * @param check set; its grant is from actor->pool
 * @return APR_SUCCESS, or what jt_dbd_run() returned when nobody can say: then
 *         check says nothing and nobody may be let in
 */
apr_status_t jt_verify(const jt_actor_t *actor, const jt_attempt_t *attempt,
                       jt_check_t *check);

#endif
