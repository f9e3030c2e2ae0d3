/* SPDX-License-Identifier: Apache-2.0
 *
 * Administrators' revocations: in batches, between which the connection is
 * given back and the caches of other servers are told, so that checks go on
 * meanwhile. It must not know pages.
 */
#include "service/jt_sweep.h"

#include <apr_errno.h>
#include <string.h>

#include "service/jt_revoke_batch.h"

/* Baton of the database work of one batch. */
typedef struct sweep_t {
    jt_revoke_batch_t batch;
    jt_listing_t what;
    const apr_array_header_t *ids; /* NULL: what matches */
    apr_int64_t after;   /* the last id of the batch before */
    apr_int64_t reached; /* of this one */
    apr_int64_t number;  /* what the audit has all batches under; 0: the first
                            one gives it */
    const char *detail;  /* what was asked for, in the audit's words; NULL: it
                            is recorded, or there is nothing to say */
    apr_int64_t revoked; /* in all */
} sweep_t;

static apr_status_t revoke_matching(jt_store_t *store, void *baton,
                                    apr_pool_t *pool)
{
    sweep_t *sweep = baton;
    apr_array_header_t *tokens;
    apr_status_t status = jt_listing_take(store, &sweep->what, sweep->after,
                                          &tokens, &sweep->reached, pool);

    return status == APR_SUCCESS
               ? jt_revoke_batch_run(&sweep->batch, store, tokens, pool)
               : status;
}

static apr_status_t revoke_ids(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    sweep_t *sweep = baton;
    apr_status_t status = APR_SUCCESS;
    int i;

    for (i = 0; i < sweep->ids->nelts && status == APR_SUCCESS;
         i += JT_STORE_BATCH) {
        apr_array_header_t part = *sweep->ids;
        apr_array_header_t *tokens;

        part.elts += (apr_size_t)i * sizeof(apr_int64_t);
        part.nelts = sweep->ids->nelts - i < JT_STORE_BATCH
                         ? sweep->ids->nelts - i : JT_STORE_BATCH;
        status = jt_store_list_ids(store, &part, &tokens, pool);
        if (status == APR_SUCCESS) {
            status = jt_revoke_batch_run(&sweep->batch, store, tokens, pool);
        }
    }
    return status;
}

/* One row of the audit says what was asked for, and each token has its own. Of
 * one token there is nothing else to say. */
static void open_batch(sweep_t *sweep, const jt_actor_t *actor)
{
    jt_record_t *record = &sweep->batch.record;

    jt_revoke_batch_open(&sweep->batch, actor);
    if (sweep->number) {
        record->batch = sweep->number;
    }
    sweep->number = record->batch;
    if (sweep->detail) {
        jt_record_add_head(record, sweep->detail);
    }
}

/* It is written with the first tokens, which the first batch need not find. */
static void close_batch(sweep_t *sweep, apr_status_t status)
{
    jt_revoke_batch_close(&sweep->batch, status);
    if (jt_record_get(&sweep->batch.record, JT_AUDIT_NONE)->is_begun) {
        sweep->detail = NULL;
    }
    sweep->revoked += sweep->batch.revoked;
}

/* Each batch is a call of its own, with a connection and patience of its
 * own. */
static apr_status_t run_batch(sweep_t *sweep, const jt_actor_t *actor,
                              jt_dbd_work_t *work, apr_pool_t *pool)
{
    jt_patience_t patience = { 0 };
    jt_actor_t own = *actor;
    apr_status_t status;

    own.pool = pool;
    own.patience = &patience;
    open_batch(sweep, &own);
    status = jt_invalidate_run(&own, work, sweep, &sweep->batch.invalidation);
    close_batch(sweep, status);
    return status;
}

apr_status_t jt_sweep_matching(const jt_actor_t *actor,
                               const jt_survey_t *survey,
                               jt_sweep_progress_t *progress, void *baton,
                               apr_int64_t *revoked)
{
    sweep_t sweep = { 0 };
    apr_status_t status;
    apr_pool_t *pool;

    jt_survey_describe(actor, survey, &sweep.what);
    sweep.what.limit = JT_SURVEY_BATCH;
    sweep.detail = jt_filter_is_empty(&survey->filter)
                       ? "everything" : jt_filter_query(&survey->filter,
                                                        actor->pool);
    apr_pool_create(&pool, actor->pool);
    do {
        sweep.after = sweep.reached;
        status = run_batch(&sweep, actor, revoke_matching, pool);
        apr_pool_clear(pool);
        if (progress) {
            progress(baton, sweep.revoked);
        }
    } while (status == APR_SUCCESS && sweep.reached != JT_LISTING_END);
    apr_pool_destroy(pool);
    *revoked = sweep.revoked;
    return status;
}

apr_status_t jt_sweep_ids(const jt_actor_t *actor,
                          const apr_array_header_t *ids, apr_int64_t *revoked)
{
    sweep_t sweep = { 0 };
    apr_status_t status;

    sweep.ids = ids;
    sweep.number = ids->nelts == 1 ? JT_AUDIT_NONE : 0;
    status = run_batch(&sweep, actor, revoke_ids, actor->pool);
    *revoked = sweep.revoked;
    return status;
}
