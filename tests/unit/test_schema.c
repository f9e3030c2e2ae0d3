/* SPDX-License-Identifier: Apache-2.0
 *
 * Which tables the upgrade scripts know, on a real SQLite file.
 * tests/httpd/test_upgrade_former.py has what a start says, on each database.
 */
#include "table.h"

#include "core/jt_schema.h"

#define FORMER \
    "id, user_name, slot, label, digest, created_at, expires_at, " \
    "last_used_at, last_used_from, scope, allowed_from"

static const struct {
    const char *columns; /* NULL: there is no table */
    int is_earlier;
} tables[] = {
    { NULL, 0 },
    { FORMER, 1 },
    { FORMER ", note", 1 },
    { FORMER ", restrictions_upgraded, shown", 1 }, /* an upgrade was begun */
    { "user_name, label, digest", 1 },
    { "digest, label, user_name, expires_at", 1 },
    { "user_name, label, digest, slot", 0 },
    { "id, user_name, slot, label, digest, scope, last_used_from", 0 },
    { "label, digest", 0 },
    { "n", 0 },
};

START_TEST(test_a_table_that_is_upgraded_is_told_from_others)
{
    open_table();
    units_db_run(&db, "DROP TABLE jiratoken");
    if (tables[_i].columns) {
        units_db_run(&db, apr_pstrcat(units_pool, "CREATE TABLE jiratoken (",
                                      tables[_i].columns, ")", NULL));
    }
    ck_assert_int_eq(!!jt_schema_is_earlier(db.driver, db.handle, "jiratoken",
                                            units_pool), tables[_i].is_earlier);
}
END_TEST

START_TEST(test_the_table_of_today_is_no_earlier_one)
{
    open_table();
    ck_assert_int_eq(jt_schema_is_earlier(db.driver, db.handle, "jiratoken",
                                          units_pool), 0);
}
END_TEST

Suite *units_schema(void)
{
    Suite *suite = suite_create("schema");
    TCase *earlier = units_case(suite, "earlier");

    tcase_add_loop_test(earlier,
                        test_a_table_that_is_upgraded_is_told_from_others, 0,
                        UNITS_COUNT(tables));
    tcase_add_test(earlier, test_the_table_of_today_is_no_earlier_one);
    return suite;
}
