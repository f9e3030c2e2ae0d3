/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_order.c: by what a list can be ordered, and that equal rows keep
 * their places.
 */
#include "units.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/jt_order.h"

typedef int compare_t(const void *left, const void *right);

/* Shell's sort, which does not keep equal elements in place. The C library's
 * qsort() often does, and would hide a comparison that leaves it to chance. */
static void unstable_qsort(void *base, size_t count, size_t size,
                           compare_t *compare_two)
{
    char *elements = base;
    void *spare = apr_palloc(units_pool, size);
    size_t gap;
    size_t i;
    size_t j;

    for (gap = count / 2; gap; gap /= 2) {
        for (i = gap; i < count; i++) {
            memcpy(spare, elements + i * size, size);
            for (j = i; j >= gap
                        && compare_two(elements + (j - gap) * size, spare) > 0;
                 j -= gap) {
                memcpy(elements + j * size, elements + (j - gap) * size, size);
            }
            memcpy(elements + j * size, spare, size);
        }
    }
}

/* The source once more, over that sort. */
static const char *unstable_name(jt_order_key_t key);
static jt_order_key_t unstable_parse(const char *name);
static void unstable_sort(apr_array_header_t *rows, jt_order_key_t key,
                          int descending, const jt_token_rules_t *rules,
                          apr_int64_t now, apr_pool_t *from);

#define jt_order_name unstable_name
#define jt_order_parse unstable_parse
#define jt_order_sort unstable_sort
#define qsort unstable_qsort
#include "core/jt_order.c"
#undef jt_order_name
#undef jt_order_parse
#undef jt_order_sort
#undef qsort

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)
#define NEVER JT_TOKEN_NEVER

static const jt_token_rules_t no_rules = { "jt", 25, 0, 0, 0, 0, NULL };

/* Rows with ids from 1, as a table gives them: label, created, expires, last
 * used. */
typedef struct given_t {
    const char *label;
    apr_int64_t created_at;
    apr_int64_t expires_at;
    apr_int64_t last_used_at;
} given_t;

static apr_array_header_t *make_rows(const given_t *given, size_t count)
{
    apr_array_header_t *rows = apr_array_make(units_pool, 1,
                                              sizeof(jt_token_t));
    size_t i;

    for (i = 0; i < count; i++) {
        jt_token_t *row = apr_array_push(rows);

        row->grant.id = (apr_int64_t)i + 1;
        row->grant.label = given[i].label;
        row->grant.created_at = given[i].created_at;
        row->grant.expires_at = given[i].expires_at;
        row->grant.last_used_at = given[i].last_used_at;
    }
    return rows;
}

/* The ids in their order: "3 1 2". */
static const char *ids_of(const apr_array_header_t *rows)
{
    const char *text = "";
    int i;

    for (i = 0; i < rows->nelts; i++) {
        text = apr_psprintf(units_pool, "%s%s%" APR_INT64_T_FMT, text,
                            i ? " " : "",
                            APR_ARRAY_IDX(rows, i, jt_token_t).grant.id);
    }
    return text;
}

static void check_order(const given_t *given, size_t count,
                        jt_order_key_t key, const char *ascending,
                        const char *descending)
{
    apr_array_header_t *rows = make_rows(given, count);

    jt_order_sort(rows, key, 0, &no_rules, NOW, units_pool);
    ck_assert_str_eq(ids_of(rows), ascending);
    rows = make_rows(given, count);
    jt_order_sort(rows, key, 1, &no_rules, NOW, units_pool);
    ck_assert_str_eq(ids_of(rows), descending);
}

START_TEST(test_every_key_has_a_name_that_is_read_back)
{
    static const char *const names[] = {
        "label", "created", "expires", "last-used", "status"
    };
    int key;

    ck_assert_uint_eq(UNITS_COUNT(names), JT_ORDER_KEYS);
    for (key = 0; key < JT_ORDER_KEYS; key++) {
        ck_assert_str_eq(jt_order_name((jt_order_key_t)key), names[key]);
        ck_assert_int_eq(jt_order_parse(names[key]), key);
    }
}
END_TEST

