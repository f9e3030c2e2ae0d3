/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_cursor.c: a cursor reads back as it was made, in the list that it
 * is of, and nothing else is one.
 */
#include "units.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_cursor.h"

static const jt_cursor_t samples[] = {
    { JT_CURSOR_USER, 0, JT_CURSOR_VALUES, "alice", "ci", 7 },
    { JT_CURSOR_USER, 1, JT_CURSOR_VALUES, "", "", 1 },
    { JT_CURSOR_USER, 0, JT_CURSOR_VALUES, "4 5 alice", " 7 \xF0\x9F\x98\x80",
      APR_INT64_MAX },
    { JT_CURSOR_USER, 0, JT_CURSOR_ODD, "", "", 3 },
    { JT_CURSOR_LABEL, 0, JT_CURSOR_VALUES, "\xFF\n\x01'\\", "", 2 },
    { JT_CURSOR_LABEL, 1, JT_CURSOR_VALUES, "caf\xC3\xA9", "", 2 },
    { JT_CURSOR_CREATED, 0, JT_CURSOR_VALUES, "1768473000", "", 9 },
    { JT_CURSOR_CREATED, 1, JT_CURSOR_NULLS, "", "", 9 },
    { JT_CURSOR_EXPIRES, 0, JT_CURSOR_VALUES, "-9223372036854775808", "", 9 },
    { JT_CURSOR_EXPIRES, 1, JT_CURSOR_ODD, "", "", -5 },
    { JT_CURSOR_USED, 0, JT_CURSOR_VALUES, "0", "", 0 }
};

static const char *parse_as(const char *text, const jt_cursor_t *like)
{
    jt_cursor_t read;

    return jt_cursor_parse(text, like->sort, like->descending, &read,
                           units_pool);
}

/* The plain text inside, as somebody else would write it. */
static const char *encode(const char *plain)
{
    int length = (int)strlen(plain);
    char *made = apr_palloc(units_pool,
                            (apr_size_t)apr_base64_encode_len(length));

    apr_base64_encode(made, plain, length);
    made[strcspn(made, "=")] = '\0';
    return made;
}

START_TEST(test_a_cursor_reads_back_as_it_was_made)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(samples); i++) {
        const jt_cursor_t *cursor = &samples[i];
        const char *text = jt_cursor_make(cursor, units_pool);
        jt_cursor_t read = { 0 };

        ck_assert_uint_eq(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
                                 "abcdefghijklmnopqrstuvwxyz0123456789"),
                          strlen(text));
        ck_assert_ptr_null(jt_cursor_parse(text, cursor->sort,
                                           cursor->descending, &read,
                                           units_pool));
        ck_assert_int_eq(read.sort, cursor->sort);
        ck_assert_int_eq(read.descending, cursor->descending);
        ck_assert_int_eq(read.place, cursor->place);
        ck_assert_str_eq(read.key, cursor->key);
        ck_assert_str_eq(read.tie, cursor->tie);
        ck_assert_int_eq(read.id, cursor->id);
    }
}
END_TEST

START_TEST(test_the_longest_name_and_label_fit)
{
    jt_cursor_t cursor = { JT_CURSOR_USER, 0, JT_CURSOR_VALUES, NULL, NULL, 1 };
    const char *text;

    cursor.key = units_repeat("\xF0\x9F\x98\x80", 255);
    cursor.tie = units_repeat("\xF0\x9F\x98\x80", 400);
    text = jt_cursor_make(&cursor, units_pool);
    ck_assert_uint_le(strlen(text), JT_CURSOR_MAX);
    ck_assert_ptr_null(parse_as(text, &cursor));
}
END_TEST

