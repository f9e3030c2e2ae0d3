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

START_TEST(test_capitals_are_counted_and_lowered)
{
    int affected = 0;

    open_table();
    ck_assert_int_eq(count(), 0);
    put("alice", "a", JT_TOKEN_NEVER);
    put("\xC3\x89va_[`{@", "b", JT_TOKEN_NEVER);
    ck_assert_int_eq(count(), 0);
    put("ALICE", "c", JT_TOKEN_NEVER);
    put("alicE", "d", JT_TOKEN_NEVER);
    put("\xC3\x89VA", "e", JT_TOKEN_NEVER);
    ck_assert_int_eq(count(), 3);
    ck_assert_int_eq(apr_dbd_query(db.driver, db.handle, &affected,
                                   jt_case_make_remedy("jiratoken",
                                                       units_pool)), 0);
    ck_assert_int_eq(affected, 3);
    ck_assert_int_eq(count(), 0);
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
    tcase_add_test(rows, test_a_table_that_is_not_there_is_no_count);
    return suite;
}
