/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a request waits for its turn at the database. It must not know what
 * it waits for, or the clock: that is in state/jt_permits.c and
 * state/jt_connection.c.
 */
#include "state/jt_patience.h"

/* In milliseconds: all waits of a request, and those of a call in which nothing
 * moves. */
#define WAIT 2000
#define STALL 100

void jt_patience_begin(jt_patience_t *patience)
{
    patience->stalled = 0;
}

static int is_within(apr_int32_t left, jt_ticks_t begun, jt_ticks_t now)
{
    apr_int32_t passed = (apr_int32_t)(now - begun);

    return passed >= 0 && passed < left;
}

int jt_patience_lasts(const jt_patience_t *patience, jt_ticks_t begun,
                      jt_ticks_t now)
{
    return is_within(WAIT - patience->spent, begun, now);
}

int jt_patience_is_fresh(const jt_patience_t *patience, jt_ticks_t begun,
                         jt_ticks_t now)
{
    return is_within(STALL - patience->stalled, begun, now);
}

void jt_patience_spend(jt_patience_t *patience, jt_ticks_t begun,
                       jt_ticks_t now)
{
    apr_int32_t passed = (apr_int32_t)(now - begun);

    if (passed > 0) {
        passed = passed < WAIT ? passed : WAIT;
        patience->spent += passed;
        patience->stalled += passed;
    }
}

jt_ticks_t jt_patience_since(const jt_patience_t *patience, jt_ticks_t begun)
{
    return (begun - (jt_ticks_t)patience->stalled) | 1;
}
