/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters: their carry, their names, and which verdict is counted where.
 */
#include "units.h"

#include <apr_atomic.h>
#include <apr_thread_proc.h>
#include <limits.h>
#include <string.h>

#include "crowd.h"
#include "state/jt_counters.h"

static jt_counters_t *make_counters(void)
{
    return crowd_memory(sizeof(jt_counters_t), units_pool);
}

/* @return how much has been counted, whatever it is */
static apr_uint64_t sum(jt_counters_t *counters)
{
    apr_uint64_t all = 0;
    unsigned i;

    for (i = 0; i < JT_COUNTS; i++) {
        all += jt_counters_get(counters, i);
    }
    return all;
}

START_TEST(test_each_counter_counts_for_itself)
{
    jt_counters_t *counters = make_counters();
    unsigned i;
    unsigned times;

    for (i = 0; i < JT_COUNTS; i++) {
        for (times = 0; times <= i; times++) {
            jt_counters_add(counters, i);
        }
    }
    for (i = 0; i < JT_COUNTS; i++) {
        ck_assert_uint_eq(jt_counters_get(counters, i), (apr_uint64_t)i + 1);
    }
}
END_TEST

/* Sets the low word in each stripe. */
static void preset_all(jt_counters_t *counters, jt_count_t which,
                       apr_uint32_t low)
{
    int i;

    for (i = 0; i < JT_COUNTERS_STRIPES; i++) {
        apr_atomic_set32(&counters->stripes[i].counters[which].low, low);
    }
}

/* The stripe in which this thread counts. */
static jt_counter_t *find_own(jt_counters_t *counters, jt_count_t which)
{
    jt_counter_t *found = NULL;
    int i;

    jt_counters_add(counters, which);
    for (i = 0; i < JT_COUNTERS_STRIPES; i++) {
        jt_counter_t *each = &counters->stripes[i].counters[which];

        if (apr_atomic_read32(&each->low)) {
            ck_assert_ptr_null(found);
            found = each;
        }
    }
    ck_assert_ptr_nonnull(found);
    return found;
}

START_TEST(test_the_low_word_is_carried_to_the_high_one)
{
    jt_counters_t *counters = make_counters();
    jt_counter_t *counter = find_own(counters, JT_COUNT_HITS);

    apr_atomic_set32(&counter->low, 0xfffffffe);
    jt_counters_add(counters, JT_COUNT_HITS);
    ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_HITS),
                      APR_UINT64_C(0xffffffff));
    jt_counters_add(counters, JT_COUNT_HITS);
    ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_HITS),
                      APR_UINT64_C(0x100000000));
    jt_counters_add(counters, JT_COUNT_HITS);
    ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_HITS),
                      APR_UINT64_C(0x100000001));
    apr_atomic_set32(&counter->low, 0xffffffff);
    jt_counters_add(counters, JT_COUNT_HITS);
    ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_HITS),
                      APR_UINT64_C(0x200000000));
    ck_assert_uint_eq(sum(counters), APR_UINT64_C(0x200000000));
}
END_TEST

START_TEST(test_a_verdict_is_counted_under_its_own_name_and_once)
{
    unsigned verdict;

    for (verdict = 0; verdict < JT_VERDICTS; verdict++) {
        const char *name = jt_verdict_row(verdict)->counter;
        jt_counters_t *counters = make_counters();
        unsigned i;

        jt_counters_add_verdict(counters, verdict);
        ck_assert_uint_eq(sum(counters), name != NULL);
        for (i = 0; i < JT_COUNTS; i++) {
            if (jt_counters_get(counters, i)) {
                ck_assert_str_eq(jt_counters_name(i), name);
                ck_assert_str_eq(jt_counters_words(i),
                                 jt_verdict_row(verdict)->words);
            }
        }
    }
}
END_TEST

START_TEST(test_what_lets_in_or_is_not_ours_is_not_counted)
{
    jt_counters_t *counters = make_counters();

    jt_counters_add_verdict(counters, JT_VERDICT_GRANTED);
    jt_counters_add_verdict(counters, JT_VERDICT_FOREIGN);
    ck_assert_uint_eq(sum(counters), 0);
    ck_assert_ptr_null(jt_counters_name(JT_COUNT_VERDICT_GRANTED));
    ck_assert_ptr_null(jt_counters_name(JT_COUNT_VERDICT_FOREIGN));
}
END_TEST

START_TEST(test_any_other_verdict_is_counted_as_unknown)
{
    static const int verdicts[] = {
        -1, JT_VERDICTS, JT_VERDICTS + 1, 1000000, INT_MAX, INT_MIN
    };
    jt_counters_t *counters = make_counters();
    size_t i;

    for (i = 0; i < UNITS_COUNT(verdicts); i++) {
        jt_counters_add_verdict(counters, (jt_verdict_t)verdicts[i]);
        ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_VERDICT_UNKNOWN),
                          i + 1);
        ck_assert_uint_eq(sum(counters), i + 1);
    }
}
END_TEST

