/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the tokens of all users in pages, by statements that are made for each
 * filter and sort: prepared ones would be too many to keep. It must not know
 * who asks, nor how a list is shown.
 *
 * How much a page reads does not grow with the table:
 *
 *  - Where the sort's own index has the filter's bounds, and nothing else is
 *    asked, a page is what the index has next (core/jt_range.c).
 *  - Where an index of the filter's finds FEW rows at most, these are read and
 *    sorted. They are counted first, in the index alone.
 *  - Else the sort's index is walked in windows: so many rows of it, whatever
 *    they are, and of these the ones that match. A page may then be short, and
 *    goes on behind the last row that was looked at, which is one of the rows
 *    of the same statement: whatever others change, none is passed over.
 */
#include "core/jt_listing.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_asking.h"
#include "core/jt_label.h"
#include "core/jt_range.h"
#include "core/jt_row.h"
#include "core/jt_statement.h"
#include "core/jt_tally.h"

/* Of a row that is not in memory, the database has to read a page of the disk:
 * some thousands take it some tens of milliseconds. */
#define FEW 2000
#define WINDOW_FIRST 200 /* rows of the first window, or twice the page's */
#define WINDOW_GROWTH 4
#define WINDOW_MOST 1000 /* or the first, if that is larger: for more rows,
                          * PostgreSQL prefers to read others and sort */
#define WINDOWS_ROWS 5000 /* of all windows of a page, */
#define DEAR_ROWS 2000    /* or of rows with a look into another table each */
#define TAKEN_ROWS 20000  /* of one by id: these lie side by side */

/* Behind those of JT_ROW_LISTED. */
enum {
    KEY = JT_ROW_LISTED_COUNT, /* the sort column's value */
    NUMBER,                    /* within a window; else that of its place */
    MATCHES,
    COLUMNS
};

/* One call. */
typedef struct reading_t {
    jt_asking_t asking;
    const jt_listing_t *what;
    jt_range_list_t list;
    const char *rest; /* what the sort's bound does not cover; NULL: nothing */
    apr_array_header_t *tokens;
    int left;         /* how many more are wanted, with one of the next page */
    jt_cursor_t last; /* the last row that was looked at */
} reading_t;

static apr_status_t begin(reading_t *reading, jt_store_t *store,
                          const jt_listing_t *what, apr_pool_t *pool)
{
    jt_where_ask_t ask = { 0 };

    memset(reading, 0, sizeof(*reading));
    reading->what = what;
    reading->tokens = apr_array_make(pool, 32, sizeof(jt_token_t));
    ask.filter = what->filter;
    ask.now = what->now;
    ask.max_idle = what->max_idle;
    ask.owners = what->owners;
    ask.seen_since = what->seen_since;
    return jt_asking_begin(&reading->asking, jt_store_statements(store), &ask,
                           what->every_spelling, pool);
}

/* ---- rows */

static apr_status_t add_token(reading_t *reading, const char **row)
{
    reading->left--;
    return jt_asking_add(&reading->asking, row, reading->tokens);
}

/* The one row more that is wanted, to know whether there is more, is not of
 * this page. */
static void note_last(reading_t *reading, const char **row,
                      jt_cursor_place_t place)
{
    int has_key = place == JT_CURSOR_VALUES && row[KEY];

    if (!reading->left) {
        return;
    }
    reading->last.sort = reading->list.sort;
    reading->last.descending = reading->list.descending;
    reading->last.place = place;
    reading->last.id = jt_asking_parse(row[0]);
    reading->last.key = has_key ? row[KEY] : "";
    reading->last.tie = has_key && reading->list.sort == JT_CURSOR_USER
                                && row[2] ? row[2] : "";
}

/* ---- a few rows by an index of the filter's */

