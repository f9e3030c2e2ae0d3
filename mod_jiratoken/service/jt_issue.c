/* SPDX-License-Identifier: Apache-2.0
 *
 * Creates a token: its secret and its row, with retries while other changes of
 * the same user's tokens interfere. It must not know forms or pages. The limit
 * is enforced in core/jt_account.c.
 */
#include "service/jt_issue.h"

#include <apr_general.h>
#include <http_log.h>

#include "jt_config.h"
#include "service/jt_record.h"
#include "state/jt_dbd.h"
#include "state/jt_log.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* The most tries of a creation that loses the race for a slot, and of one that
 * finds JiraTokenDatabaseLimit reached: SQLite's writers in several children
 * wait for each other, tenths of a second at a time. All waits of a creation
 * last no longer than one may, see state/jt_patience.h. */
#define TRIES 20
#define BUSY_TRIES 5

/* Baton of the database work: its input and its result. */
typedef struct creation_t {
    jt_account_new_t request;
    jt_issued_t *issued;
} creation_t;

static apr_status_t create_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    creation_t *creation = baton;

    return jt_account_create(store, &creation->request, &creation->issued->made,
                             &creation->issued->token, pool);
}

/* Another creation by the same user took the slot. Waits for a random time,
 * longer after each try, and holds no connection meanwhile. */
static void back_off(int tries)
{
    unsigned char random_byte = 0;

    apr_generate_random_bytes(&random_byte, 1);
    apr_sleep(apr_time_from_msec(1 + random_byte % (5 * tries)));
}

static apr_status_t create_token(const jt_actor_t *actor, creation_t *creation)
{
    int tries;

    for (tries = 1; tries <= TRIES; tries++) {
        apr_status_t status = jt_dbd_run(actor->server, actor->patience,
                                         create_row, creation, actor->pool);
        int is_busy = status == APR_EBUSY && tries < BUSY_TRIES;

        if (!is_busy
            && (status != APR_SUCCESS
                || creation->issued->made != JT_ACCOUNT_CONFLICT)) {
            return status;
        }
        back_off(tries);
    }
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, actor->r,
                  "no token was made: each of %d tries met another change of "
                  "the same user's tokens, user=%s", TRIES, actor->user);
    return APR_TIMEUP;
}

static void log_created(const jt_actor_t *actor, const jt_token_t *token)
{
    const char *limits = token->grant.restrictions;

    jt_shared_count(JT_COUNT_CREATED);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, actor->r,
                  "token created: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "%s%s%suser=%s", token->grant.id, token->digest,
                  limits ? "restrictions=\"" : "", limits ? limits : "",
                  limits ? "\" " : "", actor->user);
}

static jt_audit_change_t *add_record(jt_record_t *record,
                                     const jt_token_draft_t *draft)
{
    jt_audit_change_t *change;

    jt_record_open(record, record->actor, JT_AUDIT_CREATED);
    change = jt_record_add(record, NULL);
    change->row.user = draft->user;
    change->row.label = draft->label;
    change->row.detail = jt_record_terms(draft->expires_at,
                                         draft->restriction.text,
                                         record->actor->pool);
    return change;
}

/* Without an answer nobody knows. */
static void close_record(jt_record_t *record, jt_audit_change_t *change,
                         apr_status_t status, const jt_issued_t *issued)
{
    if (status == APR_SUCCESS && issued->made == JT_ACCOUNT_MADE) {
        change->outcome = JT_AUDIT_DONE;
        change->row.token_id = issued->token->grant.id;
    }
    else if (status == APR_SUCCESS || status == APR_TIMEUP) {
        change->outcome = JT_AUDIT_FAILED;
    }
    jt_record_close(record);
}

static void log_no_secret(const jt_actor_t *actor)
{
    static volatile apr_uint32_t logged;
    int level = jt_log_level(APLOG_ERR, &logged);

    ap_log_rerror(APLOG_MARK, level, 0, actor->r,
                  "no token can be made: OpenSSL gave no random bytes or no "
                  "digest");
}

apr_status_t jt_issue_secret(const jt_actor_t *actor,
                             char secret[JT_SECRET_SIZE],
                             char digest[JT_SECRET_DIGEST_SIZE])
{
    const jt_config_server_t *config = jt_config_server(actor->server);
    apr_status_t status = jt_secret_make(config->rules.prefix, secret);

    if (status == APR_SUCCESS) {
        status = jt_secret_digest(config->ring, 0, secret, digest);
    }
    if (status != APR_SUCCESS) {
        log_no_secret(actor);
    }
    return status;
}

apr_status_t jt_issue(const jt_actor_t *actor, const jt_token_draft_t *draft,
                      char secret[JT_SECRET_SIZE], jt_issued_t *issued)
{
    const jt_config_server_t *config = jt_config_server(actor->server);
    char digest[JT_SECRET_DIGEST_SIZE];
    creation_t creation;
    jt_record_t record;
    apr_status_t status;

    issued->token = NULL;
    issued->made = JT_ACCOUNT_NO_SECRET;
    if (jt_issue_secret(actor, secret, digest) != APR_SUCCESS) {
        return APR_SUCCESS;
    }
    creation.request.rules = &config->rules;
    creation.request.draft = draft;
    creation.request.digest = digest;
    creation.request.now = actor->now;
    creation.issued = issued;
    record.actor = actor;
    creation.request.audit = add_record(&record, draft);
    status = create_token(actor, &creation);
    close_record(&record, creation.request.audit, status, issued);
    if (status == APR_SUCCESS && issued->made == JT_ACCOUNT_MADE) {
        log_created(actor, issued->token);
    }
    return status;
}
