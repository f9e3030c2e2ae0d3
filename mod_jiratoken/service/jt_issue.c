/* SPDX-License-Identifier: Apache-2.0
 *
 * Making a token: its secret, its row, and patience with others who change the
 * same user's tokens. Knows neither forms nor pages. The limit and the rules
 * are core/jt_account.c's.
 */
#include "service/jt_issue.h"

#include <apr_general.h>
#include <http_log.h>

#include "jt_config.h"
#include "state/jt_dbd.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* How often a creation is tried that loses the race for a slot, or, within
 * these, that finds JiraTokenDatabaseLimit reached: SQLite's writers of several
 * children wait for each other by tenths of a second. */
#define TRIES 20
#define CROWDED_TRIES 5

/* What the work that asks the database is handed and gives back. */
typedef struct creation_t {
    jt_account_new_t wish;
    jt_issued_t *issued;
} creation_t;

static apr_status_t create_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    creation_t *creation = baton;

    return jt_account_create(store, &creation->wish, &creation->issued->made,
                             &creation->issued->token, pool);
}

/* Another creation by the same user took the slot: wait a little, by chance
 * and longer each time, without holding a connection. */
static void back_off(int tries)
{
    unsigned char chance = 0;

    apr_generate_random_bytes(&chance, 1);
    apr_sleep(apr_time_from_msec(1 + chance % (5 * tries)));
}

static apr_status_t create(const jt_actor_t *actor, creation_t *creation)
{
    int tries;

    for (tries = 1; tries <= TRIES; tries++) {
        apr_status_t status = jt_dbd_run(actor->server, create_row, creation,
                                         actor->pool);
        int is_crowded = status == APR_EBUSY && tries < CROWDED_TRIES;

        if (!is_crowded
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

static apr_status_t make_secret(const jt_config_server_t *config,
                                char secret[JT_SECRET_SIZE],
                                char digest[JT_SECRET_DIGEST_SIZE])
{
    apr_status_t status = jt_secret_make(config->rules.prefix, secret);

    return status == APR_SUCCESS
               ? jt_secret_digest(config->ring, 0, secret, digest) : status;
}

static void log_created(const jt_actor_t *actor, const jt_token_t *token)
{
    jt_shared_count(JT_COUNT_CREATED);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, actor->r,
                  "token created: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "user=%s", token->grant.id, token->digest, actor->user);
}

apr_status_t jt_issue(const jt_actor_t *actor, const jt_token_draft_t *draft,
                      char secret[JT_SECRET_SIZE], jt_issued_t *issued)
{
    const jt_config_server_t *config = jt_config_server(actor->server);
    char digest[JT_SECRET_DIGEST_SIZE];
    creation_t creation;
    apr_status_t status;

    issued->token = NULL;
    issued->made = JT_ACCOUNT_NO_SECRET;
    if (make_secret(config, secret, digest) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, actor->r,
                      "no token can be made: OpenSSL gave no random bytes or "
                      "no digest");
        return APR_SUCCESS;
    }
    creation.wish.rules = &config->rules;
    creation.wish.draft = draft;
    creation.wish.digest = digest;
    creation.wish.now = actor->now;
    creation.issued = issued;
    status = create(actor, &creation);
    if (status == APR_SUCCESS && issued->made == JT_ACCOUNT_MADE) {
        log_created(actor, issued->token);
    }
    return status;
}
