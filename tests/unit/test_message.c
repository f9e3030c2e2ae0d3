/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_message.c: what a message says, and when one that failed is tried
 * again.
 */
#include "units.h"

#include <apr_strings.h>

#include "core/jt_message.h"
#include "core/jt_date.h"
#include "core/jt_token.h"
#include "state/jt_program.h"

/* 2027-03-18, 09:12:40 UTC */
#define NOW APR_INT64_C(1805361160)

static jt_outbox_row_t make_row(void)
{
    jt_outbox_row_t row = { 0 };

    row.name = "a name";
    row.event = "created";
    row.at = NOW;
    row.user = "alice";
    row.token_id = 7;
    row.label = "ci";
    row.actor = "bob";
    row.from = "192.0.2.1";
    row.expires_at = JT_TOKEN_NEVER;
    return row;
}

static const char *make_text(const jt_outbox_row_t *row, apr_int64_t now)
{
    const char *text = jt_message_make(row, now, units_pool);

    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(text[strlen(text) - 1], '\n');
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    return text;
}

START_TEST(test_it_has_all_members_in_one_line)
{
    jt_outbox_row_t row = make_row();

    row.detail = "expires=2027-04-01T00:00:00Z read areas=git";
    ck_assert_str_eq(make_text(&row, NOW),
                     "{\"event\":\"created\",\"at\":\"2027-03-18T09:12:40Z\","
                     "\"user\":\"alice\",\"id\":7,\"label\":\"ci\","
                     "\"expiresAt\":\"2027-04-01T00:00:00Z\",\"daysLeft\":13,"
                     "\"by\":\"bob\",\"from\":\"192.0.2.1\"}\n");
}
END_TEST

START_TEST(test_what_is_not_known_is_null)
{
    jt_outbox_row_t row = { 0 };

    row.event = "revoked";
    row.at = row.token_id = row.expires_at = JT_TOKEN_NEVER;
    ck_assert_str_eq(make_text(&row, NOW),
                     "{\"event\":\"revoked\",\"at\":null,\"user\":null,"
                     "\"id\":null,\"label\":null,\"expiresAt\":null,"
                     "\"daysLeft\":null,\"by\":null,\"from\":null}\n");
}
END_TEST

static const struct {
    const char *detail;
    const char *said; /* NULL: nothing ends */
} details[] = {
    { "expires=2027-04-01T00:00:00Z", "2027-04-01T00:00:00Z" },
    { "expires=2027-04-01T12:34:56Z from=10.0.0.0/8", "2027-04-01T12:34:56Z" },
    { "expires=9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
    { "expires=never", NULL },
    { "expires=", NULL },
    { "expires=2027-04-31T00:00:00Z", NULL },
    { "expires=2027-04-01", NULL },
    { "expires=2027-04-01T00:00:00", NULL },
    { "expires=2027-04-01T00:00:0", NULL },
    { "expires=2027-04-01T0a:00:00Z", NULL },
    { "expires=2027-04-01 00:00:00Z", NULL },
    { "the end expires=2027-04-01T00:00:00Z", NULL },
    { "", NULL },
    { NULL, NULL },
};

START_TEST(test_the_end_is_what_the_audit_says)
{
    jt_outbox_row_t row = make_row();
    const char *end = details[_i].said
                          ? apr_psprintf(units_pool, "\"expiresAt\":\"%s\",",
                                         details[_i].said)
                          : "\"expiresAt\":null,\"daysLeft\":null,";

    row.detail = details[_i].detail;
    ck_assert_ptr_nonnull(strstr(make_text(&row, NOW), end));
}
END_TEST

START_TEST(test_days_are_whole_and_none_is_left_of_what_has_ended)
{
    static const struct {
        apr_int64_t left;
        int days;
    } cases[] = {
        { 14 * JT_DATE_DAY, 14 }, { 14 * JT_DATE_DAY - 1, 13 },
        { JT_DATE_DAY, 1 }, { JT_DATE_DAY - 1, 0 }, { 1, 0 }, { 0, 0 },
        { -1, 0 }, { -100 * JT_DATE_DAY, 0 }
    };
    jt_outbox_row_t row = make_row();
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *days = apr_psprintf(units_pool, "\"daysLeft\":%d,",
                                        cases[i].days);

        row.expires_at = NOW + cases[i].left;
        ck_assert_ptr_nonnull(strstr(make_text(&row, NOW), days));
    }
}
END_TEST

