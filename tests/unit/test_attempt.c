/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_attempt.c, on a real SQLite file with the shipped table:
 * whom a token lets in, and that everything else refuses.
 */
#include "table.h"

#include "core/jt_date.h"

#define NOW_TEXT "1768473000"

START_TEST(test_an_unknown_token_is_refused)
{
    /* A02, I15 */
    static const char *const tokens[] = {
        "T", "t ", "tt", "", "' OR 1=1--", "%", "t\xC2\xA0", "u", "forged"
    };
    size_t i;

    put("alice", "t", JT_TOKEN_NEVER);
    /* S02: the plain SHA-256 of "u", and a token as its own digest, put in
     * by somebody who has the table but not the key. */
    units_db_run(&db, "INSERT INTO jiratoken (user_name, slot, label, digest)"
        " VALUES ('alice', 901, 'a', '0bfe935e70c321c7ca3afc75ce0d0ca2"
        "f98b5422e008bb31c00c6d7f1f1c0ad6'), ('alice', 902, 'b', 'forged')");
    for (i = 0; i < UNITS_COUNT(tokens); i++) {
        check_verdict("alice", tokens[i], NOW, JT_VERDICT_UNKNOWN);
    }
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_a_token_is_its_owners_byte_for_byte)
{
    /* A03, A04 */
    static const struct {
        const char *owner;
        const char *user;
    } cases[] = {
        { "alice", "bob" }, { "alice", "ALICE" }, { "alice", "Alice" },
        { "alice", "alice " }, { "alice", " alice" }, { "alice", "alic" },
        { "alice", "" }, { "alice", "alice\xC2\xA0" }, { "alice ", "alice" },
        { "jos\xC3\xA9", "jose\xCC\x81" }, { "jose\xCC\x81", "jos\xC3\xA9" },
        { "stra\xC3\x9F" "e", "strasse" }, { "alice", "%" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *token = apr_itoa(units_pool, (int)i);

        put(cases[i].owner, token, JT_TOKEN_NEVER);
        check_verdict(cases[i].owner, token, NOW, JT_VERDICT_GRANTED);
        check_verdict(cases[i].user, token, NOW, JT_VERDICT_OTHER_OWNER);
    }
}
END_TEST

START_TEST(test_a_token_is_expired_from_that_second_on)
{
    /* A06, C04 */
    static const struct {
        apr_int64_t expires_at;
        apr_int64_t now;
        jt_verdict_t verdict;
    } cases[] = {
        { NOW, NOW - 1, JT_VERDICT_GRANTED },
        { NOW, NOW, JT_VERDICT_EXPIRED }, { NOW, 0, JT_VERDICT_GRANTED },
        { 0, NOW, JT_VERDICT_EXPIRED }, { 0, 0, JT_VERDICT_EXPIRED },
        /* 32 bits would have wrapped */
        { APR_INT64_C(4294967296) + 5, NOW, JT_VERDICT_GRANTED },
        { JT_DATE_END, JT_DATE_END - 1, JT_VERDICT_GRANTED },
        { JT_DATE_END, JT_DATE_END, JT_VERDICT_EXPIRED },
        { JT_TOKEN_NEVER, JT_DATE_END, JT_VERDICT_GRANTED }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *token = apr_itoa(units_pool, (int)i);

        put("alice", token, cases[i].expires_at);
        check_verdict("alice", token, cases[i].now, cases[i].verdict);
        /* Only the holder of the real secret learns why. */
        check_verdict("bob", token, cases[i].now, JT_VERDICT_OTHER_OWNER);
    }
}
END_TEST

START_TEST(test_a_limit_that_cannot_be_kept_to_refuses)
{
    static const char *const limits[] = {
        "restrictions = 'READ'", "restrictions = 'full'", "restrictions = ' '",
        "restrictions = ''", "restrictions = 'scope=read'",
        "restrictions = 'from=192.0.2.1/24'", "restrictions = 'read write'"
    };
    size_t i;

    put("alice", "t", JT_TOKEN_NEVER);
    for (i = 0; i < UNITS_COUNT(limits); i++) {
        units_db_run(&db, apr_pstrcat(units_pool, "UPDATE jiratoken SET ",
                                      limits[i], NULL));
        check_verdict("alice", "t", NOW, JT_VERDICT_RESTRICTED);
        check_verdict("bob", "t", NOW, JT_VERDICT_OTHER_OWNER);
        units_db_run(&db, "UPDATE jiratoken SET restrictions = NULL");
    }
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_a_token_is_idle_from_so_many_days_after_its_last_use_on)
{
    static const struct {
        const char *set;
        int days; /* after NOW */
        jt_verdict_t verdict;
    } cases[] = {
        { "created_at = " NOW_TEXT ", last_used_at = NULL", 29,
          JT_VERDICT_GRANTED },
        { "created_at = " NOW_TEXT ", last_used_at = NULL", 30,
          JT_VERDICT_IDLE },
        { "created_at = NULL, last_used_at = NULL", 40000, JT_VERDICT_GRANTED },
        { "created_at = NULL, last_used_at = " NOW_TEXT, 30, JT_VERDICT_IDLE },
        { "created_at = 0, last_used_at = " NOW_TEXT, 29, JT_VERDICT_GRANTED },
        { "created_at = 0, last_used_at = " NOW_TEXT, 30, JT_VERDICT_IDLE },
        /* rotated since */
        { "created_at = " NOW_TEXT ", last_used_at = 0", 29,
          JT_VERDICT_GRANTED },
        { "created_at = 'x', last_used_at = NULL", 30, JT_VERDICT_GRANTED }
    };
    size_t i;

    put("alice", "t", JT_TOKEN_NEVER);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_int64_t at = NOW + cases[i].days * JT_DATE_DAY;

        units_db_run(&db, apr_pstrcat(units_pool, "UPDATE jiratoken SET ",
                                      cases[i].set, NULL));
        rules.max_idle = 30;
        check_verdict("alice", "t", at, cases[i].verdict);
        check_verdict("bob", "t", at, JT_VERDICT_OTHER_OWNER);
        rules.max_idle = 0;
        check_verdict("alice", "t", at, JT_VERDICT_GRANTED);
    }
}
END_TEST

