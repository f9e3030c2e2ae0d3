/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a database answers those who came before. It must not know who waits,
 * or the clock.
 */
#include "state/jt_progress.h"

#include <apr_atomic.h>

/* In milliseconds: how long ago a success is a movement, and a sign of life;
 * and for how long an opening that others wait for may take before it counts as
 * nothing. */
#define MOVING 100
#define ALIVE 1000
#define OPENING 1000

/* Calls of the same moment share a line of memory: it is read first. */
void jt_progress_note(jt_progress_t *progress, jt_ticks_t now)
{
    if (apr_atomic_read32(&progress->moved) != now) {
        apr_atomic_set32(&progress->moved, now);
    }
}

/* The time first: one who waits must never see one of long ago. */
void jt_progress_hold_up(jt_progress_t *progress, jt_ticks_t opening)
{
    apr_atomic_set32(&progress->held_since, opening);
    apr_atomic_inc32(&progress->held_up);
}

void jt_progress_let_go(jt_progress_t *progress, jt_ticks_t now)
{
    jt_progress_note(progress, now);
    apr_atomic_dec32(&progress->held_up);
}

void jt_progress_open(jt_progress_t *progress, jt_ticks_t now)
{
    apr_atomic_set32(&progress->opening, now);
}

/* Another child may have begun since: then that one counts. */
void jt_progress_land(jt_progress_t *progress, jt_ticks_t begun)
{
    apr_atomic_cas32(&progress->opening, 0, begun);
}

static int is_recent(volatile jt_ticks_t *instant, jt_ticks_t now,
                     apr_int32_t span)
{
    jt_ticks_t then = apr_atomic_read32(instant);

    return then && jt_ticks_is_within(then, now, span);
}

int jt_progress_is_moving(jt_progress_t *progress, jt_ticks_t now)
{
    return (apr_atomic_read32(&progress->held_up)
            && is_recent(&progress->held_since, now, OPENING))
           || is_recent(&progress->moved, now, MOVING)
           || is_recent(&progress->opening, now, OPENING);
}

int jt_progress_is_alive(jt_progress_t *progress, jt_ticks_t now)
{
    return is_recent(&progress->moved, now, ALIVE);
}
