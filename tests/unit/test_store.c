/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_store.c, on a real SQLite file with the shipped table.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_store.h"

#define DIGEST \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static units_db_t db;
static jt_store_t *store;

static void open_table(void)
{
    units_db_open(&db, units_pool);
    units_db_load(&db, units_pool);
    UNITS_OK(jt_store_make(db.driver, db.handle, "jiratoken", &store,
                           units_pool));
}

/* The nth row of a user: its own slot, label and digest. */
static jt_token_t make_row(const char *user, int nth)
{
    jt_token_t row = { 0 };

    row.slot = nth;
    row.grant.user = user;
    row.grant.label = apr_psprintf(units_pool, "label %d", nth);
    row.digest = apr_psprintf(units_pool, DIGEST "%c", '0' + nth);
    row.grant.created_at = 1768473000 + nth;
    row.grant.expires_at = APR_INT64_C(253402300800);
    return row;
}

/* The whole row; a search by digest alone leaves some of it out. */
static jt_token_t *get(const char *digest)
{
    jt_grant_t *grant;
    jt_token_t *row;

    ck_assert_msg(jt_store_find(store, digest, &grant, units_pool)
                      == APR_SUCCESS, "%s", jt_store_fault(store));
    ck_assert_ptr_nonnull(grant);
    UNITS_OK(jt_store_find_id(store, grant->id, &row, units_pool));
    ck_assert_ptr_nonnull(row);
    return row;
}

static void insert(const jt_token_t *row)
{
    ck_assert_msg(jt_store_insert(store, row, units_pool) == APR_SUCCESS,
                  "%s", jt_store_fault(store));
}

static void check_same(const jt_token_t *row, const jt_token_t *wish)
{
    ck_assert_int_gt(row->grant.id, 0);
    ck_assert_int_eq(row->slot, wish->slot);
    ck_assert_str_eq(row->grant.user, wish->grant.user);
    ck_assert_str_eq(row->grant.label, wish->grant.label);
    ck_assert_str_eq(row->digest, wish->digest);
    ck_assert_int_eq(row->grant.created_at, wish->grant.created_at);
    ck_assert_int_eq(row->grant.expires_at, wish->grant.expires_at);
    ck_assert_int_eq(row->grant.last_used_at, JT_TOKEN_NEVER);
    ck_assert_ptr_null(row->last_used_from);
    ck_assert_ptr_null(row->grant.restrictions);
}

START_TEST(test_a_check_finds_what_it_judges_by)
{
    jt_token_t wish = make_row("alice", 0);
    jt_grant_t *row;

    insert(&wish);
    check_same(get(wish.digest), &wish);
    UNITS_OK(jt_store_find(store, wish.digest, &row, units_pool));
    ck_assert_int_gt(row->id, 0);
    ck_assert_str_eq(row->user, "alice");
    ck_assert_str_eq(row->label, wish.grant.label);
    ck_assert_int_eq(row->expires_at, wish.grant.expires_at);
    ck_assert_int_eq(row->last_used_at, JT_TOKEN_NEVER);
    ck_assert_ptr_null(row->restrictions);
}
END_TEST

START_TEST(test_any_text_comes_back_byte_for_byte)
{
    /* I09, I15: nothing is pasted into SQL. */
    static const char *const texts[] = {
        "\xF0\x9F\x98\x80", "\xD9\x85\xD8\xB1", "\xE4\xB8\xAD", "'", "''",
        "\"", "\\", "\\'", "%s", "%d%n", ";", "--", "/*", "?", "?1", ":x",
        "@x", "$x", "' OR 1=1--", "'; DROP TABLE jiratoken; --",
        "x') ON CONFLICT DO NOTHING--", "\xBF\x27", " lead and trail ",
        "\xC2\xA0", "jos\xC3\xA9", "jose\xCC\x81", "007", "1e3", "NULL", ""
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        jt_token_t wish = make_row(texts[i], 0);
        apr_array_header_t *rows;

        wish.grant.label = texts[i];
        wish.digest = apr_psprintf(units_pool, "%s-%d", texts[i], (int)i);
        insert(&wish);
        check_same(get(wish.digest), &wish);
        UNITS_OK(jt_store_list(store, texts[i], &rows, units_pool));
        ck_assert_msg(rows->nelts == 1, "\"%s\": %d rows", texts[i],
                      rows->nelts);
    }
    ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) FROM jiratoken",
                                     units_pool), UNITS_COUNT(texts));
}
END_TEST

