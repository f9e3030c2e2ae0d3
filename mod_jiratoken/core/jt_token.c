/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules: who a token lets in, what a new one may be, who may see and
 * revoke it. Everything here takes the present as an argument and has never
 * seen a request; the SQL is jt_store.c's, the secret jt_secret.c's.
 */
#include "core/jt_token.h"

#include <apr_errno.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"

jt_verdict_t jt_token_judge(const jt_store_row_t *row, const char *user,
                            apr_int64_t now)
{
    if (!jt_secret_equal(row->user, user)) {
        return JT_VERDICT_OTHER_OWNER;
    }
    if (strcmp(row->scope, JT_TOKEN_SCOPE_FULL) || row->allowed_from) {
        return JT_VERDICT_RESTRICTED;
    }
    if (row->expires_at != JT_STORE_NEVER && now >= row->expires_at) {
        return JT_VERDICT_EXPIRED;
    }
    return JT_VERDICT_GRANTED;
}

static apr_status_t find_by_key(jt_store_t *store, jt_secret_hashes_t *hashes,
                                int nth, char *digest, jt_store_row_t **row,
                                apr_pool_t *pool)
{
    const unsigned char *hash = jt_secret_hashes_get(hashes, nth);

    if (!hash) {
        return APR_EGENERAL;
    }
    jt_secret_hex(hash, digest);
    return jt_store_find(store, digest, row, pool);
}

apr_status_t jt_token_check(jt_store_t *store, jt_secret_hashes_t *hashes,
                            const char *user, apr_int64_t now,
                            jt_token_check_t *check, apr_pool_t *pool)
{
    char digest[JT_SECRET_DIGEST_SIZE];
    apr_status_t status = APR_SUCCESS;
    int nth;

    memset(check, 0, sizeof(*check));
    for (nth = 0; nth < jt_secret_ring_count(hashes->ring) && !check->row;
         nth++) {
        status = find_by_key(store, hashes, nth, digest, &check->row, pool);
        if (status != APR_SUCCESS) {
            return status;
        }
        if (nth == 0 || check->row) {
            memcpy(check->digest, digest, sizeof(digest));
            check->nth = nth;
        }
    }
    if (check->row) {
        check->verdict = jt_token_judge(check->row, user, now);
    }
    return status;
}

apr_int64_t jt_token_last_day(const jt_token_rules_t *rules, apr_int64_t now)
{
    return jt_date_day(now) + rules->max_lifetime * JT_DATE_DAY;
}

static jt_token_expiry_t read_expiry(const jt_token_rules_t *rules,
                                     const char *text, apr_int64_t now,
                                     apr_int64_t *expires_at)
{
    apr_int64_t day;

    *expires_at = JT_STORE_NEVER;
    if (!*text) {
        return rules->max_lifetime ? JT_TOKEN_EXPIRY_REQUIRED
                                   : JT_TOKEN_EXPIRY_FINE;
    }
    if (jt_date_parse(text, &day) != APR_SUCCESS) {
        return JT_TOKEN_EXPIRY_FORMAT;
    }
    if (day < jt_date_day(now)) {
        return JT_TOKEN_EXPIRY_PAST;
    }
    if (rules->max_lifetime && day > jt_token_last_day(rules, now)) {
        return JT_TOKEN_EXPIRY_LATE;
    }
    *expires_at = day + JT_DATE_DAY;
    return JT_TOKEN_EXPIRY_FINE;
}

int jt_token_draft(const jt_token_rules_t *rules, const char *user,
                   const char *label, const char *expires, apr_int64_t now,
                   jt_token_draft_t *draft, apr_pool_t *pool)
{
    draft->user = user;
    draft->label = NULL;
    draft->label_fault = jt_label_parse(label, &draft->label, pool);
    draft->expiry_fault = read_expiry(rules, expires, now,
                                      &draft->expires_at);
    return draft->label_fault == JT_LABEL_FINE
           && draft->expiry_fault == JT_TOKEN_EXPIRY_FINE;
}

/* A creation in progress: what is to be the row, and what became of it. */
typedef struct creation_t {
    jt_store_t *store;
    const jt_token_rules_t *rules;
    jt_store_row_t wish;
    jt_store_row_t *row; /* NULL until it is there */
    jt_token_made_t made;
    apr_pool_t *pool;
} creation_t;

/* What an honest look at the user's rows says of a wish; when it may be
 * granted, its slot is the lowest that is free. */
