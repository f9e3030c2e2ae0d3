/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_rotation.c over a real SQLite table: which secrets are valid
 * after a rotation, until when, and what keeps one from happening.
 */
#include "table.h"

#include "core/jt_account.h"
#include "core/jt_date.h"
#include "core/jt_rotation.h"

#define HOUR 3600

/* As it is done: the row is read, and then changed. */
static jt_rotation_found_t run(const jt_rotation_t *rotation,
                               jt_token_t **token)
{
    jt_rotation_found_t found;
    jt_token_t *former;

    UNITS_OK(jt_account_find(store, rotation->user, rotation->id, &former,
                             units_pool));
    UNITS_OK(jt_rotation_run(store, rotation, former, &found, token,
                             units_pool));
    return found;
}

/* What one rotation of alice's token says. */
static jt_rotation_found_t rotate(const char *to, int overlap, apr_int64_t now,
                                  jt_token_t **token)
{
    jt_rotation_t rotation = { &rules, "alice", 1, NULL, NULL, 0, 0, NULL };

    rotation.digest = digest_of(ring, to);
    rotation.overlap = overlap;
    rotation.now = now;
    return run(&rotation, token);
}

START_TEST(test_the_former_secret_is_valid_for_the_overlap)
{
    jt_token_t *token;

    put("alice", "a", JT_TOKEN_NEVER);
    ck_assert_int_eq(rotate("b", HOUR, NOW, &token), JT_ROTATION_DONE);
    ck_assert_str_eq(token->grant.label, "a");
    ck_assert_int_eq(token->grant.created_at, NOW);
    ck_assert_int_eq(token->previous_until, NOW + HOUR);
    ck_assert_int_eq(token->grant.id, 1);
    check_verdict("alice", "b", NOW, JT_VERDICT_GRANTED);
    check_verdict("alice", "a", NOW, JT_VERDICT_GRANTED);
    check_verdict("bob", "a", NOW, JT_VERDICT_OTHER_OWNER);
    check_verdict("alice", "a", NOW + HOUR - 1, JT_VERDICT_GRANTED);
    check_verdict("alice", "a", NOW + HOUR, JT_VERDICT_UNKNOWN);
    check_verdict("alice", "b", NOW + HOUR, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_without_an_overlap_it_dies_at_once)
{
    jt_token_t *token;

    put("alice", "a", JT_TOKEN_NEVER);
    ck_assert_int_eq(rotate("b", 0, NOW, &token), JT_ROTATION_DONE);
    ck_assert_ptr_null(token->previous_digest);
    ck_assert_int_eq(token->previous_until, JT_TOKEN_NEVER);
    check_verdict("alice", "a", NOW, JT_VERDICT_UNKNOWN);
    check_verdict("alice", "b", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_another_rotation_ends_the_oldest_secret)
{
    jt_token_t *token;

    put("alice", "a", JT_TOKEN_NEVER);
    ck_assert_int_eq(rotate("b", HOUR, NOW, &token), JT_ROTATION_DONE);
    ck_assert_int_eq(rotate("c", HOUR, NOW + 1, &token), JT_ROTATION_DONE);
    check_verdict("alice", "a", NOW + 1, JT_VERDICT_UNKNOWN);
    check_verdict("alice", "b", NOW + HOUR, JT_VERDICT_GRANTED);
    check_verdict("alice", "b", NOW + HOUR + 1, JT_VERDICT_UNKNOWN);
    check_verdict("alice", "c", NOW + 1, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_the_overlap_is_no_longer_than_the_former_life)
{
    jt_token_t *token;

    put("alice", "a", TODAY + JT_DATE_DAY);
    ck_assert_int_eq(rotate("b", JT_ROTATION_OVERLAP_MAX, NOW, &token),
                     JT_ROTATION_DONE);
    ck_assert_int_eq(token->previous_until, TODAY + JT_DATE_DAY);
    check_verdict("alice", "a", TODAY + JT_DATE_DAY, JT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(test_a_token_gets_as_many_days_as_it_had)
{
    static const struct {
        apr_int64_t created_at;
        apr_int64_t expires_at;
        int max_lifetime;
        apr_int64_t expected;
    } cases[] = {
        { NOW - 5 * JT_DATE_DAY, TODAY + 4 * JT_DATE_DAY, 0,
          TODAY + 9 * JT_DATE_DAY },
        { NOW, TODAY + JT_DATE_DAY, 0, TODAY + JT_DATE_DAY },
        { NOW - 5 * JT_DATE_DAY, JT_TOKEN_NEVER, 0, JT_TOKEN_NEVER },
        { NOW - 5 * JT_DATE_DAY, JT_TOKEN_NEVER, 7, JT_TOKEN_NEVER },
        { NOW - 5 * JT_DATE_DAY, TODAY + 4 * JT_DATE_DAY, 7,
          TODAY + 8 * JT_DATE_DAY },
        { JT_TOKEN_NEVER, TODAY + 4 * JT_DATE_DAY, 0, TODAY + 4 * JT_DATE_DAY },
        { JT_TOKEN_NEVER, JT_TOKEN_NEVER, 0, JT_TOKEN_NEVER },
        { NOW - 5 * JT_DATE_DAY, JT_DATE_END, 0, JT_DATE_END }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_t token = { 0 };
        jt_token_rules_t own = rules;

        own.max_lifetime = cases[i].max_lifetime;
        token.grant.created_at = cases[i].created_at;
        token.grant.expires_at = cases[i].expires_at;
        ck_assert_msg(jt_rotation_expiry(&own, &token, NOW)
                          == cases[i].expected, "case %d", (int)i);
    }
}
END_TEST

START_TEST(test_what_cannot_be_rotated_stays_as_it_is)
{
    jt_rotation_t rotation = { &rules, "alice", 1, NULL, "new", 0, NOW, NULL };
    jt_token_t *token;

    put("alice", "a", NOW);     /* expired */
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_EXPIRED);
    rotation.now = NOW - 1;
    rotation.replaces = "000000000000";
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_CHANGED);
    rotation.user = "bob";
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_MISSING);
    rotation.user = "alice";
    rotation.replaces = NULL;
    units_db_run(&db, "UPDATE jiratoken SET expires_at = 'x'");
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_UNREADABLE);
    units_db_run(&db, "UPDATE jiratoken SET expires_at = NULL");
    check_verdict("alice", "a", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_a_form_that_is_sent_twice_replaces_once)
{
    jt_rotation_t rotation = { &rules, "alice", 1, NULL, NULL, HOUR, NOW, NULL };
    jt_token_t *token;

    put("alice", "a", JT_TOKEN_NEVER);
    rotation.replaces = apr_pstrndup(units_pool, digest_of(ring, "a"), 12);
    rotation.digest = digest_of(ring, "b");
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_DONE);
    /* a try whose answer was lost */
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_DONE);
    ck_assert_int_eq(token->previous_until, NOW + HOUR);
    rotation.digest = digest_of(ring, "c");
    ck_assert_int_eq(run(&rotation, &token), JT_ROTATION_CHANGED);
    check_verdict("alice", "b", NOW, JT_VERDICT_GRANTED);
    check_verdict("alice", "a", NOW, JT_VERDICT_GRANTED);
    check_verdict("alice", "c", NOW, JT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(test_only_the_secret_that_was_read_is_replaced)
{
    /* Its caller has invalidated that one, and not the one of the rotation in
     * between. */
    jt_rotation_t rotation = { &rules, "alice", 1, NULL, NULL, HOUR, NOW, NULL };
    jt_rotation_found_t found;
    jt_token_t *former;
    jt_token_t *token;

    put("alice", "a", JT_TOKEN_NEVER);
    UNITS_OK(jt_account_find(store, "alice", 1, &former, units_pool));
    ck_assert_int_eq(rotate("b", 0, NOW, &token), JT_ROTATION_DONE);
    rotation.digest = digest_of(ring, "c");
    UNITS_OK(jt_rotation_run(store, &rotation, former, &found, &token,
                             units_pool));
    ck_assert_int_eq(found, JT_ROTATION_CHANGED);
    check_verdict("alice", "b", NOW, JT_VERDICT_GRANTED);
    check_verdict("alice", "a", NOW, JT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(test_a_database_that_changes_nothing_has_not_answered)
{
    jt_rotation_t rotation = { &rules, "alice", 1, NULL, "new", 0, NOW, NULL };
    jt_rotation_found_t found;
    jt_token_t *former;
    jt_token_t *token;

    put("alice", "a", JT_TOKEN_NEVER);
    units_db_run(&db, "CREATE TRIGGER t BEFORE UPDATE ON jiratoken BEGIN "
                 "SELECT RAISE(IGNORE); END");
    UNITS_OK(jt_account_find(store, "alice", 1, &former, units_pool));
    ck_assert_int_eq(jt_rotation_run(store, &rotation, former, &found, &token,
                                     units_pool), APR_EGENERAL);
    check_verdict("alice", "a", NOW, JT_VERDICT_GRANTED);
}
END_TEST

Suite *units_rotation(void)
{
    Suite *suite = suite_create("rotation");
    TCase *secrets = units_case(suite, "secrets");

    tcase_add_checked_fixture(secrets, open_table, NULL);
    tcase_add_test(secrets, test_the_former_secret_is_valid_for_the_overlap);
    tcase_add_test(secrets, test_without_an_overlap_it_dies_at_once);
    tcase_add_test(secrets, test_another_rotation_ends_the_oldest_secret);
    tcase_add_test(secrets,
                   test_the_overlap_is_no_longer_than_the_former_life);
    tcase_add_test(secrets, test_a_token_gets_as_many_days_as_it_had);
    tcase_add_test(secrets, test_what_cannot_be_rotated_stays_as_it_is);
    tcase_add_test(secrets, test_a_form_that_is_sent_twice_replaces_once);
    tcase_add_test(secrets, test_only_the_secret_that_was_read_is_replaced);
    tcase_add_test(secrets,
                   test_a_database_that_changes_nothing_has_not_answered);
    return suite;
}