START_TEST(test_sql_in_a_key_finds_nothing_and_changes_nothing)
{
    /* I15 */
    static const char *const keys[] = {
        "' OR 1=1--", "' OR ''='", "%", "_", "*", "alice'--", "\\", "%s",
        "'; DELETE FROM jiratoken; --", "alice\xC0\x27", "ALICE", "alice "
    };
    jt_token_t wish = make_row("alice", 0);
    size_t i;

    insert(&wish);
    for (i = 0; i < UNITS_COUNT(keys); i++) {
        jt_grant_t *row;
        apr_array_header_t *rows;
        jt_token_t token = { 0 };
        int affected;

        token.grant.id = 1;
        token.grant.user = keys[i];
        token.digest = wish.digest;
        UNITS_OK(jt_store_find(store, keys[i], &row, units_pool));
        ck_assert_ptr_null(row);
        UNITS_OK(jt_store_list(store, keys[i], &rows, units_pool));
        ck_assert_int_eq(rows->nelts, 0);
        UNITS_OK(jt_store_delete(store, &token, &affected, units_pool));
        token.grant.user = "alice";
        token.digest = keys[i];
        UNITS_OK(jt_store_delete(store, &token, &affected, units_pool));
    }
    get(wish.digest);
}
END_TEST

START_TEST(test_a_missing_row_is_an_answer)
{
    jt_grant_t *grant = (jt_grant_t *)&db;
    jt_token_t *row = (jt_token_t *)&db;
    apr_array_header_t *rows;

    UNITS_OK(jt_store_find(store, "none", &grant, units_pool));
    ck_assert_ptr_null(grant);
    UNITS_OK(jt_store_find_id(store, 1, &row, units_pool));
    ck_assert_ptr_null(row);
    UNITS_OK(jt_store_list(store, "alice", &rows, units_pool));
    ck_assert_int_eq(rows->nelts, 0);
}
END_TEST

START_TEST(test_a_list_is_the_users_own_rows_oldest_first)
{
    apr_array_header_t *rows;
    jt_token_t row;
    int i;

    for (i = 5; i >= 0; i--) {
        row = make_row("alice", i);
        insert(&row);
    }
    row = make_row("bob", 9);
    insert(&row);
    UNITS_OK(jt_store_list(store, "alice", &rows, units_pool));
    ck_assert_int_eq(rows->nelts, 6);
    for (i = 0; i < 6; i++) {
        jt_token_t *one = &APR_ARRAY_IDX(rows, i, jt_token_t);

        ck_assert_str_eq(one->grant.user, "alice");
        ck_assert_int_eq(one->slot, 5 - i);
    }
}
END_TEST

START_TEST(test_a_null_time_is_never_and_zero_is_not)
{
    jt_token_t never = make_row("alice", 0);
    jt_token_t zero = make_row("alice", 1);

    never.grant.created_at = JT_TOKEN_NEVER;
    never.grant.expires_at = JT_TOKEN_NEVER;
    zero.grant.created_at = 0;
    zero.grant.expires_at = 0;
    insert(&never);
    insert(&zero);
    check_same(get(never.digest), &never);
    check_same(get(zero.digest), &zero);
    ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) FROM jiratoken "
        "WHERE created_at IS NULL AND expires_at IS NULL", units_pool), 1);
}
END_TEST