/* From the cursor on, in whichever range. */
static const char *make_beyond(const reading_t *reading)
{
    apr_pool_t *pool = reading->asking.pool;
    jt_range_list_t list = reading->list;
    jt_range_t ranges[JT_RANGE_MAX];
    const char *text = NULL;
    int count;
    int i;

    list.bound = NULL;
    count = list.after ? jt_range_make(&list, ranges, pool) : 0;
    for (i = 0; i < count; i++) {
        text = apr_psprintf(pool, "%s(%s)",
                            text ? apr_pstrcat(pool, text, " OR ", NULL) : "(",
                            ranges[i].where);
    }
    return text ? apr_pstrcat(pool, " AND ", text, ")", NULL) : "";
}

static const char *make_few(const reading_t *reading,
                            const jt_where_path_t *path)
{
    apr_pool_t *pool = reading->asking.pool;

    return apr_psprintf(
        pool, "SELECT " JT_ROW_LISTED ", %s, %s FROM (%s) w WHERE %s%s"
        " ORDER BY %s LIMIT %d", jt_range_key(&reading->list, pool),
        jt_range_place(&reading->list, pool),
        jt_asking_path(&reading->asking, path, 2 * FEW), reading->asking.every,
        make_beyond(reading), jt_range_order(&reading->list, pool),
        reading->left);
}

static apr_status_t read_few(reading_t *reading, const jt_where_path_t *path)
{
    apr_array_header_t *rows;
    apr_status_t status = jt_asking_select(
        &reading->asking, make_few(reading, path), NUMBER + 1, &rows);
    int i;

    for (i = 0; i < rows->nelts && status == APR_SUCCESS; i++) {
        const char **row = APR_ARRAY_IDX(rows, i, const char **);

        status = add_token(reading, row);
        note_last(reading, row,
                  (jt_cursor_place_t)jt_asking_parse(row[NUMBER]));
    }
    return status;
}

/* ---- along an index */

/* Rows of a range, for all of them match. */
static const char *make_next(const reading_t *reading, const jt_range_t *range)
{
    apr_pool_t *pool = reading->asking.pool;
    const char *columns = apr_pstrcat(pool, JT_ROW_LISTED ", ",
                                      jt_range_key(&reading->list, pool),
                                      NULL);

    return jt_asking_rows(&reading->asking, columns, range->where,
                          range->order, reading->left);
}

/* Of so many rows of a range those that match, and the last in any case. */
static const char *make_window(const reading_t *reading,
                               const jt_range_t *range, int size)
{
    const jt_asking_t *asking = &reading->asking;

    return apr_psprintf(
        asking->pool,
        "SELECT " JT_ROW_LISTED ", %s, jt_n, jt_m FROM"
        " (SELECT w.*, ROW_NUMBER() OVER (ORDER BY %s) AS jt_n,"
        " CASE WHEN %s THEN 1 ELSE 0 END AS jt_m FROM (%s) w) x"
        " WHERE jt_m = 1 OR jt_n = %d ORDER BY jt_n LIMIT %d",
        jt_range_key(&reading->list, asking->pool), range->order, reading->rest,
        jt_asking_rows(asking, JT_ASKING_RAW, range->where, range->order,
                       size), size, reading->left);
}

static apr_status_t read_next(reading_t *reading, const jt_range_t *range)
{
    apr_array_header_t *rows;
    apr_status_t status = jt_asking_select(
        &reading->asking, make_next(reading, range), KEY + 1, &rows);
    int i;

    for (i = 0; i < rows->nelts && status == APR_SUCCESS; i++) {
        const char **row = APR_ARRAY_IDX(rows, i, const char **);

        status = add_token(reading, row);
        note_last(reading, row, range->place);
    }
    return status;
}

/* @param is_full set when the range has rows beyond, perhaps */
static apr_status_t read_window(reading_t *reading, const jt_range_t *range,
                                int size, int *is_full)
{
    apr_array_header_t *rows;
    apr_status_t status = jt_asking_select(
        &reading->asking, make_window(reading, range, size), COLUMNS, &rows);
    int i;

    for (i = 0; i < rows->nelts && status == APR_SUCCESS; i++) {
        const char **row = APR_ARRAY_IDX(rows, i, const char **);

        if (jt_asking_parse(row[MATCHES])) {
            status = add_token(reading, row);
        }
        note_last(reading, row, range->place);
        *is_full = reading->left && jt_asking_parse(row[NUMBER]) == size;
    }
    return status;
}

