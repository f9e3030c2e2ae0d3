/* SPDX-License-Identifier: Apache-2.0
 *
 * A gate of N permits, so that a database or a cache that hangs keeps only so
 * many threads busy. Knows neither what is behind it nor the clock.
 */
#include "state/jt_gate.h"

#include <apr_atomic.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

apr_size_t jt_gate_size(apr_uint32_t count)
{
    return sizeof(jt_gate_t) + count * sizeof(jt_permit_t);
}

jt_gate_t *jt_gate_make(void *memory, apr_uint32_t count)
{
    jt_gate_t *gate = memory;

    memset(gate, 0, jt_gate_size(count));
    gate->count = count;
    return gate;
}

static int is_dead(apr_uint32_t pid)
{
    return kill((pid_t)pid, 0) && errno == ESRCH;
}

/* Its time goes first, or who takes the permit next would look stuck; but not
 * the time of somebody who has taken it already. */
static void take_back(jt_permit_t *permit, apr_uint32_t dead)
{
    jt_ticks_t since = apr_atomic_read32(&permit->since);

    if (apr_atomic_read32(&permit->holder) == dead) {
        apr_atomic_cas32(&permit->since, 0, since);
        apr_atomic_cas32(&permit->holder, 0, dead);
    }
}

/* How a permit's holder fares. */
typedef enum health_t {
    HEALTH_WELL,           /* or there is no holder */
    HEALTH_STUCK,          /* of late */
    HEALTH_STUCK_FOR_LONG
} health_t;

/* Two reads are no snapshot: a holder that has changed in between is well. */
static health_t look_at(jt_permit_t *permit, const jt_gate_terms_t *terms,
                        jt_ticks_t now)
{
    apr_uint32_t holder = apr_atomic_read32(&permit->holder);
    jt_ticks_t since = apr_atomic_read32(&permit->since);

    if (!holder
        || (since && jt_ticks_is_within(since, now, terms->stuck_after))) {
        return HEALTH_WELL;
    }
    if (is_dead(holder)) {
        take_back(permit, holder);
        return HEALTH_WELL;
    }
    if (!since || apr_atomic_read32(&permit->holder) != holder
        || apr_atomic_read32(&permit->since) != since) {
        return HEALTH_WELL;
    }
    return jt_ticks_is_within(since, now, terms->stuck_until)
               ? HEALTH_STUCK : HEALTH_STUCK_FOR_LONG;
}

/* @return what a full gate means: APR_EBUSY, or APR_TIMEUP where somebody has
 *         been stuck for long
 * @param is_stuck set where the caller is to do without, at once */
static apr_status_t look_at_all(jt_gate_t *gate, const jt_gate_terms_t *terms,
                                apr_uint32_t most, jt_ticks_t now,
                                int *is_stuck)
{
    apr_status_t when_full = APR_EBUSY;
    apr_uint32_t i;

    *is_stuck = 0;
    for (i = 0; terms->stuck_after && i < most; i++) {
        health_t health = look_at(&gate->permits[i], terms, now);

        if (health == HEALTH_STUCK && !terms->is_urgent) {
            *is_stuck = 1;
            return APR_TIMEUP;
        }
        if (health != HEALTH_WELL) {
            when_full = APR_TIMEUP;
        }
    }
    return when_full;
}

static int take(jt_gate_t *gate, apr_uint32_t permit, apr_uint32_t self,
                jt_ticks_t now)
{
    jt_permit_t *wanted = &gate->permits[permit];

    if (apr_atomic_read32(&wanted->holder)
        || apr_atomic_cas32(&wanted->holder, self, 0)) {
        return 0;
    }
    apr_atomic_set32(&wanted->since, now);
    apr_atomic_set32(&gate->moved, now);
    return 1;
}

apr_status_t jt_gate_enter(jt_gate_t *gate, const jt_gate_terms_t *terms,
                           jt_ticks_t now, apr_uint32_t *permit)
{
    apr_uint32_t most = terms->most < gate->count ? terms->most : gate->count;
    int is_stuck;
    apr_status_t when_full = look_at_all(gate, terms, most, now, &is_stuck);
    apr_uint32_t i;

    for (i = 0; !is_stuck && i < most; i++) {
        if (take(gate, i, terms->self, now)) {
            *permit = i;
            return APR_SUCCESS;
        }
    }
    return when_full;
}

apr_status_t jt_gate_enter_at(jt_gate_t *gate, apr_uint32_t permit,
                              apr_uint32_t self, jt_ticks_t now)
{
    apr_uint32_t holder = apr_atomic_read32(&gate->permits[permit].holder);

    if (holder && is_dead(holder)) {
        take_back(&gate->permits[permit], holder);
    }
    return take(gate, permit, self, now) ? APR_SUCCESS : APR_EBUSY;
}

void jt_gate_leave(jt_gate_t *gate, apr_uint32_t permit, jt_ticks_t now)
{
    apr_atomic_set32(&gate->moved, now);
    apr_atomic_set32(&gate->permits[permit].since, 0);
    apr_atomic_set32(&gate->permits[permit].holder, 0);
}

void jt_gate_reclaim(jt_gate_t *gate)
{
    apr_uint32_t i;

    for (i = 0; i < gate->count; i++) {
        apr_uint32_t holder = apr_atomic_read32(&gate->permits[i].holder);

        if (holder && is_dead(holder)) {
            take_back(&gate->permits[i], holder);
        }
    }
}

int jt_gate_is_worth_waiting(jt_gate_t *gate, jt_ticks_t begun,
                             jt_ticks_t now, apr_int32_t wait,
                             apr_int32_t still)
{
    return jt_ticks_is_within(begun, now, wait)
           && jt_ticks_is_within(apr_atomic_read32(&gate->moved), now,
                                 still + 1);
}
