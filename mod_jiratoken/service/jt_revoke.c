/* SPDX-License-Identifier: Apache-2.0
 *
 * Revokes tokens and invalidates them in the caches. It must not know forms or
 * pages. The order is in service/jt_invalidate.c.
 */
#include "service/jt_revoke.h"

#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "service/jt_invalidate.h"
#include "service/jt_record.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* Baton of the database work: its input and its result. */
typedef struct revocation_t {
    const jt_actor_t *actor;
    apr_int64_t id;
    jt_token_t *token;
    int is_kept; /* it is known to be there still */
    const apr_array_header_t *ids;
    jt_account_revoked_t *revoked;
    jt_record_t record;
    jt_invalidate_t invalidation;
} revocation_t;

static void invalidate_all(revocation_t *revocation,
                           const apr_array_header_t *tokens, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_invalidate_token(&revocation->invalidation,
                            &APR_ARRAY_IDX(tokens, i, jt_token_t), pool);
    }
}

/* A token as it was read, with all that is remembered of it before and
 * after. */
static apr_status_t revoke_read(jt_store_t *store, revocation_t *revocation,
                                const jt_token_t *token, jt_account_end_t *end,
                                apr_pool_t *pool)
{
    apr_status_t status;

    jt_record_add(&revocation->record, token);
    status = jt_audit_begin(store, revocation->record.changes, pool);
    if (status != APR_SUCCESS) {
        *end = JT_ACCOUNT_KEPT;
        return status;
    }
    jt_invalidate_token(&revocation->invalidation, token, pool);
    status = jt_account_revoke(store, token, end, pool);
    jt_invalidate_token(&revocation->invalidation, token, pool);
    return status;
}

/* A token that is rotated meanwhile is read again: nobody has invalidated its
 * new secret. The result is the token that was revoked, or is perhaps
 * (APR_EGENERAL), by this try or an earlier one. */
static apr_status_t revoke_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    revocation_t *revocation = baton;
    int i;

    for (i = 0; i < JT_ACCOUNT_TRIES; i++) {
        jt_account_end_t end = JT_ACCOUNT_REVOKED;
        jt_token_t *token;
        apr_status_t status = jt_account_find(store, revocation->actor->user,
                                              revocation->id, &token, pool);

        if (status != APR_SUCCESS || !token) {
            return status;
        }
        status = revoke_read(store, revocation, token, &end, pool);
        revocation->is_kept = end == JT_ACCOUNT_KEPT;
        if (end != JT_ACCOUNT_GONE) {
            revocation->token = end == JT_ACCOUNT_REVOKED ? token : NULL;
        }
        if (end != JT_ACCOUNT_ROTATED) {
            return status;
        }
    }
    return APR_EGENERAL;
}

static apr_status_t begin_all(jt_store_t *store, revocation_t *revocation,
                              const apr_array_header_t *tokens,
                              apr_pool_t *pool)
{
    jt_record_add_all(&revocation->record, tokens);
    return jt_audit_begin(store, revocation->record.changes, pool);
}

static apr_status_t revoke_chosen(jt_store_t *store, revocation_t *revocation,
                                  jt_account_revoked_t *revoked,
                                  apr_pool_t *pool)
{
    const char *user = revocation->actor->user;
    apr_status_t status = jt_account_list(store, user, &revoked->chosen, pool);

    if (status != APR_SUCCESS) {
        revoked->chosen = NULL;
        return status;
    }
    jt_token_choose(revoked->chosen, revocation->ids);
    status = begin_all(store, revocation, revoked->chosen, pool);
    if (status != APR_SUCCESS) {
        revoked->chosen = NULL;
        return status;
    }
    invalidate_all(revocation, revoked->chosen, pool);
    status = jt_account_revoke_several(store, user, revoked, pool);
    invalidate_all(revocation, revoked->chosen, pool);
    return status;
}

/* @param more what became of those that were still there */
static void add_revoked(jt_account_revoked_t *revoked,
                        const jt_account_revoked_t *more)
{
    if (!revoked->chosen) {
        *revoked = *more;
    }
    else if (revoked->gone && more->gone) {
        apr_array_cat(revoked->gone, more->gone);
    }
    else {
        revoked->gone = NULL;
    }
}

