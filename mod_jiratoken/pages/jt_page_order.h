/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_ORDER_H
#define JT_PAGE_ORDER_H

#include "core/jt_order.h"
#include "http/jt_visit.h"

/** The order of a list. */
typedef struct jt_page_order_t {
    jt_order_key_t key; /* JT_ORDER_KEYS: as the table */
    int descending;
} jt_page_order_t;

/** Parse a form's sort and order. An invalid one is ignored, so that the list
 * is always shown. The list that the page goes back to is sorted so. */
jt_page_order_t jt_page_order_keep(jt_visit_t *visit,
                                   const jt_http_form_t *form);

/** The same, of the request's query. */
void jt_page_order_keep_query(jt_visit_t *visit);

#endif