START_TEST(test_an_old_row_without_dates_never_expires)
{
    put("alice", "t", JT_TOKEN_NEVER);
    units_db_run(&db, "UPDATE jiratoken SET created_at = NULL");
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
    check_verdict("alice", "t", JT_DATE_END * 2, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_a_token_made_under_an_older_key_is_granted)
{
    jt_check_t check;

    ring = units_ring(KEY_1);
    put("alice", "old", JT_TOKEN_NEVER);
    ring = units_ring(KEY_2 "\n" KEY_1 "\n");
    put("alice", "new", JT_TOKEN_NEVER);
    check_verdict("alice", "new", NOW, JT_VERDICT_GRANTED);
    check_verdict("bob", "old", NOW, JT_VERDICT_OTHER_OWNER);
    check = check_verdict("alice", "old", NOW, JT_VERDICT_GRANTED);
    ck_assert_str_eq(check.digest, digest_of(units_ring(KEY_1), "old"));
    /* What is unknown goes by the first key's digest into the log. */
    check = check_verdict("alice", "none", NOW, JT_VERDICT_UNKNOWN);
    ck_assert_str_eq(check.digest, digest_of(ring, "none"));
    ring = units_ring(KEY_2);
    check_verdict("alice", "old", NOW, JT_VERDICT_UNKNOWN);
}
END_TEST

static void make_accounts(void)
{
    units_db_run(&db, "CREATE TABLE cwd_user (name, active)");
    units_db_run(&db, "INSERT INTO cwd_user VALUES ('alice', 0), ('bob', 1), "
                 "('bob', 1), ('ALICE', 1), ('@', 1)");
    jt_store_set_user_query(store, "SELECT * FROM cwd_user WHERE name = %s "
                            "AND active = 1 AND '@' = '@' AND 1 < 5 %% 3");
}

START_TEST(test_an_owner_without_an_account_is_refused_whatever_it_is_for)
{
    static const struct {
        const char *limits;
        jt_verdict_t without;
        jt_verdict_t with;
    } cases[] = {
        { "NULL", JT_VERDICT_ACCOUNT, JT_VERDICT_GRANTED },
        { "'areas=git'", JT_VERDICT_ACCOUNT, JT_VERDICT_AREA },
        { "'read'", JT_VERDICT_ACCOUNT, JT_VERDICT_METHOD },
        { "'from=192.0.2.1'", JT_VERDICT_ADDRESS, JT_VERDICT_ADDRESS },
        { "'other'", JT_VERDICT_RESTRICTED, JT_VERDICT_RESTRICTED }
    };
    size_t i;

    put("alice", "a", JT_TOKEN_NEVER);
    put("bob", "b", JT_TOKEN_NEVER);
    make_accounts();
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        units_db_run(&db, apr_pstrcat(units_pool, "UPDATE jiratoken SET "
                                      "restrictions = ", cases[i].limits,
                                      NULL));
        ck_assert(!check_verdict("alice", "a", NOW, cases[i].without).is_good);
        ck_assert_int_eq(check_verdict("bob", "b", NOW, cases[i].with).is_good,
                         jt_attempt_is_good(cases[i].with));
        /* Only the holder of the secret learns of an account. */
        check_verdict("bob", "a", NOW, JT_VERDICT_OTHER_OWNER);
        check_verdict("bob", "c", NOW, JT_VERDICT_UNKNOWN);
    }
}
END_TEST

