/* SPDX-License-Identifier: Apache-2.0
 *
 * The table's rows as tokens: what is found, listed, inserted, changed and
 * deleted. It must not know SQL, which is in core/jt_statement.c, nor who may
 * see or create a token, which is in core/jt_account.c.
 */
#include "core/jt_store.h"

#include <apr_errno.h>
#include <apr_strings.h>

#include "core/jt_store_parts.h"

apr_status_t jt_store_make(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, jt_store_t **store,
                           apr_pool_t *pool)
{
    jt_store_t *made = apr_pcalloc(pool, sizeof(*made));

    made->all.driver = driver;
    made->all.handle = handle;
    made->all.table = table;
    made->all.pool = pool;
    made->account = made->all;
    made->owners = made->all;
    *store = made;
    return jt_statement_reset(&made->all, JT_STATEMENT_FIND);
}

void jt_store_use_audit(jt_store_t *store, const char *table)
{
    store->all.audit = table;
}

void jt_store_use_outbox(jt_store_t *store, const char *table)
{
    store->all.outbox = table;
}

jt_statements_t *jt_store_statements(jt_store_t *store)
{
    return &store->all;
}

static apr_status_t prepare_all(jt_store_t *store, int which, int end)
{
    apr_status_t status = APR_SUCCESS;

    for (; which < end && status == APR_SUCCESS; which++) {
        if (!store->all.prepared[which]) {
            status = jt_statement_prepare(&store->all, (jt_statement_t)which);
        }
    }
    return status;
}

apr_status_t jt_store_probe(jt_store_t *store)
{
    return prepare_all(store, 0, JT_STATEMENT_ACCOUNT);
}

apr_status_t jt_store_probe_audit(jt_store_t *store)
{
    return store->all.audit
               ? prepare_all(store, JT_STATEMENT_FIRST_OF_AUDIT,
                             JT_STATEMENT_FIRST_OF_OUTBOX)
               : APR_SUCCESS;
}

apr_status_t jt_store_probe_outbox(jt_store_t *store)
{
    return store->all.outbox
               ? prepare_all(store, JT_STATEMENT_FIRST_OF_OUTBOX,
                             JT_STATEMENTS)
               : APR_SUCCESS;
}

void jt_store_set_user_query(jt_store_t *store, const char *query)
{
    store->account.user_query = query;
}

apr_status_t jt_store_probe_account(jt_store_t *store)
{
    apr_status_t status = store->account.user_query
        ? jt_statement_reset(&store->account, JT_STATEMENT_ACCOUNT)
        : APR_SUCCESS;

    if (status != APR_SUCCESS) {
        jt_store_parts_adopt(store, &store->account, "JiraTokenUserQuery");
    }
    return status;
}

const char *jt_store_fault(const jt_store_t *store)
{
    return store->all.fault.words;
}

int jt_store_is_unfit(const jt_store_t *store)
{
    return store->all.unfit;
}

int jt_store_is_denied(const jt_store_t *store)
{
    return store->all.fault.is_denied;
}

int jt_store_is_lost(const jt_store_t *store)
{
    return store->all.lost;
}

int jt_store_is_pooled(const jt_store_t *store)
{
    return store->all.fault.is_pooled;
}

int jt_store_is_locked(const jt_store_t *store)
{
    return store->all.fault.is_locked;
}

int jt_store_is_conflict(const jt_store_t *store)
{
    return store->all.fault.is_conflict;
}

/* @return the row, or NULL when there is none */
static void *select_one(jt_store_t *store, jt_statement_t which,
                        const char *key, apr_status_t *status,
                        apr_pool_t *pool)
{
    apr_array_header_t *rows = apr_array_make(
        pool, 1, jt_statement_is_checked(which) ? sizeof(jt_grant_t)
                                                : sizeof(jt_token_t));
    const char *args[1];

    args[0] = key;
    *status = jt_statement_select(&store->all, which, args, rows, pool);
    return *status == APR_SUCCESS && rows->nelts > 0 ? rows->elts : NULL;
}

