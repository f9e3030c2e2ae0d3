/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_BREAKER_H
#define JT_BREAKER_H

#include "state/jt_ticks.h"

/* A circuit breaker for one database: open while the database is known to be
 * down. One call at a time is then let through as a probe (half-open); the
 * others fail immediately. Lies in memory of a child, or in memory that
 * children share; zeroed memory is a closed breaker. Lock-free; nothing blocks,
 * and all functions are thread-safe. */
typedef struct jt_breaker_t {
    volatile apr_uint32_t is_open;
    volatile jt_ticks_t probe;  /* since when a probe runs; 0: none */
    volatile jt_ticks_t probed; /* when the last one began */
} jt_breaker_t;

/**
 * Ask whether a call may be made. While the breaker is open, one probe at a
 * time may; another one, when no report has come for 5 seconds.
 * @param probe set to a value for jt_breaker_report(); 0: the breaker is
 *        closed, and this is an ordinary call
 * @return non-zero: the call may be made, and jt_breaker_report() or
 *         jt_breaker_release() must follow
 */
int jt_breaker_allows(jt_breaker_t *breaker, jt_ticks_t now,
                      jt_ticks_t *probe);

/**
 * Report the result of a call. A failure lets the next probe begin only if it
 * is the probe's own; a success always does.
 * @param probe of jt_breaker_allows()
 * @param is_down non-zero: open the breaker, or keep it open; zero: close it
 */
void jt_breaker_report(jt_breaker_t *breaker, jt_ticks_t probe, int is_down);

/**
 * End a call that has found out nothing: the breaker stays as it is by now, and
 * if the call was its probe, the next one may begin.
 * @param probe of jt_breaker_allows()
 */
void jt_breaker_release(jt_breaker_t *breaker, jt_ticks_t probe);

/** Whether a probe began less than `span` milliseconds ago: waiting for its
 * result is then worthwhile. */
int jt_breaker_is_probed(jt_breaker_t *breaker, jt_ticks_t now,
                         apr_int32_t span);

#endif
