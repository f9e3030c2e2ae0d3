/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_outbox.c, on a real SQLite file with the shipped tables: what is
 * told, once, whoever takes it and wherever a server ended.
 */
#include "table.h"

#include "core/jt_date.h"
#include "core/jt_outbox.h"

#define ROWS "SELECT COUNT(*) FROM jiratoken_audit_outbox WHERE "
#define DAY JT_DATE_DAY

static void open_outbox(void)
{
    jt_grant_t *none;

    open_table();
    units_db_load_audit(&db, units_pool);
    units_db_load_outbox(&db, units_pool);
    jt_store_use_audit(store, "jiratoken_audit");
    jt_store_use_outbox(store, "jiratoken_audit_outbox");
    /* The connection learns that there are more tables. */
    UNITS_OK(jt_store_find(store, "", &none, units_pool));
}

static int count_rows(const char *where)
{
    return units_db_number(&db, apr_pstrcat(units_pool, ROWS, where, NULL),
                           units_pool);
}

/* A row of the audit of alice's token `ci`. */
static void record(const char *intent, const char *event, const char *stage,
                   const char *id, apr_int64_t at)
{
    units_db_run(&db, apr_psprintf(
        units_pool, "INSERT INTO jiratoken_audit (at, event, stage, intent, "
        "actor, actor_how, user_name, token_id, label, from_address, detail) "
        "VALUES (%" APR_INT64_T_FMT ", '%s', '%s', '%s', 'bob', 'basic', "
        "'alice', %s, 'it''s \\ %%s', '::1', 'expires=never')", at, event,
        stage, intent, id));
}

/* @return whether there may be more */
static int take(apr_int64_t lone)
{
    apr_int64_t horizon = -1;
    apr_int64_t since = -1;
    int is_more = -1;

    UNITS_OK(jt_outbox_begin(store, NOW, &horizon, &since, units_pool));
    UNITS_OK(jt_outbox_take(store, horizon, 1000000, lone, &is_more,
                            units_pool));
    return is_more;
}

static apr_array_header_t *list_due(apr_int64_t now)
{
    apr_array_header_t *rows;

    UNITS_OK(jt_outbox_list_due(store, now, &rows, units_pool));
    return rows;
}

static jt_outbox_row_t *row_of(const apr_array_header_t *rows, int nth)
{
    ck_assert_int_lt(nth, rows->nelts);
    return &APR_ARRAY_IDX(rows, nth, jt_outbox_row_t);
}

static int claim(const jt_outbox_row_t *row, const char *holder,
                 apr_int64_t now)
{
    int claimed = -1;

    UNITS_OK(jt_outbox_claim(store, row, holder, now, &claimed, units_pool));
    return claimed;
}

/* ---- what has happened */

START_TEST(test_it_begins_with_the_newest_row_and_once)
{
    apr_int64_t horizon = -1;
    apr_int64_t since = -1;

    record("before", "revoked", "done", "1", NOW - 9);
    record("before too", "revoked", "done", "1", NOW - 8);
    UNITS_OK(jt_outbox_begin(store, NOW, &horizon, &since, units_pool));
    ck_assert_int_eq(horizon, 2);
    ck_assert_int_eq(since, NOW);
    record("after", "revoked", "done", "1", NOW + 1);
    UNITS_OK(jt_outbox_begin(store, NOW + 5, &horizon, &since, units_pool));
    ck_assert_int_eq(horizon, 2);
    ck_assert_int_eq(since, NOW);
    take(NOW);
    ck_assert_str_eq(row_of(list_due(NOW + 1), 0)->name, "after");
    ck_assert_int_eq(list_due(NOW + 1)->nelts, 1);
}
END_TEST

START_TEST(test_it_begins_where_there_is_no_row)
{
    apr_int64_t horizon = -1;
    apr_int64_t since = -1;

    UNITS_OK(jt_outbox_begin(store, NOW, &horizon, &since, units_pool));
    ck_assert_int_eq(horizon, 0);
    UNITS_OK(jt_outbox_newest(store, &horizon, units_pool));
    ck_assert_int_eq(horizon, 0);
}
END_TEST

