/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that revoke one or several tokens, after a confirmation. The
 * revocation is in service/jt_revoke.c. It must not know SQL or caches.
 */
#include "pages/jt_page_revoke.h"

#include <string.h>

#include "pages/jt_page_order.h"
#include "service/jt_list.h"
#include "service/jt_revoke.h"

int jt_page_revoke_show(jt_visit_t *visit)
{
    jt_token_t *token;

    jt_page_order_keep_query(visit);
    if (jt_list_find(&visit->actor, visit->id, &token) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (!token) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    jt_view_revoke(visit->scope, token, visit->rules, visit->actor.now,
                   visit->actor.pool);
    return jt_visit_send(visit, HTTP_OK, "revoke");
}

int jt_page_revoke_submit(jt_visit_t *visit)
{
    jt_token_t *token;
    jt_http_form_t *form;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    (void)jt_page_order_keep(visit, form);
    if (jt_revoke_one(&visit->actor, visit->id, &token) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    return token ? jt_visit_send_to_list(visit, "revoked")
                 : jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
}

/* @return zero when a field is not an id */
static int parse_ids(const jt_http_form_t *form, apr_array_header_t **ids,
                     apr_pool_t *pool)
{
    apr_array_header_t *texts = jt_http_get_fields(form, "id", pool);
    int i;

    *ids = apr_array_make(pool, texts->nelts, sizeof(apr_int64_t));
    for (i = 0; i < texts->nelts; i++) {
        if (jt_token_parse_id(APR_ARRAY_IDX(texts, i, const char *),
                              apr_array_push(*ids)) != APR_SUCCESS) {
            return 0;
        }
    }
    return 1;
}

static void choose_expired(apr_array_header_t *tokens,
                           const jt_token_rules_t *rules, apr_int64_t now)
{
    int kept = 0;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (jt_token_state(rules, &token, now) == JT_TOKEN_EXPIRED) {
            APR_ARRAY_IDX(tokens, kept++, jt_token_t) = token;
        }
    }
    tokens->nelts = kept;
}

/* Nothing was selected. The list says what to do first. */
static int send_list(jt_visit_t *visit, const apr_array_header_t *tokens,
                     const char *wrong)
{
    jt_view_list_t list = { 0 };

    list.tokens = tokens;
    list.key = JT_ORDER_KEYS;
    list.wrong = wrong;
    jt_view_list(visit->scope, &list, visit->rules, visit->actor.now,
                 visit->actor.pool);
    return jt_visit_send(visit, HTTP_BAD_REQUEST, "list");
}

static int send_confirmation(jt_visit_t *visit,
                             const apr_array_header_t *tokens)
{
    if (tokens->nelts == 1) {
        jt_view_revoke(visit->scope, &APR_ARRAY_IDX(tokens, 0, jt_token_t),
                       visit->rules, visit->actor.now, visit->actor.pool);
        return jt_visit_send(visit, HTTP_OK, "revoke");
    }
    jt_view_several(visit->scope, tokens, visit->rules, visit->actor.now,
                    visit->actor.pool);
    return jt_visit_send(visit, HTTP_OK, "several");
}

/* Asks for a confirmation. @param ids NULL: of all expired tokens */
static int confirm_tokens(jt_visit_t *visit, const apr_array_header_t *ids)
{
    apr_array_header_t *tokens;

    if (jt_list_all(&visit->actor, &tokens) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (ids && !ids->nelts) {
        return send_list(visit, tokens, "select-first");
    }
    if (ids) {
        jt_token_choose(tokens, ids);
    }
    else {
        choose_expired(tokens, visit->rules, visit->actor.now);
    }
    if (tokens->nelts) {
        return send_confirmation(visit, tokens);
    }
    return ids ? jt_visit_send_message(visit, JT_VIEW_NOT_FOUND)
               : jt_visit_send_to_list(visit, "none-expired");
}

int jt_page_revoke_several_show(jt_visit_t *visit)
{
    jt_http_form_t *query;
    apr_array_header_t *ids;
    const char *expired;

    if (jt_http_read_query(visit->r, &query) != OK
        || jt_http_get_field(query, "expired", &expired) != OK
        || !parse_ids(query, &ids, visit->actor.pool)
        || (*expired && (strcmp(expired, "1") || ids->nelts))) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    (void)jt_page_order_keep(visit, query);
    return confirm_tokens(visit, *expired ? NULL : ids);
}

/* Sends the result of revoking several. */
static int send_outcome(jt_visit_t *visit, apr_status_t status,
                        const jt_account_revoked_t *revoked)
{
    int count = revoked->gone ? revoked->gone->nelts : 0;

    if (status == APR_SUCCESS && !count) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    if (status == APR_SUCCESS) {
        return jt_visit_send_to_list(visit, count == 1 ? "revoked"
                                                       : "several");
    }
    if (!count) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    jt_view_count(visit->scope, count, revoked->chosen->nelts,
                  visit->actor.pool);
    return jt_visit_send_message(visit, JT_VIEW_PARTLY);
}

int jt_page_revoke_several_submit(jt_visit_t *visit)
{
    jt_account_revoked_t revoked;
    apr_array_header_t *ids;
    jt_http_form_t *form;
    apr_status_t status;
    int questions;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    (void)jt_page_order_keep(visit, form);
    questions = jt_http_get_fields(form, "ask", visit->actor.pool)->nelts;
    if (!parse_ids(form, &ids, visit->actor.pool) || questions > 1) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    /* A list of an earlier version asks for the confirmation so. Even an empty
     * `ask` is one: a request for a confirmation must not revoke. */
    if (questions) {
        return confirm_tokens(visit, ids);
    }
    if (!ids->nelts) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    status = jt_revoke_several(&visit->actor, ids, &revoked);
    return send_outcome(visit, status, &revoked);
}
