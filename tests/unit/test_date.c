/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_date.c: which days exist, how an instant is written, and how
 * far away it is.
 */
#include "units.h"

#include <string.h>
#include <time.h>

#include "core/jt_date.h"

typedef struct day_t {
    const char *text;
    apr_int64_t start;
} day_t;

typedef struct written_t {
    apr_int64_t instant;
    const char *text;
} written_t;

typedef const char *format_t(apr_int64_t instant, apr_pool_t *pool);

static void check_days(const day_t *days, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        apr_int64_t start = -7;

        ck_assert_msg(jt_date_parse(days[i].text, &start) == APR_SUCCESS,
                      "%s was refused", days[i].text);
        ck_assert_msg(start == days[i].start, "%s starts at %lld",
                      days[i].text, (long long)start);
    }
}

static void check_refused(const char *const *texts, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        apr_int64_t start = -7;

        ck_assert_msg(jt_date_parse(texts[i], &start) == APR_EINVAL,
                      "\"%s\" was taken", texts[i]);
        ck_assert_msg(start == -7, "\"%s\" changed the result", texts[i]);
    }
}

static void check_format(format_t *format, const written_t *cases,
                         size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        ck_assert_str_eq(format(cases[i].instant, units_pool),
                         cases[i].text);
    }
}

START_TEST(test_a_day_starts_at_0_00_utc)
{
    static const day_t days[] = {
        { "1970-01-01", 0 },
        { "1970-01-02", 86400 },
        { "1999-12-31", 946598400 },
        { "2000-01-01", 946684800 },
        { "2026-01-15", 1768435200 },
        { "2027-03-31", 1806451200 }
    };

    check_days(days, UNITS_COUNT(days));
}
END_TEST

START_TEST(test_a_leap_day_is_taken_in_leap_years)
{
    static const day_t days[] = {
        { "1972-02-29", 68169600 },
        { "2000-02-29", 951782400 },
        { "2028-02-29", 1835395200 },
        { "2400-02-29", APR_INT64_C(13574563200) }
    };

    check_days(days, UNITS_COUNT(days));
}
END_TEST

START_TEST(test_days_beyond_2038_and_up_to_9999_are_taken)
{
    /* A 32-bit cast once broke expiry in another module. */
    static const day_t days[] = {
        { "2038-01-19", 2147472000 },
        { "2038-01-20", APR_INT64_C(2147558400) },
        { "2106-02-08", APR_INT64_C(4295030400) },
        { "9999-12-30", JT_DATE_END - 2 * JT_DATE_DAY },
        { "9999-12-31", JT_DATE_END - JT_DATE_DAY }
    };

    check_days(days, UNITS_COUNT(days));
}
END_TEST

START_TEST(test_a_day_that_does_not_exist_is_refused)
{
    static const char *const texts[] = {
        "2026-02-29", "1900-02-29", "2100-02-29", "2028-02-30", "2026-04-31",
        "2026-06-31", "2026-09-31", "2026-11-31", "2026-01-32", "2026-12-32",
        "2026-00-10", "2026-13-01", "2026-10-00", "2026-00-00", "2026-99-99",
        "0000-00-00", "9999-12-32", "9999-13-01"
    };

    check_refused(texts, UNITS_COUNT(texts));
}
END_TEST

/* Somebody who types one is told that it is past, not that it is no date. */
START_TEST(test_a_day_before_1970_is_a_day)
{
    static const day_t days[] = {
        { "1969-12-31", APR_INT64_C(-86400) },
        { "1900-02-28", APR_INT64_C(-2203977600) },
        { "1600-02-29", APR_INT64_C(-11670998400) },
        { "0001-01-01", APR_INT64_C(-62135596800) },
        { "0000-03-01", APR_INT64_C(-62162035200) }
    };
    static const char *const texts[] = { "1900-02-29", "1970-01-00" };

    check_days(days, UNITS_COUNT(days));
    check_refused(texts, UNITS_COUNT(texts));
}
END_TEST

