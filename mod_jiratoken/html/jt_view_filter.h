/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_FILTER_H
#define JT_VIEW_FILTER_H

#include "html/jt_view.h"

/* What an administrator searches for: the form, its faults, and the same in
 * words on a confirmation. As html/jt_view.h. */

/** The form of the filter, as it was typed: any bytes, never NULL. */
typedef struct jt_view_filter_t {
    const char *user;
    const char *label;
    const char *state;
    const char *unused;
    const char *expiring;
    const char *expired;
    const char *expiry;
    const char *restriction;
} jt_view_filter_t;

/** The form's fields and choices. */
void jt_view_filter(jt_html_t *scope, const jt_view_filter_t *typed,
                    apr_pool_t *pool);

/**
 * What is wrong with a form, beside the field that it is about; above all
 * fields where the form has no such field.
 * @param field name of the part, any bytes; NULL: not known
 * @param words what to change; NULL: nothing is wrong
 */
void jt_view_filter_fault(jt_html_t *scope, const char *field,
                          const char *words);

/**
 * A filter for people, with hidden fields for the form that confirms it.
 * @param filter as jt_filter_query() writes it
 */
void jt_view_filter_facts(jt_html_t *scope, const char *filter,
                          apr_pool_t *pool);

#endif
