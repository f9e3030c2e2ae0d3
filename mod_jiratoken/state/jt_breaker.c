/* SPDX-License-Identifier: Apache-2.0
 *
 * A circuit breaker. Knows neither the database nor the clock, nor how many
 * calls there may be: that is state/jt_gate.c's.
 */
#include "state/jt_breaker.h"

#include <apr_atomic.h>

/* Milliseconds after which another caller finds out, though the one that was
 * to has not said so. */
#define PROBE 5000

int jt_breaker_allows(jt_breaker_t *breaker, apr_uint32_t self,
                      jt_ticks_t now)
{
    apr_uint32_t other;

    if (!apr_atomic_read32(&breaker->is_open)) {
        return 1;
    }
    other = apr_atomic_read32(&breaker->prober);
    if (other
        && jt_ticks_is_within(apr_atomic_read32(&breaker->probed), now,
                              PROBE)) {
        return 0;
    }
    if (apr_atomic_cas32(&breaker->prober, self, other) != other) {
        return 0;
    }
    apr_atomic_set32(&breaker->probed, now);
    return 1;
}

void jt_breaker_report(jt_breaker_t *breaker, int is_down)
{
    apr_atomic_set32(&breaker->is_open, is_down != 0);
    apr_atomic_set32(&breaker->prober, 0);
}

int jt_breaker_is_probed(jt_breaker_t *breaker, jt_ticks_t now,
                         apr_int32_t span)
{
    return jt_ticks_is_within(apr_atomic_read32(&breaker->probed), now, span);
}
