/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows with capitals in their user names: how many there are, and the statement
 * that lowers them, run on a real SQLite file. tests/httpd/test_person.py does
 * so on each database.
 */
#include "table.h"

#include "core/jt_case.h"

static apr_int64_t count(void)
{
    apr_int64_t rows = -1;

    UNITS_OK(jt_case_count(db.driver, db.handle, "jiratoken", &rows,
                           units_pool));
    return rows;
}

static int run_remedy(void)
{
    int affected = 0;

    ck_assert_int_eq(apr_dbd_query(db.driver, db.handle, &affected,
                                   jt_case_make_remedy("sqlite3", "jiratoken",
                                                       units_pool)), 0);
    return affected;
}

START_TEST(test_capitals_are_counted_and_lowered)
{
    open_table();
    ck_assert_int_eq(count(), 0);
    put("alice", "a", JT_TOKEN_NEVER);
    put("\xC3\x89va_[`{@", "b", JT_TOKEN_NEVER);
    ck_assert_int_eq(count(), 0);
    put("ALICE", "c", JT_TOKEN_NEVER);
    put("alicE", "d", JT_TOKEN_NEVER);
    put("\xC3\x89VA", "e", JT_TOKEN_NEVER);
    ck_assert_int_eq(count(), 3);
    ck_assert_int_eq(run_remedy(), 3);
    ck_assert_int_eq(count(), 0);
}
END_TEST

static int find(const char *condition)
{
    return units_db_number(&db, apr_pstrcat(units_pool, "SELECT COUNT(*) FROM "
                                            "jiratoken WHERE ", condition,
                                            NULL), units_pool);
}

START_TEST(test_equal_labels_and_large_ids_are_no_obstacle)
{
    open_table();
    put("ALICE", "a", JT_TOKEN_NEVER);
    put("alice", "b", JT_TOKEN_NEVER);
    put("Alice", "c", JT_TOKEN_NEVER);
    put("alice", "ci (2)", JT_TOKEN_NEVER);
    units_db_run(&db, "UPDATE jiratoken SET id = id + 4000000000, "
                      "label = CASE WHEN label = 'ci (2)' THEN label "
                      "ELSE 'ci' END");
    ck_assert_int_eq(run_remedy(), 2);
    ck_assert_int_eq(find("user_name = 'alice'"), 4);
    ck_assert_int_eq(find("label = 'ci' AND id = 4000000002"), 1);
    ck_assert_int_eq(find("label = 'ci (3)' AND id = 4000000001"), 1);
    ck_assert_int_eq(find("label = 'ci (4)' AND id = 4000000003"), 1);
    ck_assert_int_eq(find("slot BETWEEN 1000 AND 2147483647"), 2);
}
END_TEST

START_TEST(test_a_table_that_is_not_there_is_no_count)
{
    apr_int64_t rows = -1;

    open_table();
    ck_assert_int_eq(jt_case_count(db.driver, db.handle, "nothing", &rows,
                                   units_pool), APR_EGENERAL);
    ck_assert_int_eq(rows, -1);
}
END_TEST

Suite *units_case_of_names(void)
{
    Suite *suite = suite_create("case");
    TCase *rows = units_case(suite, "rows");

    tcase_add_test(rows, test_capitals_are_counted_and_lowered);
    tcase_add_test(rows, test_equal_labels_and_large_ids_are_no_obstacle);
    tcase_add_test(rows, test_a_table_that_is_not_there_is_no_count);
    return suite;
}
