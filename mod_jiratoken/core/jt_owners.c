/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of owners: when each of them last signed in. It must not know what
 * a sign-in is, nor for how many days an owner may stay away.
 *
 * A day is read before it is written, so that an owner costs one write a day,
 * however many servers and children see them. Two that write at once write the
 * same, or one of them meets the other, which is as good.
 */
#include "core/jt_owners.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_row.h"
#include "core/jt_store_parts.h"

/* Whose row has the day on which it began. */
#define NOBODY ""

static apr_status_t report(jt_store_t *store, apr_status_t status)
{
    if (status != APR_SUCCESS) {
        jt_store_parts_adopt(store, &store->owners, "JiraTokenOwnerSeen");
    }
    return status;
}

apr_status_t jt_owners_probe(jt_store_t *store)
{
    apr_status_t status = jt_statement_reset(&store->owners,
                                             JT_STATEMENT_FIND_OWNER);
    int which;

    for (which = JT_STATEMENT_FIND_OWNER + 1;
         which < JT_STATEMENT_FIRST_OF_AUDIT && status == APR_SUCCESS;
         which++) {
        status = jt_statement_prepare(&store->owners, (jt_statement_t)which);
    }
    return report(store, status);
}

/* Two clients that insert one row may meet, whatever the statement says for
 * that case: the row is there then. */
static apr_status_t write_day(jt_store_t *store, jt_statement_t which,
                              const char *user, apr_int64_t day,
                              apr_pool_t *pool)
{
    const char *args[2];
    apr_status_t status;

    args[0] = user;
    args[1] = apr_off_t_toa(pool, day);
    status = jt_statement_query(&store->owners, which, args, pool);
    if (status != APR_SUCCESS && store->owners.fault.is_conflict) {
        return APR_SUCCESS;
    }
    return report(store, status);
}

apr_status_t jt_owners_begin(jt_store_t *store, apr_int64_t today,
                             apr_pool_t *pool)
{
    return write_day(store, JT_STATEMENT_BEGIN_OWNERS, NOBODY, today, pool);
}

/* @param rows jt_row_owner_t elements; compared byte for byte, as a table that
 *        somebody has made otherwise may find more
 * @return NULL: there is none */
static const jt_row_owner_t *find_row(const apr_array_header_t *rows,
                                      const char *user)
{
    int i;

    for (i = 0; i < rows->nelts; i++) {
        const jt_row_owner_t *row = &APR_ARRAY_IDX(rows, i, jt_row_owner_t);

        if (!strcmp(row->user, user)) {
            return row;
        }
    }
    return NULL;
}

/* The owner's row, or that of who has none. @param row set to NULL when there
 * is neither */
static apr_status_t select_row(jt_store_t *store, const char *user,
                               const jt_row_owner_t **row, apr_pool_t *pool)
{
    apr_array_header_t *rows = apr_array_make(pool, 2,
                                              sizeof(jt_row_owner_t));
    const char *args[2];
    apr_status_t status;

    args[0] = user;
    args[1] = NOBODY;
    status = jt_statement_select(&store->owners, JT_STATEMENT_FIND_OWNER, args,
                                 rows, pool);
    *row = find_row(rows, user);
    if (!*row) {
        *row = find_row(rows, NOBODY);
    }
    return report(store, status);
}

apr_status_t jt_owners_find(jt_store_t *store, const char *user,
                            apr_int64_t today, apr_int64_t *seen_on,
                            apr_pool_t *pool)
{
    const jt_row_owner_t *row;
    apr_status_t status = select_row(store, user, &row, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    *seen_on = row ? row->seen_on : today;
    return row ? APR_SUCCESS : jt_owners_begin(store, today, pool);
}

apr_status_t jt_owners_see(jt_store_t *store, const char *user,
                           apr_int64_t today, apr_pool_t *pool)
{
    const jt_row_owner_t *row;
    apr_status_t status = select_row(store, user, &row, pool);

    if (status != APR_SUCCESS
        || (row && !strcmp(row->user, user) && row->seen_on >= today)) {
        return status;
    }
    return write_day(store, JT_STATEMENT_SEE_OWNER, user, today, pool);
}

/* @param args set to a batch of owners, from `first` on; the rest is NULL,
 *        which equals nothing */
static void fill_batch(const char **args, const apr_array_header_t *tokens,
                       int first)
{
    int i;

    for (i = 0; i < JT_STORE_BATCH; i++) {
        args[i] = first + i < tokens->nelts
                      ? APR_ARRAY_IDX(tokens, first + i, jt_token_t).grant.user
                      : NULL;
    }
}

static void mark_token(jt_token_t *token, const apr_array_header_t *rows)
{
    const jt_row_owner_t *row = find_row(rows, token->grant.user);

    if (!row) {
        row = find_row(rows, NOBODY);
    }
    if (row) {
        token->owner_seen_on = row->seen_on;
    }
}

apr_status_t jt_owners_mark(jt_store_t *store, apr_array_header_t *tokens,
                            apr_pool_t *pool)
{
    const char *args[JT_STORE_BATCH];
    apr_array_header_t *rows = apr_array_make(pool, JT_STORE_BATCH + 1,
                                              sizeof(jt_row_owner_t));
    apr_status_t status = APR_SUCCESS;
    int first;
    int i;

    for (first = 0; first < tokens->nelts && status == APR_SUCCESS;
         first += JT_STORE_BATCH) {
        apr_array_clear(rows);
        fill_batch(args, tokens, first);
        status = jt_statement_select(&store->owners, JT_STATEMENT_LIST_OWNERS,
                                     args, rows, pool);
        for (i = first; i < tokens->nelts && i < first + JT_STORE_BATCH
                        && status == APR_SUCCESS; i++) {
            mark_token(&APR_ARRAY_IDX(tokens, i, jt_token_t), rows);
        }
    }
    return report(store, status);
}
