/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes the label of a token. It must not know forms or pages.
 */
#include "service/jt_rename.h"

#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

#include "service/jt_invalidate.h"
#include "service/jt_record.h"

APLOG_USE_MODULE(jiratoken);

/* Baton of the database work: its input and its result. */
typedef struct renaming_t {
    const jt_actor_t *actor;
    apr_int64_t id;
    const char *label;
    jt_renamed_t *renamed;
    jt_record_t record;
    jt_invalidate_t invalidation;
} renaming_t;

/* Whether another token of the user has the label. The table's constraint says
 * so too, but not on every driver in a way that can be told from other
 * failures. */
static apr_status_t find_other(jt_store_t *store, const renaming_t *renaming,
                               int *found, apr_pool_t *pool)
{
    apr_array_header_t *tokens;
    apr_status_t status = jt_account_list(store, renaming->actor->user,
                                          &tokens, pool);
    int i;

    *found = 0;
    for (i = 0; status == APR_SUCCESS && i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        *found |= token->grant.id != renaming->id
                  && !strcmp(token->grant.label, renaming->label);
    }
    return status;
}

/* Only a label that is in the table was changed, whatever the UPDATE
 * returned. */
static apr_status_t read_back(jt_store_t *store, renaming_t *renaming,
                              apr_pool_t *pool)
{
    jt_renamed_t *renamed = renaming->renamed;
    apr_status_t status = jt_account_find(store, renaming->actor->user,
                                          renaming->id, &renamed->token, pool);
    int is_taken;

    if (status != APR_SUCCESS || !renamed->token) {
        return status;
    }
    if (!strcmp(renamed->token->grant.label, renaming->label)) {
        renamed->found = JT_RENAME_DONE;
        return APR_SUCCESS;
    }
    status = find_other(store, renaming, &is_taken, pool);
    if (status == APR_SUCCESS && is_taken) {
        renamed->found = JT_RENAME_TAKEN;
        return APR_SUCCESS;
    }
    return APR_EGENERAL;
}

static apr_status_t begin_record(jt_store_t *store, renaming_t *renaming,
                                 const jt_token_t *token, apr_pool_t *pool)
{
    jt_audit_change_t *change = jt_record_add(&renaming->record, token);

    change->row.detail = apr_pstrcat(renaming->actor->pool, "to=",
                                     renaming->label, NULL);
    return jt_audit_begin(store, renaming->record.changes, pool);
}

static apr_status_t change_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    renaming_t *renaming = baton;
    const char *user = renaming->actor->user;
    jt_token_t *token;
    apr_status_t status = jt_account_find(store, user, renaming->id, &token,
                                          pool);

    if (status != APR_SUCCESS || !token) {
        return status;
    }
    status = begin_record(store, renaming, token, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    (void)jt_store_rename(store, renaming->id, user, renaming->label, pool);
    jt_invalidate_token(&renaming->invalidation, token, pool);
    return read_back(store, renaming, pool);
}

static void close_record(renaming_t *renaming, apr_status_t status)
{
    if (status == APR_SUCCESS) {
        jt_record_get(&renaming->record, renaming->id)->outcome
            = renaming->renamed->found == JT_RENAME_DONE ? JT_AUDIT_DONE
                                                         : JT_AUDIT_FAILED;
    }
    jt_record_close(&renaming->record);
}

apr_status_t jt_rename(const jt_actor_t *actor, apr_int64_t id,
                       const char *typed, jt_renamed_t *renamed)
{
    renaming_t renaming;
    apr_status_t status;

    memset(renamed, 0, sizeof(*renamed));
    memset(&renaming, 0, sizeof(renaming));
    renamed->label_fault = jt_label_parse(typed, &renaming.label, actor->pool);
    if (renamed->label_fault != JT_LABEL_FINE) {
        renamed->found = JT_RENAME_LABEL;
        return APR_SUCCESS;
    }
    renaming.actor = actor;
    renaming.id = id;
    renaming.renamed = renamed;
    jt_record_open(&renaming.record, actor, JT_AUDIT_RENAMED);
    status = jt_invalidate_run(actor, change_row, &renaming,
                               &renaming.invalidation);
    close_record(&renaming, status);
    if (status == APR_SUCCESS && renamed->found == JT_RENAME_DONE) {
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, actor->r,
                      "token renamed: id=%" APR_INT64_T_FMT " digest=%.12s "
                      "user=%s", id, renamed->token->digest, actor->user);
    }
    return status;
}