static const char *format_number(apr_int64_t number, apr_pool_t *pool)
{
    return number == JT_TOKEN_NEVER ? NULL : apr_off_t_toa(pool, number);
}

/* @param status of the statement */
static int get_affected(const jt_store_t *store, apr_status_t status)
{
    return status == APR_SUCCESS && store->all.affected != JT_STATEMENT_UNKNOWN
               ? store->all.affected : JT_STORE_UNKNOWN;
}

apr_status_t jt_store_find(jt_store_t *store, const char *digest,
                           jt_grant_t **grant, apr_pool_t *pool)
{
    apr_status_t status;

    *grant = select_one(store, JT_STATEMENT_FIND, digest, &status, pool);
    return status;
}

apr_status_t jt_store_find_former(jt_store_t *store, const char *digest,
                                  jt_grant_t **grant, apr_pool_t *pool)
{
    apr_status_t status;

    *grant = select_one(store, JT_STATEMENT_FIND_FORMER, digest, &status,
                        pool);
    return status;
}

apr_status_t jt_store_find_account(jt_store_t *store, const char *user,
                                   int *is_there, apr_pool_t *pool)
{
    apr_array_header_t *rows;
    const char *args[1];
    apr_status_t status;

    *is_there = 1;
    if (!store->account.user_query) {
        return APR_SUCCESS;
    }
    args[0] = user;
    rows = apr_array_make(pool, 1, sizeof(char));
    status = jt_statement_select(&store->account, JT_STATEMENT_ACCOUNT, args,
                                 rows, pool);
    *is_there = rows->nelts > 0;
    if (status != APR_SUCCESS) {
        jt_store_parts_adopt(store, &store->account, "JiraTokenUserQuery");
    }
    return status;
}

apr_status_t jt_store_find_id(jt_store_t *store, apr_int64_t id,
                              jt_token_t **token, apr_pool_t *pool)
{
    apr_status_t status;

    *token = select_one(store, JT_STATEMENT_FIND_ID, format_number(id, pool),
                        &status, pool);
    return status;
}

/* The driver may allocate a lot for many rows: a scratch pool frees it. */
static apr_status_t list_rows(jt_store_t *store, jt_statement_t which,
                              const char **args, apr_array_header_t **tokens,
                              apr_pool_t *pool)
{
    apr_pool_t *scratch;
    apr_status_t status;

    *tokens = apr_array_make(pool, 32, sizeof(jt_token_t));
    apr_pool_create(&scratch, pool);
    status = jt_statement_select(&store->all, which, args, *tokens, scratch);
    apr_pool_destroy(scratch);
    return status;
}

apr_status_t jt_store_list(jt_store_t *store, const char *user,
                           apr_array_header_t **tokens, apr_pool_t *pool)
{
    const char *args[1];

    args[0] = user;
    return list_rows(store, JT_STATEMENT_LIST, args, tokens, pool);
}

/* NULL equals nothing. */
static void fill_batch(const char **args, const apr_array_header_t *digests)
{
    int i;

    for (i = 0; i < JT_STORE_BATCH; i++) {
        args[i] = i < digests->nelts ? APR_ARRAY_IDX(digests, i, const char *)
                                     : NULL;
    }
}

apr_status_t jt_store_list_ids(jt_store_t *store,
                               const apr_array_header_t *ids,
                               apr_array_header_t **tokens, apr_pool_t *pool)
{
    const char *args[JT_STORE_BATCH];
    int i;

    for (i = 0; i < JT_STORE_BATCH; i++) {
        args[i] = i < ids->nelts
                      ? apr_off_t_toa(pool, APR_ARRAY_IDX(ids, i, apr_int64_t))
                      : NULL;
    }
    return list_rows(store, JT_STATEMENT_LIST_IDS, args, tokens, pool);
}

apr_status_t jt_store_list_secrets(jt_store_t *store,
                                   const apr_array_header_t *digests,
                                   apr_array_header_t **tokens,
                                   apr_pool_t *pool)
{
    const char *args[2 * JT_STORE_BATCH];

    fill_batch(args, digests);
    fill_batch(args + JT_STORE_BATCH, digests);
    return list_rows(store, JT_STATEMENT_LIST_SECRETS, args, tokens, pool);
}

