/* SPDX-License-Identifier: Apache-2.0
 *
 * One user's tokens in the table: who may see, create and revoke them. Owners
 * are compared here, byte for byte, whatever the table's collation found. Has
 * seen no request; the SQL is core/jt_store.c's.
 */
#include "core/jt_account.h"

#include <apr_errno.h>
#include <string.h>

#include "core/jt_secret.h"

/* A creation in progress: what is to be the row, and what became of it. */
typedef struct creation_t {
    jt_store_t *store;
    int max;
    jt_token_t wish;
    jt_token_t *token; /* NULL until it is there */
    jt_account_made_t made;
    apr_pool_t *pool;
} creation_t;

/* What an honest look at the user's rows says of a wish; when it may be
 * granted, its slot is the lowest that is free. */
static jt_account_made_t weigh(const apr_array_header_t *tokens,
                               creation_t *creation)
{
    jt_token_t *wish = &creation->wish;
    int max = creation->max;
    char *taken = apr_pcalloc(creation->pool, (apr_size_t)max);
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (jt_secret_equal(token->digest, wish->digest)) {
            creation->token = token;
            return JT_ACCOUNT_MADE;
        }
        if (!strcmp(token->grant.label, wish->grant.label)) {
            return JT_ACCOUNT_DUPLICATE;
        }
        if (token->slot < max) {
            taken[token->slot] = 1;
        }
    }
    for (wish->slot = 0; wish->slot < max && taken[wish->slot];
         wish->slot++) {
    }
    return tokens->nelts >= max || wish->slot == max ? JT_ACCOUNT_LIMIT
                                                     : JT_ACCOUNT_MADE;
}

static apr_status_t choose_slot(creation_t *creation)
{
    apr_array_header_t *tokens;
    apr_status_t status = jt_store_list(creation->store,
                                        creation->wish.grant.user, &tokens,
                                        creation->pool);

    if (status == APR_SUCCESS) {
        creation->made = weigh(tokens, creation);
    }
    return status;
}

/* An insertion has failed and the row is not there. A slot or a label that
 * somebody has taken meanwhile explains it, also one that was given back, or a
 * deadlock; what nothing explains may have been a matter of the moment.
 * @param again set when another try with the same slot is worthwhile */
static apr_status_t explain(creation_t *creation, int *again)
{
    apr_int64_t tried = creation->wish.slot;
    int is_conflict = jt_store_is_conflict(creation->store);
    apr_status_t status = choose_slot(creation);

    *again = 0;
    if (status != APR_SUCCESS || creation->token
        || creation->made != JT_ACCOUNT_MADE) {
        return status;
    }
    if (creation->wish.slot == tried && !is_conflict) {
        *again = 1;
        return APR_EGENERAL;
    }
    creation->made = JT_ACCOUNT_CONFLICT;
    return APR_SUCCESS;
}

/* Whatever the insertion said, only a row that is there is a token. */
static apr_status_t read_back(creation_t *creation)
{
    jt_grant_t *grant;
    apr_status_t status = jt_store_find(creation->store,
                                        creation->wish.digest, &grant,
                                        creation->pool);

    creation->token = NULL;
    return status == APR_SUCCESS && grant
               ? jt_store_find_id(creation->store, grant->id,
                                  &creation->token, creation->pool)
               : status;
}

static apr_status_t try_slot(creation_t *creation, int *again)
{
    apr_status_t inserted = jt_store_insert(creation->store, &creation->wish,
                                            creation->pool);
    apr_status_t status = read_back(creation);

    *again = 0;
    if (status != APR_SUCCESS || creation->token) {
        return status;
    }
    return inserted == APR_SUCCESS ? APR_EGENERAL : explain(creation, again);
}

static apr_status_t run_creation(creation_t *creation)
{
    apr_status_t status = choose_slot(creation);
    int again;

    if (status != APR_SUCCESS || creation->token
        || creation->made != JT_ACCOUNT_MADE) {
        return status;
    }
    status = try_slot(creation, &again);
    return again ? try_slot(creation, &again) : status;
}

