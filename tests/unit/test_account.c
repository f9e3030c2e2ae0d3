/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_account.c, on a real SQLite file with the shipped table:
 * what a creation makes, who may see and revoke it.
 */
#include "table.h"

#include "core/jt_account.h"

/* What core/jt_account.c is asked for, whatever it says. */
static apr_status_t create_at(apr_int64_t now, const jt_token_draft_t *draft,
                              const char *token, jt_account_made_t *made,
                              jt_token_t **row)
{
    jt_account_new_t wish = { 0 };

    wish.rules = &rules;
    wish.draft = draft;
    wish.digest = digest_of(ring, token);
    wish.now = now;
    return jt_account_create(store, &wish, made, row, units_pool);
}

static void draft_token(const char *user, const char *label,
                        const char *expires, jt_token_draft_t *draft)
{
    jt_token_typed_t typed = { label, expires, { 0, NULL, NULL }, "" };

    ck_assert(jt_token_draft(&rules, user, &typed, NOW, draft, units_pool));
}

static apr_status_t create_row(const char *user, const char *label,
                               const char *token, jt_account_made_t *made,
                               jt_token_t **row)
{
    jt_token_draft_t draft;

    draft_token(user, label, "", &draft);
    return create_at(NOW, &draft, token, made, row);
}

static jt_account_made_t create(const char *user, const char *label,
                              jt_token_t **row)
{
    static int count;
    const char *token = apr_psprintf(units_pool, "token %d", count++);
    jt_account_made_t made;

    UNITS_OK(create_row(user, label, token, &made, row));
    ck_assert(!*row == (made != JT_ACCOUNT_MADE));
    if (*row) {
        /* The whole of it, as the table has it. */
        UNITS_OK(jt_account_find(store, user, (*row)->grant.id, row,
                                 units_pool));
        ck_assert_str_eq((*row)->digest, digest_of(ring, token));
        ck_assert_int_eq((*row)->grant.created_at, NOW);
    }
    return made;
}

/* Fills a user's slots with labels "0", "1", ... */
static void fill(const char *user, int count)
{
    jt_token_t *row;
    int i;

    for (i = 0; i < count; i++) {
        ck_assert_int_eq(create(user, apr_itoa(units_pool, i), &row),
                         JT_ACCOUNT_MADE);
    }
}

START_TEST(test_a_created_token_is_the_row_that_was_asked_for)
{
    jt_token_draft_t draft;
    jt_account_made_t made;
    jt_token_t *row;

    draft_token("alice", " \xF0\x9F\x98\x80 ", "2027-03-31", &draft);
    UNITS_OK(create_at(NOW, &draft, "t", &made, &row));
    ck_assert_int_eq(made, JT_ACCOUNT_MADE);
    ck_assert_int_gt(row->grant.id, 0);
    ck_assert_str_eq(row->grant.user, "alice");
    ck_assert_str_eq(row->grant.label, "\xF0\x9F\x98\x80");
    ck_assert_int_eq(row->grant.expires_at, 1806451200 + 86400);
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_at_the_limit_no_token_is_made)
{
    /* K02 */
    static const int limits[] = { 25, 1, 3 };
    jt_token_t *row;
    size_t i;

    for (i = 0; i < UNITS_COUNT(limits); i++) {
        rules.max = limits[i];
        fill("alice", limits[i]);
        ck_assert_int_eq(create("alice", "one more", &row), JT_ACCOUNT_LIMIT);
        ck_assert_int_eq(create("bob", "one more", &row), JT_ACCOUNT_MADE);
        ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) * 100 + "
            "MAX(slot) FROM jiratoken WHERE user_name = 'alice'", units_pool),
            limits[i] * 100 + limits[i] - 1);
        units_db_run(&db, "DELETE FROM jiratoken");
    }
}
END_TEST

START_TEST(test_a_repeated_label_is_a_duplicate)
{
    jt_token_t *row;

    rules.max = 3;
    fill("alice", 2);
    ck_assert_int_eq(create("alice", "1", &row), JT_ACCOUNT_DUPLICATE);
    ck_assert_int_eq(create("alice", " 1 ", &row), JT_ACCOUNT_DUPLICATE);
    ck_assert_int_eq(create("alice", "2", &row), JT_ACCOUNT_MADE);
    ck_assert_int_eq(create("alice", "1", &row), JT_ACCOUNT_DUPLICATE);
    ck_assert_int_eq(create("alice", "3", &row), JT_ACCOUNT_LIMIT);
    /* Labels are told apart by their bytes, and by their owners. */
    ck_assert_int_eq(create("bob", "1", &row), JT_ACCOUNT_MADE);
    ck_assert_int_eq(create("bob", "jos\xC3\xA9", &row), JT_ACCOUNT_MADE);
    ck_assert_int_eq(create("bob", "jose\xCC\x81", &row), JT_ACCOUNT_MADE);
}
END_TEST

