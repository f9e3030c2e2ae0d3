/* SPDX-License-Identifier: Apache-2.0
 *
 * Deletes tokens that ended long ago. It must not know when it is called, which
 * is in service/jt_upkeep.c.
 *
 * One server at a time: with an audit, time is cut into slots, and whoever adds
 * the row named after the present one first, purges until it is over. The row's
 * name is unique, so this needs no right but INSERT; a server that is killed
 * leaves its slot, and the next one is anybody's. Without an audit there is no
 * table to claim anything in, and nothing to gain: the DELETE names what was
 * read, so of two servers each row is deleted by one, and what the other one
 * finds gone is not its own.
 *
 * Only rows whose expires_at is a number in the past are listed, and the DELETE
 * says so again: what never ends, and what was given a later end meanwhile,
 * stays. A row that cannot be read stays too.
 */
#include "service/jt_purge.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_date.h"
#include "core/jt_listing.h"
#include "core/jt_secret.h"
#include "service/jt_invalidate.h"
#include "service/jt_record.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds that a server may purge, and others wait for one that was killed. */
#define SLOT 300

/* Between two looks when there is nothing to do. */
#define PAUSE apr_time_from_sec(60)

/* The most that one step takes: httpd may want to stop. */
#define STEP apr_time_from_sec(1)

/* Baton of the database work. */
typedef struct purging_t {
    jt_purge_t *purge;
    jt_actor_t actor;
    jt_record_t record;
    jt_invalidate_t invalidation;
    apr_int64_t before;         /* whoever ended before this */
    apr_array_header_t *tokens; /* jt_token_t, found and readable */
    const char *next;           /* NULL: there are no others */
    int is_claimed;
    int is_doubtful; /* they were deleted before, and no answer came */
} purging_t;

static apr_int64_t get_slot(const purging_t *purging)
{
    return purging->actor.now / SLOT;
}

static void init_purging(purging_t *purging, jt_purge_t *purge,
                         jt_patience_t *patience, apr_pool_t *pool)
{
    const jt_config_server_t *config = jt_config_server(purge->server);

    memset(purging, 0, sizeof(*purging));
    memset(patience, 0, sizeof(*patience));
    purging->purge = purge;
    purging->actor.server = purge->server;
    purging->actor.now = apr_time_sec(apr_time_now());
    purging->actor.patience = patience;
    purging->actor.pool = pool;
    purging->before = purging->actor.now
                      - config->purge_expired * JT_DATE_DAY + 1;
}

/* @param filter set; it has to last as long */
static void describe(const purging_t *purging, jt_filter_t *filter,
                     jt_listing_t *what)
{
    memset(filter, 0, sizeof(*filter));
    filter->expired_for = jt_config_server(
        purging->actor.server)->purge_expired;
    memset(what, 0, sizeof(*what));
    what->filter = filter;
    what->sort = JT_CURSOR_EXPIRES;
    what->limit = JT_STORE_BATCH;
    what->now = purging->actor.now;
}

static apr_status_t list_ended(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    purging_t *purging = baton;
    const char *passed = purging->purge->passed;
    apr_array_header_t *tokens;
    jt_cursor_t after;
    jt_filter_t filter;
    jt_listing_t what;
    apr_status_t status;
    int i;

    describe(purging, &filter, &what);
    if (*passed) {
        what.after = jt_cursor_parse(passed, what.sort, 0, &after, pool)
                         ? NULL : &after; /* what cannot be: begin anew */
    }
    status = jt_listing_read(store, &what, &tokens, &purging->next, pool);
    purging->tokens = apr_array_make(pool, JT_STORE_BATCH, sizeof(jt_token_t));
    for (i = 0; status == APR_SUCCESS && i < tokens->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (!token.is_unreadable && *token.digest) {
            APR_ARRAY_PUSH(purging->tokens, jt_token_t) = token;
        }
    }
    return status;
}

/* The row about the whole slot. */
static void add_head(purging_t *purging, apr_int64_t slot)
{
    const jt_config_server_t *config = jt_config_server(
        purging->actor.server);
    char instance[JT_SECRET_DIGEST_SIZE];
    jt_audit_change_t *head = jt_record_add_head(
        &purging->record, apr_psprintf(purging->actor.pool, "days=%d",
                                       config->purge_expired));

    jt_secret_hex(config->instance, instance);
    head->row.intent = apr_psprintf(purging->actor.pool,
                                    "purge-%" APR_INT64_T_FMT "-%.16s", slot,
                                    instance);
}

static apr_status_t claim_slot(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    purging_t *purging = baton;

    return jt_audit_claim(store, &APR_ARRAY_IDX(purging->record.changes, 0,
                                                jt_audit_change_t),
                          &purging->is_claimed, pool);
}

/* @return non-zero when this server may purge now */
static int claim(purging_t *purging)
{
    jt_purge_t *purge = purging->purge;
    apr_status_t status;

    if (!jt_config_server(purge->server)->audit
        || purge->slot == get_slot(purging)) {
        return 1;
    }
    jt_purge_stop(purge, purging->actor.pool);
    jt_record_open(&purging->record, &purging->actor, JT_AUDIT_PURGED);
    jt_record_number(&purging->record);
    add_head(purging, get_slot(purging));
    status = jt_dbd_run(purge->server, purging->actor.patience, claim_slot,
                        purging, purging->actor.pool);
    if (status == APR_SUCCESS && purging->is_claimed) {
        purge->slot = get_slot(purging);
        purge->batch = purging->record.batch;
    }
    jt_record_close(&purging->record);
    return status == APR_SUCCESS && purging->is_claimed;
}

