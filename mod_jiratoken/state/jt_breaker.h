/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_BREAKER_H
#define JT_BREAKER_H

#include "state/jt_ticks.h"

/* A circuit breaker for one database: open while it is known to be down, so
 * that only one call at a time finds out whether it still is. Lies in memory
 * of a child, or in memory that children share; zeroed memory is a closed one.
 * Nothing here blocks or has a lock. */
typedef struct jt_breaker_t {
    volatile apr_uint32_t is_open;
    volatile jt_ticks_t probe;  /* since when a call finds out; 0: none does */
    volatile jt_ticks_t probed; /* when the last one began */
} jt_breaker_t;

/**
 * Ask whether a call may be made. While the breaker is open, one caller at a
 * time may; another, when the first has not reported for 5 seconds.
 * @param probe set to what jt_breaker_report() needs; 0: the breaker is closed,
 *        and the call is one of many
 * @return non-zero: it may, and jt_breaker_report() must follow
 */
int jt_breaker_allows(jt_breaker_t *breaker, jt_ticks_t now,
                      jt_ticks_t *probe);

/** Say how the call went. Only the one that was to find out makes room for
 * another, whoever else reports meanwhile.
 * @param probe of jt_breaker_allows()
 * @param is_down non-zero opens the breaker, or keeps it open; zero closes it
 */
void jt_breaker_report(jt_breaker_t *breaker, jt_ticks_t probe, int is_down);

/** Whether somebody has been finding out for less than `span` milliseconds:
 * then waiting is worthwhile. */
int jt_breaker_is_probed(jt_breaker_t *breaker, jt_ticks_t now,
                         apr_int32_t span);

#endif
