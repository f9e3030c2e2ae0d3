/* SPDX-License-Identifier: Apache-2.0
 *
 * A new secret in the place of a token's former one: what becomes of its dates,
 * and the change of its row. It must not know caches or pages.
 */
#include "core/jt_rotation.h"

#include <apr_errno.h>
#include <string.h>

#include "core/jt_account.h"
#include "core/jt_date.h"
#include "core/jt_secret.h"

static apr_int64_t get_least(apr_int64_t a, apr_int64_t b)
{
    return a < b ? a : b;
}

apr_int64_t jt_rotation_expiry(const jt_token_rules_t *rules,
                               const jt_token_t *token, apr_int64_t now)
{
    apr_int64_t expires_at = token->grant.expires_at;

    if (expires_at == JT_TOKEN_NEVER) {
        return JT_TOKEN_NEVER;
    }
    if (token->grant.created_at != JT_TOKEN_NEVER) {
        expires_at += jt_date_day(now) - jt_date_day(token->grant.created_at);
    }
    if (rules->max_lifetime) {
        expires_at = get_least(expires_at,
                               jt_token_last_day(rules, now) + JT_DATE_DAY);
    }
    return get_least(expires_at, JT_DATE_END);
}

int jt_rotation_is_of(const char *fingerprint, const char *digest)
{
    return strlen(fingerprint) == JT_ROTATION_FINGERPRINT
           && !strncmp(fingerprint, digest, JT_ROTATION_FINGERPRINT);
}

static jt_rotation_found_t judge(const jt_rotation_t *rotation,
                                 const jt_token_t *token)
{
    if (!token) {
        return JT_ROTATION_MISSING;
    }
    if (jt_secret_equal(token->digest, rotation->digest)) {
        return JT_ROTATION_DONE; /* by an earlier try */
    }
    if (token->is_unreadable) {
        return JT_ROTATION_UNREADABLE;
    }
    if (jt_token_state(rotation->rules, token, rotation->now)
        == JT_TOKEN_EXPIRED) {
        return JT_ROTATION_EXPIRED;
    }
    return rotation->replaces
                   && !jt_rotation_is_of(rotation->replaces, token->digest)
               ? JT_ROTATION_CHANGED : JT_ROTATION_DONE;
}

static jt_token_t plan(const jt_rotation_t *rotation, const jt_token_t *former)
{
    jt_token_t next = *former;
    apr_int64_t until = rotation->now + rotation->overlap;

    next.digest = rotation->digest;
    next.grant.created_at = rotation->now;
    next.grant.expires_at = jt_rotation_expiry(rotation->rules, former,
                                               rotation->now);
    next.previous_digest = NULL;
    next.previous_until = JT_TOKEN_NEVER;
    if (rotation->overlap) {
        next.previous_digest = former->digest;
        next.previous_until = former->grant.expires_at == JT_TOKEN_NEVER
                                  ? until
                                  : get_least(until,
                                              former->grant.expires_at);
    }
    return next;
}

/* Only what is in the table is the token's secret, whatever the UPDATE
 * returned. */
static apr_status_t read_back(jt_store_t *store, const jt_rotation_t *rotation,
                              const jt_token_t *former,
                              jt_rotation_found_t *found, jt_token_t **token,
                              apr_pool_t *pool)
{
    apr_status_t status = jt_account_find(store, rotation->user, rotation->id,
                                          token, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    if (!*token) {
        *found = JT_ROTATION_MISSING;
        return APR_SUCCESS;
    }
    if (jt_secret_equal((*token)->digest, rotation->digest)) {
        return APR_SUCCESS;
    }
    *found = JT_ROTATION_CHANGED;
    return jt_secret_equal((*token)->digest, former->digest) ? APR_EGENERAL
                                                             : APR_SUCCESS;
}

apr_status_t jt_rotation_run(jt_store_t *store, const jt_rotation_t *rotation,
                             jt_token_t *former, jt_rotation_found_t *found,
                             jt_token_t **token, apr_pool_t *pool)
{
    jt_token_t next;
    apr_status_t status = APR_SUCCESS;

    *token = NULL;
    *found = judge(rotation, former);
    if (*found != JT_ROTATION_DONE) {
        return APR_SUCCESS;
    }
    if (jt_secret_equal(former->digest, rotation->digest)) {
        *token = former;
    }
    else {
        status = jt_audit_begin_one(store, rotation->audit, pool);
        if (status != APR_SUCCESS) {
            return status;
        }
        next = plan(rotation, former);
        (void)jt_store_rotate(store, &next, former->digest, pool);
        status = read_back(store, rotation, former, found, token, pool);
    }
    /* As after a creation: the caller shows the secret from here on. */
    if (status == APR_SUCCESS && *found == JT_ROTATION_DONE) {
        (void)jt_store_mark_shown(store, rotation->id, pool);
    }
    return status;
}
