/* SPDX-License-Identifier: Apache-2.0
 *
 * What all questions about the tokens of all users have in common: the filter
 * and its indexes, rows that a SELECT gives, and whether an index finds few. It
 * must not know what is asked: that is in core/jt_listing.c and
 * core/jt_tally.c.
 *
 * The order of each inner SELECT is that of its index, and it has a limit, so
 * that a planner that is wrong about a filter has no plan to choose that reads
 * or sorts the table.
 */
#include "core/jt_asking.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_range.h"
#include "core/jt_row.h"
#include "core/jt_spelling.h"
#include "core/jt_user.h"

/* Seeks for the spellings of a name, at most. */
#define SPELLINGS 1000

/* @param rows const char ** elements, from the caller's pool */
apr_status_t jt_asking_select(const jt_asking_t *asking, const char *text,
                                int columns, apr_array_header_t **rows)
{
    apr_pool_t *scratch;
    apr_status_t status;

    *rows = apr_array_make(asking->pool, 16, sizeof(const char **));
    apr_pool_create(&scratch, asking->pool);
    status = jt_statement_select_text(asking->all, text, columns, *rows,
                                      scratch);
    apr_pool_destroy(scratch);
    return status;
}

/* @return the row, or NULL when there is none */
apr_status_t jt_asking_first(const jt_asking_t *asking, const char *text,
                                 int columns, const char ***row)
{
    apr_array_header_t *rows;
    apr_status_t status = jt_asking_select(asking, text, columns, &rows);

    *row = status == APR_SUCCESS && rows->nelts
               ? APR_ARRAY_IDX(rows, 0, const char **) : NULL;
    return status;
}

apr_int64_t jt_asking_parse(const char *text)
{
    return text ? apr_strtoi64(text, NULL, 10) : 0;
}

/* Of a SELECT that has one row. */
apr_status_t jt_asking_number(const jt_asking_t *asking, const char *text,
                                  apr_int64_t *number)
{
    const char **row;
    apr_status_t status = jt_asking_first(asking, text, 1, &row);

    *number = row ? jt_asking_parse(row[0]) : 0;
    return status == APR_SUCCESS && !row ? APR_EGENERAL : status;
}

/* From each name that is found on, the next spelling that there can be. */
static apr_status_t find_spellings(const jt_asking_t *asking, const char *name,
                                   apr_array_header_t *found)
{
    const char *from = "";
    const char **row;
    int seeks;

    for (seeks = 0; seeks < SPELLINGS; seeks++) {
        apr_status_t status;

        from = jt_spelling_next(name, from, asking->pool);
        if (!from) {
            return APR_SUCCESS;
        }
        status = jt_asking_first(asking, apr_psprintf(
            asking->pool, "SELECT user_name FROM %s WHERE user_name >= %s"
            " ORDER BY user_name LIMIT 1", asking->all->table,
            jt_where_literal(asking->dialect, from, asking->pool)), 1,
            &row);
        if (status != APR_SUCCESS || !row || !row[0]) {
            return status;
        }
        from = row[0];
        if (jt_spelling_is(name, from)) {
            APR_ARRAY_PUSH(found, const char *) = from;
            from = apr_pstrcat(asking->pool, from, "\x01", NULL);
        }
    }
    return APR_EGENERAL;
}

static apr_status_t find_users(const jt_asking_t *asking, const char *user,
                               const apr_array_header_t **users)
{
    apr_array_header_t *found = apr_array_make(asking->pool, 4,
                                               sizeof(const char *));
    char *name = apr_pstrdup(asking->pool, user);

    jt_user_lower(name);
    *users = found;
    return find_spellings(asking, name, found);
}

