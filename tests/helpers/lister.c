/* SPDX-License-Identifier: Apache-2.0
 *
 * lister DRIVER PARAMS TABLE [SQL]: core/jt_listing.h on a database, for
 * tests/helpers/listing.py. Each line of its input is a question, an object of
 * JSON; each line of its output the answer, with the statements that were run
 * and the microseconds that they took. SQL is run once, first, as DBDInitSQL is.
 */
#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jt_listing.h"
#include "core/jt_store.h"
#include "core/jt_token.h"

/* The linker puts these in front of APR's (--wrap). A text that is no UTF-8 is
 * left out of what was run. */
int __real_apr_dbd_select(const apr_dbd_driver_t *driver, apr_pool_t *pool,
                          apr_dbd_t *handle, apr_dbd_results_t **results,
                          const char *text, int random);
int __wrap_apr_dbd_select(const apr_dbd_driver_t *driver, apr_pool_t *pool,
                          apr_dbd_t *handle, apr_dbd_results_t **results,
                          const char *text, int random);
int __real_apr_dbd_query(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         int *rows, const char *text);
int __wrap_apr_dbd_query(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         int *rows, const char *text);

static json_t *statements;
static apr_time_t spent;

static void note(const char *text, apr_time_t begun)
{
    spent += apr_time_now() - begun;
    json_array_append_new(statements, json_string(text));
}

int __wrap_apr_dbd_select(const apr_dbd_driver_t *driver, apr_pool_t *pool,
                          apr_dbd_t *handle, apr_dbd_results_t **results,
                          const char *text, int random)
{
    apr_time_t begun = apr_time_now();
    int code = __real_apr_dbd_select(driver, pool, handle, results, text,
                                     random);

    note(text, begun);
    return code;
}

int __wrap_apr_dbd_query(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         int *rows, const char *text)
{
    apr_time_t begun = apr_time_now();
    int code = __real_apr_dbd_query(driver, handle, rows, text);

    note(text, begun);
    return code;
}

static apr_int64_t get_number(const json_t *question, const char *name)
{
    return json_integer_value(json_object_get(question, name));
}

static const char *get_text(const json_t *question, const char *name)
{
    return json_string_value(json_object_get(question, name));
}

static json_t *make_time(apr_int64_t instant)
{
    return instant == JT_TOKEN_NEVER ? json_null() : json_integer(instant);
}

/* A row of any bytes: those that are no UTF-8 are null. */
static json_t *make_token(const jt_token_t *token, const jt_listing_t *what)
{
    jt_token_rules_t rules = { 0 };
    json_t *made = json_object();

    rules.max_idle = what->max_idle;
    json_object_set_new(made, "id", json_integer(token->grant.id));
    json_object_set_new(made, "user", json_string(token->grant.user));
    json_object_set_new(made, "label", json_string(token->grant.label));
    json_object_set_new(made, "digest", json_string(token->digest));
    json_object_set_new(made, "created", make_time(token->grant.created_at));
    json_object_set_new(made, "expires", make_time(token->grant.expires_at));
    json_object_set_new(made, "used", make_time(token->grant.last_used_at));
    json_object_set_new(made, "state", json_string(jt_token_state_name(
        jt_token_state(&rules, token, what->now))));
    return made;
}

static void set_tokens(json_t *answer, const apr_array_header_t *tokens,
                       const jt_listing_t *what)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        json_array_append_new(list, make_token(&APR_ARRAY_IDX(tokens, i,
                                                              jt_token_t),
                                               what));
    }
    json_object_set_new(answer, "tokens", list);
}

static apr_status_t answer_read(jt_store_t *store, const jt_listing_t *what,
                                json_t *answer, apr_pool_t *pool)
{
    apr_array_header_t *tokens;
    const char *next;
    apr_status_t status = jt_listing_read(store, what, &tokens, &next, pool);

    set_tokens(answer, tokens, what);
    json_object_set_new(answer, "next", next ? json_string(next)
                                             : json_null());
    return status;
}

static apr_status_t answer_count(jt_store_t *store, const jt_listing_t *what,
                                 json_t *answer, apr_pool_t *pool)
{
    apr_int64_t count;
    int is_estimate;
    apr_status_t status = jt_listing_count(store, what, &count, &is_estimate,
                                           pool);

    json_object_set_new(answer, "count", json_integer(count));
    json_object_set_new(answer, "estimate", json_boolean(is_estimate));
    return status;
}

/* Also deletes what it has taken, if that is asked for. */
static apr_status_t answer_take(jt_store_t *store, const json_t *question,
                                const jt_listing_t *what, json_t *answer,
                                apr_pool_t *pool)
{
    apr_array_header_t *tokens;
    apr_int64_t reached;
    int affected = 0;
    apr_status_t status = jt_listing_take(store, what,
                                          get_number(question, "after_id"),
                                          &tokens, &reached, pool);

    if (status == APR_SUCCESS && get_number(question, "delete")) {
        status = jt_listing_delete(store, tokens, &affected, pool);
    }
    if (!get_number(question, "quiet")) {
        set_tokens(answer, tokens, what);
    }
    json_object_set_new(answer, "taken", json_integer(tokens->nelts));
    json_object_set_new(answer, "affected", json_integer(affected));
    json_object_set_new(answer, "reached", reached == JT_LISTING_END
                                               ? json_null()
                                               : json_integer(reached));
    return status;
}