static jt_token_made_t weigh(const apr_array_header_t *rows,
                             creation_t *creation)
{
    jt_store_row_t *wish = &creation->wish;
    int max = creation->rules->max;
    char *taken = apr_pcalloc(creation->pool, (apr_size_t)max);
    int i;

    for (i = 0; i < rows->nelts; i++) {
        jt_store_row_t *row = &APR_ARRAY_IDX(rows, i, jt_store_row_t);

        if (jt_secret_equal(row->digest, wish->digest)) {
            creation->row = row;
            return JT_TOKEN_MADE;
        }
        if (!strcmp(row->label, wish->label)) {
            return JT_TOKEN_DUPLICATE;
        }
        if (row->slot < max) {
            taken[row->slot] = 1;
        }
    }
    for (wish->slot = 0; wish->slot < max && taken[wish->slot];
         wish->slot++) {
    }
    return rows->nelts >= max || wish->slot == max ? JT_TOKEN_LIMIT
                                                   : JT_TOKEN_MADE;
}

static apr_status_t choose_slot(creation_t *creation)
{
    apr_array_header_t *rows;
    apr_status_t status = jt_store_list(creation->store, creation->wish.user,
                                        &rows, creation->pool);

    if (status == APR_SUCCESS) {
        creation->made = weigh(rows, creation);
    }
    return status;
}

/* An insertion has failed and the row is not there. A slot or a label that
 * somebody has taken meanwhile explains it, also one that was given back, or a
 * deadlock; what nothing explains may have been a matter of the moment.
 * @param again set when another try with the same slot is worth it */
static apr_status_t explain(creation_t *creation, int *again)
{
    apr_int64_t tried = creation->wish.slot;
    int is_conflict = jt_store_is_conflict(creation->store);
    apr_status_t status = choose_slot(creation);

    *again = 0;
    if (status != APR_SUCCESS || creation->row
        || creation->made != JT_TOKEN_MADE) {
        return status;
    }
    if (creation->wish.slot == tried && !is_conflict) {
        *again = 1;
        return APR_EGENERAL;
    }
    creation->made = JT_TOKEN_CONFLICT;
    return APR_SUCCESS;
}

static apr_status_t try_slot(creation_t *creation, int *again)
{
    jt_store_t *store = creation->store;
    jt_store_row_t **row = &creation->row;
    apr_status_t inserted = jt_store_insert(store, &creation->wish,
                                            creation->pool);
    /* Whatever the insertion said, only a row that is there is a token. */
    apr_status_t status = jt_store_find(store, creation->wish.digest, row,
                                        creation->pool);

    *again = 0;
    if (status == APR_SUCCESS && *row) {
        status = jt_store_find_id(store, (*row)->id, row, creation->pool);
    }
    if (status != APR_SUCCESS || *row) {
        return status;
    }
    return inserted == APR_SUCCESS ? APR_EGENERAL : explain(creation, again);
}

static apr_status_t run_creation(creation_t *creation)
{
    apr_status_t status = choose_slot(creation);
    int again;

    if (status != APR_SUCCESS || creation->row
        || creation->made != JT_TOKEN_MADE) {
        return status;
    }
    status = try_slot(creation, &again);
    return again ? try_slot(creation, &again) : status;
}

apr_status_t jt_token_create(jt_store_t *store, const jt_token_rules_t *rules,
                             const jt_token_draft_t *draft,
                             const char *digest, apr_int64_t now,
                             jt_token_made_t *made, jt_store_row_t **row,
                             apr_pool_t *pool)
{
    creation_t creation = { 0 };
    apr_status_t status;

    creation.store = store;
    creation.rules = rules;
    creation.pool = pool;
    creation.wish.user = draft->user;
    creation.wish.label = draft->label;
    creation.wish.digest = digest;
    creation.wish.created_at = now;
    creation.wish.expires_at = draft->expires_at;
    creation.wish.scope = JT_TOKEN_SCOPE_FULL;
    creation.wish.last_used_from = JT_STORE_UNSEEN;
    status = run_creation(&creation);
    /* From here on the caller shows it. Where this cannot be noted, the list
     * says "perhaps", and is right. */
    if (status == APR_SUCCESS && creation.row) {
        (void)jt_store_show(store, creation.row->id, pool);
    }
    *made = creation.made;
    *row = status == APR_SUCCESS ? creation.row : NULL;
    return status;
}

apr_status_t jt_token_list(jt_store_t *store, const char *user,
                           apr_array_header_t **rows, apr_pool_t *pool)
{
    apr_status_t status = jt_store_list(store, user, rows, pool);
    int kept = 0;
    int i;

    for (i = 0; status == APR_SUCCESS && i < (*rows)->nelts; i++) {
        jt_store_row_t row = APR_ARRAY_IDX(*rows, i, jt_store_row_t);

        if (jt_secret_equal(row.user, user)) {
            APR_ARRAY_IDX(*rows, kept++, jt_store_row_t) = row;
        }
    }
    if (status == APR_SUCCESS) {
        (*rows)->nelts = kept;
    }
    return status;
}

apr_status_t jt_token_find(jt_store_t *store, const char *user,
                           apr_int64_t id, jt_store_row_t **row,
                           apr_pool_t *pool)
{
    apr_status_t status = jt_store_find_id(store, id, row, pool);

    if (status == APR_SUCCESS && *row && !jt_secret_equal((*row)->user, user)) {
        *row = NULL;
    }
    return status;
}

