/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens by the API: each is a service, with JSON before and after it. It must
 * not know SQL, nor who is admitted.
 */
#include "api/jt_api_tokens.h"

#include <apr_strings.h>

#include "core/jt_rotation.h"
#include "core/jt_secret.h"
#include "http/jt_reply.h"
#include "json/jt_json.h"
#include "json/jt_json_token.h"
#include "service/jt_issue.h"
#include "service/jt_list.h"
#include "service/jt_rename.h"
#include "service/jt_revoke.h"
#include "service/jt_rotate.h"

static int send_missing(jt_call_t *call)
{
    return jt_reply_fail(call->r, HTTP_NOT_FOUND, "there is no such token of "
                         "yours; it may have been revoked already");
}

static const char *make_token(const jt_call_t *call, const jt_token_t *token)
{
    return jt_json_token(token, call->rules, call->actor.now,
                         call->actor.pool);
}

/* Whoever came by a token sees that one alone. */
static int is_shown(const jt_call_t *call, const jt_token_t *token)
{
    return !call->grant || token->grant.id == call->grant->id;
}

int jt_api_tokens_list(jt_call_t *call)
{
    apr_array_header_t *tokens;
    apr_array_header_t *shown;
    int i;

    if (jt_list_all(&call->actor, &tokens) != APR_SUCCESS) {
        return jt_reply_unavailable(call->r);
    }
    shown = apr_array_make(call->actor.pool, tokens->nelts,
                           sizeof(const char *));
    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (is_shown(call, token)) {
            APR_ARRAY_PUSH(shown, const char *) = make_token(call, token);
        }
    }
    return jt_reply_send(call->r, HTTP_OK,
                         jt_json_list(shown, call->actor.pool));
}

int jt_api_tokens_show(jt_call_t *call)
{
    jt_token_t *token;

    if (jt_list_find(&call->actor, call->id, &token) != APR_SUCCESS) {
        return jt_reply_unavailable(call->r);
    }
    return token ? jt_reply_send(call->r, HTTP_OK, make_token(call, token))
                 : send_missing(call);
}

static const char *explain_label(jt_label_fault_t fault)
{
    switch (fault) {
    case JT_LABEL_EMPTY:
        return "name is empty";
    case JT_LABEL_TOO_LONG:
        return "name has more than 100 characters";
    case JT_LABEL_ENCODING:
        return "name is not valid UTF-8";
    case JT_LABEL_CONTROL:
        return "name has a control character or a line break";
    case JT_LABEL_BIDI:
        return "name has a character that changes the direction of text";
    case JT_LABEL_FINE:
        break;
    }
    return NULL;
}

static const char *explain_expiry(const jt_call_t *call,
                                  jt_token_expiry_t fault)
{
    switch (fault) {
    case JT_TOKEN_EXPIRY_FORMAT:
        return "expiresOn must be a day that exists, as YYYY-MM-DD";
    case JT_TOKEN_EXPIRY_PAST:
        return "expiresOn must be today (UTC) or a later day";
    case JT_TOKEN_EXPIRY_LATE:
        return apr_psprintf(call->actor.pool, "tokens last at most %d days "
                            "here", call->rules->max_lifetime);
    case JT_TOKEN_EXPIRY_REQUIRED:
        return apr_psprintf(call->actor.pool, "give expirationDuration or "
                            "expiresOn: tokens last at most %d days here",
                            call->rules->max_lifetime);
    case JT_TOKEN_EXPIRY_FINE:
        break;
    }
    return NULL;
}

static const char *explain_restriction(const jt_call_t *call,
                                       const jt_restriction_made_t *made)
{
    apr_pool_t *pool = call->actor.pool;
    const char *what = made->what ? jt_label_clean(made->what, pool) : "";

    switch (made->fault) {
    case JT_RESTRICTION_NO_AREA:
        return apr_psprintf(pool, "areas: '%s' is no area of this site", what);
    case JT_RESTRICTION_NO_NETWORK:
        return apr_psprintf(pool, "allowedFrom: '%s' is neither an address nor "
                            "a network in CIDR notation", what);
    case JT_RESTRICTION_WIDE:
        return apr_psprintf(pool, "allowedFrom: '%s' has more bits than an "
                            "address", what);
    case JT_RESTRICTION_ALL:
        return apr_psprintf(pool, "allowedFrom: '%s' is every address; leave "
                            "allowedFrom out for that", what);
    case JT_RESTRICTION_HOST:
        return apr_psprintf(pool, "allowedFrom: '%s' has bits beyond the "
                            "network; did you mean %s?", what, made->meant);
    case JT_RESTRICTION_MANY:
        return "allowedFrom has more than 16 networks";
    case JT_RESTRICTION_LONG:
        return "areas and allowedFrom are longer than a token can have";
    case JT_RESTRICTION_NOTHING:
        return "areas and allowedFrom must not be empty";
    case JT_RESTRICTION_NO_FAULT:
        break;
    }
    return NULL;
}

static const char *explain_draft(const jt_call_t *call,
                                 const jt_token_draft_t *draft)
{
    const char *words = explain_label(draft->label_fault);

    if (!words) {
        words = explain_expiry(call, draft->expiry_fault);
    }
    return words ? words : explain_restriction(call, &draft->restriction);
}