apr_status_t jt_account_create(jt_store_t *store,
                               const jt_account_wish_t *wish,
                               jt_account_made_t *made, jt_token_t **token,
                               apr_pool_t *pool)
{
    creation_t creation = { 0 };
    apr_status_t status;

    creation.store = store;
    creation.max = wish->rules->max;
    creation.pool = pool;
    creation.wish.grant.user = wish->draft->user;
    creation.wish.grant.label = wish->draft->label;
    creation.wish.grant.expires_at = wish->draft->expires_at;
    creation.wish.grant.scope = JT_TOKEN_SCOPE_FULL;
    creation.wish.digest = wish->digest;
    creation.wish.created_at = wish->now;
    creation.wish.last_used_from = JT_TOKEN_UNSEEN;
    status = run_creation(&creation);
    /* From here on the caller shows it. Where this cannot be noted, the list
     * says "perhaps", and is right. */
    if (status == APR_SUCCESS && creation.token) {
        (void)jt_store_show(store, creation.token->grant.id, pool);
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

/* Only a row that is gone is revoked, whatever the deletion said; and only who
 * deleted it has revoked it, where the database can tell. */
apr_status_t jt_account_revoke(jt_store_t *store, const char *user,
                               apr_int64_t id, jt_token_t **token,
                               apr_pool_t *pool)
{
    apr_status_t status = jt_account_find(store, user, id, token, pool);
    jt_token_t *left = NULL;
    int affected;

    if (status != APR_SUCCESS || !*token) {
        return status;
    }
    (void)jt_store_delete(store, id, user, &affected, pool);
    status = jt_store_find_id(store, id, &left, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    if (left || affected == 0) {
        *token = NULL;
    }
    return left ? APR_EGENERAL : APR_SUCCESS;
}

/* Deletes each, up to the first that fails.
 * @param counts set, for each, to the rows affected */
static void delete_each(jt_store_t *store, const char *user,
                        const apr_array_header_t *tokens, int *counts,
                        apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        counts[i] = JT_STORE_UNKNOWN;
        if (status == APR_SUCCESS) {
            status = jt_store_delete(
                store, APR_ARRAY_IDX(tokens, i, jt_token_t).grant.id, user,
                &counts[i], pool);
        }
    }
}

static int is_among(apr_int64_t id, const apr_array_header_t *tokens)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        if (APR_ARRAY_IDX(tokens, i, jt_token_t).grant.id == id) {
            return 1;
        }
    }
    return 0;
}

/* Only a row that is gone is revoked, whatever the deletions said; one that
 * another call has deleted was revoked by that.
 * @return how many are still there */
static int settle(jt_account_revoked_t *revoked, const int *counts,
                  const apr_array_header_t *left, apr_pool_t *pool)
{
    const apr_array_header_t *meant = revoked->meant;
    int there = 0;
    int i;

    revoked->gone = apr_array_make(pool, meant->nelts + 1,
                                   sizeof(jt_token_t));
    for (i = 0; i < meant->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(meant, i, jt_token_t);

        if (is_among(token.grant.id, left)) {
            there++;
        }
        else if (counts[i]) {
            APR_ARRAY_PUSH(revoked->gone, jt_token_t) = token;
        }
    }
    return there;
}

apr_status_t jt_account_revoke_several(jt_store_t *store, const char *user,
                                       const apr_array_header_t *ids,
                                       jt_account_revoked_t *revoked,
                                       apr_pool_t *pool)
{
    apr_array_header_t *mine;
    apr_array_header_t *left;
    apr_status_t status = jt_account_list(store, user, &mine, pool);
    int *counts;

    revoked->meant = NULL;
    revoked->gone = NULL;
    if (status != APR_SUCCESS) {
        return status;
    }
    jt_token_choose(mine, ids);
    revoked->meant = mine;
    counts = apr_palloc(pool, ((apr_size_t)mine->nelts + 1) * sizeof(int));
    delete_each(store, user, mine, counts, pool);
    if (jt_account_list(store, user, &left, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return settle(revoked, counts, left, pool) ? APR_EGENERAL : APR_SUCCESS;
}