START_TEST(test_a_creation_that_is_tried_again_finds_its_own_row)
{
    /* F04: the answer to the first was lost, or came too late. */
    jt_token_draft_t draft;
    jt_account_made_t made;
    jt_token_t *first;
    jt_token_t *second;

    rules.max = 1;
    draft_token("alice", "ci", "", &draft);
    UNITS_OK(create_at(NOW, &draft, "t", &made, &first));
    UNITS_OK(create_at(NOW + 1, &draft, "t", &made, &second));
    ck_assert_int_eq(made, JT_ACCOUNT_MADE);
    ck_assert_int_eq(second->grant.id, first->grant.id);
    ck_assert_int_eq(second->grant.created_at, NOW);
}
END_TEST

static jt_account_end_t take_away(const jt_token_t *row)
{
    jt_account_end_t end;

    UNITS_OK(jt_account_revoke(store, row, &end, units_pool));
    return end;
}

START_TEST(test_a_freed_slot_is_taken_again_and_its_id_is_not)
{
    jt_token_t *row;
    jt_token_t *gone;

    rules.max = 3;
    fill("alice", 2);
    /* A statement that has died with its schema is no reason to refuse. */
    units_db_run(&db, "CREATE TABLE x (y INTEGER)");
    ck_assert_int_eq(create("alice", "third", &row), JT_ACCOUNT_MADE);
    gone = row;
    ck_assert_int_eq(take_away(gone), JT_ACCOUNT_REVOKED);
    ck_assert_int_eq(create("alice", "again", &row), JT_ACCOUNT_MADE);
    ck_assert_int_eq(row->slot, gone->slot);
    ck_assert_int_gt(row->grant.id, gone->grant.id);
    /* Expired ones count until they are revoked. */
    units_db_run(&db, "UPDATE jiratoken SET expires_at = 1");
    ck_assert_int_eq(create("alice", "and again", &row), JT_ACCOUNT_LIMIT);
}
END_TEST

START_TEST(test_a_lowered_limit_deletes_nothing)
{
    jt_token_t *row;

    fill("alice", 5);
    rules.max = 3;
    ck_assert_int_eq(create("alice", "x", &row), JT_ACCOUNT_LIMIT);
    /* Slots 0 and 1 are free, but three rows are left above them. */
    units_db_run(&db, "DELETE FROM jiratoken WHERE slot < 2");
    ck_assert_int_eq(create("alice", "x", &row), JT_ACCOUNT_LIMIT);
    ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) FROM jiratoken",
                                     units_pool), 3);
    units_db_run(&db, "DELETE FROM jiratoken WHERE slot = 4");
    ck_assert_int_eq(create("alice", "x", &row), JT_ACCOUNT_MADE);
    ck_assert_int_eq(row->slot, 0);
}
END_TEST

/* A rival row, put in just before ours in the same slot, which then fails:
 * what RAISE(FAIL) leaves behind is what another server would have done. */
#define RIVAL(label) \
    "CREATE TRIGGER t BEFORE INSERT ON jiratoken WHEN NEW.label = 'mine' " \
    "BEGIN INSERT INTO jiratoken (user_name, slot, label, digest) VALUES " \
    "(NEW.user_name, NEW.slot, '" label "', 'r'); " \
    "SELECT RAISE(FAIL, 'taken'); END"
/* The first insertion fails and only what RAISE(FAIL) leaves shows it. */
#define FAILS_ONCE \
    "CREATE TRIGGER t BEFORE INSERT ON jiratoken WHEN NOT EXISTS " \
    "(SELECT 1 FROM jiratoken) BEGIN INSERT INTO jiratoken (user_name, " \
    "slot, label, digest) VALUES ('bob', 0, 'w', 'w'); " \
    "SELECT RAISE(FAIL, 'once'); END"
