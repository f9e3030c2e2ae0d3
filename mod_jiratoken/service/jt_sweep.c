/* SPDX-License-Identifier: Apache-2.0
 *
 * Administrators' revocations: in batches, between which the connection is
 * given back and the caches of other servers are told, so that checks go on
 * meanwhile. It must not know pages.
 */
#include "service/jt_sweep.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "service/jt_revoke_batch.h"

/* Bytes of a filter that are recorded: the column has room for the rest. */
#define MOST_OF_FILTER 1900

/* Baton of the database work of one batch. */
typedef struct sweep_t {
    jt_revoke_batch_t batch;
    jt_listing_t what;
    const apr_array_header_t *ids; /* NULL: what matches */
    apr_int64_t after;   /* the last id of the batch before */
    apr_int64_t reached; /* of this one */
    apr_int64_t number;  /* what the audit has all batches under; 0: the batch
                            gives one */
    jt_audit_change_t head; /* the row about them all; zero: none */
    apr_int64_t revoked; /* in all */
} sweep_t;

/* ---- what was asked for, and what became of it, in one row of the audit */

static void make_head(sweep_t *sweep, const jt_actor_t *actor,
                      const jt_filter_t *filter)
{
    const char *detail = jt_filter_is_empty(filter)
                             ? "everything"
                             : jt_filter_query(filter, actor->pool);
    jt_record_t record;

    detail = apr_pstrndup(actor->pool, detail, MOST_OF_FILTER);
    jt_record_open(&record, actor, JT_AUDIT_REVOKED);
    jt_record_number(&record);
    sweep->number = record.batch;
    sweep->head = *jt_record_add_head(&record, detail);
    jt_record_close(&record); /* nothing was begun */
}

/* With the first tokens, which the first batch need not find. */
static apr_status_t begin_head(sweep_t *sweep, jt_store_t *store,
                               const apr_array_header_t *tokens,
                               apr_pool_t *pool)
{
    return tokens->nelts ? jt_audit_begin_one(store, &sweep->head, pool)
                         : APR_SUCCESS;
}

/* A process that is killed before leaves it as a "perhaps". */
static void end_head(const sweep_t *sweep, const jt_actor_t *actor,
                     apr_status_t status)
{
    jt_audit_change_t head = sweep->head;
    jt_actor_t late = *actor;
    jt_record_t record;

    if (!head.is_begun) {
        return;
    }
    late.now = apr_time_sec(apr_time_now());
    head.outcome = status == APR_SUCCESS ? JT_AUDIT_DONE : JT_AUDIT_FAILED;
    head.row.detail = apr_psprintf(actor->pool, "%s revoked=%" APR_INT64_T_FMT,
                                   head.row.detail, sweep->revoked);
    jt_record_open(&record, &late, JT_AUDIT_REVOKED);
    APR_ARRAY_PUSH(record.changes, jt_audit_change_t) = head;
    jt_record_close(&record);
}

/* ---- batches */

static apr_status_t revoke_matching(jt_store_t *store, void *baton,
                                    apr_pool_t *pool)
{
    sweep_t *sweep = baton;
    apr_array_header_t *tokens;
    apr_status_t status = jt_listing_take(store, &sweep->what, sweep->after,
                                          &tokens, &sweep->reached, pool);

    if (status == APR_SUCCESS) {
        status = begin_head(sweep, store, tokens, pool);
    }
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

/* Each batch is a call of its own, with a connection and patience of its
 * own. */
static apr_status_t run_batch(sweep_t *sweep, const jt_actor_t *actor,
                              jt_dbd_work_t *work, apr_pool_t *pool)
{
    jt_patience_t patience = { 0 };
    jt_actor_t own = *actor;
    apr_status_t status;

    own.now = apr_time_sec(apr_time_now()); /* of its rows in the audit */
    own.pool = pool;
    own.patience = &patience;
    jt_revoke_batch_open(&sweep->batch, &own);
    if (sweep->number) {
        sweep->batch.record.batch = sweep->number;
    }
    status = jt_invalidate_run(&own, work, sweep, &sweep->batch.invalidation);
    jt_revoke_batch_close(&sweep->batch, status);
    sweep->revoked += sweep->batch.revoked;
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
    make_head(&sweep, actor, &survey->filter);
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
    end_head(&sweep, actor, status);
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
