/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the audit for many tokens, each kind by one INSERT ... SELECT: an
 * intent takes its token's name and label from the token's row, an outcome all
 * that is the same from its intent. The database then neither receives nor
 * parses them, which takes it longer than to store them. It must not know what
 * is changed, nor how rows are written one by one (core/jt_audit.c).
 *
 * A token that is gone before its intent is written gets none here, and one of
 * its own afterwards. Of a series each intent is named
 * by its token's id, so that the database can make the name; and as they grow,
 * the index on them is written where it was written last.
 */
#include "core/jt_audit_copy.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_where.h"

#define NUMBER "%" APR_INT64_T_FMT

static const jt_audit_row_t *get_first(const jt_audit_copies_t *copies)
{
    return &copies->changes[0]->row;
}

static jt_where_dialect_t get_dialect(const jt_audit_copies_t *copies)
{
    return jt_where_dialect(apr_dbd_name(copies->all->driver));
}

static const char *make_text(const jt_audit_copies_t *copies, const char *text,
                             apr_pool_t *pool)
{
    return text ? jt_where_literal(get_dialect(copies), text, pool) : "NULL";
}

/* As JT_AUDIT_NAME_FORMAT has it. */
static const char *make_hex_of_id(const jt_audit_copies_t *copies)
{
    switch (get_dialect(copies)) {
    case JT_WHERE_PGSQL:
        return "LPAD(TO_HEX(id), 16, '0')";
    case JT_WHERE_MYSQL:
        return "LPAD(LOWER(HEX(id)), 16, '0')";
    case JT_WHERE_SQLITE:
        break;
    }
    return "PRINTF('%016x', id)";
}

static const char *make_name(const jt_audit_copies_t *copies, apr_pool_t *pool)
{
    const char *series = make_text(copies, get_first(copies)->series, pool);
    const char *hex = make_hex_of_id(copies);

    return get_dialect(copies) == JT_WHERE_MYSQL
               ? apr_pstrcat(pool, "CONCAT(", series, ", ", hex, ")", NULL)
               : apr_pstrcat(pool, series, " || ", hex, NULL);
}

static const char *join_ids(const jt_audit_copies_t *copies, apr_pool_t *pool)
{
    apr_array_header_t *ids = apr_array_make(pool, copies->count,
                                             sizeof(const char *));
    int i;

    for (i = 0; i < copies->count; i++) {
        APR_ARRAY_PUSH(ids, const char *) = apr_off_t_toa(
            pool, copies->changes[i]->row.token_id);
    }
    return apr_array_pstrcat(pool, ids, ',');
}

/* In the order of JT_AUDIT_WRITTEN. */
static const char *make_intents(const jt_audit_copies_t *copies,
                                apr_pool_t *pool)
{
    const jt_audit_row_t *row = get_first(copies);

    return apr_psprintf(
        pool, "INSERT INTO %s (" JT_AUDIT_WRITTEN ") SELECT " NUMBER ", %s, '"
        JT_AUDIT_INTENT "', %s, " NUMBER ", %s, %s, user_name, id, label, %s,"
        " NULL FROM %s WHERE id IN (%s) ORDER BY id", copies->all->audit,
        row->at, make_text(copies, row->event, pool), make_name(copies, pool),
        row->batch, make_text(copies, row->actor, pool),
        make_text(copies, row->actor_how, pool),
        make_text(copies, row->from, pool), copies->all->table,
        join_ids(copies, pool));
}

/* The intents of the series that are these changes', and no others. */
static const char *make_range(const jt_audit_copies_t *copies,
                              apr_pool_t *pool)
{
    const char *least = get_first(copies)->intent;
    const char *most = least;
    int i;

    for (i = 1; i < copies->count; i++) {
        const char *intent = copies->changes[i]->row.intent;

        least = strcmp(intent, least) < 0 ? intent : least;
        most = strcmp(intent, most) > 0 ? intent : most;
    }
    return apr_psprintf(pool, "intent >= %s AND intent <= %s AND stage = '"
                        JT_AUDIT_INTENT "'", make_text(copies, least, pool),
                        make_text(copies, most, pool));
}

/* @return how many rows, or JT_STATEMENT_UNKNOWN */
static int run(const jt_audit_copies_t *copies, const char *text,
               apr_pool_t *pool)
{
    return jt_statement_query_text(copies->all, text, pool) == APR_SUCCESS
               ? copies->all->affected : JT_STATEMENT_UNKNOWN;
}

/* Some tokens were gone, or the answer was lost. */
static void find_begun(const jt_audit_copies_t *copies, apr_pool_t *pool)
{
    apr_array_header_t *rows = apr_array_make(pool, copies->count,
                                              sizeof(const char **));
    apr_hash_t *found = apr_hash_make(pool);
    int i;

    if (jt_statement_select_text(copies->all, apr_psprintf(
            pool, "SELECT intent FROM %s WHERE %s", copies->all->audit,
            make_range(copies, pool)), 1, rows, pool) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < rows->nelts; i++) {
        apr_hash_set(found, APR_ARRAY_IDX(rows, i, const char **)[0],
                     APR_HASH_KEY_STRING, "");
    }
    for (i = 0; i < copies->count; i++) {
        copies->changes[i]->is_begun = apr_hash_get(
            found, copies->changes[i]->row.intent, APR_HASH_KEY_STRING) != NULL;
    }
}

int jt_audit_copy_is_fit(const jt_audit_change_t *change)
{
    const jt_audit_row_t *row = &change->row;

    return row->series && !row->detail && row->batch != JT_AUDIT_NONE
           && row->token_id != JT_AUDIT_NONE;
}

void jt_audit_copy_begin(const jt_audit_copies_t *copies, apr_pool_t *pool)
{
    int i;

    if (run(copies, make_intents(copies, pool), pool) != copies->count) {
        find_begun(copies, pool);
        return;
    }
    for (i = 0; i < copies->count; i++) {
        copies->changes[i]->is_begun = 1;
    }
}

int jt_audit_copy_end(const jt_audit_copies_t *copies, apr_int64_t at,
                      apr_pool_t *pool)
{
    const char *outcome = copies->changes[0]->outcome;
    int i;

    for (i = 1; i < copies->count; i++) {
        if (strcmp(copies->changes[i]->outcome, outcome)) {
            return 0;
        }
    }
    return run(copies, apr_psprintf(
        pool, "INSERT INTO %s (" JT_AUDIT_WRITTEN ") SELECT " NUMBER ", event,"
        " %s, intent, batch, actor, actor_how, user_name, token_id, label,"
        " from_address, detail FROM %s WHERE %s ORDER BY intent",
        copies->all->audit, at, make_text(copies, outcome, pool),
        copies->all->audit, make_range(copies, pool)), pool) == copies->count;
}
