/* SPDX-License-Identifier: Apache-2.0
 *
 * All prepared SQL, on one connection, and what makes APR DBD's drivers behave
 * alike, also for texts that others make: results are read with random access
 * and row numbers from 1 (anything else sleeps, hides errors or finds nothing
 * on one of them), values are copied immediately, there are no transactions,
 * and only the datum distinguishes NULL from "". A statement that has died is
 * prepared again. It must not know what a statement is used for: that is in
 * core/jt_store.c.
 */
#include "core/jt_statement.h"

#include <apr_errno.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>

#include "core/jt_row.h"

/* A statement that died with its connection fails sooner than this. A later
 * failure was a timeout, for a lock perhaps, and the client must not wait for
 * another. */
#define RETRY_WITHIN apr_time_from_sec(1)

#define BUSY_TRIES 10
#define BUSY_PAUSE apr_time_from_msec(20)

#define TEN "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s"
#define BATCH "(" TEN ", " TEN ", " TEN ", " TEN ", " TEN ")" /* of secrets */
#define TEN_IDS "%lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld"
#define BATCH_IDS "(" TEN_IDS ", " TEN_IDS ", " TEN_IDS ", " TEN_IDS ", " \
    TEN_IDS ")"

#define SEEN_OWNERS "SELECT user_name, seen_on FROM @_owners " \
    "WHERE user_name IN " BATCH " OR user_name = ''"
#define SEE_OWNER "(user_name, seen_on) VALUES (%s, %lld) "

#define SEE_OWNER_FIRST \
    "INSERT INTO @_owners " SEE_OWNER "ON CONFLICT (user_name) DO NOTHING"
#define SEE_OWNER_AGAIN "INSERT INTO @_owners AS o " SEE_OWNER \
    "ON CONFLICT (user_name) DO UPDATE SET seen_on = EXCLUDED.seen_on " \
    "WHERE o.seen_on < EXCLUDED.seen_on"
#define SEE_OWNER_OR \
    "INSERT INTO @_owners " SEE_OWNER "ON DUPLICATE KEY UPDATE seen_on = "

#define TEXT(name, text) text,

/* @ is the table, # the audit table, & the outbox; % formats are
 * apr_dbd_prepare's. */
static const char *const sql[JT_STATEMENTS] = {
    "SELECT " JT_ROW_LISTED " FROM @ WHERE user_name = %s ORDER BY id",
    "SELECT " JT_ROW_CHECKED " FROM @ WHERE digest = %s",
    "SELECT " JT_ROW_FORMER " FROM @ WHERE previous_digest = %s",
    "SELECT " JT_ROW_LISTED " FROM @ WHERE id = %lld",
    "INSERT INTO @ (slot, user_name, label, digest, created_at, expires_at, "
        "restrictions, shown) VALUES (%d, %s, %s, %s, %lld, %lld, %s, %d)",
    "DELETE FROM @ WHERE id = %lld AND user_name = %s AND digest = %s",
    "DELETE FROM @ WHERE id = %lld AND user_name = %s",
    "SELECT " JT_ROW_LISTED " FROM @ WHERE id IN " BATCH_IDS " ORDER BY id",
    "SELECT " JT_ROW_LISTED " FROM @ WHERE digest IN " BATCH " OR "
        "previous_digest IN " BATCH " ORDER BY id",
    "UPDATE @ SET last_used_at = %lld, last_used_from = %s WHERE id = %lld "
        "AND (last_used_at IS NULL OR last_used_at < %lld)",
    "UPDATE @ SET shown = 1 WHERE id = %lld",
    "UPDATE @ SET digest = %s, created_at = %lld, expires_at = %lld, "
        "previous_digest = %s, previous_until = %lld, shown = 0, "
        "noticed = NULL WHERE id = %lld AND user_name = %s AND digest = %s",
    "UPDATE @ SET label = %s WHERE id = %lld AND user_name = %s",
    "DELETE FROM @ WHERE expires_at < %lld AND digest IN " BATCH,
    NULL, /* what is configured, and its `@` is no table */
    "SELECT user_name, seen_on FROM @_owners WHERE user_name IN (%s, %s)",
    SEEN_OWNERS,
    SEE_OWNER_AGAIN,
    SEE_OWNER_FIRST,
    JT_AUDIT_STATEMENTS(TEXT)
    JT_OUTBOX_STATEMENTS(TEXT)
};