/* @param secret a buffer that the caller wipes */
static int issue(jt_call_t *call, const jt_token_draft_t *draft,
                 char secret[JT_SECRET_SIZE])
{
    jt_issued_t issued;

    if (jt_issue(&call->actor, draft, secret, &issued) != APR_SUCCESS) {
        return jt_reply_unavailable(call->r);
    }
    switch (issued.made) {
    case JT_ACCOUNT_MADE:
        return jt_reply_secret(call->r, HTTP_CREATED,
                               make_token(call, issued.token), secret);
    case JT_ACCOUNT_LIMIT:
        return jt_reply_fail(call->r, HTTP_CONFLICT,
                             apr_psprintf(call->actor.pool, "you have as many "
                                          "tokens as you may have, %d; revoke "
                                          "one", call->rules->max));
    case JT_ACCOUNT_DUPLICATE:
        return jt_reply_fail(call->r, HTTP_CONFLICT, "you already have a token "
                             "of this name; choose another");
    case JT_ACCOUNT_CONFLICT:
    case JT_ACCOUNT_NO_SECRET:
        break;
    }
    return jt_reply_fail(call->r, HTTP_INTERNAL_SERVER_ERROR,
                         "no token was made; the server's log says more");
}

int jt_api_tokens_create(jt_call_t *call)
{
    char secret[JT_SECRET_SIZE];
    jt_token_typed_t typed = { 0 };
    jt_token_draft_t draft;
    const char *fault;
    json_t *object;
    int answer;

    if (!jt_reply_read(call->r, &object, &answer)) {
        return answer;
    }
    fault = jt_json_parse_new(object, call->actor.now, &typed,
                              call->actor.pool);
    jt_json_release(object);
    if (!fault && !jt_token_draft(call->rules, call->actor.user, &typed,
                                  call->actor.now, &draft,
                                  call->actor.pool)) {
        fault = explain_draft(call, &draft);
    }
    if (fault) {
        return jt_reply_fail(call->r, HTTP_BAD_REQUEST, fault);
    }
    answer = issue(call, &draft, secret);
    jt_secret_wipe(secret, sizeof(secret));
    return answer;
}

int jt_api_tokens_rename(jt_call_t *call)
{
    jt_renamed_t renamed;
    const char *label = NULL;
    const char *fault;
    json_t *object;
    int answer;

    if (!jt_reply_read(call->r, &object, &answer)) {
        return answer;
    }
    fault = jt_json_parse_text(object, "name", &label, call->actor.pool);
    jt_json_release(object);
    if (fault) {
        return jt_reply_fail(call->r, HTTP_BAD_REQUEST, fault);
    }
    if (jt_rename(&call->actor, call->id, label, &renamed) != APR_SUCCESS) {
        return jt_reply_unavailable(call->r);
    }
    switch (renamed.found) {
    case JT_RENAME_DONE:
        return jt_reply_send(call->r, HTTP_OK, make_token(call, renamed.token));
    case JT_RENAME_LABEL:
        return jt_reply_fail(call->r, HTTP_BAD_REQUEST,
                             explain_label(renamed.label_fault));
    case JT_RENAME_TAKEN:
        return jt_reply_fail(call->r, HTTP_CONFLICT, "you already have a token "
                             "of this name; choose another");
    case JT_RENAME_MISSING:
        break;
    }
    return send_missing(call);
}

int jt_api_tokens_delete(jt_call_t *call)
{
    jt_token_t *token;

    if (jt_revoke_one(&call->actor, call->id, &token) != APR_SUCCESS) {
        return jt_reply_unavailable(call->r);
    }
    return token ? jt_reply_nothing(call->r) : send_missing(call);
}

/* A former secret may kill its token, and not rotate it.
 * @param fingerprint set to the secret's that the rotation takes the place of;
 *        NULL: whichever there is */
static const char *get_replaced(const jt_call_t *call)
{
    return call->digest ? apr_pstrndup(call->actor.pool, call->digest,
                                       JT_ROTATION_FINGERPRINT)
                        : NULL;
}

static int send_rotated(jt_call_t *call, const jt_rotated_t *rotated,
                        const char *secret)
{
    if (!rotated->has_secret) {
        return jt_reply_fail(call->r, HTTP_INTERNAL_SERVER_ERROR,
                             "no secret was made; the server's log says more");
    }
    switch (rotated->found) {
    case JT_ROTATION_DONE:
        return jt_reply_secret(call->r, HTTP_OK,
                               make_token(call, rotated->token), secret);
    case JT_ROTATION_CHANGED:
        return call->digest
                   ? jt_reply_fail(call->r, HTTP_FORBIDDEN, "this secret was "
                                   "replaced; only the newest one may rotate "
                                   "the token")
                   : jt_reply_fail(call->r, HTTP_CONFLICT, "another rotation "
                                   "was first");
    case JT_ROTATION_EXPIRED:
    case JT_ROTATION_UNREADABLE:
        return jt_reply_fail(call->r, HTTP_CONFLICT, "this token has expired; "
                             "create a new one");
    case JT_ROTATION_MISSING:
        break;
    }
    return send_missing(call);
}

int jt_api_tokens_rotate(jt_call_t *call)
{
    char secret[JT_SECRET_SIZE];
    jt_rotate_t request = { 0 };
    jt_rotated_t rotated;
    apr_int64_t overlap = 0;
    const char *fault;
    json_t *object;
    int answer;

    if (!jt_reply_read(call->r, &object, &answer)) {
        return answer;
    }
    fault = jt_json_parse_number(object, "overlapSeconds", 0,
                                 JT_ROTATION_OVERLAP_MAX, &overlap,
                                 call->actor.pool);
    jt_json_release(object);
    if (fault) {
        return jt_reply_fail(call->r, HTTP_BAD_REQUEST, fault);
    }
    request.id = call->id;
    request.overlap = (int)overlap;
    request.replaces = get_replaced(call);
    if (jt_rotate(&call->actor, &request, secret, &rotated) == APR_SUCCESS) {
        answer = send_rotated(call, &rotated, secret);
    }
    else {
        answer = jt_reply_unavailable(call->r);
    }
    jt_secret_wipe(secret, sizeof(secret));
    return answer;
}
