/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_where.c that need no database: what of a person's text gets into
 * SQL, and where all that begin with it end. What the conditions find is in
 * tests/httpd/test_listing.py, on each database.
 */
#include "units.h"

#include <string.h>

#include "core/jt_where.h"

#define PGSQL "convert_from(decode('"

static const char *const texts[] = {
    "a%", "'", "''", "\\", "\\'", "\";--", "%", "\xBF'", "\xC3\xA9'\x01"
};

/* A literal is a head, the digits of the text's bytes, and an end. */
static void check_literal(const char *literal, const char *text,
                          const char *head, const char *end)
{
    size_t digits = 2 * strlen(text);

    ck_assert_int_eq(strncmp(literal, head, strlen(head)), 0);
    literal += strlen(head);
    ck_assert_uint_eq(strspn(literal, "0123456789abcdef"), digits);
    ck_assert_str_eq(literal + digits, end);
}

START_TEST(test_only_digits_of_a_text_get_into_sql)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        check_literal(jt_where_literal(JT_WHERE_MYSQL, texts[i], units_pool),
                      texts[i], "X'", "'");
        check_literal(jt_where_literal(JT_WHERE_PGSQL, texts[i], units_pool),
                      texts[i], PGSQL, "', 'hex'), 'UTF8')");
    }
    ck_assert_str_eq(jt_where_literal(JT_WHERE_MYSQL, "\xC3\xA9'", units_pool),
                     "X'c3a927'");
}
END_TEST

START_TEST(test_a_text_that_means_nothing_in_sql_stays_as_it_is)
{
    static const char *const plain[] = { "", "a", "Jo-Ann. O_7@ex.org " };
    int dialect;
    size_t i;

    for (dialect = 0; dialect < 3; dialect++) {
        for (i = 0; i < UNITS_COUNT(plain); i++) {
            const char *literal = jt_where_literal((jt_where_dialect_t)dialect,
                                                   plain[i], units_pool);

            ck_assert_int_eq(literal[0], '\'');
            ck_assert_int_eq(strncmp(literal + 1, plain[i], strlen(plain[i])),
                             0);
            ck_assert_str_eq(literal + 1 + strlen(plain[i]), "'");
        }
    }
}
END_TEST

START_TEST(test_for_sqlite_each_quote_is_doubled)
{
    ck_assert_str_eq(jt_where_literal(JT_WHERE_SQLITE, "O'Brien''", units_pool),
                     "'O''Brien'''''");
    ck_assert_str_eq(jt_where_literal(JT_WHERE_SQLITE, "\\", units_pool),
                     "'\\'");
    ck_assert_str_eq(jt_where_literal(JT_WHERE_SQLITE, "", units_pool), "''");
}
END_TEST

/* The condition of a label. */
static const char *make_label(const char *label, jt_where_t *where)
{
    jt_filter_t filter = { 0 };
    jt_where_ask_t ask = { 0 };

    filter.label = label;
    ask.filter = &filter;
    jt_where_make(&ask, where, units_pool);
    return where->bounds[JT_CURSOR_LABEL].values;
}

START_TEST(test_labels_end_before_the_next_character)
{
    static const char *const cases[][2] = {
        { "a", "label >= 'a' AND label < 'b'" },
        { "\x7F", "label >= '\x7F' AND label < '\xC2\x80'" },
        { "a\xDF\xBF", "label >= 'a\xDF\xBF' AND label < 'a\xE0\xA0\x80'" },
        { "\xED\x9F\xBF",
          "label >= '\xED\x9F\xBF' AND label < '\xEE\x80\x80'" },
        { "\xEF\xBF\xBF",
          "label >= '\xEF\xBF\xBF' AND label < '\xF0\x90\x80\x80'" },
        { "a\xF4\x8F\xBF\xBF",
          "label >= 'a\xF4\x8F\xBF\xBF' AND label < 'b'" },
        { "\xF4\x8F\xBF\xBF", "label >= '\xF4\x8F\xBF\xBF'" }
    };
    jt_where_t where;
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(make_label(cases[i][0], &where), cases[i][1]);
        ck_assert_str_eq(jt_where_join(&where, JT_CURSOR_SORTS, units_pool),
                         cases[i][1]);
        ck_assert_ptr_null(jt_where_join(&where, JT_CURSOR_LABEL, units_pool));
    }
}
END_TEST

START_TEST(test_what_nothing_can_match_says_so)
{
    static const jt_filter_t filters[] = {
        { .state = JT_FILTER_STATE_IDLE }, { .state = JT_FILTER_STATE_UNSEEN },
        { .never = 1, .expiring = 3 },
        { .state = JT_FILTER_STATE_EXPIRED, .expiring = 3 },
        { .expired_for = 30000 }
    };
    jt_where_ask_t ask = { 0 };
    jt_where_t where;
    size_t i;

    ask.now = 1768473000;
    for (i = 0; i < UNITS_COUNT(filters); i++) {
        ask.filter = &filters[i];
        jt_where_make(&ask, &where, units_pool);
        ck_assert(where.is_nothing);
    }
}
END_TEST

START_TEST(test_every_filter_has_a_condition)
{
    static const jt_filter_t filters[] = {
        { .user = "u" }, { .label = "l" }, { .unused = JT_FILTER_DAYS },
        { .expiring = 1 }, { .expired_for = 1 }, { .never = 1 },
        { .state = JT_FILTER_STATE_ACTIVE }, { .state = JT_FILTER_STATE_SOON },
        { .state = JT_FILTER_STATE_EXPIRED },
        { .restriction = JT_FILTER_RESTRICTION_SOME },
        { .restriction = JT_FILTER_RESTRICTION_NONE },
        { .restriction = JT_FILTER_RESTRICTION_FROM }
    };
    static const jt_filter_t none;
    jt_where_ask_t ask = { 0 };
    jt_where_t where;
    size_t i;

    ask.now = 86399; /* one day ago is the second that stands for none */
    for (i = 0; i < UNITS_COUNT(filters); i++) {
        ask.filter = &filters[i];
        jt_where_make(&ask, &where, units_pool);
        ck_assert(where.is_nothing
                  || jt_where_join(&where, JT_CURSOR_SORTS, units_pool));
    }
    ask.filter = &none;
    jt_where_make(&ask, &where, units_pool);
    ck_assert(!where.is_nothing);
    ck_assert_ptr_null(jt_where_join(&where, JT_CURSOR_SORTS, units_pool));
    ck_assert_int_eq(where.paths_count, 0);
}
END_TEST

Suite *units_where(void)
{
    Suite *suite = suite_create("where");
    TCase *literal = units_case(suite, "literal");
    TCase *filter = units_case(suite, "filter");

    tcase_add_test(literal, test_only_digits_of_a_text_get_into_sql);
    tcase_add_test(literal,
                   test_a_text_that_means_nothing_in_sql_stays_as_it_is);
    tcase_add_test(literal, test_for_sqlite_each_quote_is_doubled);
    tcase_add_test(filter, test_labels_end_before_the_next_character);
    tcase_add_test(filter, test_what_nothing_can_match_says_so);
    tcase_add_test(filter, test_every_filter_has_a_condition);
    return suite;
}
