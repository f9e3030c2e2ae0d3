/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_FLIGHTS_H
#define JT_FLIGHTS_H

#include "state/jt_ticks.h"

/* Single flight: when many requests check one token at once, a leader queries
 * the database and the followers wait for it. An id is a token's hash. Ids may
 * share a bucket, and then wait for each other. Lies in shared memory; zeroed
 * memory has no leaders. Lock-free; nothing blocks. A leader that was killed
 * blocks its followers for four seconds at most. */

/** Hash buckets for ids. */
#define JT_FLIGHTS_BUCKETS 1024

typedef struct jt_flight_t {
    volatile jt_ticks_t leader; /* since when one runs; 0: there is none */
    volatile jt_ticks_t asked;  /* when it, or one before, asked the database;
                                   0: never */
} jt_flight_t;

typedef struct jt_flights_t {
    jt_flight_t buckets[JT_FLIGHTS_BUCKETS];
    /* When a follower last timed out; 0: an answer has come since. */
    volatile jt_ticks_t timed_out_at;
} jt_flights_t;

/**
 * Become the leader, or follow the one there is.
 * @param id at least 4 bytes, of which the third and fourth choose the bucket
 * @return 0: the caller leads, and jt_flights_land() must follow; else the
 *         leader, for the next two functions
 */
jt_ticks_t jt_flights_join(jt_flights_t *flights, const unsigned char *id,
                           jt_ticks_t now);

/** The leader has got a connection, and asks. */
void jt_flights_ask(jt_flights_t *flights, const unsigned char *id,
                    jt_ticks_t now);

/**
 * Whether a follower should go on waiting: until its leader has finished, for
 * up to four seconds since that began, and two since it asked the database. For
 * ten seconds after a follower has timed out, the limit is a tenth of a second,
 * as each waiting thread is one less for other URLs.
 * @param leader of jt_flights_join()
 */
int jt_flights_is_worth_waiting(jt_flights_t *flights,
                                const unsigned char *id, jt_ticks_t leader,
                                jt_ticks_t now);

/** A follower stops waiting. If its leader has not finished, the next followers
 * wait less. */
void jt_flights_leave(jt_flights_t *flights, const unsigned char *id,
                      jt_ticks_t leader, jt_ticks_t now);

/**
 * The leader has finished. If it took too long for its followers, there may be
 * another leader, which is not affected.
 * @param begun `now` of jt_flights_join()
 * @param is_answered non-zero: the database has answered
 */
void jt_flights_land(jt_flights_t *flights, const unsigned char *id,
                     jt_ticks_t begun, int is_answered);

#endif
