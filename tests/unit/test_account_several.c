/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_account.c about several tokens at once, on a real SQLite
 * file with the shipped table: which are chosen, and which of them are gone
 * when the database fails in between.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_account.h"

static units_db_t db;
static jt_store_t *store;

static void put(const char *user, int slot, const char *label)
{
    jt_token_t row = { 0 };

    row.slot = slot;
    row.grant.user = user;
    row.grant.label = label;
    row.digest = apr_pstrcat(units_pool, user, " ", label, NULL);
    row.grant.created_at = 1768473000;
    row.grant.expires_at = JT_TOKEN_NEVER;
    UNITS_OK(jt_store_insert(store, &row, units_pool));
}

/* Ids 1, 2, 4, 6 are alice's a, b, c and d; 3 and 5 are bob's a and e. */
static void fill(void)
{
    put("alice", 0, "a");
    put("alice", 1, "b");
    put("bob", 0, "a");
    put("alice", 2, "c");
    put("bob", 1, "e");
    put("alice", 3, "d");
}

static void open_table(void)
{
    units_db_open(&db, units_pool);
    units_db_load(&db, units_pool);
    UNITS_OK(jt_store_make(db.driver, db.handle, "jiratoken", &store,
                           units_pool));
}

/* "4 1": the numbers, in this order. */
static apr_array_header_t *read_ids(const char *text)
{
    apr_array_header_t *ids = apr_array_make(units_pool, 1,
                                             sizeof(apr_int64_t));
    char *end = apr_pstrdup(units_pool, text);

    while (*end) {
        APR_ARRAY_PUSH(ids, apr_int64_t) = apr_strtoi64(end, &end, 10);
    }
    return ids;
}

/* Their labels, one after the other; "-" for no array. */
static const char *labels(const apr_array_header_t *rows)
{
    const char *text = "";
    int i;

    for (i = 0; rows && i < rows->nelts; i++) {
        text = apr_pstrcat(units_pool, text,
                           APR_ARRAY_IDX(rows, i, jt_token_t).grant.label,
                           NULL);
    }
    return rows ? text : "-";
}

/* How many are really left, by the other connection. */
static int count_left(const char *user)
{
    return units_db_number(&db, apr_psprintf(units_pool, "SELECT COUNT(*) "
                           "FROM jiratoken WHERE user_name = '%s'", user),
                           units_pool);
}

/* A row that must not be taken for an answer. */
static apr_array_header_t *stale(void)
{
    apr_array_header_t *rows = apr_array_make(units_pool, 1,
                                              sizeof(jt_token_t));

    memset(apr_array_push(rows), 0, sizeof(jt_token_t));
    APR_ARRAY_IDX(rows, 0, jt_token_t).grant.label = "stale";
    return rows;
}

/* As it is done: the rows are read and chosen, and then revoked. */
static apr_status_t read_and_revoke(const char *ids,
                                    jt_account_revoked_t *revoked)
{
    apr_status_t status = jt_account_list(store, "alice", &revoked->chosen,
                                          units_pool);

    if (status != APR_SUCCESS) {
        revoked->gone = NULL;
        return status;
    }
    jt_token_choose(revoked->chosen, read_ids(ids));
    return jt_account_revoke_several(store, "alice", revoked, units_pool);
}

static void check_revoked(const char *ids, const char *meant,
                          const char *gone, apr_status_t expected,
                          const char *about)
{
    jt_account_revoked_t revoked = { NULL, stale(), 7 };
    apr_status_t status = read_and_revoke(ids, &revoked);

    ck_assert_msg(status == expected, "%s: %d, %s", about, (int)status,
                  jt_store_fault(store));
    ck_assert_msg(!meant || !strcmp(labels(revoked.chosen), meant),
                  "%s: meant %s", about, labels(revoked.chosen));
    ck_assert_msg(!strcmp(labels(revoked.gone), gone), "%s: %s are gone", about,
                  labels(revoked.gone));
}

