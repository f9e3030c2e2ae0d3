/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the audit table: intents and outcomes. It must not know who may
 * change what, nor SQL, which is in core/jt_audit_sql.h; core/jt_audit_list.c
 * lists them.
 *
 * There are no transactions (docs/ARCHITECTURE.md), so a change is three
 * statements: its intent, the change, its outcome. What a crash leaves:
 *
 *   before the intent     nothing was changed, and nothing says so;
 *   after the intent      nothing was changed; a lone intent says "perhaps";
 *   after the change      it was made; a lone intent says "perhaps";
 *   after the outcome     it was made, and the outcome says so.
 *
 * So no change is without its row, and a row without an outcome is never more
 * than a "perhaps". The same is left where the database stops answering, as
 * nobody knows then what has become of the change. An intent that cannot be
 * written refuses the change; an outcome that cannot be written does not undo
 * it.
 *
 * UNIQUE (intent, stage) makes each row's insertion idempotent: after an error,
 * or a lost answer, the row is looked for, and inserted once more if it is not
 * there.
 */
#include "core/jt_audit.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

#include "core/jt_audit_copy.h"
#include "core/jt_statement.h"

/* The rows of one statement: all of them intents, or all outcomes. */
typedef struct part_t {
    jt_statements_t *all;
    jt_audit_change_t **changes;
    int count;
    int is_outcome;
    apr_int64_t at; /* of outcomes */
} part_t;

static const char *format_number(apr_int64_t number, apr_pool_t *pool)
{
    return number == JT_AUDIT_NONE ? NULL
                                   : apr_psprintf(pool, "%" APR_INT64_T_FMT,
                                                  number);
}

static const char *get_stage(const part_t *part,
                             const jt_audit_change_t *change)
{
    return part->is_outcome ? change->outcome : JT_AUDIT_INTENT;
}

/* In the order of JT_AUDIT_WRITTEN. */
static void fill_row(const part_t *part, const jt_audit_change_t *change,
                     const char **args, apr_pool_t *pool)
{
    const jt_audit_row_t *row = &change->row;

    args[0] = format_number(part->is_outcome ? part->at : row->at, pool);
    args[1] = row->event;
    args[2] = get_stage(part, change);
    args[3] = row->intent;
    args[4] = format_number(row->batch, pool);
    args[5] = row->actor;
    args[6] = row->actor_how;
    args[7] = row->user;
    args[8] = format_number(row->token_id, pool);
    args[9] = row->label;
    args[10] = row->from;
    args[11] = row->detail;
}

static jt_statement_t choose_insertion(int count)
{
    return count == JT_AUDIT_MANY ? JT_STATEMENT_AUDIT_INSERT_MANY
           : count == JT_AUDIT_FEW ? JT_STATEMENT_AUDIT_INSERT_FEW
                                   : JT_STATEMENT_AUDIT_INSERT;
}

static apr_status_t insert(const part_t *part, apr_pool_t *pool)
{
    const char **args = apr_palloc(pool, (apr_size_t)part->count
                                             * JT_AUDIT_WRITTEN_COUNT
                                             * sizeof(*args));
    int i;

    for (i = 0; i < part->count; i++) {
        fill_row(part, part->changes[i], args + i * JT_AUDIT_WRITTEN_COUNT,
                 pool);
    }
    return jt_statement_query(part->all, choose_insertion(part->count), args,
                              pool);
}

/* Of the rows of a statement all are there, or none. */
static apr_status_t look(const part_t *part, int *is_there, apr_pool_t *pool)
{
    const jt_audit_change_t *first = part->changes[0];
    apr_array_header_t *rows = apr_array_make(pool, 1, sizeof(char **));
    const char *args[2];
    apr_status_t status;

    args[0] = first->row.intent;
    args[1] = get_stage(part, first);
    status = jt_statement_select(part->all, JT_STATEMENT_AUDIT_FIND, args,
                                 rows, pool);
    *is_there = rows->nelts > 0;
    return status;
}

/* The insertion may have died with SQLite's schema, while the other statement
 * is fresh: so it is prepared again before it is repeated. */
