/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight: who leads and who follows. It must not know tokens or the
 * clock; followers sleep in state/jt_shared.c.
 */
#include "state/jt_flights.h"

#include <apr_atomic.h>

/* In milliseconds: how long a follower waits; how long after another one has
 * timed out, and for how long that lasts. */
#define WAIT 1000
#define SHORT_WAIT 100
#define SHORT_FOR 10000

static volatile jt_ticks_t *get_bucket(jt_flights_t *flights,
                                       const unsigned char *id)
{
    return &flights->buckets[(unsigned)(id[2] << 8 | id[3])
                             % JT_FLIGHTS_BUCKETS];
}

/* The second try is for a bucket that was freed in between: there is no
 * follower without a leader. */
jt_ticks_t jt_flights_join(jt_flights_t *flights, const unsigned char *id,
                           jt_ticks_t now)
{
    volatile jt_ticks_t *bucket = get_bucket(flights, id);
    jt_ticks_t since = apr_atomic_read32(bucket);

    for (;;) {
        jt_ticks_t seen;

        if (since && jt_ticks_is_within(since, now, WAIT)) {
            return since;
        }
        seen = apr_atomic_cas32(bucket, now, since);
        if (seen == since) {
            return 0;
        }
        since = seen;
    }
}

static apr_int32_t get_wait(jt_flights_t *flights, jt_ticks_t now)
{
    jt_ticks_t timed_out_at = apr_atomic_read32(&flights->timed_out_at);

    return timed_out_at && jt_ticks_is_within(timed_out_at, now, SHORT_FOR)
               ? SHORT_WAIT : WAIT;
}

int jt_flights_is_worth_waiting(jt_flights_t *flights,
                                const unsigned char *id, jt_ticks_t leader,
                                jt_ticks_t now)
{
    return apr_atomic_read32(get_bucket(flights, id)) == leader
           && jt_ticks_is_within(leader, now, get_wait(flights, now));
}

void jt_flights_leave(jt_flights_t *flights, const unsigned char *id,
                      jt_ticks_t leader, jt_ticks_t now)
{
    if (apr_atomic_read32(get_bucket(flights, id)) == leader) {
        apr_atomic_set32(&flights->timed_out_at, now);
    }
}

void jt_flights_land(jt_flights_t *flights, const unsigned char *id,
                     jt_ticks_t begun, int is_answered)
{
    if (is_answered) {
        apr_atomic_set32(&flights->timed_out_at, 0);
    }
    apr_atomic_cas32(get_bucket(flights, id), 0, begun);
}