START_TEST(test_what_was_done_is_taken_once_and_as_it_was)
{
    jt_outbox_row_t *row;

    take(0);
    record("x", "rotated", "intent", "7", NOW);
    take(0);
    ck_assert_int_eq(list_due(NOW + 9)->nelts, 0);
    record("x", "rotated", "done", "7", NOW + 1);
    take(0);
    take(0);
    ck_assert_int_eq(list_due(NOW)->nelts, 0);
    ck_assert_int_eq(list_due(NOW + 1)->nelts, 1);
    row = row_of(list_due(NOW + 1), 0);
    ck_assert_str_eq(row->name, "x");
    ck_assert_str_eq(row->event, "rotated");
    ck_assert_int_eq(row->at, NOW + 1);
    ck_assert_str_eq(row->user, "alice");
    ck_assert_int_eq(row->token_id, 7);
    ck_assert_str_eq(row->label, "it's \\ %s");
    ck_assert_str_eq(row->actor, "bob");
    ck_assert_str_eq(row->from, "::1");
    ck_assert_str_eq(row->detail, "expires=never");
    ck_assert_int_eq(row->expires_at, JT_TOKEN_NEVER);
    ck_assert_int_eq(row->due_at, NOW + 1);
    ck_assert_int_eq(row->tries, 0);
}
END_TEST

START_TEST(test_only_what_its_owner_minds_is_taken)
{
    static const struct {
        const char *event;
        const char *stage;
        const char *id;
        int is_told;
    } cases[] = {
        { "created", "done", "1", 1 }, { "rotated", "done", "1", 1 },
        { "revoked", "done", "1", 1 }, { "renamed", "done", "1", 0 },
        { "purged", "done", "1", 0 },  { "created", "failed", "1", 0 },
        { "revoked", "failed", "1", 0 }, { "revoked", "done", "NULL", 0 },
    };
    size_t i;

    take(0);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *intent = apr_psprintf(units_pool, "case %d", (int)i);

        record(intent, cases[i].event, cases[i].stage, cases[i].id, NOW);
        take(NOW + 99);
        ck_assert_int_eq(count_rows(apr_psprintf(units_pool, "name = '%s'",
                                                 intent)), cases[i].is_told);
    }
}
END_TEST

START_TEST(test_a_lone_intent_is_taken_if_the_table_says_that_it_was_done)
{
    take(0);
    put("alice", "it's \\ %s", NOW + DAY); /* id 1, of NOW - 1000 */
    record("revoked", "revoked", "intent", "99", NOW);
    record("not revoked", "revoked", "intent", "1", NOW);
    record("created", "created", "intent", "NULL", NOW - 1000);
    record("not created", "created", "intent", "NULL", NOW);
    record("rotated", "rotated", "intent", "1", NOW - 1000);
    record("not rotated", "rotated", "intent", "1", NOW);
    record("failed", "revoked", "intent", "98", NOW);
    record("failed", "revoked", "failed", "98", NOW);
    take(NOW); /* they may still be under way */
    ck_assert_int_eq(count_rows("name LIKE '%revoked%'"), 0);
    take(NOW + 1);
    take(NOW + 1);
    ck_assert_int_eq(count_rows("due_at IS NOT NULL"), 3);
    ck_assert_int_eq(count_rows("name = 'revoked' AND token_id = 99"), 1);
    ck_assert_int_eq(count_rows("name = 'created' AND token_id = 1"), 1);
    ck_assert_int_eq(count_rows("name = 'rotated' AND token_id = 1"), 1);
}
END_TEST

START_TEST(test_an_outcome_after_all_tells_nothing_twice)
{
    take(0);
    record("x", "revoked", "intent", "99", NOW);
    take(NOW + 1);
    record("x", "revoked", "done", "99", NOW + 50);
    take(NOW + 99);
    ck_assert_int_eq(count_rows("name = 'x'"), 1);
}
END_TEST

START_TEST(test_the_horizon_only_goes_forward)
{
    apr_int64_t horizon = 0;
    apr_int64_t since = 0;

    take(0);
    UNITS_OK(jt_outbox_advance(store, 5, units_pool));
    UNITS_OK(jt_outbox_advance(store, 3, units_pool));
    UNITS_OK(jt_outbox_begin(store, NOW, &horizon, &since, units_pool));
    ck_assert_int_eq(horizon, 5);
}
END_TEST

