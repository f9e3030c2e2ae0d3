/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_audit.c and jt_audit_list.c, on a real SQLite file with the
 * shipped tables.
 */
#include "table.h"

#include "core/jt_audit.h"
#include "core/jt_audit_list.h"

#define ROWS "SELECT COUNT(*) FROM jiratoken_audit"

static void open_audit(void)
{
    open_table();
    units_db_load_audit(&db, units_pool);
    jt_store_use_audit(store, "jiratoken_audit");
}

/* Revocations of so many tokens of alice's, by her. */
static apr_array_header_t *make_changes(int count)
{
    apr_array_header_t *changes = apr_array_make(units_pool, count,
                                                 sizeof(jt_audit_change_t));
    int i;

    for (i = 0; i < count; i++) {
        jt_audit_change_t *change = apr_array_push(changes);

        memset(change, 0, sizeof(*change));
        change->row.at = NOW + i;
        change->row.event = JT_AUDIT_REVOKED;
        change->row.intent = apr_psprintf(units_pool, "intent %d", i);
        change->row.batch = 7;
        change->row.actor = "alice";
        change->row.actor_how = "basic";
        change->row.user = i % 2 ? "bob" : "alice";
        change->row.token_id = i + 1;
        change->row.label = "it's \\ %s";
        change->row.from = "::1";
    }
    return changes;
}

static jt_audit_change_t *get(const apr_array_header_t *changes, int nth)
{
    return &APR_ARRAY_IDX(changes, nth, jt_audit_change_t);
}

static const jt_audit_place_t newest;

static apr_array_header_t *list_behind(const jt_audit_filter_t *filter,
                                       const jt_audit_place_t *place,
                                       int limit)
{
    apr_array_header_t *rows;

    UNITS_OK(jt_audit_list(store, filter, place, limit, &rows, units_pool));
    return rows;
}

static apr_array_header_t *list(const jt_audit_filter_t *filter, int limit)
{
    return list_behind(filter, &newest, limit);
}

static jt_audit_row_t *row_of(const apr_array_header_t *rows, int nth)
{
    return &APR_ARRAY_IDX(rows, nth, jt_audit_row_t);
}

START_TEST(test_an_intent_comes_back_as_it_was)
{
    static const jt_audit_filter_t all = { 0 };
    apr_array_header_t *changes = make_changes(1);
    jt_audit_row_t *row;

    open_audit();
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(get(changes, 0)->is_begun, 1);
    row = row_of(list(&all, 10), 0);
    ck_assert_int_gt(row->id, 0);
    ck_assert_int_eq(row->at, NOW);
    ck_assert_str_eq(row->event, "revoked");
    ck_assert_str_eq(row->stage, "intent");
    ck_assert_str_eq(row->intent, "intent 0");
    ck_assert_int_eq(row->batch, 7);
    ck_assert_str_eq(row->actor, "alice");
    ck_assert_str_eq(row->actor_how, "basic");
    ck_assert_str_eq(row->user, "alice");
    ck_assert_int_eq(row->token_id, 1);
    ck_assert_str_eq(row->label, "it's \\ %s");
    ck_assert_str_eq(row->from, "::1");
    ck_assert_ptr_null(row->detail);
    ck_assert_ptr_null(row->outcome);
}
END_TEST

START_TEST(test_absent_values_are_null)
{
    static const jt_audit_filter_t all = { 0 };
    apr_array_header_t *changes = make_changes(1);
    jt_audit_row_t *row = &get(changes, 0)->row;

    open_audit();
    row->batch = JT_AUDIT_NONE;
    row->token_id = JT_AUDIT_NONE;
    row->actor = NULL;
    row->user = NULL;
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(units_db_number(&db, ROWS " WHERE batch IS NULL AND "
                                     "token_id IS NULL AND actor IS NULL AND "
                                     "user_name IS NULL", units_pool), 1);
    row = row_of(list(&all, 10), 0);
    ck_assert_int_eq(row->batch, JT_AUDIT_NONE);
    ck_assert_int_eq(row->token_id, JT_AUDIT_NONE);
}
END_TEST

