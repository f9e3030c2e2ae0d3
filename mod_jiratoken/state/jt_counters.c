/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters, summed over all children. A thread counts in a stripe that is its
 * own, or shared by few, and a reader adds them up: readers are rare. It must
 * not know where they are shown.
 */
#include "state/jt_counters.h"

#include <apr_atomic.h>

#define ROW(name, counter, words) { counter, words },
#define VERDICT(name, reason, counter, answer, status, words) \
    { counter, words },

static const struct {
    const char *name;
    const char *words;
} rows[JT_COUNTS] = {
    JT_COUNTERS_ROWS(ROW, VERDICT)
};

/* Of this thread, and 1 more; 0: not yet chosen. */
static __thread apr_uint32_t chosen;

static jt_counter_t *get_counter(jt_counters_t *counters, jt_count_t which)
{
    if (!chosen) {
        chosen = apr_atomic_inc32(&counters->threads) % JT_COUNTERS_STRIPES
                 + 1;
    }
    return &counters->stripes[chosen - 1].counters[which];
}

void jt_counters_add(jt_counters_t *counters, jt_count_t which)
{
    jt_counter_t *counter = get_counter(counters, which);

    if (apr_atomic_inc32(&counter->low) == 0xffffffff) {
        apr_atomic_inc32(&counter->high);
    }
}

void jt_counters_add_verdict(jt_counters_t *counters, jt_verdict_t verdict)
{
    if ((unsigned)verdict >= JT_VERDICTS) {
        verdict = JT_VERDICT_UNKNOWN;
    }
    if (jt_verdict_row(verdict)->counter) {
        jt_counters_add(counters, JT_COUNT_VERDICT_UNKNOWN + verdict);
    }
}

apr_uint64_t jt_counters_get(jt_counters_t *counters, jt_count_t which)
{
    apr_uint64_t sum = 0;
    int i;

    for (i = 0; i < JT_COUNTERS_STRIPES; i++) {
        jt_counter_t *counter = &counters->stripes[i].counters[which];

        sum += (apr_uint64_t)apr_atomic_read32(&counter->high) << 32
               | apr_atomic_read32(&counter->low);
    }
    return sum;
}

const char *jt_counters_name(jt_count_t which)
{
    return rows[which].name;
}

const char *jt_counters_words(jt_count_t which)
{
    return rows[which].words;
}
