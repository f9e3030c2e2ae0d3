/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_audit_copy.c by jt_audit.h, on a real SQLite file with the shipped
 * tables: many tokens of one batch.
 */
#include "table.h"

#include "core/jt_audit.h"
#include "core/jt_audit_sql.h"

#define ROWS "SELECT COUNT(*) FROM jiratoken_audit"
#define MANY 100
#define SERIES "0123456789abcdef"

/* Which row of the audit says what the token's does. */
#define SAME \
    " JOIN jiratoken t ON token_id = t.id WHERE " \
    "jiratoken_audit.user_name = t.user_name " \
    "AND jiratoken_audit.label = t.label AND stage = 'intent' AND batch = 7 " \
    "AND actor = 'o''neill \xC3\xA9' AND actor_how = 'basic' " \
    "AND event = 'revoked' AND detail IS NULL AND from_address = '::1'"

static void open_both(int tokens)
{
    int i;

    open_table();
    for (i = 0; i < tokens; i++) {
        put(i % 2 ? "bob" : "zo\xC3\xAB", apr_psprintf(units_pool, "it's %d",
                                                       i), NOW);
    }
    units_db_load_audit(&db, units_pool);
    jt_store_use_audit(store, "jiratoken_audit");
}

/* Of the tokens 1 to `count`, whose names in C are not those in the table. */
static apr_array_header_t *make_changes(int count)
{
    apr_array_header_t *changes = apr_array_make(units_pool, count,
                                                 sizeof(jt_audit_change_t));
    int i;

    for (i = 0; i < count; i++) {
        jt_audit_change_t *change = apr_array_push(changes);

        memset(change, 0, sizeof(*change));
        change->row.at = NOW;
        change->row.event = JT_AUDIT_REVOKED;
        change->row.series = SERIES;
        change->row.intent = apr_psprintf(units_pool, JT_AUDIT_NAME_FORMAT,
                                          SERIES, (apr_uint64_t)(i + 1));
        change->row.batch = 7;
        change->row.actor = "o'neill \xC3\xA9";
        change->row.actor_how = "basic";
        change->row.user = "as it was read";
        change->row.token_id = i + 1;
        change->row.label = "as it was read";
        change->row.from = "::1";
    }
    return changes;
}

static jt_audit_change_t *get(const apr_array_header_t *changes, int nth)
{
    return &APR_ARRAY_IDX(changes, nth, jt_audit_change_t);
}

static int count_begun(const apr_array_header_t *changes)
{
    int count = 0;
    int i;

    for (i = 0; i < changes->nelts; i++) {
        count += get(changes, i)->is_begun;
    }
    return count;
}

static void end(const apr_array_header_t *changes, int failed)
{
    int i;

    for (i = 0; i < changes->nelts; i++) {
        get(changes, i)->outcome = i < failed ? JT_AUDIT_FAILED
                                              : JT_AUDIT_DONE;
    }
    UNITS_OK(jt_audit_end(store, changes, NOW + 5, units_pool));
}

static int count_named(const apr_array_header_t *changes, const char *stage)
{
    int count = 0;
    int i;

    for (i = 0; i < changes->nelts; i++) {
        count += units_db_number(&db, apr_psprintf(
            units_pool, ROWS " WHERE intent = '%s' AND stage = '%s'",
            get(changes, i)->row.intent, stage), units_pool);
    }
    return count;
}

START_TEST(test_many_intents_have_what_the_tokens_have)
{
    apr_array_header_t *changes = make_changes(MANY);

    open_both(MANY);
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(count_begun(changes), MANY);
    ck_assert_int_eq(units_db_number(&db, ROWS SAME, units_pool), MANY);
    ck_assert_int_eq(count_named(changes, "intent"), MANY);
}
END_TEST

START_TEST(test_a_few_are_written_as_they_were_read)
{
    apr_array_header_t *changes = make_changes(JT_AUDIT_MANY - 1);

    open_both(MANY);
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(units_db_number(&db, ROWS " WHERE label = "
                                     "'as it was read'", units_pool),
                     JT_AUDIT_MANY - 1);
}
END_TEST