static void invalidate_all(purging_t *purging, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < purging->tokens->nelts; i++) {
        jt_invalidate_token(&purging->invalidation,
                            &APR_ARRAY_IDX(purging->tokens, i, jt_token_t),
                            pool);
    }
}

static int is_among(const apr_array_header_t *tokens, apr_int64_t id)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        if (APR_ARRAY_IDX(tokens, i, jt_token_t).grant.id == id) {
            return 1;
        }
    }
    return 0;
}

static void note_purged(purging_t *purging, const jt_token_t *token)
{
    jt_record_get(&purging->record, token->grant.id)->outcome = JT_AUDIT_DONE;
    purging->purge->count++;
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, purging->actor.server,
                 "token purged: id=%" APR_INT64_T_FMT " digest=%.12s "
                 "expired=%" APR_INT64_T_FMT " user=%s", token->grant.id,
                 token->digest, token->grant.expires_at, token->grant.user);
}

/* Only what is gone is purged, whatever the deletion returned. */
static apr_status_t note_gone(jt_store_t *store, purging_t *purging,
                              apr_pool_t *pool)
{
    apr_array_header_t *ids = apr_array_make(pool, JT_STORE_BATCH,
                                             sizeof(apr_int64_t));
    apr_array_header_t *left;
    apr_status_t status;
    int i;

    for (i = 0; i < purging->tokens->nelts; i++) {
        APR_ARRAY_PUSH(ids, apr_int64_t) = APR_ARRAY_IDX(
            purging->tokens, i, jt_token_t).grant.id;
    }
    status = jt_store_list_ids(store, ids, &left, pool);
    for (i = 0; status == APR_SUCCESS && i < purging->tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(purging->tokens, i,
                                                 jt_token_t);

        if (!is_among(left, token->grant.id)) {
            note_purged(purging, token);
        }
    }
    return status;
}

static apr_status_t delete_ended(jt_store_t *store, void *baton,
                                 apr_pool_t *pool)
{
    purging_t *purging = baton;
    int affected;
    apr_status_t status = jt_audit_begin(store, purging->record.changes, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    invalidate_all(purging, pool);
    (void)jt_store_delete_ended(store, purging->tokens, purging->before,
                                &affected, pool);
    invalidate_all(purging, pool);
    if (!affected && !purging->is_doubtful) {
        return APR_SUCCESS; /* another server was first */
    }
    status = note_gone(store, purging, pool);
    purging->is_doubtful = status != APR_SUCCESS;
    return status;
}

static apr_status_t purge_tokens(purging_t *purging)
{
    apr_status_t status;

    jt_record_open(&purging->record, &purging->actor, JT_AUDIT_PURGED);
    purging->record.batch = purging->purge->batch ? purging->purge->batch
                                                  : JT_AUDIT_NONE;
    jt_record_add_all(&purging->record, purging->tokens);
    status = jt_invalidate_run(&purging->actor, delete_ended, purging,
                               &purging->invalidation);
    if (status == APR_SUCCESS) {
        jt_record_fail(&purging->record);
    }
    jt_record_close(&purging->record);
    return status;
}

/* What cannot be read must not be in the way of what can.
 * @return non-zero while there may be more to do */
static int purge_batch(jt_purge_t *purge, apr_pool_t *pool)
{
    jt_patience_t patience;
    purging_t purging;

    init_purging(&purging, purge, &patience, pool);
    if (jt_dbd_run(purge->server, &patience, list_ended, &purging, pool)
            != APR_SUCCESS) {
        return 0;
    }
    if (purging.tokens->nelts
        && (!claim(&purging) || purge_tokens(&purging) != APR_SUCCESS)) {
        return 0;
    }
    apr_cpystrn(purge->passed, purging.next ? purging.next : "",
                sizeof(purge->passed));
    return purging.next != NULL;
}

void jt_purge_step(jt_purge_t *purge, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    int is_more = 1;
    apr_pool_t *scratch;

    if (begun < purge->next && purge->next - begun <= PAUSE) {
        return;
    }
    apr_pool_create(&scratch, pool);
    while (is_more && apr_time_now() - begun < STEP
           && !apr_atomic_read32(purge->is_awaited)) {
        is_more = purge_batch(purge, scratch);
        apr_pool_clear(scratch);
    }
    if (!is_more) {
        jt_purge_stop(purge, scratch);
        purge->passed[0] = '\0';
        purge->next = begun + PAUSE;
    }
    apr_pool_destroy(scratch);
}

void jt_purge_stop(jt_purge_t *purge, apr_pool_t *pool)
{
    jt_patience_t patience;
    purging_t purging;
    jt_audit_change_t *head;

    if (!purge->slot) {
        return;
    }
    init_purging(&purging, purge, &patience, pool);
    jt_record_open(&purging.record, &purging.actor, JT_AUDIT_PURGED);
    purging.record.batch = purge->batch;
    add_head(&purging, purge->slot);
    head = jt_record_get(&purging.record, JT_AUDIT_NONE);
    head->is_begun = 1;
    head->outcome = JT_AUDIT_DONE;
    head->row.detail = apr_psprintf(pool, "%s purged=%d", head->row.detail,
                                    purge->count);
    jt_record_close(&purging.record);
    purge->slot = 0;
    purge->batch = 0;
    purge->count = 0;
}
