/* SPDX-License-Identifier: Apache-2.0
 *
 * All SQL, and what makes APR DBD's drivers behave alike: results are read with
 * random access and row numbers from 1 (anything else sleeps, hides errors or
 * finds nothing on one of them), values are copied immediately, there are no
 * transactions, and only the datum distinguishes NULL from "". Converts between
 * tokens and rows. It must not know who may see or create a token: that is in
 * core/jt_account.c.
 */
#include "core/jt_store.h"

#include <apr_errno.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>

#include "core/jt_fault.h"
#include "core/jt_row.h"

/* A statement that died with its connection fails sooner than this. A later
 * failure was a timeout, for a lock perhaps, and the client must not wait for
 * another. */
#define RETRY_WITHIN apr_time_from_sec(1)

#define BUSY_TRIES 10
#define BUSY_PAUSE apr_time_from_msec(20)

/* The first to be prepared names all columns. */
typedef enum statement_t {
    LIST,
    FIND,
    FIND_FORMER,
    FIND_ID,
    INSERT,
    DELETE,
    DELETE_DAMAGED,
    TOUCH,
    MARK_SHOWN,
    ROTATE,
    RENAME,
    STATEMENTS
} statement_t;

/* @ is the table; % formats are apr_dbd_prepare's. */
static const char *const sql[STATEMENTS] = {
    "SELECT " JT_ROW_LISTED " FROM @ WHERE user_name = %s ORDER BY id",
    "SELECT " JT_ROW_CHECKED " FROM @ WHERE digest = %s",
    "SELECT " JT_ROW_FORMER " FROM @ WHERE previous_digest = %s",
    "SELECT " JT_ROW_LISTED " FROM @ WHERE id = %lld",
    "INSERT INTO @ (slot, user_name, label, digest, created_at, expires_at, "
        "restrictions, shown) VALUES (%d, %s, %s, %s, %lld, %lld, %s, %d)",
    "DELETE FROM @ WHERE id = %lld AND user_name = %s AND digest = %s",
    "DELETE FROM @ WHERE id = %lld AND user_name = %s",
    "UPDATE @ SET last_used_at = %lld, last_used_from = %s WHERE id = %lld "
        "AND (last_used_at IS NULL OR last_used_at < %lld)",
    "UPDATE @ SET shown = 1 WHERE id = %lld",
    "UPDATE @ SET digest = %s, created_at = %lld, expires_at = %lld, "
        "previous_digest = %s, previous_until = %lld, shown = 0, "
        "noticed = NULL WHERE id = %lld AND user_name = %s AND digest = %s",
    "UPDATE @ SET label = %s WHERE id = %lld AND user_name = %s"
};

struct jt_store_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const char *table;
    apr_pool_t *pool;
    apr_pool_t *prepared_pool;
    apr_dbd_prepared_t *prepared[STATEMENTS];
    apr_uint64_t names; /* random; a part of each prepared statement's name */
    int unfit;
    int lost;
    int was_prepared; /* the last preparation succeeded */
    statement_t fresh; /* prepared by this call; STATEMENTS: none */
    int affected; /* rows, by the last statement that writes */
    const char *row_id; /* of the last row that was read; short-lived */
    jt_fault_t fault; /* the last failure */
};

static void substitute_table(const char *text, const char *table, char **out)
{
    for (; *text; text++) {
        if (*text == '@') {
            *out = apr_cpystrn(*out, table, strlen(table) + 1);
        }
        else {
            *(*out)++ = *text;
        }
    }
    **out = '\0';
}

static const char *make_sql(statement_t which, const char *table,
                            apr_pool_t *pool)
{
    char *made = apr_palloc(pool, strlen(sql[which]) + strlen(table) + 1);
    char *out = made;

    substitute_table(sql[which], table, &out);
    return made;
}

static int is_driver(const jt_store_t *store, const char *name)
{
    return jt_fault_is_driver(store->driver, name);
}

