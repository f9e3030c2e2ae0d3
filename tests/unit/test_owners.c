/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of owners: who counts as seen on which day, and what that makes of
 * their tokens.
 */
#include "table.h"

#include "core/jt_date.h"
#include "core/jt_owners.h"

#define DAY (NOW / JT_DATE_DAY)

static void open_owners(void)
{
    jt_grant_t *none;

    open_table();
    units_db_load_owners(&db, units_pool);
    /* The connection learns that there is another table. */
    UNITS_OK(jt_store_find(store, "", &none, units_pool));
}

static apr_int64_t find_day(const char *user, apr_int64_t today)
{
    apr_int64_t day = -1;

    UNITS_OK(jt_owners_find(store, user, today, &day, units_pool));
    return day;
}

static int count_rows(const char *where)
{
    return units_db_number(&db, apr_pstrcat(units_pool, "SELECT COUNT(*) FROM "
                                            "jiratoken_owners WHERE ", where,
                                            NULL), units_pool);
}

START_TEST(test_it_begins_once)
{
    UNITS_OK(jt_owners_begin(store, DAY, units_pool));
    UNITS_OK(jt_owners_begin(store, DAY + 9, units_pool));
    UNITS_OK(jt_owners_begin(store, DAY - 9, units_pool));
    ck_assert_int_eq(find_day("alice", DAY + 10), DAY);
    ck_assert_int_eq(count_rows("1 = 1"), 1);
}
END_TEST

START_TEST(test_it_begins_with_the_first_who_asks)
{
    ck_assert_int_eq(find_day("alice", DAY), DAY);
    ck_assert_int_eq(find_day("bob", DAY + 5), DAY);
    /* Whoever has a row needs no beginning. */
    units_db_run(&db, "DELETE FROM jiratoken_owners");
    UNITS_OK(jt_owners_see(store, "alice", DAY + 6, units_pool));
    ck_assert_int_eq(find_day("alice", DAY + 7), DAY + 6);
    ck_assert_int_eq(count_rows("user_name = ''"), 0);
}
END_TEST

START_TEST(test_the_latest_day_counts)
{
    UNITS_OK(jt_owners_begin(store, DAY, units_pool));
    UNITS_OK(jt_owners_see(store, "alice", DAY + 1, units_pool));
    UNITS_OK(jt_owners_see(store, "alice", DAY + 1, units_pool));
    UNITS_OK(jt_owners_see(store, "alice", DAY - 1, units_pool));
    ck_assert_int_eq(find_day("alice", DAY), DAY + 1);
    UNITS_OK(jt_owners_see(store, "alice", DAY + 2, units_pool));
    ck_assert_int_eq(find_day("alice", DAY), DAY + 2);
    ck_assert_int_eq(find_day("ALICE", DAY), DAY);
    ck_assert_int_eq(find_day("alice ", DAY), DAY);
    ck_assert_int_eq(count_rows("user_name = 'alice'"), 1);
}
END_TEST

/* The days that a token works are those of the last sign-in and so many whole
 * ones after it. */
START_TEST(test_an_owner_is_away_after_so_many_whole_days)
{
    static const struct {
        int days;
        apr_int64_t later; /* seconds after the day of the sign-in */
        int is_away;
    } cases[] = {
        { 0, 36525 * JT_DATE_DAY, 0 }, { 1, 0, 0 },
        { 1, 2 * JT_DATE_DAY - 1, 0 }, { 1, 2 * JT_DATE_DAY, 1 },
        { 30, 31 * JT_DATE_DAY - 1, 0 }, { 30, 31 * JT_DATE_DAY, 1 },
        { 30, -JT_DATE_DAY, 0 }, { 36525, 36526 * JT_DATE_DAY, 1 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(jt_token_is_owner_away(DAY, cases[i].days,
                                             DAY * JT_DATE_DAY
                                                 + cases[i].later)
                          == cases[i].is_away, "%d", (int)i);
    }
}
END_TEST

static jt_verdict_t judge(const char *user, const char *token, apr_int64_t now,
                          int *is_good)
{
    jt_check_t check;
    jt_secret_hashes_t hashes;
    jt_attempt_t attempt = { 0 };

    jt_secret_hashes_init(&hashes, ring, token);
    attempt.user = user;
    attempt.password = token;
    attempt.now = now;
    attempt.owner_seen = 30;
    UNITS_OK(jt_attempt_check(&attempt, store, &hashes, &check, units_pool));
    *is_good = check.is_good;
    return check.verdict;
}

START_TEST(test_a_token_is_refused_while_its_owner_is_away)
{
    static const struct {
        const char *limits;
        jt_verdict_t there;
        jt_verdict_t away;
    } cases[] = {
        { "NULL", JT_VERDICT_GRANTED, JT_VERDICT_OWNER },
        { "'read'", JT_VERDICT_METHOD, JT_VERDICT_OWNER },
        { "'areas=git'", JT_VERDICT_AREA, JT_VERDICT_OWNER },
        { "'from=192.0.2.1'", JT_VERDICT_ADDRESS, JT_VERDICT_ADDRESS },
        { "'other'", JT_VERDICT_RESTRICTED, JT_VERDICT_RESTRICTED }
    };
    int is_good;
    size_t i;

    put("alice", "t", JT_TOKEN_NEVER);
    UNITS_OK(jt_owners_see(store, "alice", DAY, units_pool));
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        units_db_run(&db, apr_pstrcat(units_pool, "UPDATE jiratoken SET "
                                      "restrictions = ", cases[i].limits,
                                      NULL));
        ck_assert_int_eq(judge("alice", "t", NOW + 30 * JT_DATE_DAY, &is_good),
                         cases[i].there);
        ck_assert_int_eq(is_good, jt_attempt_is_good(cases[i].there));
        ck_assert_int_eq(judge("alice", "t", NOW + 31 * JT_DATE_DAY, &is_good),
                         cases[i].away);
        ck_assert(!is_good);
        ck_assert_int_eq(judge("bob", "t", NOW + 31 * JT_DATE_DAY, &is_good),
                         JT_VERDICT_OTHER_OWNER);
    }
}
END_TEST