START_TEST(test_any_text_stays_within_its_quotes)
{
    jt_outbox_row_t row = make_row();

    row.label = "\",\"id\":1,\"\\\n\x01\xf0\x9f\x98\x80\xe2\x80\xa8";
    ck_assert_ptr_nonnull(strstr(make_text(&row, NOW),
                                 "\"label\":\"\\\",\\\"id\\\":1,\\\"\\\\\\n"
                                 "\\u0001\xf0\x9f\x98\x80\xe2\x80\xa8\","));
}
END_TEST

START_TEST(test_what_is_not_utf8_is_told_cleaned)
{
    jt_outbox_row_t row = make_row();

    row.label = "a\xff" "b";
    row.user = "\xed\xa0\x80z";
    ck_assert_ptr_nonnull(strstr(make_text(&row, NOW),
                                 "\"label\":\"a\xef\xbf\xbd" "b\""));
    ck_assert_ptr_nonnull(strstr(make_text(&row, NOW), "z\",\"id\":7"));
}
END_TEST

/* The longest texts of the columns: a quote takes two bytes. Longer ones are
 * what somebody has put into the tables. */
START_TEST(test_the_longest_is_no_longer_than_a_program_is_given)
{
    jt_outbox_row_t row = make_row();

    row.token_id = APR_INT64_MAX;
    row.user = units_repeat("\"", 255);
    row.label = units_repeat("\"", 400);
    row.actor = units_repeat("\"", 1000);
    row.from = units_repeat("f", 64);
    row.expires_at = JT_DATE_END;
    ck_assert_uint_le(strlen(make_text(&row, 0)), JT_PROGRAM_INPUT);
}
END_TEST

START_TEST(test_pauses_double_up_to_an_hour)
{
    static const int pauses[] = { 15, 30, 60, 120, 240, 480, 960, 1920, 3600,
                                  3600, 3600 };
    int tries;

    for (tries = 1; tries <= (int)UNITS_COUNT(pauses); tries++) {
        ck_assert_int_eq(jt_message_pause(tries), pauses[tries - 1]);
    }
    ck_assert_int_eq(jt_message_pause(1000000), 3600);
    ck_assert_int_eq(jt_message_pause(2147483647), 3600);
    /* A row that somebody has edited. */
    ck_assert_int_eq(jt_message_pause(0), 15);
    ck_assert_int_eq(jt_message_pause(-5), 15);
}
END_TEST

Suite *units_message(void)
{
    Suite *suite = suite_create("message");
    TCase *texts = units_case(suite, "texts");
    TCase *pauses = units_case(suite, "pauses");

    tcase_add_test(texts, test_it_has_all_members_in_one_line);
    tcase_add_test(texts, test_what_is_not_known_is_null);
    tcase_add_loop_test(texts, test_the_end_is_what_the_audit_says, 0,
                        UNITS_COUNT(details));
    tcase_add_test(texts,
                   test_days_are_whole_and_none_is_left_of_what_has_ended);
    tcase_add_test(texts, test_any_text_stays_within_its_quotes);
    tcase_add_test(texts, test_what_is_not_utf8_is_told_cleaned);
    tcase_add_test(texts,
                   test_the_longest_is_no_longer_than_a_program_is_given);
    tcase_add_test(pauses, test_pauses_double_up_to_an_hour);
    return suite;
}
