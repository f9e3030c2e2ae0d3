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
#include "service/jt_revoke.h"

void jt_revoke_batch_open(jt_revoke_batch_t *batch, const jt_actor_t *actor,
                          const char *detail)
{
    memset(batch, 0, sizeof(*batch));
    batch->actor = actor;
    jt_record_open(&batch->record, actor, JT_AUDIT_REVOKED);
    jt_record_number(&batch->record);
    if (detail) {
        jt_record_add_head(&batch->record, detail);
    }
}

/* Those that are not known to be gone by this call were revoked by others, if
 * the database has answered to the end. */
void jt_revoke_batch_close(jt_revoke_batch_t *batch, apr_status_t status)
{
    jt_record_get(&batch->record, JT_AUDIT_NONE)->outcome
        = status == APR_SUCCESS ? JT_AUDIT_DONE : JT_AUDIT_FAILED;
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
    apr_array_header_t *digests = apr_array_make(pool, JT_STORE_BATCH,
                                                 sizeof(const char *));
    int affected;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        APR_ARRAY_PUSH(digests, const char *) =
            APR_ARRAY_IDX(tokens, i, jt_token_t).digest;
    }
    (void)jt_store_delete_secrets(store, digests, &affected, pool);
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

static apr_status_t list_left(jt_store_t *store,
                              const apr_array_header_t *tokens,
                              apr_array_header_t **left, apr_pool_t *pool)
{
    apr_array_header_t *ids = apr_array_make(pool, JT_STORE_BATCH,
                                             sizeof(apr_int64_t));
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        APR_ARRAY_PUSH(ids, apr_int64_t) =
            APR_ARRAY_IDX(tokens, i, jt_token_t).grant.id;
    }
    return jt_store_list_ids(store, ids, left, pool);
}

static void count_gone(jt_revoke_batch_t *batch,
                       const apr_array_header_t *tokens,
                       const apr_array_header_t *left)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (!jt_token_find(left, token->grant.id)) {
            jt_revoke_log(batch->actor, token);
            jt_record_get(&batch->record, token->grant.id)->outcome
                = JT_AUDIT_DONE;
            batch->revoked++;
        }
    }
}

static void log_uncertain(const jt_revoke_batch_t *batch,
                          const apr_array_header_t *tokens)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_revoke_log_uncertain(batch->actor,
                                &APR_ARRAY_IDX(tokens, i, jt_token_t));
    }
}

apr_status_t jt_revoke_batch_run(jt_revoke_batch_t *batch, jt_store_t *store,
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
        status = list_left(store, tokens, &left, pool);
        if (status != APR_SUCCESS) {
            log_uncertain(batch, tokens);
            return status;
        }
        if (affected) { /* else another call was first */
            count_gone(batch, tokens, left);
        }
        tokens = left;
    }
    return tokens->nelts ? APR_EGENERAL : APR_SUCCESS;
}