START_TEST(test_any_number_is_written_once)
{
    static const int counts[] = { 0, 1, 7, 8, 9, 63, 64, 65, 151 };
    size_t i;

    open_audit();
    for (i = 0; i < UNITS_COUNT(counts); i++) {
        apr_array_header_t *changes = make_changes(counts[i]);
        int nth;

        units_db_run(&db, "DELETE FROM jiratoken_audit");
        UNITS_OK(jt_audit_begin(store, changes, units_pool));
        UNITS_OK(jt_audit_begin(store, changes, units_pool));
        ck_assert_int_eq(units_db_number(&db, ROWS, units_pool), counts[i]);
        for (nth = 0; nth < counts[i]; nth++) {
            get(changes, nth)->outcome = nth % 3 ? JT_AUDIT_DONE
                                                 : JT_AUDIT_FAILED;
        }
        UNITS_OK(jt_audit_end(store, changes, NOW + 5, units_pool));
        UNITS_OK(jt_audit_end(store, changes, NOW + 5, units_pool));
        ck_assert_int_eq(units_db_number(&db, ROWS, units_pool),
                         2 * counts[i]);
        ck_assert_int_eq(units_db_number(&db, ROWS " WHERE stage = 'failed'",
                                         units_pool), (counts[i] + 2) / 3);
    }
}
END_TEST

/* As by a try whose answer was lost. */
START_TEST(test_what_is_there_is_not_written_again)
{
    apr_array_header_t *changes = make_changes(70);
    int i;

    open_audit();
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    for (i = 0; i < 70; i++) {
        get(changes, i)->is_begun = 0;
    }
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    ck_assert_int_eq(units_db_number(&db, ROWS, units_pool), 70);
}
END_TEST

START_TEST(test_a_change_without_an_outcome_stays_an_intent)
{
    static const jt_audit_filter_t all = { 0 };
    apr_array_header_t *changes = make_changes(2);
    apr_array_header_t *rows;

    open_audit();
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    get(changes, 1)->outcome = JT_AUDIT_DONE;
    UNITS_OK(jt_audit_end(store, changes, NOW + 9, units_pool));
    rows = list(&all, 10);
    ck_assert_int_eq(rows->nelts, 3);
    ck_assert_str_eq(row_of(rows, 0)->stage, "done");
    ck_assert_int_eq(row_of(rows, 0)->at, NOW + 9);
    ck_assert_str_eq(row_of(rows, 0)->intent, "intent 1");
    ck_assert_ptr_null(row_of(rows, 0)->outcome);
    ck_assert_str_eq(row_of(rows, 1)->outcome, "done");
    ck_assert_ptr_null(row_of(rows, 2)->outcome);
}
END_TEST

START_TEST(test_what_was_not_begun_has_no_outcome)
{
    apr_array_header_t *changes = make_changes(1);

    open_audit();
    get(changes, 0)->outcome = JT_AUDIT_DONE;
    UNITS_OK(jt_audit_end(store, changes, NOW, units_pool));
    ck_assert_int_eq(units_db_number(&db, ROWS, units_pool), 0);
}
END_TEST

/* @return how many rows there are, by pages of so many */
static int count_by_pages(const jt_audit_filter_t *filter, int limit)
{
    jt_audit_place_t place = newest;
    apr_array_header_t *rows;
    int seen = 0;

    do {
        int i;

        rows = list_behind(filter, &place, limit);
        for (i = 0; i < rows->nelts; i++) {
            const jt_audit_row_t *row = row_of(rows, i);

            ck_assert(!place.id || row->at < place.at
                      || (row->at == place.at && row->id < place.id));
            place.at = row->at;
            place.id = row->id;
        }
        seen += rows->nelts;
    } while (rows->nelts == limit);
    return seen;
}

