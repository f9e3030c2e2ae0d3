/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ASKING_H
#define JT_ASKING_H

#include <apr_tables.h>

#include "core/jt_statement.h"
#include "core/jt_token.h"
#include "core/jt_where.h"

/* For core/jt_listing.c and core/jt_tally.c alone. What returns a status
 * blocks, and fails as core/jt_store.h says. Texts are SQL. */

/** The columns that JT_ROW_LISTED and the conditions of a filter are made
 * of. */
#define JT_ASKING_RAW \
    "id, user_name, label, expires_at, last_used_at, created_at, " \
    "restrictions, slot, digest, last_used_from, previous_digest, " \
    "previous_until, shown"

/** A question about one table on one connection. */
typedef struct jt_asking_t {
    jt_statements_t *all;
    jt_where_dialect_t dialect;
    jt_where_t where;
    const char *every; /* the filter's exact condition; NULL: all rows */
    apr_pool_t *pool;  /* of all that is made, and of results */
} jt_asking_t;

/**
 * Begin a question.
 * @param ask all but its dialect and users is set; these are set here
 * @param every_spelling jt_listing_t's
 */
apr_status_t jt_asking_begin(jt_asking_t *asking, jt_statements_t *all,
                             jt_where_ask_t *ask, int every_spelling,
                             apr_pool_t *pool);

/** Run a SELECT. @param rows const char ** elements */
apr_status_t jt_asking_select(const jt_asking_t *asking, const char *text,
                              int columns, apr_array_header_t **rows);

/** The first row of a SELECT. @param row set to NULL when there is none */
apr_status_t jt_asking_first(const jt_asking_t *asking, const char *text,
                             int columns, const char ***row);

/** The one number of a SELECT that has one row; 0 for SQL NULL. */
apr_status_t jt_asking_number(const jt_asking_t *asking, const char *text,
                              apr_int64_t *number);

/** A number that the database wrote. NULL is 0. */
apr_int64_t jt_asking_parse(const char *text);

/** Append a row of JT_ROW_LISTED as a jt_token_t. One that cannot be named is a
 * failure. */
apr_status_t jt_asking_add(const jt_asking_t *asking, const char **row,
                           apr_array_header_t *tokens);

/** The first rows of a range. @param range, order: NULL for none */
const char *jt_asking_fence(const jt_asking_t *asking, const char *columns,
                            const char *range, const char *order, int limit);

/** The same for columns that the range's index has not. */
const char *jt_asking_rows(const jt_asking_t *asking, const char *columns,
                           const char *range, const char *order, int limit);

/** The rows of a path of the filter's, `limit` of each range at most. */
const char *jt_asking_path(const jt_asking_t *asking,
                           const jt_where_path_t *path, int limit);

/** @param path set to a path that finds at most so many rows, or to NULL */
apr_status_t jt_asking_find_path(const jt_asking_t *asking, int most,
                                 const jt_where_path_t **path);

#endif
