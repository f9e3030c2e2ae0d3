/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight: who leads and who follows. It must not know tokens or the
 * clock; followers sleep in state/jt_shared.c.
 */
#include "state/jt_flights.h"

#include <apr_atomic.h>

/* In milliseconds: how long a follower waits for its leader, which waits for
 * its turn (state/jt_patience.h) and may have to connect; how long once that
 * one has asked; how long after another follower has timed out, and for how
 * long that lasts. */
#define WAIT 4000
#define ANSWER_WAIT 2000
#define SHORT_WAIT 100
#define SHORT_FOR 10000

static jt_flight_t *get_bucket(jt_flights_t *flights, const unsigned char *id)
{
    return &flights->buckets[(unsigned)(id[2] << 8 | id[3])
                             % JT_FLIGHTS_BUCKETS];
}

/* Whether an answer may be expected from this leader. What an earlier one of
 * the bucket's asked does not count. */
static int is_expected(jt_flight_t *flight, jt_ticks_t leader, jt_ticks_t now)
{
    jt_ticks_t asked = apr_atomic_read32(&flight->asked);

    return jt_ticks_is_within(leader, now, WAIT)
           && (!asked || (apr_int32_t)(asked - leader) < 0
               || jt_ticks_is_within(asked, now, ANSWER_WAIT));
}

/* The second try is for a bucket that was freed in between: there is no
 * follower without a leader. */
jt_ticks_t jt_flights_join(jt_flights_t *flights, const unsigned char *id,
                           jt_ticks_t now)
{
    jt_flight_t *flight = get_bucket(flights, id);
    jt_ticks_t since = apr_atomic_read32(&flight->leader);

    for (;;) {
        jt_ticks_t seen;

        if (since && is_expected(flight, since, now)) {
            return since;
        }
        seen = apr_atomic_cas32(&flight->leader, now, since);
        if (seen == since) {
            return 0;
        }
        since = seen;
    }
}

void jt_flights_ask(jt_flights_t *flights, const unsigned char *id,
                    jt_ticks_t now)
{
    apr_atomic_set32(&get_bucket(flights, id)->asked, now);
}

static int has_timed_out(jt_flights_t *flights, jt_ticks_t now)
{
    jt_ticks_t timed_out_at = apr_atomic_read32(&flights->timed_out_at);

    return timed_out_at && jt_ticks_is_within(timed_out_at, now, SHORT_FOR);
}

int jt_flights_is_worth_waiting(jt_flights_t *flights,
                                const unsigned char *id, jt_ticks_t leader,
                                jt_ticks_t now)
{
    jt_flight_t *flight = get_bucket(flights, id);

    return apr_atomic_read32(&flight->leader) == leader
           && is_expected(flight, leader, now)
           && (jt_ticks_is_within(leader, now, SHORT_WAIT)
               || !has_timed_out(flights, now));
}

void jt_flights_leave(jt_flights_t *flights, const unsigned char *id,
                      jt_ticks_t leader, jt_ticks_t now)
{
    if (apr_atomic_read32(&get_bucket(flights, id)->leader) == leader) {
        apr_atomic_set32(&flights->timed_out_at, now);
    }
}

void jt_flights_land(jt_flights_t *flights, const unsigned char *id,
                     jt_ticks_t begun, int is_answered)
{
    if (is_answered && apr_atomic_read32(&flights->timed_out_at)) {
        apr_atomic_set32(&flights->timed_out_at, 0);
    }
    apr_atomic_cas32(&get_bucket(flights, id)->leader, 0, begun);
}
