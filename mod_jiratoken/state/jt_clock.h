/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CLOCK_H
#define JT_CLOCK_H

#include <apr_time.h>

#include "state/jt_ticks.h"

/** The present. For the edge alone: logic takes the time as an argument. */
static inline jt_ticks_t jt_clock_ticks(void)
{
    return jt_ticks_of(apr_time_now());
}

#endif
