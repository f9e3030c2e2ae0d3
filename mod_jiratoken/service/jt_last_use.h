/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LAST_USE_H
#define JT_LAST_USE_H

#include "service/jt_actor.h"

/** The child_init hook. @param pool the child's */
void jt_last_use_child_init(apr_pool_t *pool, server_rec *main_server);

/** Whether last uses can be written, as far as is known: zero for a minute
 * after a failure. Thread-safe. */
int jt_last_use_is_available(const jt_actor_t *actor);

/**
 * Record that a token was used, once the response has been sent. If another
 * thread of this child is writing last uses, that thread writes this one too;
 * otherwise this call blocks as the database does. A failure is logged by
 * state/jt_dbd.c and has no other effect. Thread-safe.
 * @param actor with the address and the time of the use
 * @param id of the token
 * @param digest of the token
 */
void jt_last_use_note(const jt_actor_t *actor, apr_int64_t id,
                      const char *digest);

#endif
