/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PATIENCE_H
#define JT_PATIENCE_H

#include "state/jt_ticks.h"

/** What a client's request has of patience with the database, in milliseconds
 * that it has waited for its turn. One thread's; zeroed: all of it. Nothing
 * blocks. */
typedef struct jt_patience_t {
    apr_int32_t spent;   /* in all */
    apr_int32_t stalled; /* by the present call */
} jt_patience_t;

/** A call begins, which may wait several times: for a permit, and then for a
 * connection. */
void jt_patience_begin(jt_patience_t *patience);

/**
 * Whether a wait may go on: all waits of a request last two seconds together.
 * @param begun when this one began; later than `now` when the clock was set
 *        back, and then it may not
 */
int jt_patience_lasts(const jt_patience_t *patience, jt_ticks_t begun,
                      jt_ticks_t now);

/** Whether a wait may go on although nothing moves: a call waits a tenth of a
 * second then. @param begun as above */
int jt_patience_is_fresh(const jt_patience_t *patience, jt_ticks_t begun,
                         jt_ticks_t now);

/** A wait has ended. @param begun when it began */
void jt_patience_spend(jt_patience_t *patience, jt_ticks_t begun,
                       jt_ticks_t now);

/** Since when the present call would have been waiting, had it not stopped in
 * between. @param begun when its present wait began */
jt_ticks_t jt_patience_since(const jt_patience_t *patience, jt_ticks_t begun);

#endif
