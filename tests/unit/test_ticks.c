/* SPDX-License-Identifier: Apache-2.0
 *
 * Milliseconds that wrap: of which times one is near another, also across the
 * wrap and when a clock is set back.
 */
#include "units.h"

#include "state/jt_ticks.h"

START_TEST(test_no_instant_is_zero)
{
    static const struct {
        apr_time_t milliseconds;
        jt_ticks_t ticks;
    } cases[] = {
        { 0, 1 },
        { 1, 1 },
        { 2, 3 },
        { APR_INT64_C(0xffffffff), 0xffffffff },
        { APR_INT64_C(0x100000000), 1 },
        { APR_INT64_C(0x100000001), 1 },
        { APR_INT64_C(0x1234500000000), 1 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_uint_eq(jt_ticks_of(cases[i].milliseconds * 1000 + 999),
                          cases[i].ticks);
    }
}
END_TEST

typedef struct case_t {
    apr_int32_t passed;
    apr_int32_t span;
    int is_within;
} case_t;

static const case_t cases[] = {
    { 0, 100, 1 },
    { 99, 100, 1 },
    { 100, 100, 0 },
    { 101, 100, 0 },
    { 0, 1, 1 },
    { 1, 1, 0 },
    { 5999, 6000, 1 },
    { 6000, 6000, 0 },
    /* a clock set back, or a time read later */
    { -1, 100, 1 },
    { 1 - JT_TICKS_SKEW, 100, 1 },
    { -JT_TICKS_SKEW, 100, 0 },
    { -3600000, 100, 0 },
    /* as far as differences reach */
    { 0x7fffffff, 6000, 0 },
    { -0x7fffffff - 1, 6000, 0 }
};

/* Of these, some lie so that `now` has wrapped and `then` has not. */
static const jt_ticks_t bases[] = {
    1, 50, 1000, 0x7fffffff, 0x80000001, 0xfffff001, 0xffffff9d, 0xffffffff
};

START_TEST(test_only_the_difference_counts)
{
    const case_t *at = &cases[_i];
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_ticks_t now = bases[i] + (jt_ticks_t)at->passed;

        ck_assert_msg(jt_ticks_is_within(bases[i], now, at->span)
                          == at->is_within,
                      "%d ms after %u, span %d", at->passed, bases[i],
                      at->span);
    }
}
END_TEST

Suite *units_ticks(void)
{
    Suite *suite = suite_create("ticks");
    TCase *ticks = units_case(suite, "ticks");

    tcase_add_test(ticks, test_no_instant_is_zero);
    tcase_add_loop_test(ticks, test_only_the_difference_counts, 0,
                        UNITS_COUNT(cases));
    return suite;
}
