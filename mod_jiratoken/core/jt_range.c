/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts a sorted list into ranges, so that each page begins where the one before
 * ended (keyset) on every database alike:
 *
 *  - rows with the value of the cursor's row, beyond its id. Alone, since MySQL
 *    does not find "(a, id) > (x, y)" by an index, nor does SQLite always; and
 *    of a label that a million tokens share, a page must not pass over half a
 *    million;
 *  - rows with values beyond it;
 *  - in SQLite, those with values of another type, which come behind all
 *    numbers, or texts: by their ids;
 *  - those without a value: by their ids. They are last, or first descending,
 *    which a range of their own makes so everywhere.
 *
 * By user, a name's rows are in the order of their labels, which are unique
 * there: that index exists already.
 */
#include "core/jt_range.h"

#include <apr_strings.h>
#include <string.h>

const char *jt_range_column(jt_cursor_sort_t sort)
{
    static const char *const columns[] = {
        "user_name", "label", "created_at", "expires_at", "last_used_at", "id"
    };

    return columns[sort];
}

/* SQLite alone stores fractions, when somebody has written them by hand: the
 * whole part below, and after a dot 2^62 times the rest, as these rows have
 * places of their own. Nothing is lost from 0.001 on (IEEE 754, binary64). */
#define WHOLE "(CAST(%s AS INTEGER) - (%s < CAST(%s AS INTEGER)))"
#define FRACTION \
    "CASE typeof(%s) WHEN 'real' THEN printf('%%d.%%d', " WHOLE \
    ", CAST((%s - " WHOLE ") * 4611686018427387904 AS INTEGER)) " \
    "ELSE CAST(%s AS INTEGER) END"

const char *jt_range_key(const jt_range_list_t *list, apr_pool_t *pool)
{
    const char *column = jt_range_column(list->sort);

    return list->dialect != JT_WHERE_SQLITE || jt_cursor_is_text(list->sort)
               ? column
               : apr_psprintf(pool, FRACTION, column, column, column, column,
                              column, column, column, column, column);
}

/* Before all values of the column's own type in SQLite, and behind them
 * (sqlite.org/datatype3.html, section 4.1): a number beyond all integers, or
 * what is none. */
#define LEAST "-9223372036854775808"

static const char *get_end(const jt_range_list_t *list)
{
    return jt_cursor_is_text(list->sort) ? "x''" : "9223372036854775808.0";
}

/* @return SQL, for SQLite: whether a value is another one */
static const char *make_odd(const jt_range_list_t *list, apr_pool_t *pool)
{
    const char *column = jt_range_column(list->sort);

    return jt_cursor_is_text(list->sort)
               ? apr_psprintf(pool, "%s >= %s", column, get_end(list))
               : apr_psprintf(pool, "(%s >= %s OR %s < " LEAST ")", column,
                              get_end(list), column);
}

static const char *get_tie(const jt_range_list_t *list)
{
    return list->sort == JT_CURSOR_USER ? "label" : "id";
}

static const char *get_beyond(const jt_range_list_t *list)
{
    return list->descending ? "<" : ">";
}

static const char *get_way(const jt_range_list_t *list)
{
    return list->descending ? " DESC" : "";
}

static const char *join(const char *one, const char *other, apr_pool_t *pool)
{
    if (!one || !*one || !other || !*other) {
        return one && *one ? one : other && *other ? other : NULL;
    }
    return apr_pstrcat(pool, one, " AND ", other, NULL);
}

/* Numbers were checked by jt_cursor_parse(). */
static const char *make_key(const jt_range_list_t *list, apr_pool_t *pool)
{
    const char *key = list->after ? list->after->key : "";
    const char *dot = strchr(key, '.');

    if (jt_cursor_is_text(list->sort)) {
        return jt_where_literal(list->dialect, key, pool);
    }
    if (!dot) {
        return key;
    }
    return list->dialect == JT_WHERE_SQLITE
               ? apr_psprintf(pool, "(%.*s + %s / 4611686018427387904.0)",
                              (int)(dot - key), key, dot + 1)
               : apr_pstrmemdup(pool, key, (apr_size_t)(dot - key));
}

static const char *make_beyond_id(const jt_range_list_t *list, apr_pool_t *pool)
{
    return apr_psprintf(pool, "id %s %" APR_INT64_T_FMT, get_beyond(list),
                        list->after ? list->after->id : 0);
}

