/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_MESSAGES_H
#define JT_MESSAGES_H

#include <httpd.h>

#include "state/jt_ticks.h"

/** What a process knows of the messages of one server. */
typedef struct jt_messages_t jt_messages_t;

/** Not a thing is told yet. @param is_awaited not zero: a step ends as soon as
 * it can. Both live as long as the process */
jt_messages_t *jt_messages_make(server_rec *s,
                                volatile apr_uint32_t *is_awaited,
                                apr_pool_t *pool);

/**
 * Take what has happened, begin programs that tell it, ten at a time, and note
 * which have ended. Never waits for one; blocks as the database does. One
 * thread's.
 * @param pool scratch
 */
void jt_messages_step(jt_messages_t *messages, apr_pool_t *pool);

/** The process will not go on. Programs have a second to end, and are killed
 * then; what they were to tell is told again.
 * @param begun when that second began: it is the same for all servers
 * @param pool scratch */
void jt_messages_stop(jt_messages_t *messages, jt_ticks_t begun,
                      apr_pool_t *pool);

/** The process ends now, perhaps within a signal's handler: kill the programs.
 * What they were to tell is told when the lease is over. Does not block. */
void jt_messages_kill(jt_messages_t *messages);

#endif