START_TEST(test_pages_go_back_without_a_gap)
{
    static const jt_audit_filter_t all = { 0 };
    static const jt_audit_filter_t bob = { "bob", NULL, NULL, 0, 0 };
    static const jt_audit_filter_t days = { NULL, NULL, NULL, NOW + 5,
                                            NOW + 105 };
    static const jt_audit_place_t end = { 0, 1 };

    open_audit();
    UNITS_OK(jt_audit_begin(store, make_changes(250), units_pool));
    ck_assert_int_eq(count_by_pages(&all, 100), 250);
    ck_assert_int_eq(row_of(list(&all, 1), 0)->id, 250);
    /* Of one second, and out of order, as two servers write them. */
    units_db_run(&db, "UPDATE jiratoken_audit SET at = at - at % 60");
    ck_assert_int_eq(count_by_pages(&all, 7), 250);
    units_db_run(&db, "UPDATE jiratoken_audit SET at = at + id % 3 * 100");
    ck_assert_int_eq(count_by_pages(&all, 7), 250);
    ck_assert_int_eq(count_by_pages(&bob, 7), 125);
    ck_assert_int_eq(count_by_pages(&days, 7),
                     list(&days, JT_AUDIT_MOST)->nelts);
    ck_assert_int_gt(list(&days, JT_AUDIT_MOST)->nelts, 20);
    ck_assert_int_eq(list(&all, JT_AUDIT_MOST)->nelts, 250);
    ck_assert_int_eq(list_behind(&all, &end, 100)->nelts, 0);
}
END_TEST

START_TEST(test_filters_are_exact_and_combine)
{
    static const struct {
        jt_audit_filter_t filter;
        int rows;
    } cases[] = {
        { { "alice", NULL, NULL, 0, 0 }, 10 },
        { { "ALICE", NULL, NULL, 0, 0 }, 0 },
        { { NULL, "alice", NULL, 0, 0 }, 20 },
        { { NULL, NULL, "revoked", 0, 0 }, 20 },
        { { NULL, NULL, "created", 0, 0 }, 0 },
        { { "bob", "alice", "revoked", 0, 0 }, 10 },
        { { "bob", "bob", NULL, 0, 0 }, 0 },
        { { "bob", NULL, "created", 0, 0 }, 0 },
        { { NULL, "alice", "revoked", NOW + 5, 0 }, 15 },
        { { NULL, NULL, NULL, NOW + 5, NOW + 7 }, 2 },
        { { "alice", NULL, NULL, NOW + 5, NOW + 7 }, 1 },
        { { "' OR 1=1 --", NULL, NULL, 0, 0 }, 0 },
    };
    size_t i;

    open_audit();
    UNITS_OK(jt_audit_begin(store, make_changes(20), units_pool));
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_int_eq(list(&cases[i].filter, 100)->nelts,
                         cases[i].rows);
        ck_assert_int_eq(list(&cases[i].filter, 1000)->nelts,
                         cases[i].rows);
    }
}
END_TEST

START_TEST(test_a_row_that_somebody_edited_is_still_listed)
{
    static const jt_audit_filter_t all = { 0 };
    apr_array_header_t *rows;

    open_audit();
    UNITS_OK(jt_audit_begin(store, make_changes(2), units_pool));
    units_db_run(&db, "UPDATE jiratoken_audit SET at = 1, token_id = 'x', "
                 "batch = 'y' WHERE id = 1");
    rows = list(&all, 10);
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_str_eq(row_of(rows, 1)->user, "alice");
}
END_TEST

START_TEST(test_a_table_that_is_not_there_is_an_error)
{
    static const jt_audit_filter_t all = { 0 };
    apr_array_header_t *changes = make_changes(1);
    apr_array_header_t *rows;

    open_table();
    jt_store_use_audit(store, "nothing");
    ck_assert_int_eq(jt_audit_begin(store, changes, units_pool), APR_EGENERAL);
    ck_assert_int_eq(get(changes, 0)->is_begun, 0);
    ck_assert_ptr_nonnull(strstr(jt_store_fault(store), "nothing"));
    ck_assert_int_eq(jt_audit_list(store, &all, &newest, 10, &rows, units_pool),
                     APR_EGENERAL);
    ck_assert_int_eq(jt_store_probe_audit(store), APR_EGENERAL);
    UNITS_OK(jt_store_probe(store));
}
END_TEST