START_TEST(test_any_other_name_is_no_key)
{
    static const char *const names[] = {
        "", " ", "labe", "labels", "Label", "LABEL", " label", "label ",
        "created_at", "last_used", "lastused", "last-used\n", "expired",
        "stat", "0", "1", "5", "-1", "user", "id", "label,created",
        "label;--", "label%00", "\xFF", "\xC5\x82ow"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(names); i++) {
        ck_assert_msg(jt_order_parse(names[i]) == JT_ORDER_KEYS, "\"%s\"",
                      names[i]);
    }
}
END_TEST

START_TEST(test_labels_are_ordered_without_regard_to_ascii_case)
{
    static const given_t given[] = {
        { "b", 0, 0, 0 }, { "A", 0, 0, 0 }, { "a", 0, 0, 0 },
        { "C", 0, 0, 0 }, { "aB", 0, 0, 0 }, { "Ab", 0, 0, 0 },
        { "10", 0, 0, 0 }, { "9", 0, 0, 0 }, { "_", 0, 0, 0 },
        { "", 0, 0, 0 }
    };

    /* "_" lies between the two cases of letters. */
    check_order(given, UNITS_COUNT(given), JT_ORDER_LABEL,
                "10 7 8 9 2 3 5 6 1 4", "4 1 5 6 2 3 9 8 7 10");
}
END_TEST

START_TEST(test_labels_beyond_ascii_are_ordered_by_their_bytes)
{
    static const given_t given[] = {
        { "\xF0\x9F\x98\x80", 0, 0, 0 }, /* U+1F600 */
        { "\xC3\xA4", 0, 0, 0 },         /* a with diaeresis */
        { "z", 0, 0, 0 },
        { "\xC3\x84", 0, 0, 0 },         /* the same, upper case */
        { "\xD7\xA9", 0, 0, 0 },         /* Hebrew shin */
        { "z\xC3\xA4", 0, 0, 0 },
        { "Z\xC3\x84", 0, 0, 0 }
    };

    check_order(given, UNITS_COUNT(given), JT_ORDER_LABEL, "3 7 6 4 2 5 1",
                "1 5 2 4 6 7 3");
}
END_TEST

START_TEST(test_a_token_of_unknown_age_is_the_oldest)
{
    static const given_t given[] = {
        { "a", NOW, NEVER, NEVER }, { "b", NEVER, NEVER, NEVER },
        { "c", 0, NEVER, NEVER }, { "d", NOW - 1, NEVER, NEVER },
        { "e", APR_INT64_C(4294967296), NEVER, NEVER },
        { "f", NEVER, NEVER, NEVER }, { "g", 1, NEVER, NEVER }
    };

    check_order(given, UNITS_COUNT(given), JT_ORDER_CREATED,
                "2 6 3 7 4 1 5", "5 1 4 7 3 2 6");
}
END_TEST

START_TEST(test_a_token_that_never_expires_is_the_last_to_expire)
{
    static const given_t given[] = {
        { "a", 0, NEVER, 0 }, { "b", 0, NOW, 0 },
        { "c", 0, APR_INT64_C(253402300800), 0 }, { "d", 0, 0, 0 },
        { "e", 0, NEVER, 0 }, { "f", 0, NOW + 1, 0 },
        { "g", 0, APR_INT64_C(4294967296), 0 }
    };

    check_order(given, UNITS_COUNT(given), JT_ORDER_EXPIRES,
                "4 2 6 7 3 1 5", "1 5 3 7 6 2 4");
}
END_TEST

START_TEST(test_a_token_that_was_never_used_comes_before_the_used)
{
    static const given_t given[] = {
        { "a", 0, 0, NOW }, { "b", 0, 0, NEVER }, { "c", 0, 0, NOW - 60 },
        { "d", 0, 0, 0 }, { "e", 0, 0, NEVER }, { "f", 0, 0, NOW + 60 }
    };

    check_order(given, UNITS_COUNT(given), JT_ORDER_LAST_USED,
                "2 5 4 3 1 6", "6 1 3 4 2 5");
}
END_TEST

