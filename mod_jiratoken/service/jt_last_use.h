/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LAST_USE_H
#define JT_LAST_USE_H

#include "service/jt_actor.h"

/** The child_init hook. */
void jt_last_use_child_init(apr_pool_t *pool, server_rec *main_server);

/** Whether notes can be written, as far as is known: for a minute after one
 * could not be, they are taken for those that cannot. */
int jt_last_use_is_well(const jt_actor_t *actor);

/**
 * Write down that a token was used, once the response has gone out: at once,
 * or, while another thread of this child writes such notes, that one does. May
 * block as the database does. A failure is logged by state/jt_dbd.c, and
 * touches nobody.
 * @param actor its address and `now` are noted
 * @param id the token's
 * @param digest the token's
 */
void jt_last_use_note(const jt_actor_t *actor, apr_int64_t id,
                      const char *digest);

#endif