/* The others stay as they are while the site's table is not there. */
START_TEST(test_a_query_that_fails_is_no_verdict_and_heals)
{
    jt_check_t check;
    jt_secret_hashes_t hashes;
    jt_attempt_t attempt = { 0 };
    int i;

    put("bob", "b", JT_TOKEN_NEVER);
    make_accounts();
    attempt.user = "bob";
    attempt.password = "b";
    attempt.now = NOW;
    for (i = 0; i < 3; i++) {
        check_verdict("bob", "b", NOW, JT_VERDICT_GRANTED);
        units_db_run(&db, "ALTER TABLE cwd_user RENAME TO away");
        jt_secret_hashes_init(&hashes, ring, "b");
        ck_assert_int_eq(jt_attempt_check(&attempt, store, &hashes, &check,
                                          units_pool), APR_EGENERAL);
        ck_assert_ptr_nonnull(strstr(jt_store_fault(store),
                                     "JiraTokenUserQuery: sqlite3 error 1: no "
                                     "such table: cwd_user"));
        check_verdict("alice", "b", NOW, JT_VERDICT_OTHER_OWNER);
        units_db_run(&db, "ALTER TABLE away RENAME TO cwd_user");
    }
}
END_TEST

START_TEST(test_a_database_that_cannot_say_grants_nothing)
{
    /* F01, F13: "could not find out" is no verdict. */
    jt_check_t check;
    jt_secret_hashes_t hashes;
    jt_attempt_t attempt = { 0 };

    put("alice", "t", JT_TOKEN_NEVER);
    units_db_run(&db, "UPDATE jiratoken SET expires_at = 'never'");
    memset(&check, 0xA5, sizeof(check));
    jt_secret_hashes_init(&hashes, ring, "t");
    attempt.user = "alice";
    attempt.password = "t";
    attempt.now = NOW;
    ck_assert_int_eq(jt_attempt_check(&attempt, store, &hashes, &check,
                                      units_pool), APR_EGENERAL);
    ck_assert_int_ne(check.verdict, JT_VERDICT_GRANTED);
}
END_TEST

Suite *units_attempt(void)
{
    Suite *suite = suite_create("attempt");
    TCase *check = units_case(suite, "check");

    tcase_add_checked_fixture(check, open_table, NULL);
    tcase_add_test(check, test_an_unknown_token_is_refused);
    tcase_add_test(check, test_a_token_is_its_owners_byte_for_byte);
    tcase_add_test(check, test_a_token_is_expired_from_that_second_on);
    tcase_add_test(
        check, test_a_token_is_idle_from_so_many_days_after_its_last_use_on);
    tcase_add_test(check, test_a_limit_that_cannot_be_kept_to_refuses);
    tcase_add_test(check, test_an_old_row_without_dates_never_expires);
    tcase_add_test(check, test_a_token_made_under_an_older_key_is_granted);
    tcase_add_test(
        check, test_an_owner_without_an_account_is_refused_whatever_it_is_for);
    tcase_add_test(check, test_a_query_that_fails_is_no_verdict_and_heals);
    tcase_add_test(check, test_a_database_that_cannot_say_grants_nothing);
    return suite;
}