START_TEST(test_a_taken_slot_label_or_digest_is_an_error)
{
    jt_token_t wish = make_row("alice", 0);
    jt_token_t slot = make_row("alice", 1);
    jt_token_t label = make_row("alice", 2);
    jt_token_t digest = make_row("bob", 3);

    insert(&wish);
    slot.slot = wish.slot;
    label.grant.label = wish.grant.label;
    digest.digest = wish.digest;
    ck_assert_int_eq(jt_store_insert(store, &slot, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_store_insert(store, &label, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_store_insert(store, &digest, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_store_is_unfit(store), 0);
    /* S04, U20: the words go to a log; no value of the row may be in them. */
    ck_assert_ptr_nonnull(strstr(jt_store_fault(store), "sqlite3"));
    ck_assert_ptr_null(strstr(jt_store_fault(store), wish.digest));
    ck_assert_ptr_null(strpbrk(jt_store_fault(store), "\r\n"));
    ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) FROM jiratoken",
                                     units_pool), 1);
    /* The same of another user is no conflict, and the store works on. */
    wish = make_row("bob", 0);
    wish.digest = "another";
    insert(&wish);
}
END_TEST

static int delete(const jt_token_t *row, const char *user, apr_int64_t id,
                  const char *digest)
{
    jt_token_t token = *row;
    int affected;

    token.grant.user = user;
    token.grant.id = id;
    token.digest = digest;
    UNITS_OK(jt_store_delete(store, &token, &affected, units_pool));
    return affected;
}

START_TEST(test_a_deletion_needs_the_id_and_its_owner_and_its_digest)
{
    jt_token_t wish = make_row("alice", 0);
    jt_token_t *row;
    apr_int64_t id;
    int affected;

    insert(&wish);
    id = get(wish.digest)->grant.id;
    ck_assert_int_eq(delete(&wish, "bob", id, wish.digest), 0);
    ck_assert_int_eq(delete(&wish, "alice", id + 1, wish.digest), 0);
    ck_assert_int_eq(delete(&wish, "alice", id, "another"), 0);
    get(wish.digest);
    ck_assert_int_eq(delete(&wish, "alice", id, wish.digest), 1);
    UNITS_OK(jt_store_find_id(store, id, &row, units_pool));
    ck_assert_ptr_null(row);
    UNITS_OK(jt_store_touch(store, id, 1000, "::1", 400, units_pool));
    ck_assert_int_eq(delete(&wish, "alice", id, wish.digest), 0);
    UNITS_OK(jt_store_delete_damaged(store, &wish, &affected, units_pool));
    ck_assert_int_eq(affected, 0);
}
END_TEST

START_TEST(test_a_batch_of_secrets)
{
    jt_token_t wish = make_row("alice", 0);
    jt_token_t other = make_row("bob", 0);
    apr_array_header_t *digests = apr_array_make(units_pool, JT_STORE_BATCH,
                                                 sizeof(const char *));
    apr_array_header_t *rows;

    other.digest = "another";
    insert(&wish);
    insert(&other);
    UNITS_OK(jt_store_list_secrets(store, digests, &rows, units_pool));
    ck_assert_int_eq(rows->nelts, 0);
    units_db_run(&db, "UPDATE jiratoken SET previous_digest = 'former' WHERE "
                 "digest = 'another'");
    while (digests->nelts < JT_STORE_BATCH - 1) {
        APR_ARRAY_PUSH(digests, const char *) = "former";
    }
    APR_ARRAY_PUSH(digests, const char *) = wish.digest;
    UNITS_OK(jt_store_list_secrets(store, digests, &rows, units_pool));
    ck_assert_int_eq(rows->nelts, 2);
    check_same(&APR_ARRAY_IDX(rows, 0, jt_token_t), &wish);
}
END_TEST