#define FAILS(when, how) \
    "CREATE TRIGGER t " when " INSERT ON jiratoken " \
    "BEGIN SELECT RAISE(" how "); END"

START_TEST(test_an_insertion_that_fails_is_told_by_what_is_there)
{
    /* K02, F04, F07 */
    static const struct {
        const char *sql;
        int max;
        apr_status_t status;
        jt_account_made_t made;
    } cases[] = {
        { RIVAL("rival"), 2, APR_SUCCESS, JT_ACCOUNT_CONFLICT },
        { RIVAL("rival"), 1, APR_SUCCESS, JT_ACCOUNT_LIMIT },
        { RIVAL("mine"), 2, APR_SUCCESS, JT_ACCOUNT_DUPLICATE },
        /* a slot that was taken and given back */
        { FAILS("BEFORE", "ABORT, 'UNIQUE constraint failed: x.y'"), 2,
          APR_SUCCESS, JT_ACCOUNT_CONFLICT },
        /* a lock that was waited for in vain */
        { FAILS_ONCE, 2, APR_SUCCESS, JT_ACCOUNT_MADE },
        /* done, but the answer was lost */
        { FAILS("AFTER", "FAIL, ''"), 2, APR_SUCCESS, JT_ACCOUNT_MADE },
        { FAILS("AFTER", "ABORT, ''"), 2, APR_EGENERAL, JT_ACCOUNT_MADE },
        /* said to be done, but not there */
        { FAILS("BEFORE", "IGNORE"), 2, APR_EGENERAL, JT_ACCOUNT_MADE },
        { "DROP TABLE jiratoken", 2, APR_EGENERAL, JT_ACCOUNT_MADE }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_account_made_t made;
        jt_token_t *row;

        rules.max = cases[i].max;
        units_db_run(&db, cases[i].sql);
        ck_assert_msg(create_row("alice", "mine", "t", &made, &row)
                      == cases[i].status, "case %d", (int)i);
        ck_assert_msg(made == cases[i].made || cases[i].status, "case %d",
                      (int)i);
        ck_assert(!row == (cases[i].status || made != JT_ACCOUNT_MADE));
        units_db_run(&db, "DROP TABLE IF EXISTS jiratoken");
        units_db_load(&db, units_pool);
    }
}
END_TEST