/* It may have been there when this was begun: so it has its intent too. */
START_TEST(test_a_token_that_is_gone_has_an_intent)
{
    apr_array_header_t *changes = make_changes(MANY);

    open_both(MANY);
    units_db_run(&db, "DELETE FROM jiratoken WHERE id IN (1, 50, 100)");
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(count_begun(changes), MANY);
    ck_assert_int_eq(units_db_number(&db, ROWS SAME, units_pool), MANY - 3);
    ck_assert_int_eq(count_named(changes, "intent"), MANY);
}
END_TEST

START_TEST(test_intents_of_a_lost_answer_are_found_again)
{
    apr_array_header_t *changes = make_changes(MANY);
    int i;

    open_both(MANY);
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    for (i = 0; i < MANY; i++) {
        get(changes, i)->is_begun = 0;
    }
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(count_begun(changes), MANY);
    ck_assert_int_eq(units_db_number(&db, ROWS, units_pool), MANY);
}
END_TEST

START_TEST(test_outcomes_are_written_once_whatever_they_are)
{
    static const int failed[] = { 0, 1, 30, MANY };
    size_t i;

    open_both(MANY);
    for (i = 0; i < UNITS_COUNT(failed); i++) {
        apr_array_header_t *changes = make_changes(MANY);

        units_db_run(&db, "DELETE FROM jiratoken_audit");
        UNITS_OK(jt_audit_begin(store, changes, units_pool));
        end(changes, failed[i]);
        end(changes, failed[i]);
        ck_assert_int_eq(count_named(changes, "failed"), failed[i]);
        ck_assert_int_eq(count_named(changes, "done"), MANY - failed[i]);
        ck_assert_int_eq(units_db_number(&db, ROWS, units_pool), 2 * MANY);
        ck_assert_int_eq(units_db_number(&db, ROWS " WHERE stage <> 'intent' "
                                         "AND at = 1768473005", units_pool),
                         MANY);
    }
}
END_TEST

/* Nobody knows what has become of one in between. */
START_TEST(test_an_intent_without_an_outcome_stays_alone)
{
    apr_array_header_t *changes = make_changes(MANY);
    int i;

    open_both(MANY);
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    for (i = 0; i < MANY; i++) {
        get(changes, i)->outcome = i == 50 ? NULL : JT_AUDIT_DONE;
    }
    UNITS_OK(jt_audit_end(store, changes, NOW + 5, units_pool));
    ck_assert_int_eq(count_named(changes, "done"), MANY - 1);
    ck_assert_int_eq(units_db_number(&db, apr_psprintf(
        units_pool, ROWS " WHERE intent = '%s'", get(changes, 50)->row.intent),
        units_pool), 1);
}
END_TEST

START_TEST(test_what_cannot_be_written_is_not_begun)
{
    apr_array_header_t *changes = make_changes(MANY);

    open_both(MANY);
    units_db_run(&db, "CREATE TRIGGER refuse BEFORE INSERT ON jiratoken_audit "
                 "WHEN NEW.token_id = 90 BEGIN SELECT RAISE(ABORT, 'full'); "
                 "END");
    ck_assert_int_eq(jt_audit_begin(store, changes, units_pool), APR_EGENERAL);
    ck_assert_int_eq(get(changes, 89)->is_begun, 0);
    ck_assert_int_eq(units_db_number(&db, ROWS, units_pool),
                     count_begun(changes));
}
END_TEST

Suite *units_audit_copy(void)
{
    Suite *suite = suite_create("audit_copy");
    TCase *copies = units_case(suite, "copies");

    tcase_add_test(copies, test_many_intents_have_what_the_tokens_have);
    tcase_add_test(copies, test_a_few_are_written_as_they_were_read);
    tcase_add_test(copies, test_a_token_that_is_gone_has_an_intent);
    tcase_add_test(copies, test_intents_of_a_lost_answer_are_found_again);
    tcase_add_test(copies, test_outcomes_are_written_once_whatever_they_are);
    tcase_add_test(copies, test_an_intent_without_an_outcome_stays_alone);
    tcase_add_test(copies, test_what_cannot_be_written_is_not_begun);
    return suite;
}
