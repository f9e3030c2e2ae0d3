/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_QUERY_H
#define JT_ADMIN_QUERY_H

#include "http/jt_http.h"
#include "service/jt_survey.h"

/** What is wrong with a query. */
typedef struct jt_admin_fault_t {
    const char *field; /* which one; NULL: none alone */
    const char *words; /* what to change */
} jt_admin_fault_t;

/** What a cursor is told that this table cannot have given. */
#define JT_ADMIN_QUERY_LOST "after is no cursor of this list; begin again " \
    "without it"

/** A value of a field is nothing: a form sends the empty ones along. */
#define JT_ADMIN_QUERY_FORM 1

/**
 * Parse the fields of a list: a filter, sort, order, after. A name that is not
 * known is a fault: a misspelt filter must not become none.
 * @param others names that are fields too, each for itself; NULL-terminated
 * @param flags JT_ADMIN_QUERY_FORM or 0
 * @param survey set; from pool
 * @return zero when fault is set
 */
int jt_admin_query_parse(const jt_http_form_t *form, const char *const *others,
                         int flags, jt_survey_t *survey,
                         jt_admin_fault_t *fault, apr_pool_t *pool);

/** The list's own query string, without its cursor, so that the list can be
 * shown again or sorted anew; "" for the plain one. */
const char *jt_admin_query_make(const jt_survey_t *survey, apr_pool_t *pool);

/** A field as it was typed, for the form that is shown again.
 * @return any bytes; "": it is not there, or not once */
const char *jt_admin_query_typed(const jt_http_form_t *form, const char *name);

#endif
