/* SPDX-License-Identifier: Apache-2.0
 *
 * A circuit breaker. It must not know the database, the clock or how many calls
 * may be in flight: that is in state/jt_gate.c.
 */
#include "state/jt_breaker.h"

#include <apr_atomic.h>

/* Milliseconds after which another caller may probe, because the prober has not
 * reported: it may have been killed. */
#define PROBE_TIMEOUT 5000

/* The time identifies the probe: a process id would admit all of its
 * threads. */
int jt_breaker_allows(jt_breaker_t *breaker, jt_ticks_t now,
                      jt_ticks_t *probe)
{
    jt_ticks_t since;

    *probe = 0;
    if (!apr_atomic_read32(&breaker->is_open)) {
        return 1;
    }
    since = apr_atomic_read32(&breaker->probe);
    if ((since && jt_ticks_is_within(since, now, PROBE_TIMEOUT))
        || apr_atomic_cas32(&breaker->probe, now, since) != since) {
        return 0;
    }
    apr_atomic_set32(&breaker->probed, now);
    *probe = now;
    return 1;
}

/* Every call reports, nearly always what is known: a line of memory that all
 * threads share is read before it is written. */
static void set(volatile apr_uint32_t *word, apr_uint32_t value)
{
    if (apr_atomic_read32(word) != value) {
        apr_atomic_set32(word, value);
    }
}

void jt_breaker_report(jt_breaker_t *breaker, jt_ticks_t probe, int is_down)
{
    set(&breaker->is_open, is_down != 0);
    if (!is_down) {
        set(&breaker->probe, 0);
    }
    else {
        jt_breaker_release(breaker, probe);
    }
}

/* Its own probe alone: after a while, another one may have begun. */
void jt_breaker_release(jt_breaker_t *breaker, jt_ticks_t probe)
{
    if (probe) {
        apr_atomic_cas32(&breaker->probe, 0, probe);
    }
}

int jt_breaker_is_probed(jt_breaker_t *breaker, jt_ticks_t now,
                         apr_int32_t span)
{
    return jt_ticks_is_within(apr_atomic_read32(&breaker->probed), now, span);
}