START_TEST(test_any_other_spelling_is_refused)
{
    static const char *const texts[] = {
        "", " ", "0", "2026", "2026-01", "2026-01-", "2026-1-1", "26-01-01",
        " 2026-01-01", "2026-01-01 ", "2026-01-01\n", "\t2026-01-01",
        "2026 01 01", "2026/01/01", "2026.01.01", "20260101", "2026-0101",
        "01-01-2026", "2026-01-01T00:00:00Z", "2026-01-01Z", "+2026-01-01",
        "-2026-01-01", "10000-01-01", "02026-01-01", "2026-01-001",
        "2026--1-01", "2026-01--1", "2026-+1-01", "2026-0x-01", "yyyy-mm-dd",
        "never", "NaN", "2026-01-0a", "2026-01-01;", "2026-W01-1", "2026-001",
        "1e10-01-01", "202\xC2\xB2-01-01",
        /* Arabic-Indic digits and a true minus sign look right to a human. */
        "\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA6-01-01", "2026\xE2\x88\x92\x30\x31-01"
    };

    check_refused(texts, UNITS_COUNT(texts));
}
END_TEST

START_TEST(test_every_day_of_1970_to_9999_reads_back_as_written)
{
    apr_pool_t *scratch;
    apr_int64_t day;

    apr_pool_create(&scratch, units_pool);
    /* 37 days a step meet every month and each of its days in turn. */
    for (day = 0; day < JT_DATE_END; day += 37 * JT_DATE_DAY) {
        const char *text = jt_date_format(day, scratch);
        apr_int64_t back = -1;

        ck_assert_msg(jt_date_parse(text, &back) == APR_SUCCESS
                      && back == day, "%s did not read back", text);
        apr_pool_clear(scratch);
    }
}
END_TEST

START_TEST(test_a_day_holds_its_instants_from_0_00_to_23_59_59)
{
    static const struct {
        apr_int64_t instant;
        apr_int64_t day;
    } cases[] = {
        { 0, 0 }, { 1, 0 }, { 86399, 0 }, { 86400, 86400 }, { 86401, 86400 },
        { APR_INT64_C(4294967296), APR_INT64_C(4294944000) },
        { JT_DATE_END - 1, JT_DATE_END - JT_DATE_DAY }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_int_eq(jt_date_day(cases[i].instant), cases[i].day);
    }
}
END_TEST

