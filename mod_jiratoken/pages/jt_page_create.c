/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that create a token: the form, and the only page that shows the
 * secret. The rules are in core/jt_token.c, the creation in service/jt_issue.c.
 * It must not know SQL or texts.
 */
#include "pages/jt_page_create.h"

#include "core/jt_secret.h"
#include "html/jt_view_form.h"
#include "service/jt_issue.h"
#include "service/jt_list.h"

/* No box that is ticked means any area.
 * @return zero when a field is repeated that has one value */
static int parse_typed(const jt_http_form_t *form, jt_token_typed_t *typed,
                       apr_pool_t *pool)
{
    apr_array_header_t *areas = jt_http_get_fields(form, "area", pool);
    const char *read;

    if (jt_http_get_field(form, "label", &typed->label) != OK
        || jt_http_get_field(form, "expires", &typed->expires) != OK
        || jt_http_get_field(form, "read", &read) != OK
        || jt_http_get_field(form, "from", &typed->from) != OK) {
        return 0;
    }
    typed->wish.is_read_only = *read != '\0';
    typed->wish.areas = areas->nelts ? areas : NULL;
    typed->wish.networks = jt_restriction_split(typed->from, pool);
    return 1;
}

/* Values from a link are checked. A value that is absent is not a fault. */
static void fill_form(jt_visit_t *visit, jt_token_typed_t *typed)
{
    apr_pool_t *pool = visit->actor.pool;
    jt_token_draft_t draft;

    jt_token_draft(visit->rules, visit->actor.user, typed, visit->actor.now,
                   &draft, pool);
    if (!*typed->label) {
        draft.label_fault = JT_LABEL_FINE;
    }
    if (!*typed->expires) {
        draft.expiry_fault = JT_TOKEN_EXPIRY_FINE;
        typed->expires = jt_view_proposed(visit->rules, visit->actor.now, pool);
    }
    jt_view_create(visit->scope, typed, &draft, visit->rules,
                   visit->actor.now, pool);
}

int jt_page_create_show(jt_visit_t *visit)
{
    jt_http_form_t *query;
    jt_token_typed_t typed;
    apr_array_header_t *tokens;

    if (jt_http_read_query(visit->r, &query) != OK
        || !parse_typed(query, &typed, visit->actor.pool)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    if (jt_list_all(&visit->actor, &tokens) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    fill_form(visit, &typed);
    if (tokens->nelts >= visit->rules->max) {
        jt_view_not_made(visit->scope, JT_ACCOUNT_LIMIT, visit->rules,
                         visit->actor.pool);
        jt_html_flag(visit->scope, "full", 1);
    }
    return jt_visit_send(visit, HTTP_OK, "create");
}

static int send_not_made(jt_visit_t *visit, jt_account_made_t made,
                         const jt_token_typed_t *typed)
{
    jt_view_create(visit->scope, typed, NULL, visit->rules, visit->actor.now,
                   visit->actor.pool);
    jt_view_not_made(visit->scope, made, visit->rules, visit->actor.pool);
    return jt_visit_send(visit, HTTP_CONFLICT, "create");
}

/* @param secret a buffer that the caller wipes */
static int issue_token(jt_visit_t *visit, const jt_token_draft_t *draft,
                       const jt_token_typed_t *typed,
                       char secret[JT_SECRET_SIZE])
{
    jt_issued_t issued;

    if (jt_issue(&visit->actor, draft, secret, &issued) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    switch (issued.made) {
    case JT_ACCOUNT_MADE:
        return jt_visit_send_shown(visit, "token-created", issued.token,
                                   secret);
    case JT_ACCOUNT_NO_SECRET:
        return jt_visit_send_message(visit, JT_VIEW_FAILED);
    case JT_ACCOUNT_LIMIT:
    case JT_ACCOUNT_DUPLICATE:
    case JT_ACCOUNT_CONFLICT:
        break;
    }
    return send_not_made(visit, issued.made, typed);
}

int jt_page_create_submit(jt_visit_t *visit)
{
    char secret[JT_SECRET_SIZE];
    jt_token_draft_t draft;
    jt_http_form_t *form;
    jt_token_typed_t typed;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    if (!parse_typed(form, &typed, visit->actor.pool)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    if (!jt_token_draft(visit->rules, visit->actor.user, &typed,
                        visit->actor.now, &draft, visit->actor.pool)) {
        jt_view_create(visit->scope, &typed, &draft, visit->rules,
                       visit->actor.now, visit->actor.pool);
        return jt_visit_send(visit, HTTP_BAD_REQUEST, "create");
    }
    answer = issue_token(visit, &draft, &typed, secret);
    jt_secret_wipe(secret, sizeof(secret));
    return answer;
}