apr_status_t jt_store_delete_ended(jt_store_t *store,
                                   const apr_array_header_t *tokens,
                                   apr_int64_t before, int *affected,
                                   apr_pool_t *pool)
{
    const char *args[JT_STORE_BATCH + 1];
    apr_status_t status;
    int i;

    args[0] = format_number(before, pool);
    for (i = 0; i < JT_STORE_BATCH; i++) {
        args[i + 1] = i < tokens->nelts
                          ? APR_ARRAY_IDX(tokens, i, jt_token_t).digest : NULL;
    }
    status = jt_statement_query(&store->all, JT_STATEMENT_DELETE_ENDED, args,
                                pool);
    *affected = get_affected(store, status);
    return status;
}

apr_status_t jt_store_insert(jt_store_t *store, const jt_token_t *token,
                             apr_pool_t *pool)
{
    const char *args[8];

    args[0] = format_number(token->slot, pool);
    args[1] = token->grant.user;
    args[2] = token->grant.label;
    args[3] = token->digest;
    args[4] = format_number(token->grant.created_at, pool);
    args[5] = format_number(token->grant.expires_at, pool);
    args[6] = token->grant.restrictions;
    args[7] = token->is_unseen ? "0" : "1";
    return jt_statement_query(&store->all, JT_STATEMENT_INSERT, args, pool);
}

static apr_status_t delete_row(jt_store_t *store, jt_statement_t which,
                               const jt_token_t *token, int *affected,
                               apr_pool_t *pool)
{
    const char *args[3];
    apr_status_t status;

    args[0] = format_number(token->grant.id, pool);
    args[1] = token->grant.user;
    args[2] = token->digest; /* DELETE_DAMAGED takes two */
    status = jt_statement_query(&store->all, which, args, pool);
    *affected = get_affected(store, status);
    return status;
}

apr_status_t jt_store_delete(jt_store_t *store, const jt_token_t *token,
                             int *affected, apr_pool_t *pool)
{
    return delete_row(store, JT_STATEMENT_DELETE, token, affected, pool);
}

apr_status_t jt_store_delete_damaged(jt_store_t *store,
                                     const jt_token_t *token, int *affected,
                                     apr_pool_t *pool)
{
    return delete_row(store, JT_STATEMENT_DELETE_DAMAGED, token, affected,
                      pool);
}

apr_status_t jt_store_touch(jt_store_t *store, apr_int64_t id,
                            apr_int64_t now, const char *from,
                            apr_int64_t before, apr_pool_t *pool)
{
    const char *args[4];

    args[0] = format_number(now, pool);
    args[1] = from;
    args[2] = format_number(id, pool);
    args[3] = format_number(before, pool);
    return jt_statement_query(&store->all, JT_STATEMENT_TOUCH, args, pool);
}

apr_status_t jt_store_mark_shown(jt_store_t *store, apr_int64_t id,
                                 apr_pool_t *pool)
{
    const char *args[1];

    args[0] = format_number(id, pool);
    return jt_statement_query(&store->all, JT_STATEMENT_MARK_SHOWN, args, pool);
}

apr_status_t jt_store_rotate(jt_store_t *store, const jt_token_t *token,
                             const char *before, apr_pool_t *pool)
{
    const char *args[8];

    args[0] = token->digest;
    args[1] = format_number(token->grant.created_at, pool);
    args[2] = format_number(token->grant.expires_at, pool);
    args[3] = token->previous_digest;
    args[4] = format_number(token->previous_until, pool);
    args[5] = format_number(token->grant.id, pool);
    args[6] = token->grant.user;
    args[7] = before;
    return jt_statement_query(&store->all, JT_STATEMENT_ROTATE, args, pool);
}

apr_status_t jt_store_rename(jt_store_t *store, apr_int64_t id,
                             const char *user, const char *label,
                             apr_pool_t *pool)
{
    const char *args[3];

    args[0] = label;
    args[1] = format_number(id, pool);
    args[2] = user;
    return jt_statement_query(&store->all, JT_STATEMENT_RENAME, args, pool);
}