static jt_range_t *add(const jt_range_list_t *list, jt_range_t *range,
                       const char *where, apr_pool_t *pool)
{
    const char *values = list->bound ? list->bound->values : NULL;

    range->place = JT_CURSOR_VALUES;
    range->where = join(where, values, pool);
    range->order = apr_pstrcat(pool, jt_range_column(list->sort),
                               get_way(list), ", ", get_tie(list),
                               get_way(list), NULL);
    return range + 1;
}

static const char *make_tie(const jt_range_list_t *list, apr_pool_t *pool)
{
    if (list->sort == JT_CURSOR_USER) {
        return jt_where_literal(list->dialect,
                                list->after ? list->after->tie : "", pool);
    }
    return apr_psprintf(pool, "%" APR_INT64_T_FMT,
                        list->after ? list->after->id : 0);
}

static jt_range_t *add_ties(const jt_range_list_t *list, jt_range_t *range,
                            apr_pool_t *pool)
{
    return add(list, range, apr_psprintf(
        pool, "%s = %s AND %s %s %s", jt_range_column(list->sort),
        make_key(list, pool), get_tie(list), get_beyond(list),
        make_tie(list, pool)), pool);
}

/* The same and what add_values() adds, in one range: PostgreSQL finds it by the
 * index. Of "a = x" it would conclude that the rows are in the order of their
 * ids, and perhaps go through all of these. */
static jt_range_t *add_pairs(const jt_range_list_t *list, jt_range_t *range,
                             apr_pool_t *pool)
{
    return add(list, range, apr_psprintf(
        pool, "(%s, %s) %s (%s, %s)", jt_range_column(list->sort),
        get_tie(list), get_beyond(list), make_key(list, pool),
        make_tie(list, pool)), pool);
}

/* What bounds the type of the column comes last: SQLite seeks by the first
 * bounds that it meets.
 * @param is_after only those beyond the cursor's */
static jt_range_t *add_values(const jt_range_list_t *list, jt_range_t *range,
                              int is_after, apr_pool_t *pool)
{
    const char *column = jt_range_column(list->sort);
    const char *beyond = is_after ? apr_psprintf(pool, "%s %s %s", column,
                                                 get_beyond(list),
                                                 make_key(list, pool)) : NULL;
    const char *own = NULL;

    if (list->dialect == JT_WHERE_SQLITE) {
        own = apr_psprintf(pool, jt_cursor_is_text(list->sort)
                                     ? "%s < %s" : "%s < %s AND %s >= " LEAST,
                           column, get_end(list), column);
    }
    else if (!beyond && !jt_cursor_is_text(list->sort)) {
        own = apr_pstrcat(pool, column, " IS NOT NULL", NULL);
    }
    add(list, range, beyond, pool);
    range->where = join(range->where, own, pool);
    return range + 1;
}

/* "+ id" is in the order of no index, so that the condition is found by one. */
static jt_range_t *add_odd(const jt_range_list_t *list, jt_range_t *range,
                           int is_after, apr_pool_t *pool)
{
    if (list->dialect != JT_WHERE_SQLITE
        || (list->bound && list->bound->no_odd)) {
        return range;
    }
    range->place = JT_CURSOR_ODD;
    range->where = join(make_odd(list, pool),
                        is_after ? make_beyond_id(list, pool) : NULL, pool);
    range->order = apr_pstrcat(pool, "+id", get_way(list), NULL);
    return range + 1;
}

static jt_range_t *add_nulls(const jt_range_list_t *list, jt_range_t *range,
                             int is_after, apr_pool_t *pool)
{
    const char *column = jt_range_column(list->sort);

    if (jt_cursor_is_text(list->sort)
        || (list->bound && list->bound->no_nulls)) {
        return range;
    }
    range->place = JT_CURSOR_NULLS;
    range->where = join(apr_pstrcat(pool, column, " IS NULL", NULL),
                        is_after ? make_beyond_id(list, pool) : NULL, pool);
    /* MySQL finds them by an index, but does not see that they are in its
     * order. */
    range->order = list->dialect == JT_WHERE_MYSQL
                       ? apr_pstrcat(pool, "id", get_way(list), NULL)
                       : apr_pstrcat(pool, column, get_way(list), ", id",
                                     get_way(list), NULL);
    return range + 1;
}

