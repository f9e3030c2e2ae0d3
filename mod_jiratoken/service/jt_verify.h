/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VERIFY_H
#define JT_VERIFY_H

#include "core/jt_attempt.h"
#include "service/jt_actor.h"

/**
 * Check a password, from the cache or from the table. Blocks as the database
 * does, and for up to four seconds while another request checks the same
 * token. Thread-safe.
 * @param attempt a name that no user can have is unknown, without SQL
 * @param check set; its grant is from actor->pool
 * @return APR_SUCCESS; else the status of jt_dbd_run(): check is then undefined
 *         and access must not be granted
 */
apr_status_t jt_verify(const jt_actor_t *actor, const jt_attempt_t *attempt,
                       jt_check_t *check);

#endif