#define AT_ITS_NAME(name, text) [JT_STATEMENT_##name] = (text),

/* What MySQL and MariaDB say otherwise. */
static const char *const mysql_sql[JT_STATEMENTS] = {
    JT_AUDIT_STATEMENTS_MYSQL(AT_ITS_NAME)
    JT_OUTBOX_STATEMENTS_MYSQL(AT_ITS_NAME)
    [JT_STATEMENT_SEE_OWNER] =
        (SEE_OWNER_OR "GREATEST(seen_on, VALUES(seen_on))"),
    [JT_STATEMENT_BEGIN_OWNERS] = (SEE_OWNER_OR "seen_on")
};

#undef AT_ITS_NAME
#undef TEXT

static const char *find_name(const jt_statements_t *all, char mark)
{
    switch (mark) {
    case '@':
        return all->table;
    case '#':
        return all->audit;
    case '&':
        return all->outbox;
    default:
        return NULL;
    }
}

static apr_size_t measure(const jt_statements_t *all, const char *text)
{
    apr_size_t length = 1;

    for (; *text; text++) {
        const char *name = find_name(all, *text);

        length += name ? strlen(name) : 1;
    }
    return length;
}

static int is_driver(const jt_statements_t *all, const char *name)
{
    return jt_fault_is_driver(all->driver, name);
}

static const char *make_sql(const jt_statements_t *all, jt_statement_t which,
                            apr_pool_t *pool)
{
    const char *text = sql[which];
    char *made;
    char *out;

    if (which == JT_STATEMENT_ACCOUNT) {
        return all->user_query;
    }
    if (mysql_sql[which] && is_driver(all, "mysql")) {
        text = mysql_sql[which];
    }
    made = apr_palloc(pool, measure(all, text));
    out = made;
    for (; *text; text++) {
        const char *name = find_name(all, *text);

        if (name) {
            out = apr_cpystrn(out, name, strlen(name) + 1);
        }
        else {
            *out++ = *text;
        }
    }
    *out = '\0';
    return made;
}

/* The pgsql driver puts the name unquoted into SQL, and a name can be used once
 * only on a connection: lower case, and unique. A pooler may show one the
 * statements of others, on another table perhaps, so a name is never theirs. */
static const char *make_statement_name(const jt_statements_t *all,
                                       jt_statement_t which)
{
    return apr_psprintf(all->prepared_pool, "jt_%" APR_UINT64_T_HEX_FMT "_%d",
                        all->names, (int)which);
}

static void record_fault(jt_statements_t *all, jt_statement_t which, int code,
                         int while_preparing)
{
    jt_fault_call_t call;

    call.driver = all->driver;
    call.handle = all->handle;
    call.code = code;
    call.while_preparing = while_preparing;
    call.row_id = all->row_id;
    call.new_name = which != JT_STATEMENTS
                            && (while_preparing || all->fresh == which)
                        ? make_statement_name(all, which) : NULL;
    jt_fault_describe(&all->fault, &call);
    if (jt_statement_is_of_audit(which)) {
        jt_fault_name_table(&all->fault,
                            which < JT_STATEMENT_FIRST_OF_OUTBOX
                                ? all->audit : all->outbox);
    }
}

/* The sqlite3 driver waits for a lock before it runs a statement, but not
 * before it prepares one: opening a connection can meet another's close. */
static int prepare_with_retries(jt_statements_t *all, jt_statement_t which)
{
    apr_pool_t *pool = all->prepared_pool;
    const char *text = make_sql(all, which, pool);
    const char *name = make_statement_name(all, which);
    int tries;
    int code;

    for (tries = 0;; tries++) {
        code = apr_dbd_prepare(all->driver, pool, all->handle, text,
                               name, &all->prepared[which]);
        if (!jt_fault_is_busy(all->driver, code) || tries == BUSY_TRIES) {
            return code;
        }
        apr_sleep(BUSY_PAUSE);
    }
}