START_TEST(test_a_use_is_noted_unless_a_later_one_is)
{
    static const struct {
        apr_int64_t now;
        apr_int64_t before;
        apr_int64_t noted;
        const char *from;
    } cases[] = {
        { 1000, 400, 1000, "192.0.2.1" },
        { 1100, 500, 1000, "192.0.2.1" },  /* too soon */
        { 1600, 1000, 1000, "192.0.2.1" }, /* exactly as old as asked */
        { 1601, 1001, 1601, "2001:db8::7" },
        { 900, 300, 1601, "2001:db8::7" }  /* a late writer */
    };
    jt_token_t wish = make_row("alice", 0);
    size_t i;

    insert(&wish);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_t *row = get(wish.digest);
        const char *from = i < 3 ? "192.0.2.1" : "2001:db8::7";

        UNITS_OK(jt_store_touch(store, row->grant.id, cases[i].now, from,
                                cases[i].before, units_pool));
        row = get(wish.digest);
        ck_assert_msg(row->grant.last_used_at == cases[i].noted, "case %d",
                      (int)i);
        ck_assert_str_eq(row->last_used_from, cases[i].from);
    }
}
END_TEST

START_TEST(test_a_token_that_was_used_or_shown_is_unseen_no_longer)
{
    int is_used;

    for (is_used = 0; is_used < 2; is_used++) {
        jt_token_t wish = make_row("alice", is_used);
        jt_token_t *row;

        wish.is_unseen = 1;
        insert(&wish);
        row = get(wish.digest);
        ck_assert_int_ne(jt_token_is_unseen(row), 0);
        if (is_used) {
            UNITS_OK(jt_store_touch(store, row->grant.id, 9, "::1", 1,
                                    units_pool));
        }
        UNITS_OK(jt_store_mark_shown(store, row->grant.id, units_pool));
        row = get(wish.digest);
        ck_assert_int_eq(jt_token_is_unseen(row), 0);
        ck_assert_int_eq(!row->last_used_from, !is_used);
    }
}
END_TEST

static void open_empty(void)
{
    units_db_open(&db, units_pool);
}

static apr_status_t make_store(const char *table)
{
    return jt_store_make(db.driver, db.handle, table, &store, units_pool);
}

static apr_status_t find_any(void)
{
    jt_grant_t *row;

    return jt_store_find(store, DIGEST "0", &row, units_pool);
}

/* Whether each statement still works, and the insertion at the latest when
 * somebody has looked for the row: it is never run twice. */
static void check_alive(const char *after, int nth)
{
    jt_token_t wish = make_row("alice", nth);
    apr_array_header_t *rows;
    jt_grant_t *row;

    if (jt_store_insert(store, &wish, units_pool) != APR_SUCCESS) {
        UNITS_OK(jt_store_find(store, wish.digest, &row, units_pool));
        ck_assert_msg(!row, "after %s a failed insertion was done", after);
        ck_assert_msg(jt_store_insert(store, &wish, units_pool)
                          == APR_SUCCESS, "after %s: %s", after,
                      jt_store_fault(store));
    }
    check_same(get(wish.digest), &wish);
    UNITS_OK(jt_store_list(store, "alice", &rows, units_pool));
}

static const char *const changes[] = {
    "CREATE TABLE x (y INTEGER)", "VACUUM", "DROP TABLE x",
    "CREATE INDEX x ON jiratoken (expires_at)", "ANALYZE", "DROP INDEX x",
    "ALTER TABLE jiratoken ADD COLUMN note TEXT", "REINDEX"
};

START_TEST(test_a_changed_schema_heals)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(changes); i++) {
        units_db_run(&db, changes[i]);
        check_alive(changes[i], (int)i);
    }
}
END_TEST

static apr_status_t run_nth(int which)
{
    jt_token_t wish = make_row("alice", 0);
    jt_token_t *row;
    apr_array_header_t *rows;
    int affected;

    switch (which) {
    case 0:
        return find_any();
    case 1:
        return jt_store_find_id(store, 1, &row, units_pool);
    case 2:
        return jt_store_list(store, "alice", &rows, units_pool);
    case 3:
        wish.grant.id = 1;
        return jt_store_delete(store, &wish, &affected, units_pool);
    }
    return jt_store_touch(store, 1, 2, "::1", 1, units_pool);
}

