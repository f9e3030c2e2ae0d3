/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_fault.c, on SQLite's driver: what its codes mean. What the other
 * drivers say is provoked above httpd, by their servers.
 */
#include "units.h"

#include <string.h>

#include "core/jt_fault.h"

static units_db_t db;

static void open_db(void)
{
    units_db_open(&db, units_pool);
}

static jt_fault_t describe(int code, int while_preparing)
{
    jt_fault_call_t call = { 0 };
    jt_fault_t fault;

    call.driver = db.driver;
    call.handle = db.handle;
    call.code = code;
    call.while_preparing = while_preparing;
    call.new_name = while_preparing ? "jt_1_0" : NULL;
    memset(&fault, 0xA5, sizeof(fault));
    jt_fault_describe(&fault, &call);
    return fault;
}

START_TEST(test_only_what_the_schema_explains_is_about_it)
{
    /* sqlite.org/rescode.html */
    static const struct {
        int code;
        int is_about_schema;
        int is_busy;
    } cases[] = {
        { 1, 1, 0 },  /* ERROR: no such table, say */
        { 3, 0, 0 },  /* PERM */
        { 5, 0, 1 },  /* BUSY */
        { 6, 0, 1 },  /* LOCKED */
        { 8, 0, 0 },  /* READONLY */
        { 10, 0, 1 }, /* IOERR */
        { 14, 0, 0 }, /* CANTOPEN */
        { 26, 1, 0 }, /* NOTADB */
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_fault_t fault = describe(cases[i].code, 1);

        ck_assert_int_eq(!fault.is_about_schema, !cases[i].is_about_schema);
        ck_assert_int_eq(!jt_fault_is_busy(db.driver, cases[i].code),
                         !cases[i].is_busy);
        ck_assert_int_eq(fault.is_conflict, 0);
        ck_assert_int_eq(fault.is_denied, 0);
        ck_assert_int_eq(fault.is_pooled, 0);
    }
}
END_TEST

START_TEST(test_words_begin_with_driver_and_code)
{
    ck_assert_str_eq(describe(1, 1).words, "sqlite3 error 1: not an error");
    ck_assert_str_eq(describe(7, 0).words, "sqlite3 error 7: not an error");
    ck_assert_ptr_nonnull(strstr(describe(JT_FAULT_BAD_ROW, 0).words,
                                 "text where a number belongs"));
    ck_assert_int_eq(describe(JT_FAULT_BAD_ROW, 0).is_conflict, 0);
}
END_TEST

START_TEST(test_a_driver_is_known_by_its_name)
{
    ck_assert_int_ne(jt_fault_is_driver(db.driver, "sqlite3"), 0);
    ck_assert_int_eq(jt_fault_is_driver(db.driver, "sqlite"), 0);
    ck_assert_int_eq(jt_fault_is_driver(db.driver, "pgsql"), 0);
}
END_TEST

Suite *units_fault(void)
{
    Suite *suite = suite_create("fault");
    TCase *codes = units_case(suite, "codes");

    tcase_add_checked_fixture(codes, open_db, NULL);
    tcase_add_test(codes, test_only_what_the_schema_explains_is_about_it);
    tcase_add_test(codes, test_words_begin_with_driver_and_code);
    tcase_add_test(codes, test_a_driver_is_known_by_its_name);
    return suite;
}