/* The pgsql driver puts the name unquoted into SQL, and a name can be used once
 * only on a connection: lower case, and unique. A pooler may show a store the
 * statements of others, on another table perhaps, so a name is never theirs. */
static const char *make_statement_name(const jt_store_t *store,
                                       statement_t which)
{
    return apr_psprintf(store->prepared_pool, "jt_%" APR_UINT64_T_HEX_FMT "_%d",
                        store->names, (int)which);
}

static void record_fault(jt_store_t *store, statement_t which, int code,
                         int while_preparing)
{
    jt_fault_call_t call;

    call.driver = store->driver;
    call.handle = store->handle;
    call.code = code;
    call.while_preparing = while_preparing;
    call.row_id = store->row_id;
    call.new_name = while_preparing || store->fresh == which
                        ? make_statement_name(store, which) : NULL;
    jt_fault_describe(&store->fault, &call);
}

/* The sqlite3 driver waits for a lock before it runs a statement, but not
 * before it prepares one: opening a connection can meet another's close. */
static int prepare_with_retries(jt_store_t *store, statement_t which)
{
    apr_pool_t *pool = store->prepared_pool;
    const char *text = make_sql(which, store->table, pool);
    const char *name = make_statement_name(store, which);
    int tries;
    int code;

    for (tries = 0;; tries++) {
        code = apr_dbd_prepare(store->driver, pool, store->handle, text,
                               name, &store->prepared[which]);
        if (!jt_fault_is_busy(store->driver, code) || tries == BUSY_TRIES) {
            return code;
        }
        apr_sleep(BUSY_PAUSE);
    }
}

static apr_status_t prepare_one(jt_store_t *store, statement_t which)
{
    apr_pool_t *pool = store->prepared_pool;
    int code = prepare_with_retries(store, which);

    store->was_prepared = !code;
    if (!code) {
        store->fresh = which;
        return APR_SUCCESS;
    }
    store->prepared[which] = NULL;
    record_fault(store, which, code, 1); /* first: a ping has other words */
    store->unfit = store->fault.is_about_schema
                   && apr_dbd_check_conn(store->driver, pool, store->handle)
                          == APR_SUCCESS;
    return APR_EGENERAL;
}

/* PostgreSQL keeps a prepared statement as long as its connection. Without
 * this, a statement that keeps failing on a live connection would fill the
 * server's memory. Errors do not matter: the statement is gone then. */
static void deallocate_all(jt_store_t *store)
{
    char *all = apr_pstrdup(store->prepared_pool, "");
    int affected;
    int which;

    for (which = 0; which < STATEMENTS; which++) {
        if (store->prepared[which]) {
            all = apr_pstrcat(store->prepared_pool, all, "DEALLOCATE ",
                              make_statement_name(store, (statement_t)which),
                              ";", NULL);
        }
    }
    if (*all && is_driver(store, "pgsql")) {
        apr_dbd_query(store->driver, store->handle, &affected, all);
    }
}

/* Starts again with one statement. The others are prepared on demand: a check
 * needs one only, and PostgreSQL cannot prepare those that write while an index
 * is being created. */
static apr_status_t reset_statements(jt_store_t *store, statement_t which)
{
    if (store->prepared_pool) {
        deallocate_all(store);
        apr_pool_destroy(store->prepared_pool);
    }
    apr_pool_create(&store->prepared_pool, store->pool);
    memset(store->prepared, 0, sizeof(store->prepared));
    if (apr_generate_random_bytes((unsigned char *)&store->names,
                                  sizeof(store->names)) != APR_SUCCESS) {
        store->was_prepared = 0;
        return APR_EGENERAL;
    }
    return prepare_one(store, which);
}

apr_status_t jt_store_make(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, jt_store_t **store,
                           apr_pool_t *pool)
{
    jt_store_t *made = apr_pcalloc(pool, sizeof(*made));

    made->driver = driver;
    made->handle = handle;
    made->table = table;
    made->pool = pool;
    *store = made;
    return reset_statements(made, FIND);
}

