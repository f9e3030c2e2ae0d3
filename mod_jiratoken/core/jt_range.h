/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_RANGE_H
#define JT_RANGE_H

#include "core/jt_cursor.h"
#include "core/jt_where.h"

/* The rows of a list from a cursor on, as ranges of the sort's index, one after
 * the other. Pure. */

/** A range. The texts are SQL, over the table's columns. */
typedef struct jt_range_t {
    jt_cursor_place_t place;
    const char *where; /* NULL: all rows */
    const char *order;
} jt_range_t;

/** The most ranges of a list. */
#define JT_RANGE_MAX 4

/** The order of a list. */
typedef struct jt_range_list_t {
    jt_where_dialect_t dialect;
    jt_cursor_sort_t sort; /* SORTS: by id, after a cursor's, ascending */
    int descending;
    const jt_where_bound_t *bound; /* of its sort; NULL: none */
    const jt_cursor_t *after;      /* NULL: from the start */
} jt_range_list_t;

/** The column of a sort; that of SORTS is the id. */
const char *jt_range_column(jt_cursor_sort_t sort);

/**
 * The ranges, in the order of the list.
 * @param ranges JT_RANGE_MAX of them
 * @return how many there are; perhaps none
 */
int jt_range_make(const jt_range_list_t *list, jt_range_t *ranges,
                  apr_pool_t *pool);

/** The value of a row's sort column for a cursor, as SQL. */
const char *jt_range_key(const jt_range_list_t *list, apr_pool_t *pool);

/** The same order for rows of all places together: an ORDER BY that no index
 * has. */
const char *jt_range_order(const jt_range_list_t *list, apr_pool_t *pool);

/** A number for a row's place, as SQL: jt_cursor_place_t. */
const char *jt_range_place(const jt_range_list_t *list, apr_pool_t *pool);

#endif