static apr_status_t revoke_rows(jt_store_t *store, void *baton,
                                apr_pool_t *pool)
{
    revocation_t *revocation = baton;
    jt_account_revoked_t *revoked = revocation->revoked;
    int i;

    /* A second run would not find the rows that the first one deleted, so their
     * fate stays unknown. */
    if (revoked->chosen) {
        revoked->gone = NULL;
        return APR_EGENERAL;
    }
    for (i = 0; i < JT_ACCOUNT_TRIES; i++) {
        jt_account_revoked_t round = { 0 };
        apr_status_t status = revoke_chosen(store, revocation, &round, pool);

        add_revoked(revoked, &round);
        if (status != APR_SUCCESS || !round.rotated) {
            return status;
        }
    }
    return APR_EGENERAL;
}

void jt_revoke_log(const jt_actor_t *actor, const jt_token_t *token)
{
    jt_shared_count(JT_COUNT_REVOKED);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, actor->r,
                  "token revoked: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "user=%s", token->grant.id, token->digest,
                  token->grant.user);
}

void jt_revoke_log_uncertain(const jt_actor_t *actor, const jt_token_t *token)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, actor->r,
                  "token perhaps revoked, the database did not say: id=%"
                  APR_INT64_T_FMT " digest=%.12s user=%s", token->grant.id,
                  token->digest, token->grant.user);
}

/* @param tokens jt_token_t elements; NULL: none */
static void log_each(void (*log)(const jt_actor_t *, const jt_token_t *),
                     const jt_actor_t *actor,
                     const apr_array_header_t *tokens)
{
    int i;

    for (i = 0; tokens && i < tokens->nelts; i++) {
        log(actor, &APR_ARRAY_IDX(tokens, i, jt_token_t));
    }
}

static void close_one(revocation_t *revocation, apr_status_t status)
{
    if (status == APR_SUCCESS || revocation->is_kept) {
        jt_record_fail(&revocation->record);
    }
    if (status == APR_SUCCESS && revocation->token) {
        jt_record_get(&revocation->record, revocation->id)->outcome
            = JT_AUDIT_DONE;
    }
    jt_record_close(&revocation->record);
}

static void close_several(revocation_t *revocation)
{
    const jt_account_revoked_t *revoked = revocation->revoked;
    int i;

    if (revoked->gone || !revoked->chosen) {
        jt_record_fail(&revocation->record);
    }
    for (i = 0; revoked->gone && i < revoked->gone->nelts; i++) {
        apr_int64_t id = APR_ARRAY_IDX(revoked->gone, i, jt_token_t).grant.id;

        jt_record_get(&revocation->record, id)->outcome = JT_AUDIT_DONE;
    }
    jt_record_close(&revocation->record);
}

apr_status_t jt_revoke_one(const jt_actor_t *actor, apr_int64_t id,
                           jt_token_t **token)
{
    revocation_t revocation = { 0 };
    apr_status_t status;

    revocation.actor = actor;
    revocation.id = id;
    jt_record_open(&revocation.record, actor, JT_AUDIT_REVOKED);
    status = jt_invalidate_run(actor, revoke_row, &revocation,
                               &revocation.invalidation);
    close_one(&revocation, status);
    *token = status == APR_SUCCESS ? revocation.token : NULL;
    if (revocation.token) {
        (status == APR_SUCCESS ? jt_revoke_log : jt_revoke_log_uncertain)(
            actor, revocation.token);
    }
    return status;
}

apr_status_t jt_revoke_several(const jt_actor_t *actor,
                               const apr_array_header_t *ids,
                               jt_account_revoked_t *revoked)
{
    revocation_t revocation = { 0 };
    apr_status_t status;

    memset(revoked, 0, sizeof(*revoked));
    revocation.actor = actor;
    revocation.ids = ids;
    revocation.revoked = revoked;
    jt_record_open(&revocation.record, actor, JT_AUDIT_REVOKED);
    jt_record_number(&revocation.record);
    status = jt_invalidate_run(actor, revoke_rows, &revocation,
                               &revocation.invalidation);
    close_several(&revocation);
    if (revoked->gone) {
        log_each(jt_revoke_log, actor, revoked->gone);
    }
    else {
        log_each(jt_revoke_log_uncertain, actor, revoked->chosen);
    }
    return status;
}