START_TEST(test_a_counter_with_a_name_has_words_and_no_other_has)
{
    unsigned i;

    for (i = 0; i < JT_COUNTS; i++) {
        const char *name = jt_counters_name(i);
        const char *words = jt_counters_words(i);

        ck_assert_msg((name == NULL) == (words == NULL), "%u", i);
        ck_assert(!name || (name[0] && words[0]));
    }
}
END_TEST

/* mod_status prints them as one word each, before a colon. */
START_TEST(test_names_are_unique_words)
{
    unsigned i;
    unsigned other;

    for (i = 0; i < JT_COUNTS; i++) {
        const char *name = jt_counters_name(i);

        if (!name) {
            continue;
        }
        ck_assert_msg(!name[strcspn(name, " :\t\r\n")], "%s", name);
        for (other = 0; other < i; other++) {
            if (jt_counters_name(other)) {
                ck_assert_str_ne(jt_counters_name(other), name);
            }
        }
    }
}
END_TEST

static void *count_check(apr_thread_t *thread, void *counters)
{
    (void)thread;
    jt_counters_add(counters, JT_COUNT_CHECKS);
    return NULL;
}

/* @return how many stripes have counted checks */
static int count_stripes(const jt_counters_t *counters)
{
    int count = 0;
    int i;

    for (i = 0; i < JT_COUNTERS_STRIPES; i++) {
        count += counters->stripes[i].counters[JT_COUNT_CHECKS].low != 0;
    }
    return count;
}

START_TEST(test_threads_count_in_lines_of_their_own)
{
    jt_counters_t *counters = make_counters();
    apr_uintptr_t line = JT_COUNTERS_LINE;
    int i;

    for (i = 1; i <= 5; i++) {
        apr_thread_t *thread;
        apr_status_t status;

        ck_assert_int_eq(apr_thread_create(&thread, NULL, count_check,
                                           counters, units_pool),
                         APR_SUCCESS);
        ck_assert_int_eq(apr_thread_join(&status, thread), APR_SUCCESS);
        ck_assert_int_eq(count_stripes(counters), i);
    }
    ck_assert_uint_eq((apr_uintptr_t)&counters->stripes[0] % line, 0);
    ck_assert_uint_eq(sizeof(counters->stripes[0]) % line, 0);
    ck_assert_uint_eq(sum(counters), 5);
}
END_TEST

#define ROUNDS 3000

static void count_up(void *memory, int number)
{
    int round;

    for (round = 0; round < ROUNDS; round++) {
        jt_counters_add(memory, JT_COUNT_CHECKS);
        jt_counters_add_verdict(memory, number % 2 ? JT_VERDICT_EXPIRED
                                                   : JT_VERDICT_GRANTED);
        jt_counters_get(memory, JT_COUNT_CHECKS);
    }
}

/* The low word wraps in between. */
START_TEST(test_of_what_a_crowd_counts_nothing_is_lost)
{
    const apr_uint32_t preset = 0xffffffff - ROUNDS / 2;
    apr_uint64_t size = (apr_uint64_t)crowd_size(&crowd_kinds[_i]);
    jt_counters_t *counters = make_counters();

    preset_all(counters, JT_COUNT_CHECKS, preset);
    crowd_meet(&crowd_kinds[_i], count_up, counters);
    ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_CHECKS),
                      (apr_uint64_t)preset * JT_COUNTERS_STRIPES
                          + size * ROUNDS);
    ck_assert_uint_eq(jt_counters_get(counters, JT_COUNT_VERDICT_EXPIRED),
                      size / 2 * ROUNDS);
}
END_TEST

Suite *units_counters(void)
{
    Suite *suite = suite_create("counters");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_each_counter_counts_for_itself);
    tcase_add_test(rules, test_the_low_word_is_carried_to_the_high_one);
    tcase_add_test(rules,
                   test_a_verdict_is_counted_under_its_own_name_and_once);
    tcase_add_test(rules, test_what_lets_in_or_is_not_ours_is_not_counted);
    tcase_add_test(rules, test_any_other_verdict_is_counted_as_unknown);
    tcase_add_test(rules,
                   test_a_counter_with_a_name_has_words_and_no_other_has);
    tcase_add_test(rules, test_names_are_unique_words);
    tcase_add_test(rules, test_threads_count_in_lines_of_their_own);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd, test_of_what_a_crowd_counts_nothing_is_lost, 0,
                        CROWD_KINDS);
    return suite;
}