START_TEST(test_more_than_a_statement_takes_are_taken_by_the_next)
{
    int i;

    take(0);
    for (i = 0; i < 201; i++) {
        record(apr_psprintf(units_pool, "intent %d", i), "revoked", "done", "1",
               NOW);
    }
    ck_assert_int_eq(take(0), 1);
    ck_assert_int_eq(count_rows("due_at IS NOT NULL"), 200);
    ck_assert_int_eq(take(0), 0);
    ck_assert_int_eq(count_rows("due_at IS NOT NULL"), 201);
}
END_TEST

/* Between the two bounds, the first of which was taken before. */
START_TEST(test_ids_are_looked_at_in_spans)
{
    apr_int64_t id = -1;
    int is_more = -1;

    take(0);
    record("one", "revoked", "done", "1", NOW);
    record("two", "revoked", "done", "2", NOW);
    record("three", "revoked", "done", "3", NOW);
    UNITS_OK(jt_outbox_take(store, 1, 2, 0, &is_more, units_pool));
    ck_assert_int_eq(is_more, 0);
    ck_assert_int_eq(count_rows("name = 'two'"), 1);
    ck_assert_int_eq(count_rows("name IN ('one', 'three')"), 0);
    UNITS_OK(jt_outbox_next(store, 2, &id, units_pool));
    ck_assert_int_eq(id, 3);
    UNITS_OK(jt_outbox_next(store, 3, &id, units_pool));
    ck_assert_int_eq(id, 0);
}
END_TEST

/* ---- claims */

static void record_one(void)
{
    take(0);
    record("x", "revoked", "done", "1", NOW);
    take(0);
}

START_TEST(test_one_of_two_servers_claims_a_message)
{
    jt_outbox_row_t *row;

    record_one();
    row = row_of(list_due(NOW), 0);
    ck_assert_int_eq(claim(row, "one", NOW), 1);
    ck_assert_int_eq(claim(row, "two", NOW), 0);
    ck_assert_int_eq(list_due(NOW + JT_OUTBOX_LEASE - 1)->nelts, 0);
    row = row_of(list_due(NOW + JT_OUTBOX_LEASE), 0);
    ck_assert_int_eq(row->tries, 1);
    ck_assert_int_eq(claim(row, "two", NOW + JT_OUTBOX_LEASE), 1);
}
END_TEST

START_TEST(test_what_was_told_is_not_due_any_more)
{
    record_one();
    claim(row_of(list_due(NOW), 0), "one", NOW);
    UNITS_OK(jt_outbox_note_sent(store, "x", "one", NOW + 3, units_pool));
    ck_assert_int_eq(count_rows("due_at IS NULL AND "
                                "sent_at = 1768473003"), 1);
    ck_assert_int_eq(list_due(NOW + 100 * DAY)->nelts, 0);
    take(0);
    ck_assert_int_eq(list_due(NOW + 100 * DAY)->nelts, 0);
}
END_TEST

START_TEST(test_what_was_not_told_is_due_later)
{
    jt_outbox_row_t *row;

    record_one();
    claim(row_of(list_due(NOW), 0), "one", NOW);
    UNITS_OK(jt_outbox_put_off(store, "x", "one", NOW + 15, units_pool));
    ck_assert_int_eq(list_due(NOW + 14)->nelts, 0);
    row = row_of(list_due(NOW + 15), 0);
    ck_assert_int_eq(row->tries, 1);
    ck_assert_int_eq(count_rows("holder IS NULL AND name = 'x'"), 1);
}
END_TEST

START_TEST(test_a_claim_that_is_over_changes_nothing)
{
    apr_int64_t later = NOW + JT_OUTBOX_LEASE;

    record_one();
    claim(row_of(list_due(NOW), 0), "one", NOW);
    claim(row_of(list_due(later), 0), "two", later);
    UNITS_OK(jt_outbox_note_sent(store, "x", "one", later, units_pool));
    UNITS_OK(jt_outbox_put_off(store, "x", "one", later, units_pool));
    ck_assert_int_eq(count_rows("sent_at IS NULL AND holder = 'two'"), 1);
    ck_assert_int_eq(list_due(later)->nelts, 0);
}
END_TEST