apr_status_t jt_store_probe(jt_store_t *store)
{
    apr_status_t status = APR_SUCCESS;
    int which;

    for (which = 0; which < STATEMENTS && status == APR_SUCCESS; which++) {
        if (!store->prepared[which]) {
            status = prepare_one(store, (statement_t)which);
        }
    }
    return status;
}

const char *jt_store_fault(const jt_store_t *store)
{
    return store->fault.words;
}

int jt_store_is_unfit(const jt_store_t *store)
{
    return store->unfit;
}

int jt_store_is_denied(const jt_store_t *store)
{
    return store->fault.is_denied;
}

int jt_store_is_lost(const jt_store_t *store)
{
    return store->lost;
}

int jt_store_is_pooled(const jt_store_t *store)
{
    return store->fault.is_pooled;
}

int jt_store_is_conflict(const jt_store_t *store)
{
    return store->fault.is_conflict;
}

/* Whether a statement may have failed because it died with its connection or
 * schema. SQLite keeps a prepared statement until its connection is closed, so
 * only these two messages cause another one, and not each write to a read-only
 * file. */
static int is_retry_due(const jt_store_t *store, int code)
{
    const char *words;

    if (code == JT_FAULT_BAD_ROW) {
        return 0;
    }
    if (!is_driver(store, "sqlite3")) {
        return 1;
    }
    words = apr_dbd_error(store->driver, store->handle, code);
    return words && (strstr(words, "schema has changed")
                     || !strcmp(words, "not an error"));
}

/* Reconnects where the driver can, and prepares the statement again.
 * @param begun when the failed try began */
static apr_status_t recover_statement(jt_store_t *store, statement_t which,
                                      apr_time_t begun, apr_pool_t *pool)
{
    int was_slow = apr_time_now() - begun >= RETRY_WITHIN;

    store->lost = apr_dbd_check_conn(store->driver, pool, store->handle)
                      != APR_SUCCESS;
    return store->lost || was_slow ? APR_EGENERAL
                                   : reset_statements(store, which);
}

typedef int executor_t(jt_store_t *store, statement_t which, const char **args,
                       apr_array_header_t *rows, apr_pool_t *pool);

/* Runs a statement, and once more if it has died. An INSERT is never
 * repeated. */
