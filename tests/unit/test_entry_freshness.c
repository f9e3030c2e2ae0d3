/* SPDX-License-Identifier: Apache-2.0
 *
 * How far an entry's age lets it be believed.
 */
#include "units.h"

#include "core/jt_entry.h"

#define NOW APR_INT64_C(1700000000)

typedef struct case_t {
    int timeout;
    int grace;
    int age; /* seconds; less than 0: younger than now */
    jt_entry_freshness_t freshness;
} case_t;

static const case_t cases[] = {
    { 60, 0, 0, JT_ENTRY_FRESH },
    { 60, 0, 59, JT_ENTRY_FRESH },
    { 60, 0, 60, JT_ENTRY_MISS },
    { 60, 30, 59, JT_ENTRY_FRESH },
    { 60, 30, 60, JT_ENTRY_STALE },
    { 60, 30, 89, JT_ENTRY_STALE },
    { 60, 30, 90, JT_ENTRY_MISS },
    { 1, 1, 0, JT_ENTRY_FRESH },
    { 1, 1, 1, JT_ENTRY_STALE },
    { 1, 1, 2, JT_ENTRY_MISS },
    /* a request that began before the one whose answer it finds */
    { 60, 30, -1, JT_ENTRY_FRESH },
    { 60, 30, -2, JT_ENTRY_FRESH },
    { 60, 30, -3, JT_ENTRY_MISS },
    { 60, 30, -3600, JT_ENTRY_MISS },
    /* without a timeout nothing is fresh */
    { 0, 30, 0, JT_ENTRY_STALE },
    { 0, 30, -1, JT_ENTRY_STALE },
    { 0, 30, -2, JT_ENTRY_STALE },
    { 0, 30, -3, JT_ENTRY_MISS },
    { 0, 30, 29, JT_ENTRY_STALE },
    { 0, 30, 30, JT_ENTRY_MISS },
    { 0, 0, 0, JT_ENTRY_MISS },
    { 0, 0, 1, JT_ENTRY_MISS }
};

START_TEST(test_an_entry_is_fresh_then_stale_then_nothing)
{
    const case_t *at = &cases[_i];
    jt_entry_t entry = { 0 };

    entry.asked_at = NOW - at->age;
    ck_assert_msg(jt_entry_check_freshness(&entry, NOW, at->timeout, at->grace)
                      == at->freshness,
                  "timeout %d, grace %d, age %d", at->timeout, at->grace,
                  at->age);
}
END_TEST

START_TEST(test_without_a_timeout_no_age_is_fresh)
{
    jt_entry_t entry = { 0 };
    int age;
    int grace;

    for (grace = 0; grace < 5; grace++) {
        for (age = -5; age < 10; age++) {
            entry.asked_at = NOW - age;
            ck_assert_int_ne(jt_entry_check_freshness(&entry, NOW, 0, grace),
                             JT_ENTRY_FRESH);
        }
    }
}
END_TEST

START_TEST(test_a_tombstone_is_never_believed)
{
    jt_entry_t entry = { 0 };
    int age;

    entry.is_tombstone = 1;
    for (age = -5; age < 100; age++) {
        entry.asked_at = NOW - age;
        ck_assert_int_eq(jt_entry_check_freshness(&entry, NOW, 60, 30),
                         JT_ENTRY_MISS);
    }
}
END_TEST

START_TEST(test_a_lease_by_itself_is_never_believed)
{
    jt_entry_t entry = { 0 };
    int age;

    entry.is_lease = 1;
    entry.ends_at = NOW + 3600;
    for (age = -5; age < 100; age++) {
        entry.asked_at = NOW - age;
        ck_assert_int_eq(jt_entry_check_freshness(&entry, NOW, 60, 30),
                         JT_ENTRY_MISS);
    }
}
END_TEST

/* The bytes may say any time: no arithmetic on it overflows. */
START_TEST(test_an_impossible_time_is_not_believed)
{
    static const apr_int64_t times[] = {
        APR_INT64_MIN, APR_INT64_MIN + 1, -1, 0, 1, APR_INT64_MAX - 1,
        APR_INT64_MAX
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(times); i++) {
        jt_entry_t entry = { 0 };

        entry.asked_at = times[i];
        ck_assert_int_eq(jt_entry_check_freshness(&entry, NOW, 86400, 86400),
                         JT_ENTRY_MISS);
    }
}
END_TEST

START_TEST(test_zeroed_memory_is_not_believed)
{
    jt_entry_freshness_t freshness = 0;

    ck_assert_int_eq(freshness, JT_ENTRY_MISS);
}
END_TEST

Suite *units_entry_freshness(void)
{
    Suite *suite = suite_create("entry_freshness");
    TCase *freshness = units_case(suite, "freshness");

    tcase_add_loop_test(freshness,
                        test_an_entry_is_fresh_then_stale_then_nothing, 0,
                        UNITS_COUNT(cases));
    tcase_add_test(freshness, test_without_a_timeout_no_age_is_fresh);
    tcase_add_test(freshness, test_a_tombstone_is_never_believed);
    tcase_add_test(freshness, test_a_lease_by_itself_is_never_believed);
    tcase_add_test(freshness, test_an_impossible_time_is_not_believed);
    tcase_add_test(freshness, test_zeroed_memory_is_not_believed);
    return suite;
}