static apr_status_t write_part(const part_t *part, apr_pool_t *pool)
{
    int is_there;

    if (insert(part, pool) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (look(part, &is_there, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (is_there) {
        return APR_SUCCESS;
    }
    return jt_statement_reset(part->all, choose_insertion(part->count))
                   == APR_SUCCESS ? insert(part, pool) : APR_EGENERAL;
}

static void note_written(const part_t *part)
{
    int i;

    for (i = 0; i < part->count; i++) {
        part->changes[i]->is_begun = 1;
    }
}

static int choose_size(int left)
{
    return left >= JT_AUDIT_MANY ? JT_AUDIT_MANY
           : left >= JT_AUDIT_FEW ? JT_AUDIT_FEW : 1;
}

/* @param part its changes and their number are those of all parts */
static apr_status_t write_parts(part_t *part, apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;
    int left = part->count;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    while (left && status == APR_SUCCESS) {
        part->count = choose_size(left);
        status = write_part(part, scratch);
        if (status == APR_SUCCESS && !part->is_outcome) {
            note_written(part);
        }
        part->changes += part->count;
        left -= part->count;
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return status;
}

static int is_due(const jt_audit_change_t *change, int is_outcome)
{
    return is_outcome ? change->is_begun && change->outcome
                      : !change->is_begun;
}

static int count_begun(const apr_array_header_t *changes)
{
    int count = 0;
    int i;

    for (i = 0; i < changes->nelts; i++) {
        const jt_audit_change_t *change = &APR_ARRAY_IDX(changes, i,
                                                         jt_audit_change_t);

        count += change->is_begun && jt_audit_copy_is_fit(change);
    }
    return count;
}

/* Moves those that can be written so out of the part. All that a part has of
 * them are of one series. */
static void take_fit(part_t *part, jt_audit_copies_t *copies, apr_pool_t *pool)
{
    int kept = 0;
    int i;

    copies->all = part->all;
    copies->count = 0;
    copies->changes = apr_palloc(pool, ((apr_size_t)part->count + 1)
                                           * sizeof(jt_audit_change_t *));
    for (i = 0; i < part->count; i++) {
        if (jt_audit_copy_is_fit(part->changes[i])) {
            copies->changes[copies->count++] = part->changes[i];
        }
        else {
            part->changes[kept++] = part->changes[i];
        }
    }
    part->count = kept;
}

/* Those of many tokens at once; what is left over, as all others are. */
static apr_status_t write_copies(const part_t *part,
                                 jt_audit_copies_t *copies,
                                 const apr_array_header_t *changes,
                                 apr_pool_t *pool)
{
    part_t rest = *part;
    int is_done = 0;
    int i;

    if (copies->count >= JT_AUDIT_MANY && !part->is_outcome) {
        jt_audit_copy_begin(copies, pool);
    }
    else if (copies->count >= JT_AUDIT_MANY
             && copies->count == count_begun(changes)) {
        is_done = jt_audit_copy_end(copies, part->at, pool);
    }
    rest.changes = copies->changes;
    rest.count = 0;
    for (i = 0; i < copies->count && !is_done; i++) {
        if (part->is_outcome || !copies->changes[i]->is_begun) {
            rest.changes[rest.count++] = copies->changes[i];
        }
    }
    return write_parts(&rest, pool);
}

static apr_status_t write_due(jt_store_t *store,
                              const apr_array_header_t *changes,
                              part_t *part, apr_pool_t *pool)
{
    jt_audit_copies_t copies;
    apr_status_t status;
    part_t rest;
    int i;

    part->all = jt_store_statements(store);
    if (!part->all->audit) {
        return APR_SUCCESS;
    }
    part->changes = apr_palloc(pool, ((apr_size_t)changes->nelts + 1)
                                         * sizeof(jt_audit_change_t *));
    for (i = 0; i < changes->nelts; i++) {
        jt_audit_change_t *change = &APR_ARRAY_IDX(changes, i,
                                                   jt_audit_change_t);

        if (is_due(change, part->is_outcome)) {
            part->changes[part->count++] = change;
        }
    }
    take_fit(part, &copies, pool);
    rest = *part;
    status = write_parts(part, pool);
    return status == APR_SUCCESS ? write_copies(&rest, &copies, changes, pool)
                                 : status;
}

apr_status_t jt_audit_begin(jt_store_t *store, apr_array_header_t *changes,
                            apr_pool_t *pool)
{
    part_t part = { 0 };

    return write_due(store, changes, &part, pool);
}

apr_status_t jt_audit_begin_one(jt_store_t *store, jt_audit_change_t *change,
                                apr_pool_t *pool)
{
    part_t part = { 0 };

    part.all = jt_store_statements(store);
    if (!change || !part.all->audit || change->is_begun) {
        return APR_SUCCESS;
    }
    part.changes = &change;
    part.count = 1;
    return write_parts(&part, pool);
}

apr_status_t jt_audit_claim(jt_store_t *store, jt_audit_change_t *change,
                            int *claimed, apr_pool_t *pool)
{
    part_t part = { 0 };
    int is_there;

    part.all = jt_store_statements(store);
    part.changes = &change;
    part.count = 1;
    *claimed = 0;
    if (look(&part, &is_there, pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (is_there) {
        return APR_SUCCESS;
    }
    if (insert(&part, pool) == APR_SUCCESS) {
        change->is_begun = 1;
        *claimed = 1;
        return APR_SUCCESS;
    }
    return look(&part, &is_there, pool) == APR_SUCCESS && is_there
               ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t jt_audit_end(jt_store_t *store,
                          const apr_array_header_t *changes, apr_int64_t at,
                          apr_pool_t *pool)
{
    part_t part = { 0 };

    part.is_outcome = 1;
    part.at = at;
    return write_due(store, changes, &part, pool);
}