START_TEST(test_a_date_is_written_as_yyyy_mm_dd)
{
    static const written_t cases[] = {
        { 0, "1970-01-01" }, { 86399, "1970-01-01" }, { 86400, "1970-01-02" },
        { 951868799, "2000-02-29" }, { 951868800, "2000-03-01" },
        { APR_INT64_C(2147483648), "2038-01-19" },
        { APR_INT64_C(4294967296), "2106-02-07" },
        { JT_DATE_END - 1, "9999-12-31" }
    };

    check_format(jt_date_format, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_minute_is_written_with_utc)
{
    static const written_t cases[] = {
        { 0, "1970-01-01, 00:00 UTC" },
        { 59, "1970-01-01, 00:00 UTC" },
        { 60, "1970-01-01, 00:01 UTC" },
        { 1768473000, "2026-01-15, 10:30 UTC" },
        { 86399, "1970-01-01, 23:59 UTC" },
        { APR_INT64_C(2147483648), "2038-01-19, 03:14 UTC" }
    };

    check_format(jt_date_format_minute, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_an_expiry_at_a_days_end_is_named_24_00_of_that_day)
{
    static const written_t cases[] = {
        { 1806451200 + 86400, "2027-03-31, 24:00 UTC" },
        { 86400, "1970-01-01, 24:00 UTC" },
        { 951868800, "2000-02-29, 24:00 UTC" },
        { 946684800, "1999-12-31, 24:00 UTC" },
        { JT_DATE_END, "9999-12-31, 24:00 UTC" }
    };

    check_format(jt_date_format_expiry, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_an_expiry_within_a_day_is_named_by_its_minute)
{
    static const written_t cases[] = {
        { 1768473000, "2026-01-15, 10:30 UTC" },
        { 86399, "1970-01-01, 23:59 UTC" },
        { 86401, "1970-01-02, 00:00 UTC" },
        { 0, "1970-01-01, 00:00 UTC" }
    };

    check_format(jt_date_format_expiry, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_rfc3339_is_written_to_the_second_in_utc)
{
    static const written_t cases[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 1768473000, "2026-01-15T10:30:00Z" },
        { 1806451200 + 86400, "2027-04-01T00:00:00Z" },
        { 951868799, "2000-02-29T23:59:59Z" },
        { APR_INT64_C(2147483647), "2038-01-19T03:14:07Z" },
        { APR_INT64_C(2147483648), "2038-01-19T03:14:08Z" },
        { JT_DATE_END - 1, "9999-12-31T23:59:59Z" }
    };

    check_format(jt_date_format_rfc3339, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_what_four_digits_cannot_name_is_clamped)
{
    static const apr_int64_t late[] = {
        JT_DATE_END, JT_DATE_END + 1, JT_DATE_END + JT_DATE_DAY,
        APR_INT64_C(9223372036854775807)
    };
    static const apr_int64_t early[] = {
        -1, -JT_DATE_DAY, -APR_INT64_C(9223372036854775807) - 1
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(late); i++) {
        ck_assert_str_eq(jt_date_format(late[i], units_pool), "9999-12-31");
        ck_assert_str_eq(jt_date_format_rfc3339(late[i], units_pool),
                         "9999-12-31T23:59:59Z");
    }
    for (i = 0; i < UNITS_COUNT(early); i++) {
        ck_assert_str_eq(jt_date_format(early[i], units_pool), "1970-01-01");
        ck_assert_str_eq(jt_date_format_rfc3339(early[i], units_pool),
                         "1970-01-01T00:00:00Z");
        ck_assert_str_eq(jt_date_format_expiry(early[i], units_pool),
                         "1970-01-01, 00:00 UTC");
    }
    ck_assert_str_eq(jt_date_format_expiry(JT_DATE_END + JT_DATE_DAY,
                                           units_pool),
                     "9999-12-31, 24:00 UTC");
}
END_TEST

static void check_both(apr_int64_t instant, apr_pool_t *scratch)
{
    int is_expiry;

    for (is_expiry = 0; is_expiry < 2; is_expiry++) {
        format_t *one = is_expiry ? jt_date_format_expiry
                                  : jt_date_format_minute;
        const char *exact = NULL;
        const char *rfc3339 = NULL;

        jt_date_format_both(instant, is_expiry, &exact, &rfc3339, scratch);
        ck_assert_str_eq(exact, one(instant, scratch));
        ck_assert_str_eq(rfc3339, jt_date_format_rfc3339(instant, scratch));
        ck_assert_msg(strlen(exact) == 21 && strlen(rfc3339) == 20, "%s %s",
                      exact, rfc3339);
    }
}

START_TEST(test_both_ways_to_write_are_those_of_one_by_one)
{
    /* Around a day's end, within it, and where the calendar has corners. */
    static const apr_int64_t days[] = {
        0, 1, 58, 59, 364, 365, 730, 789, 11015, 11016, 11017, 20468, 47482,
        JT_DATE_END / JT_DATE_DAY - 1, JT_DATE_END / JT_DATE_DAY
    };
    static const apr_int64_t within[] = {
        -1, 0, 1, 59, 60, 61, 3599, 3600, 35999, 36000, 43200, 86339, 86399
    };
    size_t i;
    size_t j;

    for (i = 0; i < UNITS_COUNT(days); i++) {
        for (j = 0; j < UNITS_COUNT(within); j++) {
            check_both(days[i] * JT_DATE_DAY + within[j], units_pool);
        }
    }
    check_both(APR_INT64_MAX, units_pool);
    check_both(APR_INT64_MIN, units_pool);
}
END_TEST

START_TEST(test_both_ways_agree_at_instants_of_every_year)
{
    apr_pool_t *scratch;
    apr_int64_t instant;

    apr_pool_create(&scratch, units_pool);
    /* 97 days, 13:46:40 a step: no time of day stays. */
    for (instant = 0; instant < JT_DATE_END; instant += 8430400) {
        check_both(instant, scratch);
        check_both(instant - instant % JT_DATE_DAY, scratch);
        apr_pool_clear(scratch);
    }
}
END_TEST

START_TEST(test_days_are_named_as_the_c_library_names_them)
{
    apr_pool_t *scratch;
    apr_int64_t day;

    apr_pool_create(&scratch, units_pool);
    /* The calendar repeats every 400 years. */
    for (day = 0; day < 400 * 366; day++) {
        time_t last = (time_t)(day * JT_DATE_DAY + JT_DATE_DAY - 1);
        char expected[sizeof("YYYY-MM-DDTHH:MM:SSZ")];
        struct tm parts;

        ck_assert_ptr_nonnull(gmtime_r(&last, &parts));
        ck_assert_uint_eq(strftime(expected, sizeof(expected),
                                   "%Y-%m-%dT%H:%M:%SZ", &parts),
                          sizeof(expected) - 1);
        ck_assert_str_eq(jt_date_format_rfc3339(last, scratch), expected);
        if (day % 1000 == 0) {
            apr_pool_clear(scratch);
        }
    }
}
END_TEST

typedef struct distance_t {
    apr_int64_t seconds;
    jt_date_unit_t unit;
    int count;
} distance_t;

static void check_distances(const distance_t *cases, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        int count = -7;

        ck_assert_msg(jt_date_distance(cases[i].seconds, &count)
                          == cases[i].unit && count == cases[i].count,
                      "%lld s: %d", (long long)cases[i].seconds, count);
        count = -7;
        ck_assert_msg(jt_date_distance(-cases[i].seconds, &count)
                          == cases[i].unit && count == cases[i].count,
                      "%lld s: %d", (long long)-cases[i].seconds, count);
    }
}

START_TEST(test_a_distance_is_told_in_its_largest_unit_rounded_down)
{
    static const distance_t cases[] = {
        { 0, JT_DATE_MOMENT, 0 }, { 1, JT_DATE_MOMENT, 0 },
        { 59, JT_DATE_MOMENT, 0 }, { 60, JT_DATE_MINUTES, 1 },
        { 119, JT_DATE_MINUTES, 1 }, { 120, JT_DATE_MINUTES, 2 },
        { 3599, JT_DATE_MINUTES, 59 }, { 3600, JT_DATE_HOURS, 1 },
        { 7199, JT_DATE_HOURS, 1 }, { 7200, JT_DATE_HOURS, 2 },
        { 86399, JT_DATE_HOURS, 23 }, { 86400, JT_DATE_DAYS, 1 },
        { 2 * 86400 - 1, JT_DATE_DAYS, 1 }, { 2 * 86400, JT_DATE_DAYS, 2 },
        { 365 * 86400, JT_DATE_DAYS, 365 },
        { 729 * 86400, JT_DATE_DAYS, 729 },
        { 730 * 86400 - 1, JT_DATE_DAYS, 729 },
        { 730 * 86400, JT_DATE_DAYS, 730 },
        { 731 * 86400 - 1, JT_DATE_DAYS, 730 },
        { 731 * 86400, JT_DATE_YEARS, 2 },
        { APR_INT64_C(3) * 31556952 - 1, JT_DATE_YEARS, 2 },
        { APR_INT64_C(3) * 31556952, JT_DATE_YEARS, 3 },
        { APR_INT64_C(100) * 31556952 - 1, JT_DATE_YEARS, 99 },
        { APR_INT64_C(100) * 31556952, JT_DATE_YEARS, 100 },
        { JT_DATE_END, JT_DATE_YEARS, 8029 }
    };

    check_distances(cases, UNITS_COUNT(cases));
}
END_TEST

/* What is further away never seems nearer, and no unit comes back. */
START_TEST(test_a_longer_distance_never_seems_shorter)
{
    apr_int64_t seconds;
    jt_date_unit_t unit = JT_DATE_MOMENT;
    int count = 0;

    for (seconds = 0; seconds < 5 * 366 * 86400;
         seconds += 1 + seconds / 1000) {
        int more;
        jt_date_unit_t next = jt_date_distance(seconds, &more);

        ck_assert_msg(next > unit || (next == unit && more >= count),
                      "%lld s", (long long)seconds);
        unit = next;
        count = more;
    }
    ck_assert_int_eq(unit, JT_DATE_YEARS);
    ck_assert_int_eq(count, 5);
}
END_TEST

/* A table may hold any number as an expiry: 2^63-1, say, for `never`. */
START_TEST(test_the_longest_distance_of_all_is_told)
{
    static const apr_int64_t seconds[] = {
        APR_INT64_C(67768036140527616), APR_INT64_C(100000000000000000),
        APR_INT64_MAX, -APR_INT64_MAX, APR_INT64_MIN
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(seconds); i++) {
        int count = -7;

        ck_assert_int_eq(jt_date_distance(seconds[i], &count),
                         JT_DATE_YEARS);
        ck_assert_msg(count >= 2147483576, "%lld s: %d",
                      (long long)seconds[i], count);
    }
}
END_TEST

Suite *units_date(void)
{
    Suite *suite = suite_create("date");
    TCase *parse = units_case(suite, "parse");
    TCase *format = units_case(suite, "format");
    TCase *both = units_case(suite, "both");
    TCase *distance = units_case(suite, "distance");

    tcase_add_test(parse, test_a_day_starts_at_0_00_utc);
    tcase_add_test(parse, test_a_leap_day_is_taken_in_leap_years);
    tcase_add_test(parse, test_days_beyond_2038_and_up_to_9999_are_taken);
    tcase_add_test(parse, test_a_day_that_does_not_exist_is_refused);
    tcase_add_test(parse, test_a_day_before_1970_is_a_day);
    tcase_add_test(parse, test_any_other_spelling_is_refused);
    tcase_add_test(parse,
                   test_every_day_of_1970_to_9999_reads_back_as_written);
    tcase_add_test(format,
                   test_a_day_holds_its_instants_from_0_00_to_23_59_59);
    tcase_add_test(format, test_a_date_is_written_as_yyyy_mm_dd);
    tcase_add_test(format, test_a_minute_is_written_with_utc);
    tcase_add_test(format,
                   test_an_expiry_at_a_days_end_is_named_24_00_of_that_day);
    tcase_add_test(format,
                   test_an_expiry_within_a_day_is_named_by_its_minute);
    tcase_add_test(format, test_rfc3339_is_written_to_the_second_in_utc);
    tcase_add_test(format, test_what_four_digits_cannot_name_is_clamped);
    tcase_set_timeout(both, 60);
    tcase_add_test(both, test_both_ways_to_write_are_those_of_one_by_one);
    tcase_add_test(both, test_both_ways_agree_at_instants_of_every_year);
    tcase_add_test(both, test_days_are_named_as_the_c_library_names_them);
    tcase_set_timeout(distance, 60);
    tcase_add_test(distance,
                   test_a_distance_is_told_in_its_largest_unit_rounded_down);
    tcase_add_test(distance, test_a_longer_distance_never_seems_shorter);
    tcase_add_test(distance, test_the_longest_distance_of_all_is_told);
    return suite;
}
