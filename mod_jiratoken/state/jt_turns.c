/* SPDX-License-Identifier: Apache-2.0
 *
 * Who of those that wait goes first. It must not know where to, or the clock.
 */
#include "state/jt_turns.h"

#include <apr_atomic.h>

/* In milliseconds: how long one has waited who may be the first, and how long
 * after it last looked it no longer is: it may have been killed. */
#define OLD 500
#define PRESENT 50

static int has_waited(jt_ticks_t since, jt_ticks_t now)
{
    apr_int32_t passed = (apr_int32_t)(now - since);

    return passed >= OLD;
}

/* Two that began at the same time are both the first. */
int jt_turns_allows(jt_turns_t *turns, jt_ticks_t since, jt_ticks_t now)
{
    jt_ticks_t first = apr_atomic_read32(&turns->first);
    int is_taken = first && jt_ticks_is_within(apr_atomic_read32(&turns->seen),
                                               now, PRESENT);

    if (has_waited(since, now)
        && (!is_taken || (apr_int32_t)(since - first) <= 0)) {
        apr_atomic_set32(&turns->seen, now);
        if (first != since) {
            apr_atomic_set32(&turns->first, since);
        }
        return 1;
    }
    return !is_taken;
}

void jt_turns_leave(jt_turns_t *turns, jt_ticks_t since)
{
    if (apr_atomic_read32(&turns->first) == since) {
        apr_atomic_cas32(&turns->first, 0, since);
    }
}