START_TEST(test_each_statement_heals_by_itself)
{
    /* Who only checks, lists, revokes or notes must not need the others. */
    int which;

    for (which = 0; which < 5; which++) {
        units_db_run(&db, "CREATE TABLE t (y INTEGER)");
        units_db_run(&db, "DROP TABLE t");
        ck_assert_msg(run_nth(which) == APR_SUCCESS, "statement %d: %s",
                      which, jt_store_fault(store));
    }
}
END_TEST

START_TEST(test_a_missing_table_is_unfit_until_it_is_made)
{
    /* S06 */
    ck_assert_int_eq(make_store("jiratoken"), APR_EGENERAL);
    ck_assert_ptr_nonnull(store);
    ck_assert_int_ne(jt_store_is_unfit(store), 0);
    ck_assert_ptr_nonnull(strstr(jt_store_fault(store), "no such table"));
    ck_assert_int_eq(find_any(), APR_EGENERAL);
    ck_assert_int_ne(jt_store_is_unfit(store), 0);
    units_db_load(&db, units_pool);
    ck_assert_msg(find_any() == APR_SUCCESS, "%s", jt_store_fault(store));
    check_alive("the script", 1);
}
END_TEST

START_TEST(test_a_table_without_dates_is_unfit)
{
    /* S06 */
    units_db_run(&db, "CREATE TABLE jiratoken (user_name VARCHAR(255), "
                 "label VARCHAR(400), digest CHAR(64))");
    ck_assert_int_eq(make_store("jiratoken"), APR_EGENERAL);
    ck_assert_int_ne(jt_store_is_unfit(store), 0);
    ck_assert_int_eq(find_any(), APR_EGENERAL);
    ck_assert_int_ne(jt_store_is_unfit(store), 0);
}
END_TEST

START_TEST(test_a_dropped_table_is_unfit_until_it_is_made)
{
    /* S06 */
    units_db_run(&db, "DROP TABLE jiratoken");
    ck_assert_int_eq(find_any(), APR_EGENERAL);
    ck_assert_int_ne(jt_store_is_unfit(store), 0);
    units_db_load(&db, units_pool);
    check_alive("making it again", 1);
}
END_TEST

