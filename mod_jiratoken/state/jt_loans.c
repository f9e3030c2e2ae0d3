/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may take, or open, a connection of a pool. It must not know what lends
 * them, or the clock: that is in state/jt_connection.c.
 */
#include "state/jt_loans.h"

#include <apr_atomic.h>

/* Three numbers in one word, so that they change together: connections that
 * there are; those on loan, and beside them the one that is being opened; and
 * whether one is. */
#define COUNT 0x00007fffu
#define LENT_SHIFT 15
#define LENT 0x3fff8000u
#define ONE_LENT (1u << LENT_SHIFT)
#define OPENING 0x40000000u

/* In milliseconds: for how long an opening is waited for, and for how long it
 * may have held up the others. */
#define OPENING_TIME 1000
#define HELD_UP 100

/* The pause after an opening lasts as long as that took; after one that failed,
 * as where the database gives no more connections, ten times as long. */
#define FAILED_FACTOR 10
#define FAILED_PAUSE 1000
#define LONGEST_PAUSE 30000

static int is_pausing(jt_loans_t *loans, jt_ticks_t now)
{
    jt_ticks_t end = apr_atomic_read32(&loans->not_before);
    apr_int32_t left = (apr_int32_t)(end - now);

    return end && left > 0 && left <= LONGEST_PAUSE;
}

static apr_uint32_t get_lent(apr_uint32_t state)
{
    return (state & LENT) >> LENT_SHIFT;
}

/* More are on loan than there are, also where whoever may open one was faster,
 * and got the one that was meant for another: then that other one opens it. */
static int has_opening(apr_uint32_t state)
{
    return (state & OPENING) || get_lent(state) > (state & COUNT);
}

/* While one is opened, one that is idle may be left: the pool's lock keeps
 * everybody from it. Without any connection there is nothing to use in a
 * pause. */
static jt_loans_right_t choose_right(jt_loans_t *loans, apr_uint32_t state,
                                     jt_ticks_t now)
{
    apr_uint32_t count = state & COUNT;
    apr_uint32_t most = apr_atomic_read32(&loans->most);

    if (apr_atomic_read32(&loans->is_free)
        || get_lent(state) < count) {
        return JT_LOANS_TAKE;
    }
    if (has_opening(state) || (most && count >= most)
        || (count && is_pausing(loans, now))) {
        return JT_LOANS_NONE;
    }
    return JT_LOANS_OPEN;
}

jt_loans_right_t jt_loans_begin(jt_loans_t *loans, jt_ticks_t now)
{
    for (;;) {
        apr_uint32_t state = apr_atomic_read32(&loans->state);
        jt_loans_right_t right = choose_right(loans, state, now);
        apr_uint32_t next = state + ONE_LENT
                            + (right == JT_LOANS_OPEN ? OPENING : 0);

        /* The time first: a waiter must never see an opening of long ago. */
        if (right == JT_LOANS_OPEN) {
            apr_atomic_set32(&loans->opening, now);
        }
        if (right == JT_LOANS_NONE
            || apr_atomic_cas32(&loans->state, next, state) == state) {
            return right;
        }
    }
}

/* Changes the state: `add` to it, and these bits cleared. */
static void change_state(jt_loans_t *loans, apr_uint32_t add,
                         apr_uint32_t cleared)
{
    apr_uint32_t state;

    do {
        state = apr_atomic_read32(&loans->state);
    } while (apr_atomic_cas32(&loans->state, (state + add) & ~cleared, state)
             != state);
}

static apr_int32_t limit(apr_int32_t value, apr_int32_t least,
                         apr_int32_t most)
{
    return value < least ? least : value > most ? most : value;
}

static void set_pause(jt_loans_t *loans, int has_failed, jt_ticks_t now)
{
    apr_int32_t took = (apr_int32_t)(now - apr_atomic_read32(&loans->opening));
    apr_int32_t pause = limit(took, 0, LONGEST_PAUSE);

    if (has_failed) {
        pause = limit(pause * FAILED_FACTOR, FAILED_PAUSE, LONGEST_PAUSE);
    }
    apr_atomic_set32(&loans->not_before, (now + (jt_ticks_t)pause) | 1);
}

static void end_opening(jt_loans_t *loans, int has_failed, jt_ticks_t now)
{
    set_pause(loans, has_failed, now);
    apr_atomic_set32(&loans->opened, now);
    apr_atomic_set32(&loans->failed, has_failed ? now : 0);
}

void jt_loans_succeed(jt_loans_t *loans, jt_loans_right_t right,
                      jt_ticks_t now)
{
    if (right == JT_LOANS_OPEN) {
        end_opening(loans, 0, now);
        change_state(loans, 0, OPENING);
    }
}

void jt_loans_fail(jt_loans_t *loans, jt_loans_right_t right, jt_ticks_t now)
{
    if (right == JT_LOANS_OPEN) {
        end_opening(loans, 1, now);
    }
    change_state(loans, 0 - ONE_LENT, right == JT_LOANS_OPEN ? OPENING : 0);
}

void jt_loans_end(jt_loans_t *loans)
{
    change_state(loans, 0 - ONE_LENT, 0);
}

void jt_loans_add(jt_loans_t *loans, apr_uint32_t most)
{
    if (most) {
        apr_atomic_set32(&loans->most, most);
    }
    else {
        apr_atomic_set32(&loans->is_free, 1);
    }
    change_state(loans, 1, 0);
}

void jt_loans_drop(jt_loans_t *loans)
{
    apr_atomic_inc32(&loans->dropped);
    change_state(loans, 0 - 1u, 0);
}

apr_uint32_t jt_loans_count(jt_loans_t *loans)
{
    return apr_atomic_read32(&loans->state) & COUNT;
}

int jt_loans_is_locked(jt_loans_t *loans)
{
    return has_opening(apr_atomic_read32(&loans->state));
}

jt_ticks_t jt_loans_opening(jt_loans_t *loans)
{
    return apr_atomic_read32(&loans->opening);
}

int jt_loans_is_opening(jt_loans_t *loans, jt_ticks_t now)
{
    jt_ticks_t opened = apr_atomic_read32(&loans->opened);

    if (jt_loans_is_locked(loans)) {
        return jt_ticks_is_within(jt_loans_opening(loans), now, OPENING_TIME);
    }
    return opened && jt_ticks_is_within(opened, now, HELD_UP);
}

int jt_loans_is_hopeless(jt_loans_t *loans, jt_ticks_t begun)
{
    jt_ticks_t failed = apr_atomic_read32(&loans->failed);

    return failed && (apr_int32_t)(failed - begun) >= 0
           && !jt_loans_count(loans);
}
