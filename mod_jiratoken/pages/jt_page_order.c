/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of the list, which its forms and confirmations take along, so that
 * somebody who revokes or cancels comes back to the list as it was. It must not
 * know tokens.
 */
#include "pages/jt_page_order.h"

#include <apr_strings.h>
#include <string.h>

static void keep(jt_visit_t *visit, const jt_page_order_t *order)
{
    const char *name = jt_order_name(order->key);

    jt_html_set(visit->scope, "sorted_by", name);
    jt_html_flag(visit->scope, "descending", order->descending);
    jt_visit_go_back_to(visit, apr_pstrcat(visit->r->pool, "sort=", name,
                                           order->descending ? "&order=desc"
                                                             : NULL, NULL));
}

jt_page_order_t jt_page_order_keep(jt_visit_t *visit,
                                   const jt_http_form_t *form)
{
    jt_page_order_t order = { JT_ORDER_KEYS, 0 };
    const char *value;

    if (jt_http_get_field(form, "sort", &value) == OK) {
        order.key = jt_order_parse(value);
    }
    if (jt_http_get_field(form, "order", &value) == OK) {
        order.descending = !strcmp(value, "desc");
    }
    if (order.key != JT_ORDER_KEYS) {
        keep(visit, &order);
    }
    return order;
}

void jt_page_order_keep_query(jt_visit_t *visit)
{
    jt_http_form_t *query;

    if (jt_http_read_query(visit->r, &query) == OK) {
        (void)jt_page_order_keep(visit, query);
    }
}
