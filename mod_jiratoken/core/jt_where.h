/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_WHERE_H
#define JT_WHERE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_cursor.h"
#include "core/jt_filter.h"

/* A filter as conditions of SQL. Pure: it makes texts. Those of people are in
 * it as digits of their bytes or, for SQLite, between quotes with each quote
 * doubled; as they are, if they are letters, digits, blanks and "-._@" alone;
 * numbers are written here. So no setting of a database changes where
 * a text ends (NO_BACKSLASH_ESCAPES, standard_conforming_strings, client
 * character sets). */

typedef enum jt_where_dialect_t {
    JT_WHERE_SQLITE,
    JT_WHERE_PGSQL,
    JT_WHERE_MYSQL
} jt_where_dialect_t;

/** What a filter is asked with. */
typedef struct jt_where_ask_t {
    jt_where_dialect_t dialect;
    const jt_filter_t *filter;
    const apr_array_header_t *users; /* const char *: any of these, in place of
                                        filter->user; NULL: that */
    apr_int64_t now;
    int max_idle;       /* JiraTokenMaxIdle; 0: none */
    const char *owners; /* the table of owners, with user_name and seen_on;
                           NULL: JiraTokenOwnerSeen is off */
    apr_int64_t seen_since; /* the first seen_on that is recent enough */
} jt_where_ask_t;

/** Rows by a sort's column. */
typedef struct jt_where_bound_t {
    const char *values; /* a condition of its values, for an index; "": none */
    const char *least;  /* no value before this matches: a text, or a number in
                           decimal, as in jt_cursor_t; NULL: any may */
    const char *most;   /* nor one beyond this */
    int no_values;      /* no row with a value can match */
    int no_odd;         /* none with a value of another type */
    int no_nulls;       /* none without a value */
} jt_where_bound_t;

#define JT_WHERE_RANGES 3

/** A filter's own way to the rows: all that match are among these. */
typedef struct jt_where_path_t {
    const char *ranges[JT_WHERE_RANGES]; /* conditions, each of one index, of
                                            rows that the others have not;
                                            NULL: no more */
    const char *orders[JT_WHERE_RANGES]; /* its index's; NULL: none */
} jt_where_path_t;

#define JT_WHERE_PARTS 16
#define JT_WHERE_PATHS 6

typedef struct jt_where_t {
    int is_nothing; /* no row can match */
    int is_dear;    /* nearly each row needs a look into another table */
    struct {
        const char *text; /* a condition that is exact */
        jt_cursor_sort_t covered; /* by this sort's bound; SORTS: by none */
    } parts[JT_WHERE_PARTS];
    int parts_count;
    jt_where_bound_t bounds[JT_CURSOR_SORTS];
    jt_where_path_t paths[JT_WHERE_PATHS]; /* the best first */
    int paths_count;
} jt_where_t;

/** The dialect of a driver of APR DBD. */
jt_where_dialect_t jt_where_dialect(const char *driver);

/** A text as a literal. @param text without NUL; UTF-8 for PostgreSQL */
const char *jt_where_literal(jt_where_dialect_t dialect, const char *text,
                             apr_pool_t *pool);

/** The conditions of a filter. */
void jt_where_make(const jt_where_ask_t *ask, jt_where_t *where,
                   apr_pool_t *pool);

/**
 * All exact conditions, joined.
 * @param covered leave out what this sort's bound covers; SORTS: nothing
 * @return NULL: there is none
 */
const char *jt_where_join(const jt_where_t *where, jt_cursor_sort_t covered,
                          apr_pool_t *pool);

#endif
