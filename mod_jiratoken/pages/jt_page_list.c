/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that lists a user's tokens, sorted as requested. It must not know
 * texts or SQL: those are in html/jt_view.c and core/jt_store.c.
 */
#include "pages/jt_page_list.h"

#include <string.h>

#include "pages/jt_page_order.h"
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
static void parse_query(jt_visit_t *visit, jt_view_list_t *list)
{
    jt_page_order_t order = { JT_ORDER_KEYS, 0 };
    jt_http_form_t *query;
    const char *value;

    if (jt_http_read_query(visit->r, &query) == OK) {
        if (jt_http_get_field(query, "done", &value) == OK
            && is_same_origin(visit->r)) {
            list->said = find_message(value);
        }
        order = jt_page_order_keep(visit, query);
        if (jt_http_get_field(query, "new", &value) == OK
            && jt_token_parse_id(value, &list->made) != APR_SUCCESS) {
            list->made = 0;
        }
    }
    list->key = order.key;
    list->descending = order.descending;
}

/* A token that was just made stands first in a list that is not sorted. */
static void move_first(apr_array_header_t *tokens, apr_int64_t id)
{
    int i;

    for (i = tokens->nelts - 1; i > 0; i--) {
        jt_token_t made = APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (made.grant.id == id) {
            memmove(&APR_ARRAY_IDX(tokens, 1, jt_token_t), tokens->elts,
                    (apr_size_t)i * sizeof(made));
            APR_ARRAY_IDX(tokens, 0, jt_token_t) = made;
            return;
        }
    }
}

int jt_page_list_show(jt_visit_t *visit)
{
    jt_view_list_t list = { 0 };
    apr_array_header_t *tokens;

    if (jt_list_all(&visit->actor, &tokens) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    parse_query(visit, &list);
    if (list.made) {
        move_first(tokens, list.made);
    }
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