apr_status_t jt_statement_prepare(jt_statements_t *all, jt_statement_t which)
{
    apr_pool_t *pool = all->prepared_pool;
    int code = prepare_with_retries(all, which);

    all->was_prepared = !code;
    if (!code) {
        all->fresh = which;
        return APR_SUCCESS;
    }
    all->prepared[which] = NULL;
    record_fault(all, which, code, 1); /* first: a ping has other words */
    all->unfit = all->fault.is_about_schema
                   && apr_dbd_check_conn(all->driver, pool, all->handle)
                          == APR_SUCCESS;
    return APR_EGENERAL;
}

/* PostgreSQL keeps a prepared statement as long as its connection. Without
 * this, a statement that keeps failing on a live connection would fill the
 * server's memory. Errors do not matter: the statement is gone then. */
static void deallocate_all(jt_statements_t *all)
{
    char *words = apr_pstrdup(all->prepared_pool, "");
    int affected;
    int which;

    for (which = 0; which < JT_STATEMENTS; which++) {
        if (all->prepared[which]) {
            words = apr_pstrcat(all->prepared_pool, words, "DEALLOCATE ",
                                make_statement_name(all, (jt_statement_t)which),
                                ";", NULL);
        }
    }
    if (*words && is_driver(all, "pgsql")) {
        apr_dbd_query(all->driver, all->handle, &affected, words);
    }
}

/* Starts again with one statement. The others are prepared on demand: a check
 * needs one only, and PostgreSQL cannot prepare those that write while an index
 * is being created. */
apr_status_t jt_statement_reset(jt_statements_t *all, jt_statement_t which)
{
    if (all->prepared_pool) {
        deallocate_all(all);
        apr_pool_destroy(all->prepared_pool);
    }
    apr_pool_create(&all->prepared_pool, all->pool);
    memset(all->prepared, 0, sizeof(all->prepared));
    if (apr_generate_random_bytes((unsigned char *)&all->names,
                                  sizeof(all->names)) != APR_SUCCESS) {
        all->was_prepared = 0;
        return APR_EGENERAL;
    }
    return jt_statement_prepare(all, which);
}

/* Whether a statement may have failed because it died with its connection or
 * schema. SQLite keeps a prepared statement until its connection is closed, so
 * only these two messages cause another one, and not each write to a read-only
 * file. */
static int is_retry_due(const jt_statements_t *all, int code)
{
    const char *words;

    if (code == JT_FAULT_BAD_ROW) {
        return 0;
    }
    if (!is_driver(all, "sqlite3")) {
        return 1;
    }
    words = apr_dbd_error(all->driver, all->handle, code);
    return words && (strstr(words, "schema has changed")
                     || !strcmp(words, "not an error"));
}

/* Reconnects where the driver can, and prepares the statement again.
 * @param begun when the failed try began */
static apr_status_t recover_statement(jt_statements_t *all,
                                      jt_statement_t which, apr_time_t begun,
                                      apr_pool_t *pool)
{
    int was_slow = apr_time_now() - begun >= RETRY_WITHIN;

    all->lost = apr_dbd_check_conn(all->driver, pool, all->handle)
                      != APR_SUCCESS;
    return all->lost || was_slow ? APR_EGENERAL
                                   : jt_statement_reset(all, which);
}

/* What is run: a prepared statement with its values, or a text. */
typedef struct run_t {
    jt_statement_t which; /* JT_STATEMENTS: the text */
    const char **args;
    const char *text;
    int columns;              /* of the text's rows */
    apr_array_header_t *rows; /* NULL: it selects none */
} run_t;

typedef int executor_t(jt_statements_t *all, const run_t *run,
                       apr_pool_t *pool);

static int is_text(const run_t *run)
{
    return run->which == JT_STATEMENTS;
}

static int is_ready(jt_statements_t *all, const run_t *run)
{
    return is_text(run) || all->prepared[run->which]
           || (all->was_prepared
               && jt_statement_prepare(all, run->which) == APR_SUCCESS);
}

/* What is not repeated here, as the first try may have done it: the caller
 * looks for the row. */
static int is_repeatable(jt_statement_t which)
{
    switch (which) {
    case JT_STATEMENT_INSERT:
    case JT_STATEMENT_ROTATE:
    case JT_STATEMENT_AUDIT_INSERT:
    case JT_STATEMENT_AUDIT_INSERT_FEW:
    case JT_STATEMENT_AUDIT_INSERT_MANY:
        return 0;
    default:
        return 1;
    }
}

