/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight: who leads and who follows. Knows neither tokens nor the
 * clock; the followers' sleep is state/jt_shared.c's.
 */
#include "state/jt_flights.h"

#include <apr_atomic.h>

/* In milliseconds: how long a leader is waited for, how long when others have
 * waited in vain, and for how long after that. */
#define WAIT 1000
#define SHORT_WAIT 100
#define TIRED 10000

static volatile jt_ticks_t *seat_of(jt_flights_t *flights,
                                    const unsigned char *id)
{
    return &flights->seats[(unsigned)(id[2] << 8 | id[3]) % JT_FLIGHTS_SEATS];
}

/* A seat that was freed between two looks is tried for once more: there is no
 * follower without a leader. */
jt_ticks_t jt_flights_join(jt_flights_t *flights, const unsigned char *id,
                           jt_ticks_t now)
{
    volatile jt_ticks_t *seat = seat_of(flights, id);
    jt_ticks_t since = apr_atomic_read32(seat);

    for (;;) {
        jt_ticks_t seen;

        if (since && jt_ticks_is_within(since, now, WAIT)) {
            return since;
        }
        seen = apr_atomic_cas32(seat, now, since);
        if (seen == since) {
            return 0;
        }
        since = seen;
    }
}

static apr_int32_t patience(jt_flights_t *flights, jt_ticks_t now)
{
    jt_ticks_t tired_at = apr_atomic_read32(&flights->tired_at);

    return tired_at && jt_ticks_is_within(tired_at, now, TIRED) ? SHORT_WAIT
                                                                : WAIT;
}

int jt_flights_is_worth_waiting(jt_flights_t *flights,
                                const unsigned char *id, jt_ticks_t leader,
                                jt_ticks_t now)
{
    return apr_atomic_read32(seat_of(flights, id)) == leader
           && jt_ticks_is_within(leader, now, patience(flights, now));
}

void jt_flights_leave(jt_flights_t *flights, const unsigned char *id,
                      jt_ticks_t leader, jt_ticks_t now)
{
    if (apr_atomic_read32(seat_of(flights, id)) == leader) {
        apr_atomic_set32(&flights->tired_at, now);
    }
}

void jt_flights_land(jt_flights_t *flights, const unsigned char *id,
                     jt_ticks_t begun, int is_answered)
{
    if (is_answered) {
        apr_atomic_set32(&flights->tired_at, 0);
    }
    apr_atomic_cas32(seat_of(flights, id), 0, begun);
}
