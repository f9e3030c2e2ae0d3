/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_AUDIT_H
#define JT_VIEW_AUDIT_H

#include "core/jt_audit_row.h"
#include "html/jt_view.h"

/** A page of what happened. The filter is as it was typed: any bytes, never
 * NULL. */
typedef struct jt_view_audit_t {
    const char *user;
    const char *actor;
    const char *event;
    const char *from;
    const char *to;
    const char *filter; /* as a query; "": none */
    const char *fault;  /* words about it, or NULL */
    const char *fault_field; /* the part that they are about, or NULL */
    const apr_array_header_t *rows; /* jt_audit_row_t elements; NULL: a fault
                                       instead */
    const char *next;   /* page begins behind it; NULL: this is the last */
    int is_later;       /* not the first page */
} jt_view_audit_t;

/** web/admin_audit.html */
void jt_view_audit(jt_html_t *scope, const jt_view_audit_t *view,
                   apr_pool_t *pool);

#endif
