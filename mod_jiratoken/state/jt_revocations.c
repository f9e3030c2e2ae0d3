/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocations as generations, instead of tombstones in the cache. A check that
 * reads its row just before the deletion stores its answer with the old
 * generation, so the answer is never used, however late it is stored. A
 * tombstone could be overwritten by such an answer, or evicted. The price: a
 * revocation also invalidates other tokens of the same range, which are looked
 * up again once. It must not know tokens or the clock.
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

void jt_revocations_distrust(jt_revocations_t *revocations)
{
    revocations->is_distrusted = 1;
}

static jt_revocations_range_t *get_range(jt_revocations_t *revocations,
                                         const unsigned char *id)
{
    return &revocations->ranges[(unsigned)(id[0] << 8 | id[1])
                                % JT_REVOCATIONS_RANGES];
}

apr_uint32_t jt_revocations_generation(jt_revocations_t *revocations,
                                       const unsigned char *id)
{
    return apr_atomic_read32(&get_range(revocations, id)->generation);
}

/* A clock that is set back must not lower the value. */
static void raise_value(volatile apr_uint32_t *value, apr_uint32_t to)
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

/* The time is written first: a reader of the new generation then sees it
 * too. */
void jt_revocations_add(jt_revocations_t *revocations,
                        const unsigned char *id, apr_int64_t now)
{
    jt_revocations_range_t *range = get_range(revocations, id);

    raise_value(&range->last_at, now > revocations->base
                                  ? (apr_uint32_t)(now - revocations->base)
                                  : 1);
    apr_atomic_inc32(&range->generation);
}

/* Another httpd's generations cannot be compared with ours, so its entries are
 * compared by time. */
int jt_revocations_is_current(jt_revocations_t *revocations,
                              const unsigned char *id,
                              const jt_revocations_stamp_t *stamp)
{
    jt_revocations_range_t *range = get_range(revocations, id);
    apr_uint32_t last_at;

    if (stamp->epoch == revocations->epoch) {
        return !revocations->is_distrusted
               && stamp->generation == apr_atomic_read32(&range->generation);
    }
    last_at = apr_atomic_read32(&range->last_at);
    return !last_at || stamp->asked_at > revocations->base + last_at;
}
