/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CURSOR_H
#define JT_CURSOR_H

#include <apr_general.h>
#include <apr_pools.h>

/* Where a page of the administrators' list ends and the next one begins. */

/** By what the list is sorted. */
typedef enum jt_cursor_sort_t {
    JT_CURSOR_USER,    /* and a user's tokens by their label */
    JT_CURSOR_LABEL,
    JT_CURSOR_CREATED,
    JT_CURSOR_EXPIRES,
    JT_CURSOR_USED,
    JT_CURSOR_SORTS    /* their number; also: no such name */
} jt_cursor_sort_t;

/** The name of a sort key in URLs. @param sort not JT_CURSOR_SORTS */
const char *jt_cursor_sort_name(jt_cursor_sort_t sort);

/** Parse the name of a sort key. @return JT_CURSOR_SORTS for any other text */
jt_cursor_sort_t jt_cursor_sort_parse(const char *name);

/** Whether the key is text; every other one is a number of seconds.
 * @param sort not JT_CURSOR_SORTS */
int jt_cursor_is_text(jt_cursor_sort_t sort);

/** Parse "asc" or "desc". @return zero, one, or -1 for any other text */
int jt_cursor_order_parse(const char *name);

/** Among which of the rows a cursor stands. */
typedef enum jt_cursor_place_t {
    JT_CURSOR_VALUES, /* those with a value, which come first ascending */
    JT_CURSOR_ODD,    /* those with a value of another type, which SQLite alone
                         stores; by id */
    JT_CURSOR_NULLS   /* those without one; by id */
} jt_cursor_place_t;

/** The last row of a page. */
typedef struct jt_cursor_t {
    jt_cursor_sort_t sort;
    int descending;
    jt_cursor_place_t place;
    const char *key;  /* on VALUES: the sort key's value, a whole number in
                         decimal for an instant, of a fraction with a dot and
                         2^62 times what it is more; else "" */
    const char *tie;  /* by USER, on VALUES: the label; else "" */
    apr_int64_t id;
} jt_cursor_t;

/** The longest cursor, in bytes: a whole name and label in base64. */
#define JT_CURSOR_MAX 4096

/**
 * Where a page has ended at the place at which it began: go on behind that
 * second. A cursor says every value but a fraction below 0.001 exactly, and
 * more rows than a page has may be of one.
 * @param cursor set, if it is at the same place
 * @param before where the page began; NULL: at the first row
 */
void jt_cursor_pass(jt_cursor_t *cursor, const jt_cursor_t *before,
                    apr_pool_t *pool);

/** The cursor as opaque text in RFC 3986's unreserved characters. */
const char *jt_cursor_make(const jt_cursor_t *cursor, apr_pool_t *pool);

/**
 * Parse one.
 * @param text any bytes
 * @param sort of the list that it is to continue, as is `descending`
 * @param cursor set; its texts are from pool, and any bytes but NUL
 * @return NULL, or what is wrong, in words for people
 */
const char *jt_cursor_parse(const char *text, jt_cursor_sort_t sort,
                            int descending, jt_cursor_t *cursor,
                            apr_pool_t *pool);

#endif
