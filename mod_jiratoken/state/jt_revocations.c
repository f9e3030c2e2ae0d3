/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocations as generations, and not as tombstones in a cache: a check that
 * read its row before it was deleted keeps its answer with the generation of
 * before, so whenever it does so nobody believes it. A tombstone could be
 * overwritten by such an answer, or be pushed out by other tokens. The price is
 * that a revocation also makes one in some thousand of the other tokens be
 * looked up anew, once. Knows neither tokens nor the clock.
 */
#include "state/jt_revocations.h"

#include <apr_atomic.h>
#include <string.h>

void jt_revocations_init(jt_revocations_t *revocations, apr_uint64_t epoch,
                         apr_int64_t now)
{
    memset(revocations, 0, sizeof(*revocations));
    revocations->epoch = epoch;
    revocations->base = now - 1;
}

static jt_revocations_range_t *range_of(jt_revocations_t *revocations,
                                        const unsigned char *id)
{
    return &revocations->ranges[(unsigned)(id[0] << 8 | id[1])
                                % JT_REVOCATIONS_RANGES];
}

apr_uint32_t jt_revocations_generation(jt_revocations_t *revocations,
                                       const unsigned char *id)
{
    return apr_atomic_read32(&range_of(revocations, id)->generation);
}

/* A clock that was set back takes nothing back. */
static void raise_to(volatile apr_uint32_t *value, apr_uint32_t to)
{
    apr_uint32_t now = apr_atomic_read32(value);

    while (now < to) {
        apr_uint32_t seen = apr_atomic_cas32(value, to, now);

        if (seen == now) {
            return;
        }
        now = seen;
    }
}

/* The time first: whoever sees the new generation sees the time as well. */
void jt_revocations_add(jt_revocations_t *revocations,
                        const unsigned char *id, apr_int64_t now)
{
    jt_revocations_range_t *range = range_of(revocations, id);

    raise_to(&range->last_at, now > revocations->base
                                  ? (apr_uint32_t)(now - revocations->base)
                                  : 1);
    apr_atomic_inc32(&range->generation);
}

/* Another httpd's generations mean nothing here: by its time, then. */
int jt_revocations_is_current(jt_revocations_t *revocations,
                              const unsigned char *id,
                              const jt_revocations_stamp_t *stamp)
{
    jt_revocations_range_t *range = range_of(revocations, id);
    apr_uint32_t last_at;

    if (stamp->epoch == revocations->epoch) {
        return stamp->generation == apr_atomic_read32(&range->generation);
    }
    last_at = apr_atomic_read32(&range->last_at);
    return !last_at || stamp->asked_at > revocations->base + last_at;
}