START_TEST(test_a_day_that_is_none_is_no_answer)
{
    static const char *const days[] = { "'never'", "-1", "''", "1.5" };
    apr_int64_t day;
    size_t i;

    UNITS_OK(jt_owners_see(store, "alice", DAY, units_pool));
    for (i = 0; i < UNITS_COUNT(days); i++) {
        units_db_run(&db, apr_pstrcat(units_pool, "UPDATE jiratoken_owners "
                                      "SET seen_on = ", days[i], NULL));
        ck_assert_int_eq(jt_owners_find(store, "alice", DAY, &day, units_pool),
                         APR_EGENERAL);
        ck_assert_ptr_nonnull(strstr(jt_store_fault(store),
                                     "JiraTokenOwnerSeen: the row"));
        ck_assert_ptr_null(strstr(jt_store_fault(store), "alice"));
    }
    ck_assert_int_eq(find_day("bob", DAY), DAY);
}
END_TEST

START_TEST(test_a_missing_table_is_no_answer_and_heals)
{
    apr_int64_t day;
    int i;

    put("alice", "t", JT_TOKEN_NEVER);
    for (i = 0; i < 3; i++) {
        UNITS_OK(jt_owners_see(store, "alice", DAY + i, units_pool));
        units_db_run(&db, "ALTER TABLE jiratoken_owners RENAME TO away");
        ck_assert_int_eq(jt_owners_find(store, "alice", DAY, &day, units_pool),
                         APR_EGENERAL);
        ck_assert_int_eq(jt_owners_see(store, "alice", DAY, units_pool),
                         APR_EGENERAL);
        ck_assert_int_eq(jt_owners_probe(store), APR_EGENERAL);
        ck_assert_int_ne(jt_store_is_unfit(store), 0);
        check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
        units_db_run(&db, "ALTER TABLE away RENAME TO jiratoken_owners");
        UNITS_OK(jt_owners_probe(store));
        ck_assert_int_eq(find_day("alice", DAY), DAY + i);
    }
}
END_TEST

/* More than one statement takes. */
#define MANY (2 * JT_STORE_BATCH + 1)

START_TEST(test_a_list_says_whose_owner_is_away)
{
    apr_array_header_t *tokens;
    int i;

    for (i = 0; i < MANY; i++) {
        const char *user = apr_psprintf(units_pool, "u%d", i % 70);

        put(user, apr_itoa(units_pool, i), JT_TOKEN_NEVER);
        if (i % 70 % 2) {
            UNITS_OK(jt_owners_see(store, user, DAY + i % 70, units_pool));
        }
    }
    UNITS_OK(jt_owners_begin(store, DAY + 31, units_pool));
    rules.owner_seen = 30;
    tokens = apr_array_make(units_pool, MANY, sizeof(jt_token_t));
    for (i = 0; i < MANY; i++) {
        apr_array_header_t *one;

        UNITS_OK(jt_store_list(store, apr_psprintf(units_pool, "u%d", i % 70),
                               &one, units_pool));
        APR_ARRAY_PUSH(tokens, jt_token_t)
            = APR_ARRAY_IDX(one, 0, jt_token_t);
    }
    /* What was not looked up is not judged. */
    ck_assert_int_eq(jt_token_state(&rules, (jt_token_t *)tokens->elts,
                                    NOW + 99 * JT_DATE_DAY), JT_TOKEN_ACTIVE);
    UNITS_OK(jt_owners_mark(store, tokens, units_pool));
    for (i = 0; i < MANY; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);
        apr_int64_t day = DAY + (i % 70 % 2 ? i % 70 : 31);

        ck_assert_int_eq(token->owner_seen_on, day);
        ck_assert_int_eq(jt_token_state(&rules, token,
                                        NOW + 70 * JT_DATE_DAY),
                         day < DAY + 40 ? JT_TOKEN_OWNER_NOT_SEEN
                                        : JT_TOKEN_ACTIVE);
        rules.owner_seen = 0;
        ck_assert_int_eq(jt_token_state(&rules, token,
                                        NOW + 70 * JT_DATE_DAY),
                         JT_TOKEN_ACTIVE);
        rules.owner_seen = 30;
    }
}
END_TEST

Suite *units_owners(void)
{
    Suite *suite = suite_create("owners");
    TCase *days = units_case(suite, "days");
    TCase *tokens = units_case(suite, "tokens");

    tcase_add_checked_fixture(days, open_owners, NULL);
    tcase_add_checked_fixture(tokens, open_owners, NULL);
    tcase_add_test(days, test_it_begins_once);
    tcase_add_test(days, test_it_begins_with_the_first_who_asks);
    tcase_add_test(days, test_the_latest_day_counts);
    tcase_add_test(days, test_an_owner_is_away_after_so_many_whole_days);
    tcase_add_test(days, test_a_day_that_is_none_is_no_answer);
    tcase_add_test(days, test_a_missing_table_is_no_answer_and_heals);
    tcase_add_test(tokens, test_a_token_is_refused_while_its_owner_is_away);
    tcase_add_test(tokens, test_a_list_says_whose_owner_is_away);
    return suite;
}