/* Runs a statement, and once more if it has died. A text has not been prepared,
 * but what has been is lost with its connection too. */
static apr_status_t run_twice(jt_statements_t *all, executor_t *execute,
                              const run_t *run, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    int was_tried = 0;
    int code;

    all->unfit = 0;
    all->lost = 0;
    all->fresh = JT_STATEMENTS;
    if (is_ready(all, run)) {
        code = execute(all, run, pool);
        if (!code) {
            all->was_prepared = 1; /* or another was, before */
            return APR_SUCCESS;
        }
        was_tried = 1;
        record_fault(all, run->which, code, 0);
        if (!is_repeatable(run->which) || !is_retry_due(all, code)) {
            return APR_EGENERAL;
        }
    }
    if (recover_statement(all, is_text(run) ? JT_STATEMENT_FIND : run->which,
                          begun, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (run->rows) {
        apr_array_clear(run->rows);
    }
    code = execute(all, run, pool);
    if (code) {
        record_fault(all, run->which, code, 0);
    }
    else if (was_tried && !all->affected) {
        /* the first try may have done it */
        all->affected = JT_STATEMENT_UNKNOWN;
    }
    return code ? APR_EGENERAL : APR_SUCCESS;
}

/* A select that fails half-way returns no rows. */
static apr_status_t run_statement(jt_statements_t *all, executor_t *execute,
                                  const run_t *run, apr_pool_t *pool)
{
    apr_status_t status = run_twice(all, execute, run, pool);

    if (status != APR_SUCCESS && run->rows) {
        apr_array_clear(run->rows);
    }
    return status;
}

static int execute_query(jt_statements_t *all, const run_t *run,
                         apr_pool_t *pool)
{
    return apr_dbd_pquery(all->driver, pool, all->handle, &all->affected,
                          all->prepared[run->which], 0, run->args);
}

static int execute_query_text(jt_statements_t *all, const run_t *run,
                              apr_pool_t *pool)
{
    (void)pool;
    return apr_dbd_query(all->driver, all->handle, &all->affected, run->text);
}

/* NULL for SQL NULL: only the datum distinguishes it from "" on every
 * driver. */
static const char *find_text(const jt_statements_t *all, apr_dbd_row_t *from,
                             int column, apr_pool_t *pool)
{
    char *text = NULL;

    if (apr_dbd_datum_get(all->driver, from, column, APR_DBD_TYPE_STRING,
                          &text) != APR_SUCCESS) {
        return NULL;
    }
    return apr_pstrdup(pool, text);
}

int jt_statement_is_checked(jt_statement_t which)
{
    return which == JT_STATEMENT_FIND || which == JT_STATEMENT_FIND_FORMER;
}

int jt_statement_is_of_audit(jt_statement_t which)
{
    return which >= JT_STATEMENT_FIRST_OF_AUDIT && which < JT_STATEMENTS;
}

/* Appends a row as its texts. */
static int add_texts(const jt_statements_t *all, apr_dbd_results_t *results,
                     apr_dbd_row_t *from, apr_array_header_t *rows)
{
    int count = apr_dbd_num_cols(all->driver, results);
    const char **text = apr_pcalloc(rows->pool,
                                    ((apr_size_t)count + 1) * sizeof(*text));
    int i;

    for (i = 0; i < count; i++) {
        text[i] = find_text(all, from, i, rows->pool);
    }
    APR_ARRAY_PUSH(rows, const char *const *) = text;
    return 0;
}

/* How many columns are read. Of an account none: they are the site's, and it
 * counts that there is a row. */
static int count_columns(jt_statement_t which)
{
    if (which >= JT_STATEMENT_ACCOUNT) {
        return which == JT_STATEMENT_ACCOUNT ? 0 : JT_ROW_OWNER_COUNT;
    }
    return jt_statement_is_checked(which) ? JT_ROW_CHECKED_COUNT
                                          : JT_ROW_LISTED_COUNT;
}

/* @return 0, or -1 when it is invalid */
static int parse_row(jt_statement_t which, const char *const *text, void *added)
{
    if (which >= JT_STATEMENT_ACCOUNT) {
        return which == JT_STATEMENT_ACCOUNT ? 0
                                             : jt_row_parse_owner(text, added);
    }
    return jt_statement_is_checked(which) ? jt_row_parse_grant(text, added)
                                          : jt_row_parse_token(text, added);
}

/* Appends a row. @return 0, or JT_FAULT_BAD_ROW */
static int add_row(jt_statements_t *all, jt_statement_t which,
                   apr_dbd_row_t *from, apr_array_header_t *rows)
{
    const char *text[JT_ROW_LISTED_COUNT] = { NULL };
    int count = count_columns(which);
    void *added = apr_array_push(rows);
    int i;

    for (i = 0; i < count; i++) {
        text[i] = find_text(all, from, i, rows->pool);
    }
    all->row_id = which < JT_STATEMENT_ACCOUNT ? text[0] : NULL;
    return parse_row(which, text, added) ? JT_FAULT_BAD_ROW : 0;
}

/* Never reads beyond the last row: the mysql driver would free its buffers
 * twice. */
static int execute_select(jt_statements_t *all, const run_t *run,
                          apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    int number;
    int code = apr_dbd_pselect(all->driver, pool, all->handle, &results,
                               all->prepared[run->which], 1, 0, run->args);

    if (code || !run->rows) {
        return code;
    }
    for (number = 1;; number++) {
        code = apr_dbd_get_row(all->driver, pool, results, &row, number);
        if (code) {
            return code == -1 ? 0 : code;
        }
        code = jt_statement_is_of_audit(run->which)
                   ? add_texts(all, results, row, run->rows)
                   : add_row(all, run->which, row, run->rows);
        if (code) {
            return code;
        }
    }
}

static void add_row_of_text(const jt_statements_t *all, const run_t *run,
                            apr_dbd_row_t *from)
{
    const char **texts = apr_palloc(run->rows->pool, sizeof(*texts)
                                                * (apr_size_t)run->columns);
    int i;

    for (i = 0; i < run->columns; i++) {
        texts[i] = find_text(all, from, i, run->rows->pool);
    }
    APR_ARRAY_PUSH(run->rows, const char **) = texts;
}

/* Of a text's rows every driver knows the number. */
static int execute_select_text(jt_statements_t *all, const run_t *run,
                               apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    int number;
    int count;
    int code = apr_dbd_select(all->driver, pool, all->handle, &results,
                              run->text, 1);

    if (code) {
        return code;
    }
    if (!run->rows) {
        return -1; /* there is no place for them */
    }
    count = apr_dbd_num_tuples(all->driver, results);
    if (count < 0) {
        return -1;
    }
    for (number = 1; number <= count; number++) {
        code = apr_dbd_get_row(all->driver, pool, results, &row, number);
        if (code) {
            return code;
        }
        add_row_of_text(all, run, row);
    }
    return 0;
}

apr_status_t jt_statement_select(jt_statements_t *all, jt_statement_t which,
                                 const char **args, apr_array_header_t *rows,
                                 apr_pool_t *pool)
{
    run_t run = { which, args, NULL, 0, rows };

    return run_statement(all, execute_select, &run, pool);
}

apr_status_t jt_statement_query(jt_statements_t *all, jt_statement_t which,
                                const char **args, apr_pool_t *pool)
{
    run_t run = { which, args, NULL, 0, NULL };

    return run_statement(all, execute_query, &run, pool);
}

apr_status_t jt_statement_select_text(jt_statements_t *all, const char *text,
                                      int columns, apr_array_header_t *rows,
                                      apr_pool_t *pool)
{
    run_t run = { JT_STATEMENTS, NULL, text, columns, rows };

    return run_statement(all, execute_select_text, &run, pool);
}

apr_status_t jt_statement_query_text(jt_statements_t *all, const char *text,
                                     apr_pool_t *pool)
{
    run_t run = { JT_STATEMENTS, NULL, text, 0, NULL };

    return run_statement(all, execute_query_text, &run, pool);
}

void jt_statement_refuse_row(jt_statements_t *all, const char *id)
{
    all->row_id = id;
    record_fault(all, JT_STATEMENTS, JT_FAULT_BAD_ROW, 0);
}