/* Through the ranges, until the page is full or so is a window.
 * @param is_full set when a window was: its size was what it read */
static apr_status_t walk(reading_t *reading, int size, int *is_full)
{
    jt_range_t ranges[JT_RANGE_MAX];
    int count = jt_range_make(&reading->list, ranges, reading->asking.pool);
    apr_status_t status = APR_SUCCESS;
    int i;

    *is_full = 0;
    for (i = 0; i < count && status == APR_SUCCESS && reading->left
                && !*is_full; i++) {
        status = reading->rest
                     ? read_window(reading, &ranges[i], size, is_full)
                     : read_next(reading, &ranges[i]);
    }
    return status;
}

static int grow(int size)
{
    if (size >= WINDOW_MOST) {
        return size;
    }
    size *= WINDOW_GROWTH;
    return size < WINDOW_MOST ? size : WINDOW_MOST;
}

/* @param rows that may be looked at
 * @param is_over set when there are none beyond the last that was looked at */
static apr_status_t walk_windows(reading_t *reading, int first, int rows,
                                 int *is_over)
{
    int size = first;
    int is_full = 1;
    apr_status_t status = APR_SUCCESS;

    for (; status == APR_SUCCESS && is_full && reading->left && rows > 0;
         rows -= size, size = grow(size)) {
        size = size < rows ? size : rows;
        status = walk(reading, size, &is_full);
        if (is_full) {
            reading->list.after = apr_pmemdup(reading->asking.pool,
                                              &reading->last,
                                              sizeof(reading->last));
        }
    }
    *is_over = !is_full && reading->left;
    return status;
}

/* ---- what is asked for */

static int is_utf8(const char *text)
{
    while (*text) {
        if (jt_label_next(&text) < 0) {
            return 0;
        }
    }
    return 1;
}

/* PostgreSQL has no other texts, and says so by an error. */
static int is_possible(const reading_t *reading)
{
    const jt_cursor_t *after = reading->what->after;

    return !after || reading->asking.dialect != JT_WHERE_PGSQL
           || (is_utf8(after->key) && is_utf8(after->tie));
}

/* By a path that finds a few, if there is one, or else along the sort's
 * index. */
static apr_status_t read_rows(reading_t *reading, int first, int rows,
                              int *is_over)
{
    const jt_where_path_t *path = NULL;
    apr_status_t status = APR_SUCCESS;

    reading->rest = jt_where_join(&reading->asking.where, reading->list.sort,
                                  reading->asking.pool);
    if (reading->rest) {
        status = jt_asking_find_path(&reading->asking, FEW, &path);
    }
    if (status == APR_SUCCESS && !path) {
        return walk_windows(reading, first, rows, is_over);
    }
    if (status == APR_SUCCESS) {
        status = read_few(reading, path);
    }
    *is_over = reading->left > 0;
    return status;
}

static apr_status_t read_all(reading_t *reading, int limit, int first,
                             int rows, int *is_over)
{
    apr_status_t status = APR_SUCCESS;

    *is_over = 1;
    reading->left = limit + 1;
    reading->list.dialect = reading->asking.dialect;
    if (!reading->asking.where.is_nothing) {
        status = read_rows(reading, first, rows, is_over);
    }
    if (status != APR_SUCCESS) {
        apr_array_clear(reading->tokens);
    }
    else if (!reading->left) {
        apr_array_pop(reading->tokens);
    }
    return status;
}