START_TEST(test_the_rows_with_these_ids_and_no_others_are_revoked)
{
    /* P03 */
    static const struct {
        const char *ids;
        const char *gone;
    } cases[] = {
        { "", "" }, { "1", "a" }, { "6", "d" }, { "1 2 4 6", "abcd" },
        /* oldest first, however they were asked for */
        { "6 4 2 1", "abcd" }, { "4 1", "ac" },
        { "2 2 2", "b" }, { "2 6 2 6", "bd" },
        /* another user's, alone and among one's own */
        { "3", "" }, { "3 5", "" }, { "3 1 5", "a" }, { "5 3 6 3 6", "d" },
        /* nobody's */
        { "7", "" }, { "99 9223372036854775807", "" }, { "0 -1 -2", "" },
        { "7 4 99", "c" }, { "-9223372036854775808 2", "b" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        open_table();
        fill();
        check_revoked(cases[i].ids, cases[i].gone, cases[i].gone,
                      APR_SUCCESS, cases[i].ids);
        ck_assert_int_eq(count_left("alice"),
                         4 - (int)strlen(cases[i].gone));
        ck_assert_int_eq(count_left("bob"), 2);
    }
}
END_TEST

START_TEST(test_what_was_revoked_before_is_passed_over)
{
    fill();
    check_revoked("1 2", "ab", "ab", APR_SUCCESS, "at first");
    check_revoked("1 2 4", "c", "c", APR_SUCCESS, "again, and one more");
    check_revoked("1 2 4", "", "", APR_SUCCESS, "once more");
    ck_assert_int_eq(count_left("alice"), 1);
}
END_TEST

START_TEST(test_what_was_revoked_is_told_with_all_it_had)
{
    jt_account_revoked_t revoked;
    jt_token_t *row;

    fill();
    units_db_run(&db, "UPDATE jiratoken SET expires_at = 7, last_used_at = 8,"
                 " last_used_from = '::1'");
    UNITS_OK(read_and_revoke("4", &revoked));
    ck_assert_int_eq(revoked.gone->nelts, 1);
    row = &APR_ARRAY_IDX(revoked.gone, 0, jt_token_t);
    ck_assert_int_eq(row->grant.id, 4);
    ck_assert_int_eq(row->slot, 2);
    ck_assert_str_eq(row->grant.user, "alice");
    ck_assert_str_eq(row->grant.label, "c");
    /* What a cache of checks is asked to forget it by. */
    ck_assert_str_eq(row->digest, "alice c");
    ck_assert_int_eq(row->grant.expires_at, 7);
    ck_assert_int_eq(row->grant.last_used_at, 8);
    ck_assert_str_eq(row->last_used_from, "::1");
}
END_TEST

START_TEST(test_all_that_a_user_may_have_are_revoked_at_once)
{
    const char *ids = "";
    jt_account_revoked_t revoked;
    int i;

    put("bob", 0, "a");
    for (i = 0; i < 25; i++) {
        put("alice", i, apr_itoa(units_pool, i));
        ids = apr_psprintf(units_pool, "%d%s%s", i + 2, i ? " " : "", ids);
    }
    UNITS_OK(read_and_revoke(ids, &revoked));
    ck_assert_int_eq(revoked.chosen->nelts, 25);
    ck_assert_int_eq(revoked.gone->nelts, 25);
    for (i = 0; i < 25; i++) {
        ck_assert_int_eq(APR_ARRAY_IDX(revoked.gone, i, jt_token_t).grant.id,
                         i + 2);
    }
    ck_assert_int_eq(count_left("alice"), 0);
    ck_assert_int_eq(count_left("bob"), 1);
}
END_TEST

/* Fails the nth deletion of four: the rest is still there then. */
static const char *fail_nth(int nth, const char *how)
{
    return apr_psprintf(units_pool, "CREATE TRIGGER t BEFORE DELETE ON "
                        "jiratoken WHEN (SELECT COUNT(*) FROM jiratoken WHERE"
                        " user_name = 'alice') = %d BEGIN SELECT RAISE(%s); "
                        "END", 5 - nth, how);
}

START_TEST(test_when_a_deletion_fails_those_before_it_are_told)
{
    /* F04, F07 */
    static const char *const hows[] = {
        "ABORT, 'no'", "FAIL, 'no'", "ROLLBACK, 'no'"
    };
    static const char *const gone[] = { "", "a", "ab", "abc" };
    size_t i;
    int nth;

    for (i = 0; i < UNITS_COUNT(hows); i++) {
        for (nth = 1; nth <= 4; nth++) {
            const char *sql = fail_nth(nth, hows[i]);

            open_table();
            fill();
            units_db_run(&db, sql);
            check_revoked("6 4 2 1", "abcd", gone[nth - 1], APR_EGENERAL,
                          sql);
            ck_assert_int_eq(count_left("alice"), 5 - nth);
            /* Trying again finishes it. */
            units_db_run(&db, "DROP TRIGGER t");
            check_revoked("6 4 2 1", &"abcd"[nth - 1], &"abcd"[nth - 1],
                          APR_SUCCESS, "trying again");
        }
    }
}
END_TEST

/* Runs when that row is deleted. */
#define WHEN(when, label, what) \
    "CREATE TRIGGER t " when " DELETE ON jiratoken WHEN OLD.label = '" label \
    "' AND OLD.user_name = 'alice' BEGIN " what "; END"

START_TEST(test_only_what_is_gone_is_revoked_whatever_was_said)
{
    static const struct {
        const char *sql;
        const char *gone;
        apr_status_t status;
    } cases[] = {
        /* said to be done, but still there: the others are not kept back */
        { WHEN("BEFORE", "a", "SELECT RAISE(IGNORE)"), "bcd", APR_EGENERAL },
        { WHEN("BEFORE", "b", "SELECT RAISE(IGNORE)"), "acd", APR_EGENERAL },
        { WHEN("BEFORE", "d", "SELECT RAISE(IGNORE)"), "abc", APR_EGENERAL },
        /* done, but the answer was lost; after the last one all are gone */
        { WHEN("AFTER", "a", "SELECT RAISE(FAIL, '')"), "a", APR_EGENERAL },
        { WHEN("AFTER", "c", "SELECT RAISE(FAIL, '')"), "abc",
          APR_EGENERAL },
        { WHEN("AFTER", "d", "SELECT RAISE(FAIL, '')"), "abcd",
          APR_SUCCESS },
        { WHEN("AFTER", "d", "SELECT RAISE(ABORT, '')"), "abc",
          APR_EGENERAL },
        /* somebody else revokes one meanwhile, which is not ours, or rotates
         * one, whose new secret nobody has invalidated, or makes one */
        { WHEN("AFTER", "a", "UPDATE jiratoken SET digest = 'new' WHERE id ="
               " 4"), "abd", APR_SUCCESS },
        { WHEN("AFTER", "a", "DELETE FROM jiratoken WHERE id = 4"), "abd",
          APR_SUCCESS },
        { WHEN("AFTER", "d", "INSERT INTO jiratoken (user_name, slot, label,"
               " digest) VALUES ('alice', 3, 'd', 'new')"), "abcd",
          APR_SUCCESS }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        open_table();
        fill();
        units_db_run(&db, cases[i].sql);
        check_revoked("1 2 4 6", "abcd", cases[i].gone, cases[i].status,
                      cases[i].sql);
        ck_assert_int_eq(count_left("bob"), 2);
    }
}
END_TEST

START_TEST(test_those_that_were_rotated_are_counted)
{
    jt_account_revoked_t revoked;

    fill();
    units_db_run(&db, WHEN("AFTER", "a", "UPDATE jiratoken SET digest = "
                           "'new' || id WHERE id IN (4, 6)"));
    UNITS_OK(read_and_revoke("1 2 4 6", &revoked));
    ck_assert_int_eq(revoked.rotated, 2);
    ck_assert_str_eq(labels(revoked.gone), "ab");
    ck_assert_int_eq(count_left("alice"), 2);
    UNITS_OK(read_and_revoke("4 6", &revoked));
    ck_assert_int_eq(revoked.rotated, 0);
    ck_assert_str_eq(labels(revoked.gone), "cd");
}
END_TEST

START_TEST(test_a_digest_that_equals_nothing_stops_no_revocation)
{
    fill();
    units_db_run(&db, "UPDATE jiratoken SET digest = CAST(digest AS BLOB) "
                 "WHERE id IN (2, 3)");
    check_revoked("1 2 3", "ab", "ab", APR_SUCCESS, "a blob");
    ck_assert_int_eq(count_left("bob"), 2);
}
END_TEST

START_TEST(test_a_database_that_cannot_be_read_says_of_none_that_it_is_gone)
{
    /* F01, F07 */
    static const char *const sqls[] = {
        "DROP TABLE jiratoken",
        "UPDATE jiratoken SET id = -6 WHERE id = 6",
        /* readable at first, and no longer when the deletions are over */
        WHEN("AFTER", "a", "UPDATE jiratoken SET id = -6 WHERE id = 6"),
        WHEN("AFTER", "b", "UPDATE jiratoken SET id = -6 WHERE id = 6"),
        WHEN("BEFORE", "b", "UPDATE jiratoken SET id = -6 WHERE id = 6; "
                            "SELECT RAISE(FAIL, '')")
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(sqls); i++) {
        open_table();
        fill();
        units_db_run(&db, sqls[i]);
        check_revoked("1 2", i < 2 ? NULL : "ab", "-", APR_EGENERAL, sqls[i]);
    }
}
END_TEST

START_TEST(test_a_row_of_somebody_else_that_cannot_be_read_does_not_matter)
{
    fill();
    units_db_run(&db, "UPDATE jiratoken SET slot = 'x', created_at = 'x' "
                 "WHERE id = 3");
    check_revoked("1 2 3", "ab", "ab", APR_SUCCESS, "another user's row");
}
END_TEST

START_TEST(test_statements_that_have_died_do_not_stop_a_revocation)
{
    fill();
    units_db_run(&db, "CREATE TABLE x (y INTEGER)");
    check_revoked("1 2", "ab", "ab", APR_SUCCESS, "a new table");
}
END_TEST

START_TEST(test_a_read_only_database_revokes_none)
{
    /* F07 */
    int affected;

    fill();
    apr_dbd_query(db.driver, db.handle, &affected, "PRAGMA query_only = 1");
    check_revoked("1 2", "ab", "", APR_EGENERAL, "a read-only database");
    check_revoked("", "", "", APR_SUCCESS, "none asked for");
    ck_assert_int_eq(count_left("alice"), 4);
}
END_TEST

START_TEST(test_rows_that_are_chosen_keep_their_order)
{
    static const struct {
        const char *ids;
        const char *kept;
    } cases[] = {
        { "", "" }, { "9", "b" }, { "1 9 5", "abd" }, { "5 9 1", "abd" },
        { "5 3 9 1 4", "abcde" }, { "4 1 9 3 5", "abcde" },
        { "4 4 3 3", "ce" }, { "7", "" }, { "7 5 0 -1", "a" },
        { "9223372036854775807 4", "e" }
    };
    static const apr_int64_t ids[] = { 5, 9, 3, 1, 4 };
    size_t i;
    int nth;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_array_header_t *rows = apr_array_make(units_pool, 1,
                                                  sizeof(jt_token_t));

        jt_token_choose(rows, read_ids(cases[i].ids));
        ck_assert_int_eq(rows->nelts, 0);
        for (nth = 0; nth < 5; nth++) {
            jt_token_t row = { 0 };

            row.grant.id = ids[nth];
            row.grant.label = apr_pstrndup(units_pool, &"abcde"[nth], 1);
            APR_ARRAY_PUSH(rows, jt_token_t) = row;
        }
        jt_token_choose(rows, read_ids(cases[i].ids));
        ck_assert_str_eq(labels(rows), cases[i].kept);
    }
}
END_TEST

