/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters, summed over all children. It must not know where they are shown.
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

void jt_counters_add(jt_counters_t *counters, jt_count_t which)
{
    if (apr_atomic_inc32(&counters->counters[which].low) == 0xffffffff) {
        apr_atomic_inc32(&counters->counters[which].high);
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
    jt_counter_t *counter = &counters->counters[which];

    return (apr_uint64_t)apr_atomic_read32(&counter->high) << 32
           | apr_atomic_read32(&counter->low);
}

const char *jt_counters_name(jt_count_t which)
{
    return rows[which].name;
}

const char *jt_counters_words(jt_count_t which)
{
    return rows[which].words;
}
