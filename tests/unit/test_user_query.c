/* SPDX-License-Identifier: Apache-2.0
 *
 * JiraTokenUserQuery: what can be seen to be wrong before a database sees it.
 */
#include "units.h"

#include "core/jt_user_query.h"

START_TEST(test_a_query_has_one_placeholder_for_the_name)
{
    static const char *const fine[] = {
        "SELECT 1 FROM cwd_user WHERE lower_user_name = %s AND active = 1",
        "select 1 from u where n=%s", "SELECT%s", " (SELECT 1 FROM u WHERE n=%s)",
        "WITH a AS (SELECT 1) SELECT 1 FROM a WHERE 'x' = %s",
        "SELECT 1 FROM u WHERE n = %s AND m LIKE 'a%%'",
        "SELECT 1 FROM u WHERE m LIKE '%%s' AND n = %s",
        "SELECT 1 FROM u WHERE n = %s AND q = 'what?'",
        "SELECT 1 FROM u WHERE q = 'it''s' AND \"n\" = %s",
        "SELECT 1 FROM `u` WHERE n = %s AND q = '`'", "SELECT %s%%"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(fine); i++) {
        const char *fault = jt_user_query_check(fine[i]);

        ck_assert_msg(!fault, "%s: %s", fine[i], fault);
    }
}
END_TEST

START_TEST(test_any_other_is_refused_in_words)
{
    static const struct {
        const char *query;
        const char *said;
    } cases[] = {
        { "", "no query" }, { "   ", "no query" }, { "%s", "no query" },
        { "UPDATE u SET a = %s", "no query" }, { "SELECTED %s", "no query" },
        { "DELETE FROM u WHERE n = %s", "no query" },
        { "WITHOUT %s", "no query" }, { "SELECT_x %s", "no query" },
        { "SELECT 1", "no %s" }, { "SELECT '%%s'", "no %s" },
        { "SELECT 1 FROM u WHERE n = %%s", "no %s" },
        { "SELECT %s, %s", "more than one" }, { "SELECT %s%s", "more than one" },
        { "SELECT %d", "only placeholder" }, { "SELECT %s, %d", "only" },
        { "SELECT %", "only" }, { "SELECT %s %", "only" },
        { "SELECT 1 WHERE n LIKE 'a%' AND n = %s", "only" },
        { "SELECT %S", "only" }, { "SELECT %lld", "only" },
        { "SELECT %%%", "only" }, { "SELECT ?", "placeholder of some" },
        { "SELECT %s, ?", "placeholder of some" },
        { "SELECT 1 WHERE n = '%s'", "in quotes" },
        { "SELECT 1 WHERE n = \"%s\"", "in quotes" },
        { "SELECT 1 WHERE n = `%s`", "in quotes" },
        { "SELECT 1 WHERE n LIKE '%%%s'", "in quotes" },
        { "SELECT 1 WHERE n = 'a''%s'", "in quotes" },
        { "SELECT 1 WHERE n = \"a'b%s\"", "in quotes" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *fault = jt_user_query_check(cases[i].query);

        ck_assert_msg(fault && strstr(fault, cases[i].said), "%s: %s",
                      cases[i].query, fault ? fault : "fine");
    }
}
END_TEST

Suite *units_user_query(void)
{
    Suite *suite = suite_create("user_query");
    TCase *check = units_case(suite, "check");

    tcase_add_test(check, test_a_query_has_one_placeholder_for_the_name);
    tcase_add_test(check, test_any_other_is_refused_in_words);
    return suite;
}