Suite *units_account_several(void)
{
    Suite *suite = suite_create("account_several");
    TCase *mine = units_case(suite, "choose and revoke");
    TCase *fault = units_case(suite, "fault");

    tcase_add_checked_fixture(mine, open_table, NULL);
    tcase_add_checked_fixture(fault, open_table, NULL);
    tcase_set_timeout(mine, 60);
    tcase_set_timeout(fault, 60);
    tcase_add_test(mine,
                   test_the_rows_with_these_ids_and_no_others_are_revoked);
    tcase_add_test(mine, test_what_was_revoked_before_is_passed_over);
    tcase_add_test(mine, test_what_was_revoked_is_told_with_all_it_had);
    tcase_add_test(mine, test_all_that_a_user_may_have_are_revoked_at_once);
    tcase_add_test(mine, test_rows_that_are_chosen_keep_their_order);
    tcase_add_test(fault, test_when_a_deletion_fails_those_before_it_are_told);
    tcase_add_test(fault, test_those_that_were_rotated_are_counted);
    tcase_add_test(fault,
                   test_a_digest_that_equals_nothing_stops_no_revocation);
    tcase_add_test(fault,
                   test_only_what_is_gone_is_revoked_whatever_was_said);
    tcase_add_test(fault,
        test_a_database_that_cannot_be_read_says_of_none_that_it_is_gone);
    tcase_add_test(fault,
        test_a_row_of_somebody_else_that_cannot_be_read_does_not_matter);
    tcase_add_test(fault,
                   test_statements_that_have_died_do_not_stop_a_revocation);
    tcase_add_test(fault, test_a_read_only_database_revokes_none);
    return suite;
}
