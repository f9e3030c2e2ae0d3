/* SPDX-License-Identifier: Apache-2.0
 *
 * A gate of N permits, so that a database or cache that hangs blocks only N
 * threads. It must not know what is behind the gate, or the clock.
 */
#include "state/jt_gate.h"

#include <apr_atomic.h>
#include <string.h>

#include "state/jt_process.h"

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

/* Clears the time and the kind first, or the next holder would look stuck, or
 * like the dead one; but only what that one left, as another caller may have
 * taken the permit already.
 * @return whether it is this call that has freed the permit */
static int reclaim_permit(jt_permit_t *permit, apr_uint32_t dead)
{
    jt_ticks_t since = apr_atomic_read32(&permit->since);
    apr_uint32_t kind = apr_atomic_read32(&permit->kind);

    if (apr_atomic_read32(&permit->holder) != dead) {
        return 0;
    }
    apr_atomic_cas32(&permit->since, 0, since);
    apr_atomic_cas32(&permit->kind, 0, kind);
    return apr_atomic_cas32(&permit->holder, 0, dead) == dead;
}

/* The state of a permit's holder. */
typedef enum holder_state_t {
    HOLDER_FINE,           /* or no holder */
    HOLDER_STUCK,          /* not yet for long */
    HOLDER_STUCK_FOR_LONG
} holder_state_t;

/* The two reads are not atomic together: a holder that changed in between is
 * fine. */
static holder_state_t inspect_permit(jt_permit_t *permit,
                                     const jt_gate_terms_t *terms,
                                     jt_ticks_t now)
{
    apr_uint32_t holder = apr_atomic_read32(&permit->holder);
    jt_ticks_t since = apr_atomic_read32(&permit->since);

    if (!holder
        || (since && jt_ticks_is_within(since, now, terms->stuck_after))) {
        return HOLDER_FINE;
    }
    if (jt_process_is_dead(holder)) {
        reclaim_permit(permit, holder);
        return HOLDER_FINE;
    }
    if (!since || apr_atomic_read32(&permit->holder) != holder
        || apr_atomic_read32(&permit->since) != since) {
        return HOLDER_FINE;
    }
    return jt_ticks_is_within(since, now, terms->stuck_until)
               ? HOLDER_STUCK : HOLDER_STUCK_FOR_LONG;
}

static apr_uint32_t get_most(const jt_gate_t *gate,
                             const jt_gate_terms_t *terms)
{
    return terms->most < gate->count ? terms->most : gate->count;
}

apr_status_t jt_gate_inspect(jt_gate_t *gate, const jt_gate_terms_t *terms,
                             jt_ticks_t now, apr_status_t *status_if_full)
{
    apr_uint32_t most = get_most(gate, terms);
    apr_uint32_t i;

    *status_if_full = APR_EBUSY;
    for (i = 0; terms->stuck_after && i < most; i++) {
        holder_state_t state = inspect_permit(&gate->permits[i], terms, now);

        if (state == HOLDER_STUCK && !terms->is_urgent) {
            return APR_TIMEUP;
        }
        if (state != HOLDER_FINE) {
            *status_if_full = APR_TIMEUP;
        }
    }
    return APR_SUCCESS;
}

static int take_permit(jt_permit_t *permit, apr_uint32_t kind,
                       apr_uint32_t self, jt_ticks_t now)
{
    if (apr_atomic_read32(&permit->holder)
        || apr_atomic_cas32(&permit->holder, self, 0)) {
        return 0;
    }
    apr_atomic_set32(&permit->since, now);
    if (kind) {
        apr_atomic_set32(&permit->kind, kind);
    }
    return 1;
}

apr_status_t jt_gate_enter(jt_gate_t *gate, const jt_gate_terms_t *terms,
                           jt_ticks_t now, apr_uint32_t *permit)
{
    apr_uint32_t most = get_most(gate, terms);
    apr_status_t status_if_full;
    apr_status_t status = jt_gate_inspect(gate, terms, now, &status_if_full);
    apr_uint32_t i;

    for (i = 0; status == APR_SUCCESS && i < most; i++) {
        if (take_permit(&gate->permits[i], terms->kind, terms->self, now)) {
            *permit = i;
            return APR_SUCCESS;
        }
    }
    return status == APR_SUCCESS ? status_if_full : status;
}

apr_status_t jt_gate_enter_at(jt_gate_t *gate, apr_uint32_t permit,
                              apr_uint32_t kind, apr_uint32_t self,
                              jt_ticks_t now)
{
    jt_permit_t *wanted = &gate->permits[permit];
    apr_uint32_t holder = apr_atomic_read32(&wanted->holder);

    if (holder && jt_process_is_dead(holder)) {
        reclaim_permit(wanted, holder);
    }
    if (take_permit(wanted, kind, self, now)) {
        return APR_SUCCESS;
    }
    return kind && apr_atomic_read32(&wanted->kind) == kind ? APR_EEXIST
                                                            : APR_EBUSY;
}

void jt_gate_leave(jt_gate_t *gate, apr_uint32_t permit)
{
    apr_atomic_set32(&gate->permits[permit].kind, 0);
    apr_atomic_set32(&gate->permits[permit].since, 0);
    apr_atomic_set32(&gate->permits[permit].holder, 0);
}

apr_uint32_t jt_gate_reclaim(jt_gate_t *gate)
{
    apr_uint32_t count = 0;
    apr_uint32_t i;

    for (i = 0; i < gate->count; i++) {
        apr_uint32_t holder = apr_atomic_read32(&gate->permits[i].holder);

        if (holder && jt_process_is_dead(holder)) {
            count += reclaim_permit(&gate->permits[i], holder) != 0;
        }
    }
    return count;
}

int jt_gate_is_still(jt_gate_t *gate, jt_ticks_t now, apr_int32_t span)
{
    apr_uint32_t i;

    for (i = 0; i < gate->count; i++) {
        jt_ticks_t since = apr_atomic_read32(&gate->permits[i].since);

        if (!since || jt_ticks_is_within(since, now, span)) {
            return 0;
        }
    }
    return 1;
}

int jt_gate_is_held_for(jt_gate_t *gate, apr_uint32_t kind)
{
    apr_uint32_t i;

    for (i = 0; i < gate->count; i++) {
        if (apr_atomic_read32(&gate->permits[i].holder)
            && apr_atomic_read32(&gate->permits[i].kind) == kind) {
            return 1;
        }
    }
    return 0;
}