/* By id, each row has a place of its own. */
static jt_range_t *add_ids(const jt_range_list_t *list, jt_range_t *range,
                           apr_pool_t *pool)
{
    range->place = JT_CURSOR_VALUES;
    range->where = make_beyond_id(list, pool);
    range->order = "id";
    return range + 1;
}

/* Which of two values comes first in the list: below zero for the first. */
static int compare(const jt_range_list_t *list, const char *one,
                   const char *other)
{
    apr_int64_t number = apr_strtoi64(one, NULL, 10);
    apr_int64_t beside = apr_strtoi64(other, NULL, 10);
    int order = jt_cursor_is_text(list->sort)
                    ? strcmp(one, other)
                    : (number > beside) - (number < beside);

    return list->descending ? -order : order;
}

/* Where the cursor's value is: below zero before all that match, above zero
 * behind them. A cursor of another filter's list is not among these, and
 * PostgreSQL would go through all rows between.
 * @return zero among them */
static int find_side(const jt_range_list_t *list)
{
    const jt_where_bound_t *bound = list->bound;
    const char *first = list->descending ? bound->most : bound->least;
    const char *last = list->descending ? bound->least : bound->most;

    if (first && compare(list, list->after->key, first) < 0) {
        return -1;
    }
    return last && compare(list, list->after->key, last) > 0;
}

/* From the cursor on, if it is at this place. */
static jt_range_t *add_place(const jt_range_list_t *list, jt_range_t *range,
                             int place, apr_pool_t *pool)
{
    int is_after = list->after && place == (int)list->after->place;
    int side = is_after && place == JT_CURSOR_VALUES && list->bound
                   ? find_side(list) : 0;

    switch (place) {
    case JT_CURSOR_ODD:
        return add_odd(list, range, is_after, pool);
    case JT_CURSOR_NULLS:
        return add_nulls(list, range, is_after, pool);
    default:
        break;
    }
    if ((list->bound && list->bound->no_values) || side > 0) {
        return range;
    }
    is_after = is_after && !side;
    if (is_after && list->dialect == JT_WHERE_PGSQL) {
        return add_pairs(list, range, pool);
    }
    if (is_after) {
        range = add_ties(list, range, pool);
    }
    return add_values(list, range, is_after, pool);
}

int jt_range_make(const jt_range_list_t *list, jt_range_t *ranges,
                  apr_pool_t *pool)
{
    jt_range_t *end = ranges;
    int step = list->descending ? -1 : 1;
    int place = list->after ? (int)list->after->place
                            : list->descending ? JT_CURSOR_NULLS
                                               : JT_CURSOR_VALUES;

    if (list->sort == JT_CURSOR_SORTS) {
        return (int)(add_ids(list, end, pool) - ranges);
    }
    for (; place >= JT_CURSOR_VALUES && place <= JT_CURSOR_NULLS;
         place += step) {
        end = add_place(list, end, place, pool);
    }
    return (int)(end - ranges);
}

const char *jt_range_place(const jt_range_list_t *list, apr_pool_t *pool)
{
    const char *column = jt_range_column(list->sort);
    const char *odd = list->dialect == JT_WHERE_SQLITE
                          ? apr_pstrcat(pool, " WHEN ", make_odd(list, pool),
                                        " THEN 1", NULL) : "";

    return apr_psprintf(pool, "CASE WHEN %s IS NULL THEN 2%s ELSE 0 END",
                        column, odd);
}

const char *jt_range_order(const jt_range_list_t *list, apr_pool_t *pool)
{
    const char *column = jt_range_column(list->sort);
    const char *tie = get_tie(list);
    const char *way = get_way(list);

    if (list->sort == JT_CURSOR_SORTS) {
        return "id";
    }
    if (list->dialect == JT_WHERE_SQLITE) {
        const char *odd = make_odd(list, pool);

        tie = apr_psprintf(pool, "CASE WHEN NOT %s THEN %s END", odd, tie);
        column = apr_psprintf(pool, "CASE WHEN NOT %s THEN %s END", odd,
                              column);
    }
    return apr_psprintf(pool, "%s%s, %s%s, %s%s, id%s",
                        jt_range_place(list, pool), way, column, way, tie, way,
                        way);
}