START_TEST(test_without_a_table_there_is_nothing_to_do)
{
    static const jt_audit_filter_t all = { 0 };
    apr_array_header_t *changes = make_changes(1);

    open_table();
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    UNITS_OK(jt_audit_begin_one(store, get(changes, 0), units_pool));
    UNITS_OK(jt_audit_begin_one(store, NULL, units_pool));
    UNITS_OK(jt_audit_end(store, changes, NOW, units_pool));
    UNITS_OK(jt_store_probe_audit(store));
    ck_assert_int_eq(get(changes, 0)->is_begun, 0);
    ck_assert_int_eq(list(&all, 10)->nelts, 0);
}
END_TEST

/* SQLite's statements die with the schema. */
START_TEST(test_a_change_of_the_schema_loses_nothing)
{
    apr_array_header_t *changes = make_changes(1);

    open_audit();
    UNITS_OK(jt_audit_begin(store, changes, units_pool));
    units_db_run(&db, "CREATE TABLE another (x INTEGER)");
    get(changes, 0)->outcome = JT_AUDIT_DONE;
    UNITS_OK(jt_audit_end(store, changes, NOW, units_pool));
    ck_assert_int_eq(units_db_number(&db, ROWS, units_pool), 2);
}
END_TEST

START_TEST(test_a_place_comes_back_from_its_text)
{
    static const char *const bad[] = {
        "", ".", "1", "1.", ".1", "1.0", "-1.1", "1.-1", "+1.1", "1.1x",
        "1.1.1", " 1.1", "1. 1", "9223372036854775808.1", "x.y", "1,1"
    };
    jt_audit_place_t place = { NOW, APR_INT64_C(9223372036854775807) };
    const char *text = jt_audit_place_format(&place, units_pool);
    jt_audit_place_t parsed;
    size_t i;

    UNITS_OK(jt_audit_place_parse(text, &parsed));
    ck_assert_int_eq(parsed.at, place.at);
    ck_assert_int_eq(parsed.id, place.id);
    for (i = 0; i < UNITS_COUNT(bad); i++) {
        ck_assert_msg(jt_audit_place_parse(bad[i], &parsed) == APR_EINVAL,
                      "%s", bad[i]);
    }
}
END_TEST

START_TEST(test_events_are_known)
{
    ck_assert(jt_audit_is_event("created"));
    ck_assert(jt_audit_is_event("purged"));
    ck_assert(!jt_audit_is_event("Created"));
    ck_assert(!jt_audit_is_event(""));
    ck_assert(!jt_audit_is_event("expired"));
}
END_TEST

Suite *units_audit(void)
{
    Suite *suite = suite_create("audit");
    TCase *rows = units_case(suite, "rows");
    TCase *lists = units_case(suite, "lists");

    tcase_add_test(rows, test_an_intent_comes_back_as_it_was);
    tcase_add_test(rows, test_absent_values_are_null);
    tcase_add_test(rows, test_any_number_is_written_once);
    tcase_add_test(rows, test_what_is_there_is_not_written_again);
    tcase_add_test(rows, test_a_change_without_an_outcome_stays_an_intent);
    tcase_add_test(rows, test_what_was_not_begun_has_no_outcome);
    tcase_add_test(rows, test_a_table_that_is_not_there_is_an_error);
    tcase_add_test(rows, test_without_a_table_there_is_nothing_to_do);
    tcase_add_test(rows, test_a_change_of_the_schema_loses_nothing);
    tcase_add_test(lists, test_pages_go_back_without_a_gap);
    tcase_add_test(lists, test_filters_are_exact_and_combine);
    tcase_add_test(lists, test_a_row_that_somebody_edited_is_still_listed);
    tcase_add_test(lists, test_a_place_comes_back_from_its_text);
    tcase_add_test(lists, test_events_are_known);
    return suite;
}