START_TEST(test_a_cursor_of_another_list_says_so)
{
    size_t i;
    int other;

    for (i = 0; i < UNITS_COUNT(samples); i++) {
        const char *text = jt_cursor_make(&samples[i], units_pool);

        for (other = 0; other < 2 * JT_CURSOR_SORTS; other++) {
            jt_cursor_t list = { 0 };

            list.sort = (jt_cursor_sort_t)(other / 2);
            list.descending = other % 2;
            ck_assert(!parse_as(text, &list)
                      == (list.sort == samples[i].sort
                          && list.descending == samples[i].descending));
        }
    }
    ck_assert_ptr_nonnull(strstr(parse_as(encode("uav1 1 1 aa"), &samples[4]),
                                 "another sort"));
}
END_TEST

START_TEST(test_a_page_that_ends_where_it_began_is_passed)
{
    const jt_cursor_t before = { JT_CURSOR_EXPIRES, 0, JT_CURSOR_VALUES, "7",
                                 "", 3 };
    jt_cursor_t cursor = before;

    jt_cursor_pass(&cursor, NULL, units_pool);
    ck_assert_str_eq(cursor.key, "7");
    jt_cursor_pass(&cursor, &before, units_pool);
    ck_assert_str_eq(cursor.key, "8");
    ck_assert_int_eq(cursor.id, 0);
    jt_cursor_pass(&cursor, &before, units_pool);
    ck_assert_str_eq(cursor.key, "8");
    cursor = before;
    cursor.descending = 1;
    jt_cursor_pass(&cursor, &before, units_pool);
    ck_assert_str_eq(cursor.key, "6");
    ck_assert_int_eq(cursor.id, APR_INT64_MAX);
    cursor = before;
    cursor.key = "9223372036854775807";
    jt_cursor_pass(&cursor, &cursor, units_pool);
    ck_assert_str_eq(cursor.key, "9223372036854775807");
    cursor = before;
    cursor.place = JT_CURSOR_NULLS; /* by id */
    jt_cursor_pass(&cursor, &before, units_pool);
    ck_assert_int_eq(cursor.id, 3);
}
END_TEST

START_TEST(test_nothing_else_is_a_cursor)
{
    static const char *const plains[] = {
        "x", "uav", "uav1", "uav1 ", "uav1 5", "uav1 5 2 alicec",
        "uav1 5 2 alicecii", "uav01 5 2 aliceci", "uav1 05 2 aliceci",
        "uav1 5 02 aliceci", "uav 1 5 2 aliceci", "uav+1 5 2 aliceci",
        "uav-0 5 2 aliceci", "uav1 -5 2 aliceci", "uav1 5 -2 aliceci",
        "uav1  5 2 aliceci", "uav1\t5 2 aliceci", "uav1 5 2\naliceci",
        "uav9223372036854775808 5 2 aliceci", "uax1 5 2 aliceci",
        "uav1 9223372036854775807 1 aliceci", "uav1 8 0 aliceci",
        "uav1 18446744073709551615 8 aliceci", "uan1 5 0 alice",
        "uan1 0 2 ci", "uao1 5 0 alice", "UAV1 5 2 aliceci"
    };
    static const char *const created[] = {
        "cav1 1 0 x", "cav1 0 0 ", "cav1 2 0 07", "cav1 2 0 -0", "cav1 1 0 -",
        "cav1 2 0 1 ", "cav1 4 0 1.-5", "cav1 2 0 1.", "cav1 2 0 .5",
        "cav1 4 0 1.05", "cav1 5 0 1.5.5", "cav1 5 0 1.5;2", "cav1 19 0 9223372036854775808",
        "cav1 1 1 12", "can1 1 0 1", "cav1 3 0 1;2"
    };
    static const char *const texts[] = {
        "", "u", "====", "dWF2", "!!!!", "dWF2MSA1IDIgYWxpY2VjaQ==",
        "dWF2MSA1IDIgYWxpY2VjaR", " dWF2MSA1IDIgYWxpY2VjaQ",
        "dWF2MSA1IDIgYWxpY2VjaQ\n", "'; DROP TABLE jiratoken; --",
        "%64WF2MSA1IDIgYWxpY2VjaQ", "\xFF\xFE"
    };
    size_t i;

    ck_assert_ptr_null(parse_as(encode("uav1 5 2 aliceci"), &samples[0]));
    ck_assert_str_eq(encode("uav1 5 2 aliceci"), "dWF2MSA1IDIgYWxpY2VjaQ");
    ck_assert_ptr_null(parse_as(encode("cav1 1 0 7"), &samples[6]));
    ck_assert_ptr_null(parse_as(encode("cav1 4 0 -7.5"), &samples[6]));
    ck_assert_ptr_null(parse_as(encode("cav1 3 0 1.5"), &samples[6]));
    for (i = 0; i < UNITS_COUNT(plains); i++) {
        ck_assert_msg(parse_as(encode(plains[i]), &samples[0]) != NULL, "%s",
                      plains[i]);
    }
    for (i = 0; i < UNITS_COUNT(created); i++) {
        ck_assert_msg(parse_as(encode(created[i]), &samples[6]) != NULL, "%s",
                      created[i]);
    }
    for (i = 0; i < UNITS_COUNT(texts); i++) {
        ck_assert_msg(parse_as(texts[i], &samples[0]) != NULL, "%s", texts[i]);
    }
}
END_TEST