START_TEST(test_a_status_that_asks_for_attention_comes_first)
{
    static const given_t given[] = {
        { "active", 0, NEVER, 0 },
        { "soon", 0, NOW + 1, 0 },
        { "expired", 0, NOW - 1, 0 },
        { "active", 0, NOW + 7 * 86400 + 1, 0 },
        { "soon", 0, NOW + 7 * 86400, 0 },
        { "expired", 0, NOW, 0 }
    };

    check_order(given, UNITS_COUNT(given), JT_ORDER_STATUS, "3 6 2 5 1 4",
                "1 4 2 5 3 6");
}
END_TEST

START_TEST(test_equal_rows_keep_their_order_in_both_directions)
{
    static const given_t given[] = {
        { "x", 5, 6, 7 }, { "X", 5, 6, 7 }, { "x", 5, 6, 7 },
        { "X", 5, 6, 7 }, { "x", 5, 6, 7 }, { "x", 5, 6, 7 },
        { "X", 5, 6, 7 }, { "x", 5, 6, 7 }, { "x", 5, 6, 7 }
    };
    int key;

    for (key = 0; key <= JT_ORDER_KEYS; key++) {
        check_order(given, UNITS_COUNT(given), (jt_order_key_t)key,
                    "1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9");
    }
}
END_TEST

START_TEST(test_no_key_leaves_the_tables_order)
{
    static const given_t given[] = {
        { "c", 3, 1, 2 }, { "a", 1, 2, 3 }, { "b", 2, 3, 1 }
    };

    check_order(given, UNITS_COUNT(given), JT_ORDER_KEYS, "1 2 3", "1 2 3");
}
END_TEST

START_TEST(test_none_and_one_row_are_in_order)
{
    static const given_t given[] = { { "a", NEVER, NEVER, NEVER } };
    int key;

    for (key = 0; key <= JT_ORDER_KEYS; key++) {
        check_order(given, 0, (jt_order_key_t)key, "", "");
        check_order(given, 1, (jt_order_key_t)key, "1", "1");
    }
}
END_TEST

/* Ten values for a thousand rows; no two rows that follow have the same. */
static apr_array_header_t *make_many(void)
{
    static const char *const labels[] = {
        "kappa", "Alpha", "alpha", "Beta", "\xC3\xA9", "zeta", "a", "", "b1",
        "Zeta"
    };
    given_t given[1000];
    size_t i;

    for (i = 0; i < UNITS_COUNT(given); i++) {
        size_t turn = i * 7919 % 10;

        given[i].label = labels[turn];
        given[i].created_at = turn ? (apr_int64_t)turn : NEVER;
        given[i].expires_at = turn ? NOW - 5 + (apr_int64_t)turn : NEVER;
        given[i].last_used_at = turn ? -(apr_int64_t)turn + NOW : NEVER;
    }
    return make_rows(given, UNITS_COUNT(given));
}

/* What is compared, by other means than the code under test. */
static int rank(const jt_token_t *a, const jt_token_t *b,
                jt_order_key_t key)
{
    switch (key) {
    case JT_ORDER_LABEL:
        return strcasecmp(a->grant.label, b->grant.label);
    case JT_ORDER_CREATED:
        return (int)(a->grant.created_at - b->grant.created_at);
    case JT_ORDER_EXPIRES:
        return (int)((a->grant.expires_at == NEVER ? 2 * NOW
                                                   : a->grant.expires_at)
                     - (b->grant.expires_at == NEVER ? 2 * NOW
                                                     : b->grant.expires_at));
    case JT_ORDER_LAST_USED:
        return (int)(a->grant.last_used_at - b->grant.last_used_at);
    case JT_ORDER_STATUS:
        return (int)jt_token_state(&no_rules, a, NOW)
               - (int)jt_token_state(&no_rules, b, NOW);
    case JT_ORDER_KEYS:
        break;
    }
    return 0;
}

typedef void sort_t(apr_array_header_t *rows, jt_order_key_t key,
                    int descending, const jt_token_rules_t *rules,
                    apr_int64_t now, apr_pool_t *from);

