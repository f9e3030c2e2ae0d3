/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUDIT_COPY_H
#define JT_AUDIT_COPY_H

#include "core/jt_audit_row.h"
#include "core/jt_statement.h"

/* For core/jt_audit.c alone. Rows of the audit for many tokens at once, which
 * the database takes from what it has. Each function blocks. A failure is none
 * of the record: what is not written so is to be written one by one. */

/** Changes of one series. */
typedef struct jt_audit_copies_t {
    jt_statements_t *all;
    jt_audit_change_t **changes; /* each has the series of the first */
    int count;                   /* at least one */
} jt_audit_copies_t;

/** Whether a change can be written so. */
int jt_audit_copy_is_fit(const jt_audit_change_t *change);

/** Write intents, from the table of tokens. Sets is_begun of those, and of
 * those alone, that are written. */
void jt_audit_copy_begin(const jt_audit_copies_t *copies, apr_pool_t *pool);

/**
 * Write outcomes, from the intents.
 * @param copies all of the series that were begun
 * @param at of the rows
 * @return non-zero when all of them were written; else none was, or nobody
 *         knows
 */
int jt_audit_copy_end(const jt_audit_copies_t *copies, apr_int64_t at,
                      apr_pool_t *pool);

#endif
