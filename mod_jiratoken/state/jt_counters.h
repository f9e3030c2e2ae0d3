/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_COUNTERS_H
#define JT_COUNTERS_H

#include <apr_general.h>

#include "core/jt_verdict.h"

/** All counters, one row each: JT_COUNT_<name>, the name in mod_status's ?auto,
 * the words there. Each verdict has a counter, from its row in
 * core/jt_verdict.h. */
#define JT_COUNTERS_ROWS(ROW, VERDICT) \
    ROW(CHECKS, "Checks", "tokens checked") \
    ROW(HITS, "CacheHits", "answered from the cache") \
    ROW(GRACE, "GraceHits", \
        "answered from the cache because the database could not") \
    ROW(LOOKUPS, "Lookups", "looked up in the database") \
    JT_VERDICT_ROWS(VERDICT) \
    ROW(UNAVAILABLE, "Unavailable", \
        "answered 503: the database could not say") \
    ROW(CREATED, "Created", "tokens created") \
    ROW(ROTATED, "Rotated", "tokens rotated") \
    ROW(REVOKED, "Revoked", "tokens revoked")

#define JT_COUNTERS_NAME(name, counter, words) JT_COUNT_##name,
#define JT_COUNTERS_VERDICT(name, reason, counter, answer, status, words) \
    JT_COUNT_VERDICT_##name,

typedef enum jt_count_t {
    JT_COUNTERS_ROWS(JT_COUNTERS_NAME, JT_COUNTERS_VERDICT)
    JT_COUNTS /* their number */
} jt_count_t;

#undef JT_COUNTERS_NAME
#undef JT_COUNTERS_VERDICT

/** Two words, as APR has no portable 64-bit atomics. */
typedef struct jt_counter_t {
    volatile apr_uint32_t low;
    volatile apr_uint32_t high;
} jt_counter_t;

/** The number of stripes, and the alignment of each: a line of the processor's
 * cache. */
#define JT_COUNTERS_STRIPES 256
#define JT_COUNTERS_LINE 64

/** The counters of a thread, or of a few: threads on several processors do not
 * write to one line. */
typedef struct jt_counters_stripe_t {
    jt_counter_t counters[JT_COUNTS];
} __attribute__((aligned(JT_COUNTERS_LINE))) jt_counters_stripe_t;

/** Lies in shared memory, aligned to JT_COUNTERS_LINE; zeroed memory has
 * counted nothing. Lock-free; nothing blocks. */
typedef struct jt_counters_t {
    volatile apr_uint32_t threads; /* so many have counted, which wraps */
    jt_counters_stripe_t stripes[JT_COUNTERS_STRIPES];
} jt_counters_t;

/** Add one. */
void jt_counters_add(jt_counters_t *counters, jt_count_t which);

/** Count a verdict, if it has a counter. */
void jt_counters_add_verdict(jt_counters_t *counters, jt_verdict_t verdict);

/** Read a counter, the sum of all stripes. Concurrent with an increment that
 * carries into a high word, the result may be 2^32 too small. */
apr_uint64_t jt_counters_get(jt_counters_t *counters, jt_count_t which);

/** The name in mod_status's ?auto; NULL: not shown. */
const char *jt_counters_name(jt_count_t which);

/** The words in mod_status; NULL where there is no name. */
const char *jt_counters_words(jt_count_t which);

#endif