START_TEST(test_a_row_is_marked_until_its_token_is_about_to_be_shown)
{
    /* The answer is lost after so many statements: F04. */
    static const struct {
        const char *sql;
        int is_made;
        int is_unseen;
    } cases[] = {
        { "SELECT 1", 1, 0 },
        { "CREATE TRIGGER t BEFORE UPDATE ON jiratoken BEGIN SELECT "
              "RAISE(ABORT, ''); END", 1, 1 },
        { "CREATE TRIGGER t AFTER INSERT ON jiratoken BEGIN UPDATE jiratoken "
              "SET digest = 'x'; END", 0, 1 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_array_header_t *rows;
        jt_account_made_t made;
        jt_token_t *row;

        units_db_run(&db, cases[i].sql);
        create_row("alice", "ci", "t", &made, &row);
        ck_assert_msg(!row == !cases[i].is_made, "case %d", (int)i);
        UNITS_OK(jt_account_list(store, "alice", &rows, units_pool));
        ck_assert_int_eq(rows->nelts, 1);
        ck_assert_msg(jt_token_is_unseen(&APR_ARRAY_IDX(rows, 0,
                                                        jt_token_t))
                      == cases[i].is_unseen, "case %d", (int)i);
        units_db_run(&db, "DROP TABLE jiratoken");
        units_db_load(&db, units_pool);
    }
}
END_TEST

START_TEST(test_what_is_not_yours_is_not_there)
{
    /* P03 */
    static const char *const others[] = { "bob", "ALICE", "alice ", "", "%" };
    jt_token_t *row;
    apr_array_header_t *rows;
    apr_int64_t id;
    size_t i;

    ck_assert_int_eq(create("alice", "ci", &row), JT_ACCOUNT_MADE);
    id = row->grant.id;
    for (i = 0; i < UNITS_COUNT(others); i++) {
        UNITS_OK(jt_account_find(store, others[i], id, &row, units_pool));
        ck_assert_ptr_null(row);
        UNITS_OK(jt_account_list(store, others[i], &rows, units_pool));
        ck_assert_int_eq(rows->nelts, 0);
    }
    UNITS_OK(jt_account_find(store, "alice", id, &row, units_pool));
    ck_assert_ptr_nonnull(row);
}
END_TEST

START_TEST(test_a_revoked_token_is_gone_at_once)
{
    /* A05, C01 */
    jt_account_end_t end;
    jt_token_t *row;
    apr_int64_t id;

    put("alice", "t", JT_TOKEN_NEVER);
    id = units_db_number(&db, "SELECT id FROM jiratoken", units_pool);
    UNITS_OK(jt_account_find(store, "alice", id, &row, units_pool));
    row->grant.user = "bob";
    ck_assert_int_eq(jt_account_revoke(store, row, &end, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(end, JT_ACCOUNT_KEPT);
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
    row->grant.user = "alice";
    ck_assert_int_eq(take_away(row), JT_ACCOUNT_REVOKED);
    check_verdict("alice", "t", NOW, JT_VERDICT_UNKNOWN);
    ck_assert_int_eq(take_away(row), JT_ACCOUNT_GONE);
}
END_TEST

START_TEST(test_a_token_rotated_meanwhile_is_not_revoked_unseen)
{
    /* Nobody has invalidated its new secret. */
    jt_token_t *row;

    put("alice", "t", JT_TOKEN_NEVER);
    UNITS_OK(jt_account_find(store, "alice", 1, &row, units_pool));
    units_db_run(&db, "UPDATE jiratoken SET digest = 'new'");
    ck_assert_int_eq(take_away(row), JT_ACCOUNT_ROTATED);
    row->digest = "new";
    ck_assert_int_eq(take_away(row), JT_ACCOUNT_REVOKED);
}
END_TEST

START_TEST(test_a_damaged_row_is_one_of_the_users_until_he_revokes_it)
{
    /* Whichever value it is: it counts, its slot is not taken again where it is
     * known, and its label is. */
    static const char *const damages[] = {
        "expires_at = 'abc'", "last_used_at = 'abc'", "created_at = 'abc'",
        "slot = 'abc'", "label = X''", "digest = X''",
        "previous_until = 'abc'"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(damages); i++) {
        jt_token_t *row;
        apr_int64_t id;

        rules.max = 3;
        fill("alice", 2);
        id = units_db_number(&db, "SELECT MAX(id) FROM jiratoken", units_pool);
        units_db_run(&db, apr_psprintf(units_pool, "UPDATE jiratoken SET %s "
                                       "WHERE slot = 1", damages[i]));
        ck_assert_int_eq(create("alice", "last", &row), JT_ACCOUNT_MADE);
        ck_assert_int_eq(create("alice", "more", &row), JT_ACCOUNT_LIMIT);
        UNITS_OK(jt_account_find(store, "alice", id, &row, units_pool));
        ck_assert_int_ne(row->is_damaged, 0);
        ck_assert_int_eq(take_away(row), JT_ACCOUNT_REVOKED);
        ck_assert_int_eq(create("alice", "more", &row), JT_ACCOUNT_MADE);
        units_db_run(&db, "DELETE FROM jiratoken");
    }
}
END_TEST

Suite *units_account(void)
{
    Suite *suite = suite_create("account");
    TCase *make = units_case(suite, "make and revoke");

    tcase_add_checked_fixture(make, open_table, NULL);
    tcase_set_timeout(make, 60);
    tcase_add_test(make, test_a_created_token_is_the_row_that_was_asked_for);
    tcase_add_test(make, test_at_the_limit_no_token_is_made);
    tcase_add_test(make, test_a_repeated_label_is_a_duplicate);
    tcase_add_test(make,
                   test_a_creation_that_is_tried_again_finds_its_own_row);
    tcase_add_test(make, test_a_freed_slot_is_taken_again_and_its_id_is_not);
    tcase_add_test(make, test_a_lowered_limit_deletes_nothing);
    tcase_add_test(make,
                   test_an_insertion_that_fails_is_told_by_what_is_there);
    tcase_add_test(make,
                   test_a_row_is_marked_until_its_token_is_about_to_be_shown);
    tcase_add_test(make, test_what_is_not_yours_is_not_there);
    tcase_add_test(make, test_a_revoked_token_is_gone_at_once);
    tcase_add_test(make,
                   test_a_token_rotated_meanwhile_is_not_revoked_unseen);
    tcase_add_test(make,
        test_a_damaged_row_is_one_of_the_users_until_he_revokes_it);
    return suite;
}