static apr_status_t run_twice(jt_store_t *store, executor_t *execute,
                              statement_t which, const char **args,
                              apr_array_header_t *rows, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    int was_tried = 0;
    int code;

    store->unfit = 0;
    store->lost = 0;
    store->fresh = STATEMENTS;
    if (store->prepared[which]
        || (store->was_prepared && prepare_one(store, which) == APR_SUCCESS)) {
        code = execute(store, which, args, rows, pool);
        if (!code) {
            return APR_SUCCESS;
        }
        was_tried = 1;
        record_fault(store, which, code, 0);
        if (which == INSERT || which == ROTATE
            || !is_retry_due(store, code)) {
            return APR_EGENERAL;
        }
    }
    if (recover_statement(store, which, begun, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (rows) {
        apr_array_clear(rows);
    }
    code = execute(store, which, args, rows, pool);
    if (code) {
        record_fault(store, which, code, 0);
    }
    else if (was_tried && !store->affected) {
        store->affected = JT_STORE_UNKNOWN; /* the first try may have done it */
    }
    return code ? APR_EGENERAL : APR_SUCCESS;
}

/* A select that fails half-way returns no rows. */
static apr_status_t run_statement(jt_store_t *store, executor_t *execute,
                                  statement_t which, const char **args,
                                  apr_array_header_t *rows, apr_pool_t *pool)
{
    apr_status_t status = run_twice(store, execute, which, args, rows, pool);

    if (status != APR_SUCCESS && rows) {
        apr_array_clear(rows);
    }
    return status;
}

static int execute_query(jt_store_t *store, statement_t which,
                         const char **args, apr_array_header_t *rows,
                         apr_pool_t *pool)
{
    (void)rows;
    return apr_dbd_pquery(store->driver, pool, store->handle,
                          &store->affected, store->prepared[which], 0, args);
}

/* NULL for SQL NULL: only the datum distinguishes it from "" on every
 * driver. */
static const char *find_text(const jt_store_t *store, apr_dbd_row_t *from,
                             int column, apr_pool_t *pool)
{
    char *text = NULL;

    if (apr_dbd_datum_get(store->driver, from, column, APR_DBD_TYPE_STRING,
                          &text) != APR_SUCCESS) {
        return NULL;
    }
    return apr_pstrdup(pool, text);
}

static int is_checked(statement_t which)
{
    return which == FIND || which == FIND_FORMER;
}

/* Appends a row as a jt_grant_t or jt_token_t.
 * @return 0, or JT_FAULT_BAD_ROW */
static int add_row(jt_store_t *store, statement_t which, apr_dbd_row_t *from,
                   apr_array_header_t *rows)
{
    const char *text[JT_ROW_LISTED_COUNT] = { NULL };
    int is_grant = is_checked(which);
    int count = is_grant ? JT_ROW_CHECKED_COUNT : JT_ROW_LISTED_COUNT;
    void *added = apr_array_push(rows);
    int i;

    for (i = 0; i < count; i++) {
        text[i] = find_text(store, from, i, rows->pool);
    }
    store->row_id = text[0];
    return (is_grant ? jt_row_parse_grant(text, added)
                     : jt_row_parse_token(text, added))
               ? JT_FAULT_BAD_ROW : 0;
}

/* Never reads beyond the last row: the mysql driver would free its buffers
 * twice. */
static int execute_select(jt_store_t *store, statement_t which,
                          const char **args, apr_array_header_t *rows,
                          apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    int number;
    int code = apr_dbd_pselect(store->driver, pool, store->handle, &results,
                               store->prepared[which], 1, 0, args);

    if (code || !rows) {
        return code;
    }
    for (number = 1;; number++) {
        code = apr_dbd_get_row(store->driver, pool, results, &row, number);
        if (code) {
            return code == -1 ? 0 : code;
        }
        code = add_row(store, which, row, rows);
        if (code) {
            return code;
        }
    }
}

/* @return the row, or NULL when there is none */
static void *select_one(jt_store_t *store, statement_t which, const char *key,
                        apr_status_t *status, apr_pool_t *pool)
{
    apr_array_header_t *rows = apr_array_make(
        pool, 1, is_checked(which) ? sizeof(jt_grant_t) : sizeof(jt_token_t));
    const char *args[1];

    args[0] = key;
    *status = run_statement(store, execute_select, which, args, rows, pool);
    return *status == APR_SUCCESS && rows->nelts > 0 ? rows->elts : NULL;
}

static const char *format_number(apr_int64_t number, apr_pool_t *pool)
{
    return number == JT_TOKEN_NEVER ? NULL : apr_off_t_toa(pool, number);
}

apr_status_t jt_store_find(jt_store_t *store, const char *digest,
                           jt_grant_t **grant, apr_pool_t *pool)
{
    apr_status_t status;

    *grant = select_one(store, FIND, digest, &status, pool);
    return status;
}

apr_status_t jt_store_find_former(jt_store_t *store, const char *digest,
                                  jt_grant_t **grant, apr_pool_t *pool)
{
    apr_status_t status;

    *grant = select_one(store, FIND_FORMER, digest, &status, pool);
    return status;
}

apr_status_t jt_store_find_id(jt_store_t *store, apr_int64_t id,
                              jt_token_t **token, apr_pool_t *pool)
{
    apr_status_t status;

    *token = select_one(store, FIND_ID, format_number(id, pool), &status, pool);
    return status;
}

/* The driver may allocate a lot for many rows: a scratch pool frees it. */
apr_status_t jt_store_list(jt_store_t *store, const char *user,
                           apr_array_header_t **tokens, apr_pool_t *pool)
{
    const char *args[1];
    apr_pool_t *scratch;
    apr_status_t status;

    args[0] = user;
    *tokens = apr_array_make(pool, 32, sizeof(jt_token_t));
    apr_pool_create(&scratch, pool);
    status = run_statement(store, execute_select, LIST, args, *tokens, scratch);
    apr_pool_destroy(scratch);
    return status;
}

apr_status_t jt_store_insert(jt_store_t *store, const jt_token_t *token,
                             apr_pool_t *pool)
{
    const char *args[8];

    args[0] = format_number(token->slot, pool);
    args[1] = token->grant.user;
    args[2] = token->grant.label;
    args[3] = token->digest;
    args[4] = format_number(token->grant.created_at, pool);
    args[5] = format_number(token->grant.expires_at, pool);
    args[6] = token->grant.restrictions;
    args[7] = token->is_unseen ? "0" : "1";
    return run_statement(store, execute_query, INSERT, args, NULL, pool);
}

static apr_status_t delete_row(jt_store_t *store, statement_t which,
                               const jt_token_t *token, int *affected,
                               apr_pool_t *pool)
{
    const char *args[3];
    apr_status_t status;

    args[0] = format_number(token->grant.id, pool);
    args[1] = token->grant.user;
    args[2] = token->digest; /* DELETE_DAMAGED takes two */
    status = run_statement(store, execute_query, which, args, NULL, pool);
    *affected = status == APR_SUCCESS ? store->affected : JT_STORE_UNKNOWN;
    return status;
}

apr_status_t jt_store_delete(jt_store_t *store, const jt_token_t *token,
                             int *affected, apr_pool_t *pool)
{
    return delete_row(store, DELETE, token, affected, pool);
}

apr_status_t jt_store_delete_damaged(jt_store_t *store,
                                     const jt_token_t *token, int *affected,
                                     apr_pool_t *pool)
{
    return delete_row(store, DELETE_DAMAGED, token, affected, pool);
}

apr_status_t jt_store_touch(jt_store_t *store, apr_int64_t id,
                            apr_int64_t now, const char *from,
                            apr_int64_t before, apr_pool_t *pool)
{
    const char *args[4];

    args[0] = format_number(now, pool);
    args[1] = from;
    args[2] = format_number(id, pool);
    args[3] = format_number(before, pool);
    return run_statement(store, execute_query, TOUCH, args, NULL, pool);
}

apr_status_t jt_store_mark_shown(jt_store_t *store, apr_int64_t id,
                                 apr_pool_t *pool)
{
    const char *args[1];

    args[0] = format_number(id, pool);
    return run_statement(store, execute_query, MARK_SHOWN, args, NULL, pool);
}

apr_status_t jt_store_rotate(jt_store_t *store, const jt_token_t *token,
                             const char *before, apr_pool_t *pool)
{
    const char *args[8];

    args[0] = token->digest;
    args[1] = format_number(token->grant.created_at, pool);
    args[2] = format_number(token->grant.expires_at, pool);
    args[3] = token->previous_digest;
    args[4] = format_number(token->previous_until, pool);
    args[5] = format_number(token->grant.id, pool);
    args[6] = token->grant.user;
    args[7] = before;
    return run_statement(store, execute_query, ROTATE, args, NULL, pool);
}

apr_status_t jt_store_rename(jt_store_t *store, apr_int64_t id,
                             const char *user, const char *label,
                             apr_pool_t *pool)
{
    const char *args[3];

    args[0] = label;
    args[1] = format_number(id, pool);
    args[2] = user;
    return run_statement(store, execute_query, RENAME, args, NULL, pool);
}