START_TEST(test_ten_are_listed_those_that_wait_longest_first)
{
    apr_array_header_t *rows;
    int i;

    take(0);
    for (i = 0; i < 12; i++) {
        record(apr_psprintf(units_pool, "intent %d", i), "revoked", "done", "1",
               NOW - i);
    }
    take(0);
    rows = list_due(NOW);
    ck_assert_int_eq(rows->nelts, 10);
    for (i = 0; i < 10; i++) {
        ck_assert_int_eq(row_of(rows, i)->due_at, NOW - 11 + i);
    }
}
END_TEST

/* @return in how many steps */
static int clean(apr_int64_t before, apr_int64_t horizon)
{
    int steps = 0;
    int is_more;

    do {
        UNITS_OK(jt_outbox_clean(store, before, horizon, &is_more,
                                 units_pool));
        steps++;
    } while (is_more);
    return steps;
}

/* Some of one instant, as an administrator gives messages up. */
START_TEST(test_a_step_forgets_a_thousand)
{
    take(0);
    record("x", "revoked", "done", "1", NOW);
    take(0);
    units_db_run(&db, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
                 "FROM c WHERE n < 2500) INSERT INTO jiratoken_audit_outbox "
                 "(name, event, at, audit_id, tries, sent_at) "
                 "SELECT 'm' || n, 'revoked', 1, n, 1, max(n - 1500, 0) FROM c");
    ck_assert_int_eq(clean(0, 5000), 1);
    ck_assert_int_eq(count_rows("sent_at IS NOT NULL"), 2500);
    ck_assert_int_eq(clean(1, 5000), 2);
    ck_assert_int_eq(count_rows("sent_at IS NOT NULL"), 1000);
    ck_assert_int_eq(clean(NOW, 2000), 1);
    ck_assert_int_eq(count_rows("sent_at IS NOT NULL"), 500);
    ck_assert_int_eq(clean(NOW, 5000), 1);
    ck_assert_int_eq(count_rows("name NOT IN ('horizon', 'x')"), 0);
    ck_assert_int_eq(count_rows("name IN ('horizon', 'x')"), 2);
}
END_TEST

START_TEST(test_only_what_is_known_otherwise_is_forgotten)
{
    record_one(); /* row 1 of the audit */
    claim(row_of(list_due(NOW), 0), "one", NOW);
    clean(NOW + DAY, 1); /* not told */
    ck_assert_int_eq(count_rows("name = 'x'"), 1);
    UNITS_OK(jt_outbox_note_sent(store, "x", "one", NOW, units_pool));
    clean(NOW, 1); /* just now */
    clean(NOW + DAY, 0); /* taken again */
    ck_assert_int_eq(count_rows("name = 'x'"), 1);
    clean(NOW + DAY, 1);
    ck_assert_int_eq(count_rows("name = 'x'"), 0);
    ck_assert_int_eq(count_rows("name = 'horizon'"), 1);
}
END_TEST

/* What an administrator gives up by hand, as the manual says. */
START_TEST(test_what_was_given_up_is_forgotten)
{
    record_one();
    units_db_run(&db, "UPDATE jiratoken_audit_outbox SET due_at = NULL, "
                 "sent_at = 0 WHERE name = 'x'");
    ck_assert_int_eq(list_due(NOW + 100 * DAY)->nelts, 0);
    clean(NOW - DAY, 1);
    ck_assert_int_eq(count_rows("name = 'x'"), 0);
}
END_TEST

/* ---- tokens that end */

static apr_array_header_t *make_thresholds(void)
{
    static const int days[] = { 14, 7, 1 };
    apr_array_header_t *made = apr_array_make(units_pool, 3, sizeof(int));
    size_t i;

    for (i = 0; i < UNITS_COUNT(days); i++) {
        APR_ARRAY_PUSH(made, int) = days[i];
    }
    return made;
}

