/* SPDX-License-Identifier: Apache-2.0
 *
 * Revokes tokens in batches, whoever owns them, each as instantly as its owner
 * would. It must not know how they were found.
 */
#include "service/jt_revoke_batch.h"

#include <apr_errno.h>
#include <apr_tables.h>
#include <string.h>

#include "core/jt_account.h"
#include "core/jt_listing.h"
#include "service/jt_revoke.h"

void jt_revoke_batch_open(jt_revoke_batch_t *batch, const jt_actor_t *actor)
{
    memset(batch, 0, sizeof(*batch));
    batch->actor = actor;
    batch->doubtful = apr_array_make(actor->pool, 1, sizeof(jt_token_t));
    jt_record_open(&batch->record, actor, JT_AUDIT_REVOKED);
    jt_record_number(&batch->record);
}

/* Those that are not known to be gone by this call were revoked by others, if
 * the database has answered to the end. */
void jt_revoke_batch_close(jt_revoke_batch_t *batch, apr_status_t status)
{
    if (status == APR_SUCCESS) {
        jt_record_fail(&batch->record);
    }
    jt_record_close(&batch->record);
}

static void invalidate_all(jt_revoke_batch_t *batch,
                           const apr_array_header_t *tokens, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_invalidate_token(&batch->invalidation,
                            &APR_ARRAY_IDX(tokens, i, jt_token_t), pool);
    }
}

/* @return the rows affected, or JT_STORE_UNKNOWN */
static int delete_together(jt_store_t *store, const apr_array_header_t *tokens,
                           apr_pool_t *pool)
{
    int affected;

    (void)jt_listing_delete(store, tokens, &affected, pool);
    return affected;
}

/* Those that were left: some were rotated, and of some the digest equals
 * nothing. */
static int delete_singly(jt_store_t *store, const apr_array_header_t *tokens,
                         apr_pool_t *pool)
{
    jt_account_end_t end;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        (void)jt_account_revoke(store, &APR_ARRAY_IDX(tokens, i, jt_token_t),
                                &end, pool);
    }
    return JT_STORE_UNKNOWN;
}

/* Where each of them was deleted, none is left. */
static apr_status_t list_left(jt_store_t *store,
                              const apr_array_header_t *tokens, int affected,
                              apr_array_header_t **left, apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;
    int i;
    int k;

    *left = apr_array_make(pool, 1, sizeof(jt_token_t));
    for (i = 0; affected != tokens->nelts && i < tokens->nelts
                && status == APR_SUCCESS; i += JT_STORE_BATCH) {
        apr_array_header_t *ids = apr_array_make(pool, JT_STORE_BATCH,
                                                 sizeof(apr_int64_t));
        apr_array_header_t *found;

        for (k = i; k < tokens->nelts && k < i + JT_STORE_BATCH; k++) {
            APR_ARRAY_PUSH(ids, apr_int64_t) =
                APR_ARRAY_IDX(tokens, k, jt_token_t).grant.id;
        }
        status = jt_store_list_ids(store, ids, &found, pool);
        apr_array_cat(*left, found);
    }
    return status;
}

/* Where somebody else deletes some of them at the same instant, nobody can say
 * which, and each is recorded by both; their number is known.
 * @param affected rows, or JT_STORE_UNKNOWN */
static void count_gone(jt_revoke_batch_t *batch,
                       const apr_array_header_t *tokens,
                       const apr_array_header_t *left, int affected)
{
    int gone = 0;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (!jt_token_find(left, token->grant.id)) {
            jt_revoke_log(batch->actor, token);
            jt_record_get(&batch->record, token->grant.id)->outcome
                = JT_AUDIT_DONE;
            gone++;
        }
    }
    batch->revoked += affected >= 0 && affected < gone ? affected : gone;
}

static void note_doubtful(jt_revoke_batch_t *batch,
                          const apr_array_header_t *tokens)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_revoke_log_uncertain(batch->actor,
                                &APR_ARRAY_IDX(tokens, i, jt_token_t));
    }
    apr_array_cat(batch->doubtful, tokens);
}

/* A connection broke within an earlier run, which this one repeats: what it
 * deleted is not found again, and would seem to be somebody else's. What it did
 * not delete is found again. */
static apr_status_t settle_doubtful(jt_revoke_batch_t *batch,
                                    jt_store_t *store, apr_pool_t *pool)
{
    apr_array_header_t *left;
    apr_status_t status = list_left(store, batch->doubtful, JT_STORE_UNKNOWN,
                                    &left, pool);

    if (status == APR_SUCCESS) {
        count_gone(batch, batch->doubtful, left, JT_STORE_UNKNOWN);
        apr_array_clear(batch->doubtful);
    }
    return status;
}

static apr_status_t revoke_tokens(jt_revoke_batch_t *batch, jt_store_t *store,
                                  const apr_array_header_t *tokens,
                                  apr_pool_t *pool)
{
    int i;

    for (i = 0; tokens->nelts && i < JT_ACCOUNT_TRIES; i++) {
        apr_array_header_t *left;
        apr_status_t status;
        int affected;

        jt_record_add_all(&batch->record, tokens);
        status = jt_audit_begin(store, batch->record.changes, pool);
        if (status != APR_SUCCESS) {
            return status;
        }
        invalidate_all(batch, tokens, pool);
        affected = i ? delete_singly(store, tokens, pool)
                     : delete_together(store, tokens, pool);
        invalidate_all(batch, tokens, pool);
        status = list_left(store, tokens, affected, &left, pool);
        if (status != APR_SUCCESS) {
            note_doubtful(batch, tokens);
            return status;
        }
        if (affected) { /* else another call was first */
            count_gone(batch, tokens, left, affected);
        }
        tokens = left;
    }
    return tokens->nelts ? APR_EGENERAL : APR_SUCCESS;
}

apr_status_t jt_revoke_batch_run(jt_revoke_batch_t *batch, jt_store_t *store,
                                 const apr_array_header_t *tokens,
                                 apr_pool_t *pool)
{
    apr_status_t status = settle_doubtful(batch, store, pool);

    return status == APR_SUCCESS ? revoke_tokens(batch, store, tokens, pool)
                                 : status;
}
