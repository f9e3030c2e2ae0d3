/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that lists a user's tokens, in the order that they ask for. What it
 * says is html/jt_view.c's.
 */
#include "pages/jt_page_list.h"

#include "service/jt_list.h"

/* What a list may be asked to say, and the catalogue's text for it. */
static const char *find_said(const char *done)
{
    static const char *const texts[][2] = {
        { "revoked", "revoked-one" },
        { "several", "revoked-several" },
        { "none-expired", "none-expired" },
    };
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!strcmp(done, texts[i][0])) {
            return texts[i][1];
        }
    }
    return NULL;
}

/* A page of ours led here; another site must not make the list say things. */
static int is_from_here(const request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    return !site || !strcmp(site, "same-origin");
}

/* A query that makes no sense is passed over: the list is there to be seen. */
static void read_wishes(const request_rec *r, jt_view_list_t *list)
{
    jt_http_form_t *query;
    const char *value;

    list->key = JT_ORDER_KEYS;
    if (jt_http_read_query(r, &query) != OK) {
        return;
    }
    if (jt_http_get_field(query, "done", &value) == OK && is_from_here(r)) {
        list->said = find_said(value);
    }
    if (jt_http_get_field(query, "sort", &value) == OK) {
        list->key = jt_order_parse(value);
    }
    if (jt_http_get_field(query, "order", &value) == OK) {
        list->descending = !strcmp(value, "desc");
    }
}

int jt_page_list_show(jt_visit_t *visit)
{
    jt_view_list_t list = { 0 };
    apr_array_header_t *tokens;

    if (jt_list_all(&visit->actor, &tokens) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    read_wishes(visit->r, &list);
    if (list.key != JT_ORDER_KEYS) {
        jt_order_sort(tokens, list.key, list.descending, visit->actor.now,
                      visit->actor.pool);
    }
    list.tokens = tokens;
    jt_view_list(visit->scope, &list, visit->rules, visit->actor.now,
                 visit->actor.pool);
    return jt_visit_send(visit, HTTP_OK, "list");
}