static void check_many(sort_t *sort, jt_order_key_t key, int descending)
{
    apr_array_header_t *rows = make_many();
    char seen[1001] = { 0 };
    int i;

    sort(rows, key, descending, &no_rules, NOW, units_pool);
    ck_assert_int_eq(rows->nelts, 1000);
    for (i = 0; i < rows->nelts; i++) {
        const jt_token_t *row = &APR_ARRAY_IDX(rows, i, jt_token_t);
        int order = i ? rank(row - 1, row, key) : -1;

        order = i && descending ? -order : order;
        ck_assert_msg(order < 0 || (!order && row[-1].grant.id < row->grant.id),
                      "key %d, row %d", (int)key, i);
        ck_assert_msg(!seen[row->grant.id]++, "row %d twice",
                      (int)row->grant.id);
    }
}

START_TEST(test_a_thousand_rows_are_ordered_and_none_is_lost)
{
    int key;

    for (key = 0; key <= JT_ORDER_KEYS; key++) {
        check_many(jt_order_sort, (jt_order_key_t)key, 0);
        check_many(jt_order_sort, (jt_order_key_t)key, 1);
    }
}
END_TEST

START_TEST(test_equal_rows_keep_their_order_whatever_sorts_them)
{
    int key;

    ck_assert_int_eq(unstable_parse(unstable_name(JT_ORDER_LABEL)),
                     JT_ORDER_LABEL);
    for (key = 0; key <= JT_ORDER_KEYS; key++) {
        check_many(unstable_sort, (jt_order_key_t)key, 0);
        check_many(unstable_sort, (jt_order_key_t)key, 1);
    }
}
END_TEST

/* A second click on a column, and a third on another one. */
START_TEST(test_a_list_that_is_ordered_is_ordered_again)
{
    static const given_t given[] = {
        { "b", 1, NEVER, 0 }, { "a", 2, NEVER, 0 }, { "b", 3, 1, 0 },
        { "a", 4, 1, 0 }
    };
    apr_array_header_t *rows = make_rows(given, UNITS_COUNT(given));

    jt_order_sort(rows, JT_ORDER_EXPIRES, 0, &no_rules, NOW, units_pool);
    ck_assert_str_eq(ids_of(rows), "3 4 1 2");
    jt_order_sort(rows, JT_ORDER_LABEL, 0, &no_rules, NOW, units_pool);
    ck_assert_str_eq(ids_of(rows), "4 2 3 1");
    jt_order_sort(rows, JT_ORDER_LABEL, 1, &no_rules, NOW, units_pool);
    ck_assert_str_eq(ids_of(rows), "3 1 4 2");
}
END_TEST

Suite *units_order(void)
{
    Suite *suite = suite_create("order");
    TCase *name = units_case(suite, "name");
    TCase *key = units_case(suite, "key");
    TCase *whole = units_case(suite, "whole");

    tcase_add_test(name, test_every_key_has_a_name_that_is_read_back);
    tcase_add_test(name, test_any_other_name_is_no_key);
    tcase_add_test(key,
                   test_labels_are_ordered_without_regard_to_ascii_case);
    tcase_add_test(key,
                   test_labels_beyond_ascii_are_ordered_by_their_bytes);
    tcase_add_test(key, test_a_token_of_unknown_age_is_the_oldest);
    tcase_add_test(key,
                   test_a_token_that_never_expires_is_the_last_to_expire);
    tcase_add_test(key,
                   test_a_token_that_was_never_used_comes_before_the_used);
    tcase_add_test(key, test_a_status_that_asks_for_attention_comes_first);
    tcase_add_test(whole,
                   test_equal_rows_keep_their_order_in_both_directions);
    tcase_add_test(whole, test_no_key_leaves_the_tables_order);
    tcase_add_test(whole, test_none_and_one_row_are_in_order);
    tcase_add_test(whole,
                   test_a_thousand_rows_are_ordered_and_none_is_lost);
    tcase_add_test(whole,
                   test_equal_rows_keep_their_order_whatever_sorts_them);
    tcase_add_test(whole, test_a_list_that_is_ordered_is_ordered_again);
    return suite;
}
