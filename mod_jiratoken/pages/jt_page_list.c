/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that lists a user's tokens, sorted as requested. It must not know
 * texts or SQL: those are in html/jt_view.c and core/jt_store.c.
 */
#include "pages/jt_page_list.h"

#include "service/jt_list.h"

/* The messages that a query can request, and their keys in the catalogue.
 * @return NULL for an unknown one */
static const char *find_message(const char *done)
{
    static const char *const texts[][2] = {
        { "revoked", "revoked-one" },
        { "renamed", "renamed" },
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

/* Only a link or redirect of our own may request a message; otherwise another
 * site could. */
static int is_same_origin(const request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    return !site || !strcmp(site, "same-origin");
}

/* Ignores an invalid query, so that the list is always shown. */
static void parse_query(const request_rec *r, jt_view_list_t *list)
{
    jt_http_form_t *query;
    const char *value;

    list->key = JT_ORDER_KEYS;
    if (jt_http_read_query(r, &query) != OK) {
        return;
    }
    if (jt_http_get_field(query, "done", &value) == OK && is_same_origin(r)) {
        list->said = find_message(value);
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
    parse_query(visit->r, &list);
    if (list.key != JT_ORDER_KEYS) {
        jt_order_sort(tokens, list.key, list.descending, visit->rules,
                      visit->actor.now,
                      visit->actor.pool);
    }
    list.tokens = tokens;
    jt_view_list(visit->scope, &list, visit->rules, visit->actor.now,
                 visit->actor.pool);
    return jt_visit_send(visit, HTTP_OK, "list");
}