/* Deletes rows of these ids and digests, as if they had been read so. */
static apr_status_t answer_delete(jt_store_t *store, const json_t *question,
                                  json_t *answer, apr_pool_t *pool)
{
    apr_array_header_t *tokens = apr_array_make(pool, 4, sizeof(jt_token_t));
    int affected;
    apr_status_t status;
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(question, "rows"), i, row) {
        jt_token_t *token = apr_array_push(tokens);

        memset(token, 0, sizeof(*token));
        token->grant.id = get_number(row, "id");
        token->digest = get_text(row, "digest");
    }
    status = jt_listing_delete(store, tokens, &affected, pool);
    json_object_set_new(answer, "affected", json_integer(affected));
    return status;
}

/* @return NULL, or what is wrong with it */
static const char *read_question(json_t *question, jt_listing_t *what,
                                 jt_filter_t *filter, jt_cursor_t *cursor,
                                 apr_pool_t *pool)
{
    const char *after = get_text(question, "after");
    const char *fault = NULL;
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(question, "filter"), name, value) {
        fault = fault ? fault : jt_filter_set(filter, name,
                                              json_string_value(value), pool);
    }
    what->filter = filter;
    what->every_spelling = (int)get_number(question, "every_spelling");
    what->sort = get_text(question, "sort")
                     ? jt_cursor_sort_parse(get_text(question, "sort"))
                     : JT_CURSOR_USER;
    what->descending = (int)get_number(question, "descending");
    what->limit = (int)get_number(question, "limit");
    what->now = get_number(question, "now");
    what->max_idle = (int)get_number(question, "max_idle");
    what->owners = get_text(question, "owners");
    what->seen_since = get_number(question, "seen_since");
    if (after && !fault) {
        fault = jt_cursor_parse(after, what->sort, what->descending, cursor,
                                pool);
        what->after = cursor;
    }
    return fault;
}

static apr_status_t ask(jt_store_t *store, json_t *question, json_t *answer,
                        apr_pool_t *pool)
{
    const char *act = get_text(question, "do");
    jt_listing_t what = { 0 };
    jt_filter_t filter = { 0 };
    jt_cursor_t cursor;
    const char *fault = read_question(question, &what, &filter, &cursor, pool);

    if (fault) {
        json_object_set_new(answer, "fault", json_string(fault));
        return APR_SUCCESS;
    }
    if (!strcmp(act, "count")) {
        return answer_count(store, &what, answer, pool);
    }
    if (!strcmp(act, "take")) {
        return answer_take(store, question, &what, answer, pool);
    }
    return strcmp(act, "delete") ? answer_read(store, &what, answer, pool)
                                 : answer_delete(store, question, answer, pool);
}

/* @return zero at the end of the input */
static int answer_line(jt_store_t *store, apr_pool_t *parent)
{
    static char line[1 << 20];
    json_t *question;
    json_t *answer;
    apr_pool_t *pool;
    apr_status_t status;

    if (!fgets(line, sizeof(line), stdin)) {
        return 0;
    }
    question = json_loads(line, 0, NULL);
    answer = json_object();
    statements = json_array();
    spent = 0;
    apr_pool_create(&pool, parent);
    status = ask(store, question, answer, pool);
    if (status != APR_SUCCESS) {
        json_object_set_new(answer, "error", json_string(
            status == APR_EINVAL ? "cursor" : jt_store_fault(store)));
    }
    json_object_set_new(answer, "statements", statements);
    json_object_set_new(answer, "microseconds", json_integer(spent));
    json_dumpf(answer, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(question);
    json_decref(answer);
    apr_pool_destroy(pool);
    return 1;
}

int main(int count, char **args)
{
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle = NULL;
    const char *fault = NULL;
    apr_pool_t *pool;
    jt_store_t *store;
    int affected;

    if (count < 4 || apr_initialize() != APR_SUCCESS || atexit(apr_terminate)) {
        return EXIT_FAILURE;
    }
    apr_pool_create(&pool, NULL);
    statements = json_array();
    if (apr_dbd_init(pool) != APR_SUCCESS
        || apr_dbd_get_driver(pool, args[1], &driver) != APR_SUCCESS
        || apr_dbd_open_ex(driver, pool, args[2], &handle, &fault)
               != APR_SUCCESS
        || (count > 4 && apr_dbd_query(driver, handle, &affected, args[4]))) {
        fprintf(stderr, "lister: %s\n", fault ? fault : "no database");
        return EXIT_FAILURE;
    }
    /* Even a table that is missing may be there later. */
    jt_store_make(driver, handle, args[3], &store, pool);
    json_decref(statements);
    while (answer_line(store, pool)) {
    }
    apr_dbd_close(driver, handle);
    return EXIT_SUCCESS;
}