static int add_ending(apr_int64_t now)
{
    int is_more = -1;

    UNITS_OK(jt_outbox_add_ending(store, make_thresholds(), NOW, now, &is_more,
                                  units_pool));
    return is_more;
}

START_TEST(test_the_nearest_notice_is_due)
{
    static const struct {
        apr_int64_t left;
        int notice;
    } cases[] = {
        { 14 * DAY + 1, -1 }, { 14 * DAY, 14 }, { 7 * DAY + 1, 14 },
        { 7 * DAY, 7 }, { DAY + 1, 7 }, { DAY, 1 }, { 1, 1 }, { 0, 0 },
        { -DAY, 0 }, { 10000 * DAY, -1 }
    };
    apr_array_header_t *none = apr_array_make(units_pool, 1, sizeof(int));
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_int_eq(jt_outbox_choose_notice(make_thresholds(),
                                                 NOW + cases[i].left, NOW),
                         cases[i].notice);
    }
    ck_assert_int_eq(jt_outbox_choose_notice(none, NOW + 1, NOW), -1);
    ck_assert_int_eq(jt_outbox_choose_notice(none, NOW, NOW), 0);
}
END_TEST

START_TEST(test_each_notice_is_added_once)
{
    static const struct {
        apr_int64_t passed;
        int rows;
    } cases[] = {
        { 0, 0 }, { 6 * DAY - 1, 0 }, { 6 * DAY, 1 }, { 6 * DAY, 1 },
        { 12 * DAY, 1 }, { 13 * DAY, 2 }, { 18 * DAY, 2 }, { 19 * DAY, 3 },
        { 20 * DAY - 1, 3 }, { 20 * DAY, 4 }, { 99 * DAY, 4 }
    };
    size_t i;

    put("alice", "ci", NOW + 20 * DAY);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_int_eq(add_ending(NOW + cases[i].passed), 0);
        ck_assert_int_eq(count_rows("event LIKE 'expir%'"), cases[i].rows);
    }
    ck_assert_int_eq(count_rows("event = 'expired' AND user_name = 'alice' "
                                "AND label = 'ci' AND token_id = 1"), 1);
}
END_TEST

START_TEST(test_days_that_were_missed_are_one_notice)
{
    put("alice", "a", NOW + 20 * DAY);
    put("alice", "b", NOW + 30 * DAY);
    add_ending(NOW + 27 * DAY);
    ck_assert_int_eq(count_rows("event = 'expired' AND label = 'a'"), 1);
    ck_assert_int_eq(count_rows("event = 'expiring' AND label = 'b'"), 1);
    ck_assert_int_eq(count_rows("1 = 1"), 2);
}
END_TEST

START_TEST(test_what_never_ends_or_ended_before_is_not_told)
{
    put("alice", "never", JT_TOKEN_NEVER);
    put("alice", "before", NOW);
    put("alice", "far", NOW + 1000 * DAY);
    add_ending(NOW + 10 * DAY);
    ck_assert_int_eq(count_rows("1 = 1"), 0);
}
END_TEST

/* As a server leaves it that ended between the two. */
START_TEST(test_a_message_that_is_not_noted_in_the_token_is_not_made_twice)
{
    put("alice", "ci", NOW + 20 * DAY);
    add_ending(NOW + 6 * DAY);
    units_db_run(&db, "UPDATE jiratoken SET noticed = NULL");
    add_ending(NOW + 6 * DAY);
    ck_assert_int_eq(count_rows("1 = 1"), 1);
    ck_assert_int_eq(units_db_number(&db, "SELECT noticed FROM jiratoken",
                                     units_pool), 14);
}
END_TEST

START_TEST(test_a_new_end_is_told_anew)
{
    put("alice", "ci", NOW + 20 * DAY);
    add_ending(NOW + 20 * DAY);
    units_db_run(&db, "UPDATE jiratoken SET noticed = NULL, "
                 "expires_at = expires_at + 20 * 86400");
    add_ending(NOW + 26 * DAY);
    add_ending(NOW + 40 * DAY);
    ck_assert_int_eq(count_rows("event = 'expired'"), 2);
    ck_assert_int_eq(count_rows("event = 'expiring'"), 1);
}
END_TEST

