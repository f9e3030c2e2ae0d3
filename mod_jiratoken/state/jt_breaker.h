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
    volatile apr_uint32_t prober; /* the process that finds out; 0: none */
    volatile jt_ticks_t probed;   /* when that began */
} jt_breaker_t;

/**
 * Ask whether a call may be made. While the breaker is open, one caller at a
 * time may; another, when the first has not reported for 5 seconds.
 * @param self this process's id
 * @return non-zero: it may, and jt_breaker_report() must follow
 */
int jt_breaker_allows(jt_breaker_t *breaker, apr_uint32_t self,
                      jt_ticks_t now);

/** Say how the call went. @param is_down non-zero opens the breaker, or keeps
 * it open; zero closes it */
void jt_breaker_report(jt_breaker_t *breaker, int is_down);

/** Whether somebody has been finding out for less than `span` milliseconds:
 * then waiting is worthwhile. */
int jt_breaker_is_probed(jt_breaker_t *breaker, jt_ticks_t now,
                         apr_int32_t span);

#endif
