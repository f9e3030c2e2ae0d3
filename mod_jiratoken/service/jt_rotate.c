/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives a token a new secret, and invalidates what caches remember of the
 * former ones. It must not know forms or pages. What becomes of the row is in
 * core/jt_rotation.c.
 */
#include "service/jt_rotate.h"

#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "service/jt_invalidate.h"
#include "service/jt_issue.h"
#include "service/jt_record.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* Baton of the database work: its input and its result. */
typedef struct rotating_t {
    jt_rotation_t rotation;
    jt_rotated_t *rotated;
    jt_token_t *former; /* as it was before the first try */
    jt_record_t record;
    jt_invalidate_t invalidation;
} rotating_t;

static void add_record(rotating_t *rotating, const jt_token_t *former)
{
    jt_rotation_t *rotation = &rotating->rotation;
    apr_pool_t *pool = rotating->record.actor->pool;

    rotation->audit = jt_record_add(&rotating->record, former);
    rotation->audit->row.detail = apr_psprintf(
        pool, "%s overlap=%d",
        jt_record_expiry(jt_rotation_expiry(rotation->rules, former,
                                            rotation->now), pool),
        rotation->overlap);
}

static void close_record(rotating_t *rotating, apr_status_t status)
{
    if (status == APR_SUCCESS) {
        jt_record_get(&rotating->record, rotating->rotation.id)->outcome
            = rotating->rotated->found == JT_ROTATION_DONE ? JT_AUDIT_DONE
                                                           : JT_AUDIT_FAILED;
    }
    jt_record_close(&rotating->record);
}

/* What could not be recorded was not begun. */
static int was_tried(const rotating_t *rotating)
{
    const jt_actor_t *actor = rotating->record.actor;

    return !jt_config_server(actor->server)->audit
           || rotating->rotation.audit->is_begun;
}

/* What is remembered of the former secret is void from before the change on:
 * the row is read first, to know it. */
static apr_status_t change_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    rotating_t *rotating = baton;
    const jt_rotation_t *rotation = &rotating->rotation;
    jt_rotated_t *rotated = rotating->rotated;
    jt_token_t *former;
    apr_status_t status = jt_account_find(store, rotation->user, rotation->id,
                                          &former, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    if (former) {
        jt_invalidate_token(&rotating->invalidation, former, pool);
        rotating->former = rotating->former ? rotating->former : former;
        add_record(rotating, former);
    }
    status = jt_rotation_run(store, rotation, former, &rotated->found,
                             &rotated->token, pool);
    if (former) {
        jt_invalidate_token(&rotating->invalidation, former, pool);
    }
    return status;
}

static void log_rotated(const jt_actor_t *actor, const jt_token_t *token,
                        const jt_token_t *former)
{
    jt_shared_count(JT_COUNT_ROTATED);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, actor->r,
                  "token rotated: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "former=%.12s user=%s", token->grant.id, token->digest,
                  former ? former->digest : "-", actor->user);
}

/* The database's answer was lost. */
static void log_uncertain(const jt_actor_t *actor, const jt_token_t *former)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, actor->r,
                  "token perhaps rotated, the database did not say: id=%"
                  APR_INT64_T_FMT " former=%.12s user=%s", former->grant.id,
                  former->digest, actor->user);
}

apr_status_t jt_rotate(const jt_actor_t *actor, const jt_rotate_t *request,
                       char secret[JT_SECRET_SIZE], jt_rotated_t *rotated)
{
    rotating_t rotating;
    char digest[JT_SECRET_DIGEST_SIZE];
    apr_status_t status;

    memset(&rotating, 0, sizeof(rotating));
    memset(rotated, 0, sizeof(*rotated));
    if (jt_issue_secret(actor, secret, digest) != APR_SUCCESS) {
        return APR_SUCCESS;
    }
    rotated->has_secret = 1;
    rotating.rotated = rotated;
    rotating.rotation.rules = &jt_config_server(actor->server)->rules;
    rotating.rotation.user = actor->user;
    rotating.rotation.id = request->id;
    rotating.rotation.replaces = request->replaces;
    rotating.rotation.digest = digest;
    rotating.rotation.overlap = request->overlap;
    rotating.rotation.now = actor->now;
    jt_record_open(&rotating.record, actor, JT_AUDIT_ROTATED);
    status = jt_invalidate_run(actor, change_row, &rotating,
                               &rotating.invalidation);
    close_record(&rotating, status);
    if (status != APR_SUCCESS && rotating.former && was_tried(&rotating)) {
        log_uncertain(actor, rotating.former);
    }
    else if (status == APR_SUCCESS && rotated->found == JT_ROTATION_DONE) {
        log_rotated(actor, rotated->token, rotating.former);
    }
    return status;
}
