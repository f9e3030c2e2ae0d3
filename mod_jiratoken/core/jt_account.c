/* SPDX-License-Identifier: Apache-2.0
 *
 * One user's tokens in the table: who may see, create and revoke them. Owners
 * are compared here, byte for byte, whatever the table's collation says. It
 * must not know requests or pages; the SQL is in core/jt_store.c.
 */
#include "core/jt_account.h"

#include <apr_errno.h>
#include <string.h>

#include "core/jt_secret.h"

/* A creation in progress: the row to insert, and the result. */
typedef struct creation_t {
    jt_store_t *store;
    int max;
    jt_audit_change_t *audit;
    jt_token_t row;
    jt_token_t *token; /* NULL until the row is in the table */
    jt_account_made_t made;
    apr_pool_t *pool;
} creation_t;

/* Decides from the user's rows whether a new one is allowed. If it is, sets its
 * slot to the lowest free one. */
static jt_account_made_t plan_creation(const apr_array_header_t *tokens,
                                       creation_t *creation)
{
    jt_token_t *row = &creation->row;
    int max = creation->max;
    char *taken = apr_pcalloc(creation->pool, (apr_size_t)max);
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (jt_secret_equal(token->digest, row->digest)) {
            creation->token = token;
            return JT_ACCOUNT_MADE;
        }
        if (!strcmp(token->grant.label, row->grant.label)) {
            return JT_ACCOUNT_DUPLICATE;
        }
        if (token->slot != JT_TOKEN_NO_SLOT && token->slot < max) {
            taken[token->slot] = 1;
        }
    }
    for (row->slot = 0; row->slot < max && taken[row->slot];
         row->slot++) {
    }
    return tokens->nelts >= max || row->slot == max ? JT_ACCOUNT_LIMIT
                                                    : JT_ACCOUNT_MADE;
}

static apr_status_t choose_slot(creation_t *creation)
{
    apr_array_header_t *tokens;
    apr_status_t status = jt_store_list(creation->store,
                                        creation->row.grant.user, &tokens,
                                        creation->pool);

    if (status == APR_SUCCESS) {
        creation->made = plan_creation(tokens, creation);
    }
    return status;
}

/* Called when an insertion failed and the row is not there. A conflict explains
 * it: another creation took the slot or the label, even if that row is gone
 * again, or there was a deadlock. Without a conflict the failure may be
 * temporary.
 * @param retry set when the same slot is worth another try */
static apr_status_t explain_failure(creation_t *creation, int *retry)
{
    apr_int64_t tried = creation->row.slot;
    int is_conflict = jt_store_is_conflict(creation->store);
    apr_status_t status = choose_slot(creation);

    *retry = 0;
    if (status != APR_SUCCESS || creation->token
        || creation->made != JT_ACCOUNT_MADE) {
        return status;
    }
    if (creation->row.slot == tried && !is_conflict) {
        *retry = 1;
        return APR_EGENERAL;
    }
    creation->made = JT_ACCOUNT_CONFLICT;
    return APR_SUCCESS;
}

/* Only a row that is in the table is a token, whatever the insertion
 * returned. */
static apr_status_t read_row_back(creation_t *creation)
{
    jt_grant_t *grant;
    apr_status_t status = jt_store_find(creation->store,
                                        creation->row.digest, &grant,
                                        creation->pool);

    creation->token = NULL;
    return status == APR_SUCCESS && grant
               ? jt_store_find_id(creation->store, grant->id,
                                  &creation->token, creation->pool)
               : status;
}

static apr_status_t try_slot(creation_t *creation, int *retry)
{
    apr_status_t inserted = jt_store_insert(creation->store, &creation->row,
                                            creation->pool);
    apr_status_t status = read_row_back(creation);

    *retry = 0;
    if (status != APR_SUCCESS || creation->token) {
        return status;
    }
    return inserted == APR_SUCCESS ? APR_EGENERAL
                                   : explain_failure(creation, retry);
}

