/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUDIT_LIST_H
#define JT_AUDIT_LIST_H

#include <apr_tables.h>

#include "core/jt_audit_row.h"
#include "core/jt_store.h"

/** Which rows are listed; NULL and zero filter nothing. */
typedef struct jt_audit_filter_t {
    const char *user;   /* exact, as all of these */
    const char *actor;
    const char *event;
    apr_int64_t from;   /* at that instant or later */
    apr_int64_t before; /* before that instant; 0: whenever */
} jt_audit_filter_t;

/** The most rows that one call lists. */
#define JT_AUDIT_MOST 1000

/** A row's place in the list. */
typedef struct jt_audit_place_t {
    apr_int64_t at;
    apr_int64_t id; /* 0: before the first row */
} jt_audit_place_t;

/**
 * List rows, newest first, and those of one second by their ids, which grow.
 * No row comes twice, or is left out, while others are added.
 * @param place of the last row of the page before
 * @param limit 1 to JT_AUDIT_MOST; fewer rows are the end
 * @param rows jt_audit_row_t elements, from pool; none without an audit table
 */
apr_status_t jt_audit_list(jt_store_t *store, const jt_audit_filter_t *filter,
                           const jt_audit_place_t *place, int limit,
                           apr_array_header_t **rows, apr_pool_t *pool);

/** Whether a text is one of the events. */
int jt_audit_is_event(const char *text);

/** The place as a text of digits and a point, from pool. */
const char *jt_audit_place_format(const jt_audit_place_t *place,
                                  apr_pool_t *pool);

/** @return APR_SUCCESS, or APR_EINVAL for a text that is no place */
apr_status_t jt_audit_place_parse(const char *text, jt_audit_place_t *place);

#endif
