/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_filter.c: what a filter takes, what it says of all else, and that
 * it reads back as it was written.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_filter.h"

#define E_ACUTE "\xC3\xA9"

static const char *set_one(jt_filter_t *filter, const char *name,
                           const char *value)
{
    return jt_filter_set(filter, name, value, units_pool);
}

static void check_query(const jt_filter_t *filter, const char *query)
{
    ck_assert_str_eq(jt_filter_query(filter, units_pool), query);
}

START_TEST(test_each_part_is_taken_and_written)
{
    static const char *const cases[][3] = {
        { "user", "alice", "user=alice" },
        { "user", "O'Brien & S\xC3\xB6hne=%", "user=O%27Brien%20%26%20"
          "S%C3%B6hne%3D%25" },
        { "user", " \\\"_%", "user=%20%5C%22_%25" },
        { "label", "-._~aZ0", "label=-._~aZ0" },
        { "state", "active", "state=active" },
        { "state", "expires-soon", "state=expires-soon" },
        { "state", "expired", "state=expired" },
        { "state", "idle", "state=idle" },
        { "state", "owner-not-seen", "state=owner-not-seen" },
        { "unused", "1", "unused=1" },
        { "unused", "36500", "unused=36500" },
        { "expiring", "30", "expiring=30" },
        { "expired", "30", "expired=30" },
        { "expiry", "never", "expiry=never" },
        { "restriction", "restricted", "restriction=restricted" },
        { "restriction", "unrestricted", "restriction=unrestricted" },
        { "restriction", "read", "restriction=read" },
        { "restriction", "areas", "restriction=areas" },
        { "restriction", "from", "restriction=from" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_filter_t filter = { 0 };

        ck_assert(jt_filter_is_empty(&filter));
        ck_assert_ptr_null(set_one(&filter, cases[i][0], cases[i][1]));
        ck_assert(!jt_filter_is_empty(&filter));
        check_query(&filter, cases[i][2]);
    }
}
END_TEST

START_TEST(test_parts_set_their_members)
{
    jt_filter_t filter = { 0 };

    ck_assert_ptr_null(set_one(&filter, "restriction", "areas"));
    ck_assert_ptr_null(set_one(&filter, "expiry", "never"));
    ck_assert_ptr_null(set_one(&filter, "expired", "3"));
    ck_assert_ptr_null(set_one(&filter, "expiring", "2"));
    ck_assert_ptr_null(set_one(&filter, "unused", "1"));
    ck_assert_ptr_null(set_one(&filter, "state", "idle"));
    ck_assert_ptr_null(set_one(&filter, "label", "l"));
    ck_assert_ptr_null(set_one(&filter, "user", "u"));
    ck_assert_str_eq(filter.user, "u");
    ck_assert_str_eq(filter.label, "l");
    ck_assert_int_eq(filter.state, JT_FILTER_STATE_IDLE);
    ck_assert_int_eq(filter.unused, 1);
    ck_assert_int_eq(filter.expiring, 2);
    ck_assert_int_eq(filter.expired_for, 3);
    ck_assert_int_eq(filter.never, 1);
    ck_assert_int_eq(filter.restriction, JT_FILTER_RESTRICTION_AREAS);
    check_query(&filter, "user=u&label=l&state=idle&unused=1&expiring=2"
                "&expired=3&expiry=never&restriction=areas");
}
END_TEST

START_TEST(test_no_filter_is_empty_text)
{
    jt_filter_t filter = { 0 };

    check_query(&filter, "");
}
END_TEST

START_TEST(test_a_fault_says_what_to_change_and_sets_nothing)
{
    static const char *const cases[][3] = {
        { "usr", "alice", "\"usr\" is no filter: these are user, label, state, "
          "unused, expiring, expired, expiry and restriction" },
        { "User", "alice", NULL }, { "", "alice", NULL },
        { "never", "1", NULL }, { "user ", "alice", NULL },
        { "user", "", "user must not be empty" },
        { "label", "", "label must not be empty" },
        { "state", "", "state must not be empty" },
        { "unused", "", "unused must not be empty" },
        { "user", "al\nice", "user must not have control characters" },
        { "user", "\x7F", "user must not have control characters" },
        { "label", "a\xC2\x85", "label must not have control characters" },
        { "user", "\xEF\xBB\xBF" "alice",
          "user must not begin with a byte order mark: save the list without "
          "one" },
        { "label", "\xEF\xBB\xBF",
          "label must not begin with a byte order mark: save the list without "
          "one" },
        { "user", "\xFF", "user must be UTF-8" },
        { "label", "\xC0\x80", "label must be UTF-8" },
        { "label", "\xED\xA0\x80", "label must be UTF-8" },
        { "state", "Active", "state must be active, expires-soon, expired, "
          "idle or owner-not-seen" },
        { "state", "any", NULL }, { "state", "active ", NULL },
        { "state", "expires_soon", NULL }, { "state", "0", NULL },
        { "restriction", "readonly", "restriction must be restricted, "
          "unrestricted, read, areas or from" },
        { "restriction", "any", NULL },
        { "expiry", "Never", "expiry must be never" }, { "expiry", "any", NULL },
        { "unused", "0", "unused must be a whole number of days from 1 to "
          "36500" },
        { "unused", "36501", NULL }, { "unused", "-1", NULL },
        { "unused", "+1", NULL }, { "unused", "1.5", NULL },
        { "unused", "1e3", NULL }, { "unused", "01", NULL },
        { "unused", " 1", NULL }, { "unused", "1 ", NULL },
        { "unused", "0x10", NULL }, { "unused", "4294967297", NULL },
        { "unused", "18446744073709551617", NULL }, { "unused", "90d", NULL },
        { "expiring", "0", "expiring must be a whole number of days from 1 to "
          "36500" },
        { "expired", "x", "expired must be a whole number of days from 1 to "
          "36500" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_filter_t filter = { 0 };
        const char *fault = set_one(&filter, cases[i][0], cases[i][1]);

        ck_assert_msg(fault != NULL, "%s=%s", cases[i][0], cases[i][1]);
        if (cases[i][2]) {
            ck_assert_str_eq(fault, cases[i][2]);
        }
        ck_assert(jt_filter_is_empty(&filter));
    }
}
END_TEST

START_TEST(test_a_part_is_given_once)
{
    static const char *const cases[][2] = {
        { "user", "alice" }, { "state", "active" }, { "unused", "1" },
        { "expiry", "never" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_filter_t filter = { 0 };

        ck_assert_ptr_null(set_one(&filter, cases[i][0], cases[i][1]));
        ck_assert_str_eq(set_one(&filter, cases[i][0], cases[i][1]),
                         apr_pstrcat(units_pool, cases[i][0],
                                     " must be given once", NULL));
    }
}
END_TEST

START_TEST(test_texts_have_a_limit_in_characters)
{
    jt_filter_t filter = { 0 };

    ck_assert_str_eq(set_one(&filter, "user", units_repeat(E_ACUTE, 256)),
                     "user must have at most 255 characters");
    ck_assert_ptr_null(set_one(&filter, "user", units_repeat(E_ACUTE, 255)));
    ck_assert_str_eq(set_one(&filter, "label", units_repeat(E_ACUTE, 401)),
                     "label must have at most 400 characters");
    ck_assert_ptr_null(set_one(&filter, "label", units_repeat(E_ACUTE, 400)));
}
END_TEST

START_TEST(test_a_fault_repeats_no_more_than_people_can_read)
{
    jt_filter_t filter = { 0 };
    const char *fault = set_one(&filter, units_repeat("\x01x", 5000), "1");

    ck_assert_ptr_null(strchr(fault, '\x01'));
    ck_assert_uint_lt(strlen(fault), 250);
    ck_assert_ptr_nonnull(set_one(&filter, "\xFF\xFE", "1"));
}
END_TEST

/* A cut within a character would be no UTF-8, which JSON does not have. */
START_TEST(test_unknown_name_is_repeated_by_whole_characters)
{
    jt_filter_t filter = { 0 };
    const char *name = "x";
    const char *shown = "\"x";
    const char *fault;
    int i;

    for (i = 0; i < 300; i++) {
        name = apr_pstrcat(units_pool, name, "\xE6\x97\xA5", NULL);
    }
    for (i = 0; i < 59; i++) {
        shown = apr_pstrcat(units_pool, shown, "\xE6\x97\xA5", NULL);
    }
    shown = apr_pstrcat(units_pool, shown, "\" is no filter", NULL);
    fault = set_one(&filter, name, "1");
    ck_assert_msg(fault && !strncmp(fault, shown, strlen(shown)), "%s", fault);
    fault = set_one(&filter, "a\xFF\n\"", "1");
    ck_assert_ptr_nonnull(strstr(fault, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"\" is"));
}
END_TEST

Suite *units_filter(void)
{
    Suite *suite = suite_create("filter");
    TCase *set = units_case(suite, "set");
    TCase *query = units_case(suite, "query");

    tcase_add_test(set, test_parts_set_their_members);
    tcase_add_test(set, test_a_fault_says_what_to_change_and_sets_nothing);
    tcase_add_test(set, test_unknown_name_is_repeated_by_whole_characters);
    tcase_add_test(set, test_a_part_is_given_once);
    tcase_add_test(set, test_texts_have_a_limit_in_characters);
    tcase_add_test(set, test_a_fault_repeats_no_more_than_people_can_read);
    tcase_add_test(query, test_each_part_is_taken_and_written);
    tcase_add_test(query, test_no_filter_is_empty_text);
    return suite;
}