static apr_status_t run_creation(creation_t *creation)
{
    apr_status_t status = choose_slot(creation);
    int retry;

    if (status != APR_SUCCESS || creation->token
        || creation->made != JT_ACCOUNT_MADE) {
        return status;
    }
    status = jt_audit_begin_one(creation->store, creation->audit,
                                creation->pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    status = try_slot(creation, &retry);
    return retry ? try_slot(creation, &retry) : status;
}

apr_status_t jt_account_create(jt_store_t *store,
                               const jt_account_new_t *request,
                               jt_account_made_t *made, jt_token_t **token,
                               apr_pool_t *pool)
{
    creation_t creation = { 0 };
    apr_status_t status;

    creation.store = store;
    creation.max = request->rules->max;
    creation.audit = request->audit;
    creation.pool = pool;
    creation.row.grant.user = request->draft->user;
    creation.row.grant.label = request->draft->label;
    creation.row.grant.expires_at = request->draft->expires_at;
    creation.row.grant.restrictions = request->draft->restriction.text;
    creation.row.digest = request->digest;
    creation.row.grant.created_at = request->now;
    creation.row.is_unseen = 1;
    status = run_creation(&creation);
    /* The caller shows the token from here on. If this update fails, the list
     * says that the token was perhaps never shown, which is still true. */
    if (status == APR_SUCCESS && creation.token) {
        (void)jt_store_mark_shown(store, creation.token->grant.id, pool);
    }
    *made = creation.made;
    *token = status == APR_SUCCESS ? creation.token : NULL;
    return status;
}

apr_status_t jt_account_list(jt_store_t *store, const char *user,
                             apr_array_header_t **tokens, apr_pool_t *pool)
{
    apr_status_t status = jt_store_list(store, user, tokens, pool);
    int kept = 0;
    int i;

    for (i = 0; status == APR_SUCCESS && i < (*tokens)->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(*tokens, i, jt_token_t);

        if (jt_secret_equal(token.grant.user, user)) {
            APR_ARRAY_IDX(*tokens, kept++, jt_token_t) = token;
        }
    }
    if (status == APR_SUCCESS) {
        (*tokens)->nelts = kept;
    }
    return status;
}

apr_status_t jt_account_find(jt_store_t *store, const char *user,
                             apr_int64_t id, jt_token_t **token,
                             apr_pool_t *pool)
{
    apr_status_t status = jt_store_find_id(store, id, token, pool);

    if (status == APR_SUCCESS && *token
        && !jt_secret_equal((*token)->grant.user, user)) {
        *token = NULL;
    }
    return status;
}

/* A row whose digest equals none, not even its own, has not been rotated, and
 * cannot be. */
static apr_status_t delete_as_read(jt_store_t *store, const jt_token_t *token,
                                   int *affected, apr_pool_t *pool)
{
    jt_token_t *left;
    apr_status_t status = jt_store_delete(store, token, affected, pool);

    if (status != APR_SUCCESS || *affected) {
        return status;
    }
    status = jt_store_find_id(store, token->grant.id, &left, pool);
    return status == APR_SUCCESS && left
                   && jt_secret_equal(left->digest, token->digest)
               ? jt_store_delete_damaged(store, token, affected, pool)
               : status;
}

/* Only a row that is gone is revoked, whatever the deletion returned. Where the
 * database reports the rows affected, only the call that deleted the row has
 * revoked it. */
apr_status_t jt_account_revoke(jt_store_t *store, const jt_token_t *token,
                               jt_account_end_t *end, apr_pool_t *pool)
{
    jt_token_t *left;
    apr_status_t status;
    int affected;

    (void)delete_as_read(store, token, &affected, pool);
    status = jt_store_find_id(store, token->grant.id, &left, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    if (!left) {
        *end = affected ? JT_ACCOUNT_REVOKED : JT_ACCOUNT_GONE;
        return APR_SUCCESS;
    }
    if (jt_secret_equal(left->digest, token->digest)) {
        *end = JT_ACCOUNT_KEPT;
        return APR_EGENERAL;
    }
    *end = JT_ACCOUNT_ROTATED;
    return APR_SUCCESS;
}

/* Deletes each row, up to the first failure.
 * @param counts set to the rows affected, for each token */
static void delete_each(jt_store_t *store, const apr_array_header_t *tokens,
                        int *counts, apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        counts[i] = JT_STORE_UNKNOWN;
        if (status == APR_SUCCESS) {
            status = delete_as_read(store, token, &counts[i], pool);
        }
    }
}

/* Only rows that are gone count as revoked, whatever the deletions returned. A
 * row that another call deleted was revoked by that call.
 * @return the number of rows that are still there as they were */
static int collect_gone(jt_account_revoked_t *revoked, const int *counts,
                        const apr_array_header_t *left, apr_pool_t *pool)
{
    const apr_array_header_t *chosen = revoked->chosen;
    int remaining = 0;
    int i;

    revoked->gone = apr_array_make(pool, chosen->nelts + 1,
                                   sizeof(jt_token_t));
    for (i = 0; i < chosen->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(chosen, i, jt_token_t);
        const jt_token_t *still = jt_token_find(left, token.grant.id);

        if (still && jt_secret_equal(still->digest, token.digest)) {
            remaining++;
        }
        else if (still) {
            revoked->rotated++;
        }
        else if (counts[i]) {
            APR_ARRAY_PUSH(revoked->gone, jt_token_t) = token;
        }
    }
    return remaining;
}

apr_status_t jt_account_revoke_several(jt_store_t *store, const char *user,
                                       jt_account_revoked_t *revoked,
                                       apr_pool_t *pool)
{
    const apr_array_header_t *chosen = revoked->chosen;
    int *counts = apr_palloc(pool,
                             ((apr_size_t)chosen->nelts + 1) * sizeof(int));
    apr_array_header_t *left;

    revoked->gone = NULL;
    revoked->rotated = 0;
    delete_each(store, chosen, counts, pool);
    if (jt_account_list(store, user, &left, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return collect_gone(revoked, counts, left, pool) ? APR_EGENERAL
                                                     : APR_SUCCESS;
}
