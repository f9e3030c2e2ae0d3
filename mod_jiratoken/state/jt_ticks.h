/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TICKS_H
#define JT_TICKS_H

#include <apr_general.h>
#include <apr_time.h>

/** Milliseconds that wrap after 49 days: only differences count. Never 0, which
 * stands for "not". 64 bits are not atomic everywhere that APR is. */
typedef apr_uint32_t jt_ticks_t;

/** Milliseconds by which a clock may be set back, or a time be newer than one
 * that was read before it. */
#define JT_TICKS_SKEW 1000

static inline jt_ticks_t jt_ticks_of(apr_time_t instant)
{
    return (jt_ticks_t)apr_time_as_msec(instant) | 1;
}

/** The edge's clock. What is logic takes the ticks as an argument. */
static inline jt_ticks_t jt_ticks_now(void)
{
    return jt_ticks_of(apr_time_now());
}

/** Whether `then` is less than `span` milliseconds before `now`. A clock that
 * was set back by more than JT_TICKS_SKEW says no. */
static inline int jt_ticks_is_within(jt_ticks_t then, jt_ticks_t now,
                                     apr_int32_t span)
{
    apr_int32_t passed = (apr_int32_t)(now - then);

    return passed < span && passed > -JT_TICKS_SKEW;
}

#endif