START_TEST(test_many_are_added_in_parts)
{
    int i;

    for (i = 0; i < 101; i++) {
        put("alice", apr_psprintf(units_pool, "t%d", i), NOW + 20 * DAY);
    }
    ck_assert_int_eq(add_ending(NOW + 6 * DAY), 1);
    ck_assert_int_eq(count_rows("1 = 1"), 100);
    ck_assert_int_eq(add_ending(NOW + 6 * DAY), 0);
    ck_assert_int_eq(count_rows("1 = 1"), 101);
}
END_TEST

/* ---- a database that cannot say */

START_TEST(test_a_table_that_is_not_there_is_an_error)
{
    apr_array_header_t *rows;
    apr_int64_t horizon;
    apr_int64_t since;
    int is_more;

    take(0);
    put("alice", "ci", NOW + 5);
    units_db_run(&db, "DROP TABLE jiratoken_audit_outbox");
    ck_assert_int_eq(jt_outbox_begin(store, NOW, &horizon, &since, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_outbox_take(store, 0, 1000000, 0, &is_more,
                                    units_pool), APR_EGENERAL);
    ck_assert_int_eq(jt_outbox_list_due(store, NOW, &rows, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_outbox_add_ending(store, make_thresholds(), NOW, NOW,
                                          &is_more, units_pool), APR_EGENERAL);
    /* Nothing was told, so nothing is noted. */
    ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) FROM jiratoken "
                                     "WHERE noticed IS NULL", units_pool), 1);
}
END_TEST

static void add_events(TCase *events)
{
    tcase_add_checked_fixture(events, open_outbox, NULL);
    tcase_add_test(events, test_it_begins_with_the_newest_row_and_once);
    tcase_add_test(events, test_it_begins_where_there_is_no_row);
    tcase_add_test(events, test_what_was_done_is_taken_once_and_as_it_was);
    tcase_add_test(events, test_only_what_its_owner_minds_is_taken);
    tcase_add_test(
        events,
        test_a_lone_intent_is_taken_if_the_table_says_that_it_was_done);
    tcase_add_test(events, test_an_outcome_after_all_tells_nothing_twice);
    tcase_add_test(events, test_the_horizon_only_goes_forward);
    tcase_add_test(events,
                   test_more_than_a_statement_takes_are_taken_by_the_next);
    tcase_add_test(events, test_ids_are_looked_at_in_spans);
    tcase_add_test(events, test_a_table_that_is_not_there_is_an_error);
}

static void add_claims(TCase *claims)
{
    tcase_add_checked_fixture(claims, open_outbox, NULL);
    tcase_add_test(claims, test_one_of_two_servers_claims_a_message);
    tcase_add_test(claims, test_what_was_told_is_not_due_any_more);
    tcase_add_test(claims, test_what_was_not_told_is_due_later);
    tcase_add_test(claims, test_a_claim_that_is_over_changes_nothing);
    tcase_add_test(claims, test_ten_are_listed_those_that_wait_longest_first);
    tcase_add_test(claims, test_a_step_forgets_a_thousand);
    tcase_add_test(claims, test_only_what_is_known_otherwise_is_forgotten);
    tcase_add_test(claims, test_what_was_given_up_is_forgotten);
}

static void add_endings(TCase *endings)
{
    tcase_add_checked_fixture(endings, open_outbox, NULL);
    tcase_add_test(endings, test_the_nearest_notice_is_due);
    tcase_add_test(endings, test_each_notice_is_added_once);
    tcase_add_test(endings, test_days_that_were_missed_are_one_notice);
    tcase_add_test(endings, test_what_never_ends_or_ended_before_is_not_told);
    tcase_add_test(
        endings,
        test_a_message_that_is_not_noted_in_the_token_is_not_made_twice);
    tcase_add_test(endings, test_a_new_end_is_told_anew);
    tcase_add_test(endings, test_many_are_added_in_parts);
}

Suite *units_outbox(void)
{
    Suite *suite = suite_create("outbox");

    add_events(units_case(suite, "events"));
    add_claims(units_case(suite, "claims"));
    add_endings(units_case(suite, "endings"));
    return suite;
}
