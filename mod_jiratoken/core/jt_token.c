/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules for tokens: what a new one may be, its state, and when a use is due
 * to be recorded. Time is an argument. It must not know the table
 * (core/jt_store.c) or the secret (core/jt_secret.c).
 */
#include "core/jt_token.h"

#include <apr_errno.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"

apr_int64_t jt_token_last_day(const jt_token_rules_t *rules, apr_int64_t now)
{
    return jt_date_day(now) + rules->max_lifetime * JT_DATE_DAY;
}

static jt_token_expiry_t parse_expiry(const jt_token_rules_t *rules,
                                      const char *text, apr_int64_t now,
                                      apr_int64_t *expires_at)
{
    apr_int64_t day;

    *expires_at = JT_TOKEN_NEVER;
    if (!*text) {
        return rules->max_lifetime ? JT_TOKEN_EXPIRY_REQUIRED
                                   : JT_TOKEN_EXPIRY_FINE;
    }
    if (jt_date_parse(text, &day) != APR_SUCCESS) {
        return JT_TOKEN_EXPIRY_FORMAT;
    }
    if (day < jt_date_day(now)) {
        return JT_TOKEN_EXPIRY_PAST;
    }
    if (rules->max_lifetime && day > jt_token_last_day(rules, now)) {
        return JT_TOKEN_EXPIRY_LATE;
    }
    *expires_at = day + JT_DATE_DAY;
    return JT_TOKEN_EXPIRY_FINE;
}

int jt_token_draft(const jt_token_rules_t *rules, const char *user,
                   const jt_token_typed_t *typed, apr_int64_t now,
                   jt_token_draft_t *draft, apr_pool_t *pool)
{
    draft->user = user;
    draft->label = NULL;
    draft->label_fault = jt_label_parse(typed->label, &draft->label, pool);
    draft->expiry_fault = parse_expiry(rules, typed->expires, now,
                                       &draft->expires_at);
    jt_restriction_make(&typed->wish, rules->areas, &draft->restriction, pool);
    return draft->label_fault == JT_LABEL_FINE
           && draft->expiry_fault == JT_TOKEN_EXPIRY_FINE
           && draft->restriction.fault == JT_RESTRICTION_NO_FAULT;
}

const char *jt_token_state_name(jt_token_state_t state)
{
    switch (state) {
    case JT_TOKEN_UNREADABLE:
        return "unreadable";
    case JT_TOKEN_EXPIRED:
        return "expired";
    case JT_TOKEN_IDLE:
        return "idle";
    case JT_TOKEN_OWNER_NOT_SEEN:
        return "owner-not-seen";
    case JT_TOKEN_EXPIRES_SOON:
        return "expires-soon";
    case JT_TOKEN_ACTIVE:
        break;
    }
    return "active";
}

apr_int64_t jt_token_unused_since(const jt_grant_t *grant)
{
    return grant->last_used_at > grant->created_at ? grant->last_used_at
                                                   : grant->created_at;
}

int jt_token_is_idle(const jt_grant_t *grant, int max_idle, apr_int64_t now)
{
    apr_int64_t since = jt_token_unused_since(grant);

    return max_idle && since != JT_TOKEN_NEVER
           && now - since >= max_idle * JT_DATE_DAY;
}

apr_int64_t jt_token_seen_since(int days, apr_int64_t now)
{
    return now / JT_DATE_DAY - days;
}

int jt_token_is_owner_away(apr_int64_t seen_on, int days, apr_int64_t now)
{
    return days && seen_on < jt_token_seen_since(days, now);
}

static int is_over(const jt_grant_t *grant, apr_int64_t instant)
{
    return grant->expires_at != JT_TOKEN_NEVER && instant >= grant->expires_at;
}

jt_token_state_t jt_token_state(const jt_token_rules_t *rules,
                                const jt_token_t *token, apr_int64_t now)
{
    const jt_grant_t *grant = &token->grant;

    if (token->is_unreadable) {
        return JT_TOKEN_UNREADABLE;
    }
    if (is_over(grant, now)) {
        return JT_TOKEN_EXPIRED;
    }
    if (jt_token_is_idle(grant, rules->max_idle, now)) {
        return JT_TOKEN_IDLE;
    }
    if (token->owner_seen_on
        && jt_token_is_owner_away(token->owner_seen_on, rules->owner_seen,
                                  now)) {
        return JT_TOKEN_OWNER_NOT_SEEN;
    }
    return is_over(grant, now + JT_TOKEN_SOON) ? JT_TOKEN_EXPIRES_SOON
                                               : JT_TOKEN_ACTIVE;
}

int jt_token_is_unseen(const jt_token_t *token)
{
    return token->grant.last_used_at == JT_TOKEN_NEVER && token->is_unseen;
}

int jt_token_is_touch_due(const jt_grant_t *grant, apr_int64_t now,
                          int interval)
{
    if (!interval) {
        return 0;
    }
    return grant->last_used_at == JT_TOKEN_NEVER
           || now - grant->last_used_at >= interval;
}

static int is_among(apr_int64_t id, const apr_array_header_t *ids)
{
    int i;

    for (i = 0; i < ids->nelts; i++) {
        if (APR_ARRAY_IDX(ids, i, apr_int64_t) == id) {
            return 1;
        }
    }
    return 0;
}

const jt_token_t *jt_token_find(const apr_array_header_t *tokens,
                                apr_int64_t id)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (token->grant.id == id) {
            return token;
        }
    }
    return NULL;
}

void jt_token_choose(apr_array_header_t *tokens,
                     const apr_array_header_t *ids)
{
    int kept = 0;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (is_among(token.grant.id, ids)) {
            APR_ARRAY_IDX(tokens, kept++, jt_token_t) = token;
        }
    }
    tokens->nelts = kept;
}

apr_status_t jt_token_parse_id(const char *text, apr_int64_t *id)
{
    const char *c;

    if (*text < '1' || *text > '9') {
        return APR_EINVAL;
    }
    for (c = text; apr_isdigit(*c); c++) {
    }
    if (*c || c - text > 19) {
        return APR_EINVAL;
    }
    errno = 0;
    *id = apr_strtoi64(text, NULL, 10);
    return errno ? APR_EINVAL : APR_SUCCESS;
}
