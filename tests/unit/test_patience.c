/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a request waits for its turn, whether others move or not. The clock
 * is an argument.
 */
#include "units.h"

#include "state/jt_patience.h"

/* In milliseconds, see state/jt_patience.h. */
#define WAIT 2000
#define STALL 100

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

/* @return for how many milliseconds a wait of `begun` may go on */
static int measure_wait(const jt_patience_t *patience, jt_ticks_t begun)
{
    int passed = 0;

    while (jt_patience_lasts(patience, begun, begun + (jt_ticks_t)passed)) {
        passed++;
    }
    return passed;
}

START_TEST(test_all_waits_of_a_request_share_two_seconds)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_patience_t patience = { 0, 0 };
        jt_ticks_t now = bases[i];

        ck_assert_int_eq(measure_wait(&patience, now), WAIT);
        jt_patience_spend(&patience, now, now + 700);
        ck_assert_int_eq(measure_wait(&patience, now + 50000), WAIT - 700);
        jt_patience_spend(&patience, now, now);
        jt_patience_spend(&patience, now + 50000, now + 51299);
        ck_assert_int_eq(measure_wait(&patience, now + 60000), 1);
        jt_patience_spend(&patience, now, now + 5000);
        ck_assert_int_eq(measure_wait(&patience, now), 0);
        ck_assert_int_eq(measure_wait(&patience, now + 1000000), 0);
    }
}
END_TEST

/* As a creation waits, which is tried again: see service/jt_issue.c. */
START_TEST(test_a_request_that_is_tried_again_waits_no_longer)
{
    jt_patience_t patience = { 0, 0 };
    int waited = 0;
    int tries;

    for (tries = 0; tries < 5; tries++) {
        jt_ticks_t begun = (jt_ticks_t)(10001 * tries + 1);
        int passed = measure_wait(&patience, begun);

        waited += passed;
        jt_patience_spend(&patience, begun, begun + (jt_ticks_t)passed);
    }
    ck_assert_int_eq(waited, WAIT);
}
END_TEST

START_TEST(test_a_clock_that_jumps_ends_a_wait_and_breaks_none)
{
    static const apr_int32_t jumps[] = { -2, -999, -1000, -3600000,
                                         3600000, 0x7fffffff };
    size_t base;
    size_t i;

    for (base = 0; base < UNITS_COUNT(bases); base++) {
        for (i = 0; i < UNITS_COUNT(jumps); i++) {
            jt_patience_t patience = { 0, 0 };
            jt_ticks_t begun = bases[base];
            jt_ticks_t now = begun + (jt_ticks_t)jumps[i];

            ck_assert(!jt_patience_lasts(&patience, begun, now));
            jt_patience_spend(&patience, begun, now);
            ck_assert_int_eq(measure_wait(&patience, now),
                             jumps[i] < 0 ? WAIT : 0);
            jt_patience_spend(&patience, begun, now);
            ck_assert_int_ge(patience.spent, 0);
        }
    }
}
END_TEST

/* @return for how many milliseconds a wait of `begun` may go on while nothing
 *         moves */
static int measure_stall(const jt_patience_t *patience, jt_ticks_t begun)
{
    int passed = 0;

    while (jt_patience_is_fresh(patience, begun,
                                begun + (jt_ticks_t)passed)) {
        passed++;
    }
    return passed;
}

START_TEST(test_the_waits_of_a_call_share_a_tenth_of_a_second_of_nothing)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_patience_t patience = { 0, 0 };
        jt_ticks_t now = bases[i];

        jt_patience_begin(&patience);
        ck_assert_int_eq(measure_stall(&patience, now), STALL);
        jt_patience_spend(&patience, now, now + 60);
        ck_assert_int_eq(measure_stall(&patience, now + 60), STALL - 60);
        jt_patience_spend(&patience, now + 60, now + 900);
        ck_assert_int_eq(measure_stall(&patience, now + 900), 0);
        jt_patience_begin(&patience);
        ck_assert_int_eq(measure_stall(&patience, now + 900), STALL);
        ck_assert_int_eq(measure_wait(&patience, now + 900), WAIT - 900);
        ck_assert(!jt_patience_is_fresh(&patience, now, now - 2));
    }
}
END_TEST

START_TEST(test_a_call_waits_since_its_first_wait)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_patience_t patience = { 300, 0 };
        jt_ticks_t now = bases[i];

        ck_assert_uint_eq(jt_patience_since(&patience, now), now);
        jt_patience_spend(&patience, now, now + 700);
        /* it had a permit meanwhile, and found no connection */
        ck_assert_uint_eq(jt_patience_since(&patience, now + 800), now + 100);
        jt_patience_begin(&patience);
        ck_assert_uint_eq(jt_patience_since(&patience, now + 800), now + 800);
    }
}
END_TEST

Suite *units_patience(void)
{
    Suite *suite = suite_create("patience");
    TCase *rules = units_case(suite, "rules");

    tcase_add_test(rules, test_all_waits_of_a_request_share_two_seconds);
    tcase_add_test(rules, test_a_request_that_is_tried_again_waits_no_longer);
    tcase_add_test(rules, test_a_clock_that_jumps_ends_a_wait_and_breaks_none);
    tcase_add_test(
        rules, test_the_waits_of_a_call_share_a_tenth_of_a_second_of_nothing);
    tcase_add_test(rules, test_a_call_waits_since_its_first_wait);
    return suite;
}