START_TEST(test_unfit_is_about_the_last_failure_only)
{
    jt_token_t wish = make_row("alice", 0);

    ck_assert_int_eq(make_store("jiratoken"), APR_EGENERAL);
    ck_assert_int_ne(jt_store_is_unfit(store), 0);
    units_db_load(&db, units_pool);
    ck_assert_int_eq(find_any(), APR_SUCCESS);
    insert(&wish);
    ck_assert_int_eq(jt_store_insert(store, &wish, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_store_is_unfit(store), 0);
}
END_TEST

START_TEST(test_another_table_can_be_named_with_its_schema)
{
    units_db_run(&db, "CREATE TABLE Other_2 AS SELECT * FROM jiratoken");
    ck_assert_int_eq(make_store("Other_2"), APR_SUCCESS);
    ck_assert_int_eq(make_store("main.jiratoken"), APR_SUCCESS);
    ck_assert_int_eq(find_any(), APR_SUCCESS);
}
END_TEST

START_TEST(test_a_writer_does_not_keep_readers_out)
{
    /* F03: the shipped script sets WAL; checks go on meanwhile. */
    jt_token_t wish = make_row("alice", 0);

    insert(&wish);
    units_db_run(&db, "BEGIN IMMEDIATE");
    units_db_run(&db, "UPDATE jiratoken SET label = 'not yet'");
    check_same(get(wish.digest), &wish);
    units_db_run(&db, "ROLLBACK");
}
END_TEST

START_TEST(test_a_locked_database_is_an_error_but_not_unfit)
{
    jt_token_t wish = make_row("alice", 0);

    units_db_run(&db, "BEGIN IMMEDIATE");
    ck_assert_int_eq(jt_store_insert(store, &wish, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_store_is_unfit(store), 0);
    ck_assert_ptr_nonnull(strstr(jt_store_fault(store), "locked"));
    units_db_run(&db, "ROLLBACK");
    insert(&wish);
    check_same(get(wish.digest), &wish);
}
END_TEST

START_TEST(test_a_database_locked_while_preparing_is_not_unfit)
{
    units_db_load(&db, units_pool);
    units_db_run(&db, "PRAGMA journal_mode = DELETE");
    units_db_run(&db, "BEGIN EXCLUSIVE");
    ck_assert_int_eq(make_store("jiratoken"), APR_EGENERAL);
    ck_assert_int_eq(jt_store_is_unfit(store), 0);
    units_db_run(&db, "ROLLBACK");
    check_alive("a lock", 1);
}
END_TEST

START_TEST(test_a_read_only_database_is_an_error)
{
    /* F07 */
    jt_token_t wish = make_row("alice", 0);
    int affected;

    insert(&wish);
    wish.grant.id = get(wish.digest)->grant.id;
    apr_dbd_query(db.driver, db.handle, &affected, "PRAGMA query_only = 1");
    ck_assert_int_eq(jt_store_delete(store, &wish, &affected, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(affected, JT_STORE_UNKNOWN);
    ck_assert_int_eq(jt_store_touch(store, wish.grant.id, 2, "::1", 1,
                                    units_pool), APR_EGENERAL);
    ck_assert_int_eq(jt_store_is_unfit(store), 0);
    check_same(get(wish.digest), &wish);
}
END_TEST

static void add_row_tests(Suite *suite)
{
    TCase *rows = units_case(suite, "rows");

    tcase_add_checked_fixture(rows, open_table, NULL);
    tcase_set_timeout(rows, 60);
    tcase_add_test(rows, test_a_check_finds_what_it_judges_by);
    tcase_add_test(rows, test_any_text_comes_back_byte_for_byte);
    tcase_add_test(rows, test_sql_in_a_key_finds_nothing_and_changes_nothing);
    tcase_add_test(rows, test_a_missing_row_is_an_answer);
    tcase_add_test(rows, test_a_list_is_the_users_own_rows_oldest_first);
    tcase_add_test(rows, test_a_null_time_is_never_and_zero_is_not);
    tcase_add_test(rows, test_a_taken_slot_label_or_digest_is_an_error);
    tcase_add_test(rows, test_a_batch_of_secrets);
    tcase_add_test(rows,
                   test_a_deletion_needs_the_id_and_its_owner_and_its_digest);
    tcase_add_test(rows, test_a_use_is_noted_unless_a_later_one_is);
    tcase_add_test(rows,
                   test_a_token_that_was_used_or_shown_is_unseen_no_longer);
}

static void add_fault_tests(Suite *suite)
{
    TCase *made = units_case(suite, "table that is there");
    TCase *bare = units_case(suite, "table that is not");

    /* The driver itself waits up to 1.5 s for a lock. */
    tcase_set_timeout(made, 60);
    tcase_set_timeout(bare, 60);
    tcase_add_checked_fixture(made, open_table, NULL);
    tcase_add_checked_fixture(bare, open_empty, NULL);
    tcase_add_test(made, test_a_changed_schema_heals);
    tcase_add_test(made, test_each_statement_heals_by_itself);
    tcase_add_test(made, test_a_dropped_table_is_unfit_until_it_is_made);
    tcase_add_test(made, test_another_table_can_be_named_with_its_schema);
    tcase_add_test(made, test_a_writer_does_not_keep_readers_out);
    tcase_add_test(made, test_a_locked_database_is_an_error_but_not_unfit);
    tcase_add_test(made, test_a_read_only_database_is_an_error);
    tcase_add_test(bare, test_a_missing_table_is_unfit_until_it_is_made);
    tcase_add_test(bare, test_a_table_without_dates_is_unfit);
    tcase_add_test(bare, test_unfit_is_about_the_last_failure_only);
    tcase_add_test(bare,
                   test_a_database_locked_while_preparing_is_not_unfit);
}

Suite *units_store(void)
{
    Suite *suite = suite_create("store");

    add_row_tests(suite);
    add_fault_tests(suite);
    return suite;
}
