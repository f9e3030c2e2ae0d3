/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_ADMIN_H
#define JT_VIEW_ADMIN_H

#include "core/jt_cursor.h"
#include "html/jt_view.h"
#include "html/jt_view_filter.h"

/* The administrators' pages; as html/jt_view.h. */

/** A number of tokens, which may be an estimate. */
typedef struct jt_view_number_t {
    apr_int64_t number;
    int is_estimate;
} jt_view_number_t;

/** Something that needs attention. */
typedef struct jt_view_need_t {
    const char *what;  /* key of a text */
    const char *query; /* which tokens: a query string */
    jt_view_number_t number;
} jt_view_need_t;

/** A page of the list. */
typedef struct jt_view_admin_t {
    jt_view_filter_t typed;
    const char *query;  /* the list's own, without its cursor */
    const char *next;   /* cursor of the next page; NULL: none */
    const char *filter; /* the filter alone, as a query; "": none */
    jt_cursor_sort_t sort;
    int descending;
    int is_first;       /* not behind a cursor */
    const apr_array_header_t *tokens; /* jt_token_t elements; NULL: a fault
                                         instead */
    const jt_view_number_t *count;    /* NULL: not known */
    const apr_array_header_t *needs;  /* jt_view_need_t elements; NULL: not
                                         looked at */
    const char *said;   /* key of a text about a success, or NULL */
    const char *wrong;  /* key of a text about a fault, or NULL */
    const char *fault;  /* words about the filter, or NULL */
    const char *fault_field; /* the part that they are about, or NULL */
} jt_view_admin_t;

/** web/admin.html */
void jt_view_admin(jt_html_t *scope, const jt_view_admin_t *list,
                   const jt_token_rules_t *rules, apr_int64_t now,
                   apr_pool_t *pool);

/**
 * web/admin_revoke.html: the confirmation for those that match, or for
 * everything.
 * @param filter as a query; "": everything
 * @param fault key of a text, or NULL
 */
void jt_view_admin_revoke(jt_html_t *scope, const char *filter,
                          const jt_view_number_t *count, const char *fault,
                          apr_pool_t *pool);

/** web/admin_several.html: the confirmation for those that were selected.
 * @param tokens jt_token_t elements */
void jt_view_admin_several(jt_html_t *scope, const apr_array_header_t *tokens,
                           const jt_token_rules_t *rules, apr_int64_t now,
                           apr_pool_t *pool);

/** A number for people, in any language: its digits in groups of three. */
const char *jt_view_admin_number(apr_int64_t number, apr_pool_t *pool);

#endif