apr_status_t jt_asking_begin(jt_asking_t *asking, jt_statements_t *all,
                             jt_where_ask_t *ask, int every_spelling,
                             apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;

    memset(asking, 0, sizeof(*asking));
    asking->all = all;
    asking->pool = pool;
    ask->dialect = jt_where_dialect(apr_dbd_name(all->driver));
    asking->dialect = ask->dialect;
    if (every_spelling && ask->filter->user) {
        status = find_users(asking, ask->filter->user, &ask->users);
    }
    jt_where_make(ask, &asking->where, pool);
    asking->every = jt_where_join(&asking->where, JT_CURSOR_SORTS, pool);
    return status;
}

apr_status_t jt_asking_add(const jt_asking_t *asking, const char **row,
                           apr_array_header_t *tokens)
{
    if (jt_row_parse_token(row, apr_array_push(tokens))) {
        jt_statement_refuse_row(asking->all, row[0]);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

const char *jt_asking_fence(const jt_asking_t *asking, const char *columns,
                            const char *range, const char *order, int limit)
{
    return apr_psprintf(asking->pool, "SELECT %s FROM %s%s%s%s%s LIMIT %d",
                        columns, asking->all->table, range ? " WHERE " : "",
                        range ? range : "", order ? " ORDER BY " : "",
                        order ? order : "", limit);
}

/* MySQL prefers to read and sort a table to some thousands of rows by an index,
 * but not when the index has all that is asked for: so first the ids, and then
 * their rows. */
const char *jt_asking_rows(const jt_asking_t *asking, const char *columns,
                           const char *range, const char *order, int limit)
{
    if (asking->dialect != JT_WHERE_MYSQL || !order) {
        return jt_asking_fence(asking, columns, range, order, limit);
    }
    return apr_psprintf(
        asking->pool, "SELECT %s FROM (%s) k JOIN %s ON id = jt_id ORDER BY %s",
        columns, jt_asking_fence(asking, "id AS jt_id", range, order, limit),
        asking->all->table, order);
}

const char *jt_asking_path(const jt_asking_t *asking,
                           const jt_where_path_t *path, int limit)
{
    const char *text = jt_asking_rows(asking, JT_ASKING_RAW, path->ranges[0],
                                      path->orders[0], limit);
    int i;

    if (!path->ranges[1]) {
        return text;
    }
    text = apr_psprintf(asking->pool, "SELECT * FROM (%s) r0", text);
    for (i = 1; i < JT_WHERE_RANGES && path->ranges[i]; i++) {
        text = apr_psprintf(asking->pool, "%s UNION ALL SELECT * FROM (%s) r%d",
                            text, jt_asking_rows(asking, JT_ASKING_RAW,
                                                 path->ranges[i],
                                                 path->orders[i], limit), i);
    }
    return text;
}

/* @param count set to `most` + 1 if there are more */
static apr_status_t count_path(const jt_asking_t *asking,
                               const jt_where_path_t *path, int most,
                               apr_int64_t *count)
{
    apr_status_t status = APR_SUCCESS;
    int i;

    *count = 0;
    for (i = 0; i < JT_WHERE_RANGES && path->ranges[i] && *count <= most;
         i++) {
        apr_int64_t more;
        const char *rows = jt_asking_fence(asking, "1", path->ranges[i],
                                           path->orders[i], most + 1);

        status = jt_asking_number(asking, apr_psprintf(
            asking->pool, "SELECT COUNT(*) FROM (%s) w", rows), &more);
        if (status != APR_SUCCESS) {
            return status;
        }
        *count += more;
    }
    return status;
}

/* @param path set to one that finds at most so many rows, or to NULL */
apr_status_t jt_asking_find_path(const jt_asking_t *asking, int most,
                                 const jt_where_path_t **path)
{
    int i;

    for (i = 0; i < asking->where.paths_count; i++) {
        apr_int64_t count;
        apr_status_t status;

        *path = &asking->where.paths[i];
        status = count_path(asking, *path, most, &count);
        if (status != APR_SUCCESS || count <= most) {
            return status;
        }
    }
    *path = NULL;
    return APR_SUCCESS;
}

