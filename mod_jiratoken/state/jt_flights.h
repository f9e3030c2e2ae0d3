/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_FLIGHTS_H
#define JT_FLIGHTS_H

#include "state/jt_ticks.h"

/* Single flight: of many who ask about one token at once, a leader asks the
 * database, and the followers wait for it. An id is a token's hash; ids may
 * share a seat, and then wait for each other. Lies in shared memory; zeroed
 * memory is a board on which nobody asks. Nothing here blocks or has a lock: a
 * leader that was killed is no longer waited for after a second. */

/** Seats for ids. */
#define JT_FLIGHTS_SEATS 1024

typedef struct jt_flights_t {
    volatile jt_ticks_t seats[JT_FLIGHTS_SEATS]; /* since when somebody leads;
                                                    0: nobody does */
    volatile jt_ticks_t tired_at; /* when followers last waited in vain; 0:
                                     not of late */
} jt_flights_t;

/**
 * Lead, or follow who does.
 * @param id at least 4 bytes, of which the third and fourth choose the seat
 * @return 0: the caller leads, and jt_flights_land() must follow; else what the
 *         caller waits for, for the two functions below
 */
jt_ticks_t jt_flights_join(jt_flights_t *flights, const unsigned char *id,
                           jt_ticks_t now);

/**
 * Whether a follower has something to wait for: a leader that has not landed,
 * for up to a second; a tenth of one, for ten seconds after others have waited
 * in vain, as a thread that waits is one less for other URLs.
 * @param leader of jt_flights_join()
 */
int jt_flights_is_worth_waiting(jt_flights_t *flights,
                                const unsigned char *id, jt_ticks_t leader,
                                jt_ticks_t now);

/** A follower waits no longer. Where its leader has not landed, the next ones
 * wait less. */
void jt_flights_leave(jt_flights_t *flights, const unsigned char *id,
                      jt_ticks_t leader, jt_ticks_t now);

/**
 * The leader is back. One that took more than a second may have a successor,
 * who goes on.
 * @param begun `now` of jt_flights_join()
 * @param is_answered the database has said something
 */
void jt_flights_land(jt_flights_t *flights, const unsigned char *id,
                     jt_ticks_t begun, int is_answered);

#endif