apr_status_t jt_listing_read(jt_store_t *store, const jt_listing_t *what,
                             apr_array_header_t **tokens, const char **next,
                             apr_pool_t *pool)
{
    reading_t reading;
    apr_status_t status = begin(&reading, store, what, pool);
    int first = 2 * what->limit > WINDOW_FIRST ? 2 * what->limit : WINDOW_FIRST;
    int is_over;

    *tokens = reading.tokens;
    *next = NULL;
    if (status != APR_SUCCESS) {
        return status;
    }
    if (!is_possible(&reading)) {
        return APR_EINVAL;
    }
    reading.list.sort = what->sort;
    reading.list.descending = what->descending;
    reading.list.bound = &reading.asking.where.bounds[what->sort];
    reading.list.after = what->after;
    status = read_all(&reading, what->limit, first,
                      reading.asking.where.is_dear ? DEAR_ROWS : WINDOWS_ROWS,
                      &is_over);
    if (status == APR_SUCCESS && !is_over) {
        jt_cursor_pass(&reading.last, what->after, pool);
        *next = jt_cursor_make(&reading.last, pool);
    }
    return status;
}

/* The ids are a list like the others, of which each row has a place. */
apr_status_t jt_listing_take(jt_store_t *store, const jt_listing_t *what,
                             apr_int64_t after_id, apr_array_header_t **tokens,
                             apr_int64_t *reached, apr_pool_t *pool)
{
    jt_cursor_t after = { JT_CURSOR_SORTS, 0, JT_CURSOR_VALUES, "", "", 0 };
    reading_t reading;
    apr_status_t status = begin(&reading, store, what, pool);
    int is_over;

    *tokens = reading.tokens;
    *reached = after_id;
    if (status != APR_SUCCESS) {
        return status;
    }
    after.id = after_id;
    reading.list.sort = JT_CURSOR_SORTS;
    reading.list.after = &after;
    status = read_all(&reading, what->limit, TAKEN_ROWS, TAKEN_ROWS, &is_over);
    if (status == APR_SUCCESS) {
        *reached = is_over ? JT_LISTING_END : reading.last.id;
    }
    return status;
}

apr_status_t jt_listing_count(jt_store_t *store, const jt_listing_t *what,
                              apr_int64_t *count, int *is_estimate,
                              apr_pool_t *pool)
{
    reading_t reading;
    apr_status_t status = begin(&reading, store, what, pool);

    *count = 0;
    *is_estimate = 0;
    if (status != APR_SUCCESS || reading.asking.where.is_nothing) {
        return status;
    }
    return jt_tally_make(&reading.asking, JT_LISTING_EXACT, count,
                         is_estimate);
}

/* Found by their ids, which lie side by side when they were taken so; the
 * digests say that these are the secrets that were read. */
apr_status_t jt_listing_delete(jt_store_t *store,
                               const apr_array_header_t *tokens, int *affected,
                               apr_pool_t *pool)
{
    jt_statements_t *all = jt_store_statements(store);
    jt_where_dialect_t dialect = jt_where_dialect(apr_dbd_name(all->driver));
    apr_array_header_t *ids = apr_array_make(pool, 64, sizeof(const char *));
    apr_array_header_t *digests = apr_array_make(pool, 64,
                                                 sizeof(const char *));
    apr_status_t status;
    int i;

    *affected = 0;
    if (!tokens->nelts) {
        return APR_SUCCESS;
    }
    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        APR_ARRAY_PUSH(ids, const char *) = apr_off_t_toa(pool,
                                                          token->grant.id);
        APR_ARRAY_PUSH(digests, const char *) =
            jt_where_literal(dialect, token->digest, pool);
    }
    status = jt_statement_query_text(all, apr_psprintf(
        pool, "DELETE FROM %s WHERE id IN (%s) AND digest IN (%s)", all->table,
        apr_array_pstrcat(pool, ids, ','),
        apr_array_pstrcat(pool, digests, ',')), pool);
    *affected = status != APR_SUCCESS || all->affected == JT_STATEMENT_UNKNOWN
                    ? JT_STORE_UNKNOWN : all->affected;
    return status;
}