apr_status_t jt_token_revoke(jt_store_t *store, const char *user,
                             apr_int64_t id, jt_store_row_t **row,
                             apr_pool_t *pool)
{
    apr_status_t status = jt_token_find(store, user, id, row, pool);
    jt_store_row_t *left = NULL;

    if (status != APR_SUCCESS || !*row) {
        return status;
    }
    (void)jt_store_delete(store, id, user, pool);
    /* Only a row that is gone is revoked, whatever the deletion said. */
    status = jt_store_find_id(store, id, &left, pool);
    if (status == APR_SUCCESS && left) {
        *row = NULL;
        return APR_EGENERAL;
    }
    return status;
}

static int is_among(apr_int64_t id, const apr_array_header_t *ids)
{
    int i;

    for (i = 0; i < ids->nelts; i++) {
        if (APR_ARRAY_IDX(ids, i, apr_int64_t) == id) {
            return 1;
        }
    }
    return 0;
}

void jt_token_choose(apr_array_header_t *rows, const apr_array_header_t *ids)
{
    int kept = 0;
    int i;

    for (i = 0; i < rows->nelts; i++) {
        jt_store_row_t row = APR_ARRAY_IDX(rows, i, jt_store_row_t);

        if (is_among(row.id, ids)) {
            APR_ARRAY_IDX(rows, kept++, jt_store_row_t) = row;
        }
    }
    rows->nelts = kept;
}

/* The rows that were there before and are no longer. */
static apr_array_header_t *find_gone(const apr_array_header_t *before,
                                     const apr_array_header_t *left,
                                     apr_pool_t *pool)
{
    apr_array_header_t *gone = apr_array_make(pool, before->nelts + 1,
                                              sizeof(jt_store_row_t));
    apr_array_header_t *ids = apr_array_make(pool, left->nelts + 1,
                                             sizeof(apr_int64_t));
    int i;

    for (i = 0; i < left->nelts; i++) {
        APR_ARRAY_PUSH(ids, apr_int64_t)
            = APR_ARRAY_IDX(left, i, jt_store_row_t).id;
    }
    for (i = 0; i < before->nelts; i++) {
        jt_store_row_t row = APR_ARRAY_IDX(before, i, jt_store_row_t);

        if (!is_among(row.id, ids)) {
            APR_ARRAY_PUSH(gone, jt_store_row_t) = row;
        }
    }
    return gone;
}

apr_status_t jt_token_revoke_several(jt_store_t *store, const char *user,
                                     const apr_array_header_t *ids,
                                     apr_array_header_t **rows,
                                     apr_array_header_t **revoked,
                                     apr_pool_t *pool)
{
    apr_array_header_t *mine;
    apr_status_t status = jt_token_list(store, user, &mine, pool);
    apr_array_header_t *left;
    int i;

    *rows = NULL;
    *revoked = NULL;
    if (status != APR_SUCCESS) {
        return status;
    }
    jt_token_choose(mine, ids);
    *rows = mine;
    for (i = 0; i < (*rows)->nelts && status == APR_SUCCESS; i++) {
        status = jt_store_delete(store,
                                 APR_ARRAY_IDX(*rows, i, jt_store_row_t).id,
                                 user, pool);
    }
    /* Only a row that is gone is revoked, whatever the deletions said. */
    if (jt_token_list(store, user, &left, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *revoked = find_gone(*rows, left, pool);
    return (*revoked)->nelts == (*rows)->nelts ? APR_SUCCESS : APR_EGENERAL;
}

jt_token_state_t jt_token_state(const jt_store_row_t *row, apr_int64_t now)
{
    if (row->expires_at == JT_STORE_NEVER) {
        return JT_TOKEN_ACTIVE;
    }
    if (now >= row->expires_at) {
        return JT_TOKEN_EXPIRED;
    }
    return row->expires_at - now <= JT_TOKEN_SOON ? JT_TOKEN_EXPIRES_SOON
                                                  : JT_TOKEN_ACTIVE;
}

int jt_token_is_touch_due(const jt_store_row_t *row, apr_int64_t now,
                          int interval)
{
    if (!interval) {
        return 0;
    }
    return row->last_used_at == JT_STORE_NEVER
           || now - row->last_used_at >= interval;
}

apr_status_t jt_token_parse_id(const char *text, apr_int64_t *id)
{
    const char *c;

    if (*text < '1' || *text > '9') {
        return APR_EINVAL;
    }
    for (c = text; apr_isdigit(*c); c++) {
    }
    if (*c || c - text > 19) {
        return APR_EINVAL;
    }
    errno = 0;
    *id = apr_strtoi64(text, NULL, 10);
    return errno ? APR_EINVAL : APR_SUCCESS;
}
