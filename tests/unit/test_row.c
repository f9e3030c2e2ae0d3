/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_row.c, on a real SQLite file with the shipped table: what becomes
 * of a row that somebody has edited, and of those beside it.
 */
#include "table.h"

#include "core/jt_account.h"

#define LATER (NOW + 1000)

/* SQLite puts any value into any column (sqlite.org/flextypegood.html): one
 * with this is damaged, beside one that is whole. */
static void damage(const char *column, const char *value)
{
    units_db_run(&db, apr_psprintf(units_pool, "UPDATE jiratoken SET %s = %s "
                                   "WHERE slot = 1", column, value));
}

/* Of both rows; the second is the damaged one. */
static jt_token_t *list_both(void)
{
    apr_array_header_t *rows;

    ck_assert_msg(jt_store_list(store, "alice", &rows, units_pool)
                      == APR_SUCCESS, "%s", jt_store_fault(store));
    ck_assert_int_eq(rows->nelts, 2);
    return (jt_token_t *)rows->elts;
}

static const char *const numbers[] = {
    "'never'", "''", "'2027-03-31'", "'12x'", "'0x10'", "1.5", "-2",
    "'99999999999999999999'", "X'6E6F'"
};

static void insert_both(void)
{
    put("alice", "whole", LATER);
    put("alice", "other", LATER);
    units_db_run(&db, "UPDATE jiratoken SET slot = (label = 'other')");
}

static void check_whole(const jt_token_t *row)
{
    ck_assert_int_eq(row->is_damaged || row->is_unreadable, 0);
    ck_assert_str_eq(row->grant.label, "whole");
    ck_assert_int_eq(row->grant.expires_at, LATER);
    ck_assert_ptr_null(row->grant.restrictions);
    ck_assert_int_eq(row->slot, 0);
    ck_assert_str_eq(row->digest, digest_of(ring, "whole"));
}

/* What a check reads of the damaged row. */
static apr_status_t find_other(jt_grant_t **grant)
{
    return jt_store_find(store, digest_of(ring, "other"), grant, units_pool);
}

START_TEST(test_a_row_that_no_check_can_judge_is_unreadable_by_itself)
{
    /* Nothing of it is taken for a right; its owner can still name it. */
    static const char *const columns[] = { "expires_at", "last_used_at" };
    size_t i;

    insert_both();
    for (i = 0; i < UNITS_COUNT(columns) * UNITS_COUNT(numbers); i++) {
        const char *column = columns[i / UNITS_COUNT(numbers)];
        jt_grant_t *grant;
        jt_token_t *rows;

        damage(column, numbers[i % UNITS_COUNT(numbers)]);
        rows = list_both();
        check_whole(&rows[0]);
        ck_assert_int_ne(rows[1].is_damaged && rows[1].is_unreadable, 0);
        ck_assert_int_eq(rows[1].grant.id, 2);
        ck_assert_str_eq(rows[1].grant.user, "alice");
        ck_assert_str_eq(rows[1].grant.label, "other");
        ck_assert_str_eq(rows[1].grant.restrictions, "");
        ck_assert_int_eq(rows[1].grant.expires_at, JT_TOKEN_NEVER);
        ck_assert_int_eq(rows[1].grant.last_used_at, JT_TOKEN_NEVER);
        ck_assert_int_eq(rows[1].slot, 1);
        ck_assert_int_eq(find_other(&grant), APR_EGENERAL);
        ck_assert_ptr_null(grant);
        ck_assert_str_eq(jt_store_fault(store), "the row with id=2 has text "
                         "where a number belongs, or no text where some "
                         "belongs");
        ck_assert_int_eq(jt_store_is_unfit(store), 0);
        damage(column, "NULL");
    }
    ck_assert_int_eq(list_both()[1].is_damaged, 0);
}
END_TEST

/* The driver reads an empty blob as NULL, which a constraint would keep out. */
START_TEST(test_a_row_without_a_text_is_unreadable_by_itself)
{
    jt_grant_t *grant;
    jt_token_t *rows;

    insert_both();
    damage("label", "X''");
    rows = list_both();
    check_whole(&rows[0]);
    ck_assert_int_ne(rows[1].is_unreadable, 0);
    ck_assert_str_eq(rows[1].grant.label, "");
    ck_assert_int_eq(find_other(&grant), APR_EGENERAL);
    damage("label", "'other'");
    ck_assert_int_eq(list_both()[1].is_damaged, 0);
}
END_TEST

START_TEST(test_what_no_check_needs_makes_no_row_unreadable)
{
    size_t i;

    insert_both();
    for (i = 0; i < UNITS_COUNT(numbers); i++) {
        jt_grant_t *grant;
        jt_token_t *rows;

        damage("created_at", numbers[i]);
        rows = list_both();
        ck_assert_int_eq(rows[0].is_damaged || rows[1].is_unreadable, 0);
        ck_assert_int_ne(rows[1].is_damaged, 0);
        ck_assert_int_eq(rows[1].grant.created_at, JT_TOKEN_NEVER);
        ck_assert_int_eq(rows[1].grant.expires_at, LATER);
        UNITS_OK(find_other(&grant));
        ck_assert_ptr_nonnull(grant);
    }
}
END_TEST

START_TEST(test_a_slot_that_is_none_is_said_to_be_none)
{
    size_t i;

    for (i = 0; i <= UNITS_COUNT(numbers); i++) {
        const char *value = i < UNITS_COUNT(numbers) ? numbers[i] : "X''";
        jt_token_t *rows;

        insert_both();
        damage("slot", value);
        rows = list_both();
        ck_assert_int_eq(rows[0].is_damaged || rows[1].is_unreadable, 0);
        ck_assert_int_ne(rows[1].is_damaged, 0);
        ck_assert_int_eq(rows[1].slot, JT_TOKEN_NO_SLOT);
        units_db_run(&db, "DELETE FROM jiratoken");
    }
}
END_TEST

START_TEST(test_an_id_that_is_none_is_an_error)
{
    /* Nobody could name the row to revoke it. */
    apr_array_header_t *rows;

    insert_both();
    damage("id", "-2");
    ck_assert_int_eq(jt_store_list(store, "alice", &rows, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(rows->nelts, 0);
    ck_assert_ptr_nonnull(strstr(jt_store_fault(store), "id=-2"));
}
END_TEST

Suite *units_row(void)
{
    Suite *suite = suite_create("row");
    TCase *rows = units_case(suite, "damaged");

    tcase_add_checked_fixture(rows, open_table, NULL);
    tcase_set_timeout(rows, 60);
    tcase_add_test(rows,
                   test_a_row_that_no_check_can_judge_is_unreadable_by_itself);
    tcase_add_test(rows, test_a_row_without_a_text_is_unreadable_by_itself);
    tcase_add_test(rows, test_what_no_check_needs_makes_no_row_unreadable);
    tcase_add_test(rows, test_a_slot_that_is_none_is_said_to_be_none);
    tcase_add_test(rows, test_an_id_that_is_none_is_an_error);
    return suite;
}
