/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TICKS_H
#define JT_TICKS_H

#include <apr_general.h>
#include <apr_time.h>

/** Milliseconds, which wrap after 49 days: only differences have a meaning.
 * Never 0, which stands for "no time". 32 bits, as APR has no portable 64-bit
 * atomics. */
typedef apr_uint32_t jt_ticks_t;

/** Clock skew in milliseconds: how far a clock may be set back, or a time be
 * later than one that was read after it. */
#define JT_TICKS_SKEW 1000

static inline jt_ticks_t jt_ticks_of(apr_time_t instant)
{
    return (jt_ticks_t)apr_time_as_msec(instant) | 1;
}

/** Whether `then` is less than `span` milliseconds before `now`. Zero when the
 * clock was set back by more than JT_TICKS_SKEW. */
static inline int jt_ticks_is_within(jt_ticks_t then, jt_ticks_t now,
                                     apr_int32_t span)
{
    apr_int32_t passed = (apr_int32_t)(now - then);

    return passed < span && passed > -JT_TICKS_SKEW;
}

#endif