START_TEST(test_a_nul_within_is_none)
{
    char made[32];

    apr_base64_encode(made, "lav1 3 0 a\0c", 12);
    ck_assert_ptr_nonnull(parse_as(made, &samples[4]));
    apr_base64_encode(made, "lav1 3 0 abc", 12);
    ck_assert_ptr_null(parse_as(made, &samples[4]));
}
END_TEST

START_TEST(test_a_cut_or_long_cursor_is_none)
{
    const char *text = jt_cursor_make(&samples[5], units_pool);
    size_t length;

    for (length = 0; length < strlen(text); length++) {
        ck_assert_ptr_nonnull(parse_as(apr_pstrndup(units_pool, text, length),
                                       &samples[5]));
    }
    ck_assert_ptr_nonnull(parse_as(units_repeat("a", JT_CURSOR_MAX + 1),
                                   &samples[5]));
    ck_assert_ptr_nonnull(parse_as(units_repeat("A", 1000000), &samples[5]));
}
END_TEST

START_TEST(test_sorts_and_orders_have_names)
{
    int sort;

    for (sort = 0; sort < JT_CURSOR_SORTS; sort++) {
        ck_assert_int_eq(jt_cursor_sort_parse(
            jt_cursor_sort_name((jt_cursor_sort_t)sort)), sort);
    }
    ck_assert_int_eq(jt_cursor_sort_parse(""), JT_CURSOR_SORTS);
    ck_assert_int_eq(jt_cursor_sort_parse("User"), JT_CURSOR_SORTS);
    ck_assert_int_eq(jt_cursor_sort_parse("id"), JT_CURSOR_SORTS);
    ck_assert_int_eq(jt_cursor_order_parse("asc"), 0);
    ck_assert_int_eq(jt_cursor_order_parse("desc"), 1);
    ck_assert_int_eq(jt_cursor_order_parse(""), -1);
    ck_assert_int_eq(jt_cursor_order_parse("ascending"), -1);
}
END_TEST

Suite *units_cursor(void)
{
    Suite *suite = suite_create("cursor");
    TCase *good = units_case(suite, "good");
    TCase *bad = units_case(suite, "bad");

    tcase_add_test(good, test_a_cursor_reads_back_as_it_was_made);
    tcase_add_test(good, test_the_longest_name_and_label_fit);
    tcase_add_test(good, test_sorts_and_orders_have_names);
    tcase_add_test(bad, test_a_cursor_of_another_list_says_so);
    tcase_add_test(bad, test_a_page_that_ends_where_it_began_is_passed);
    tcase_add_test(bad, test_nothing_else_is_a_cursor);
    tcase_add_test(bad, test_a_nul_within_is_none);
    tcase_add_test(bad, test_a_cut_or_long_cursor_is_none);
    return suite;
}
