/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUDIT_H
#define JT_AUDIT_H

#include "core/jt_audit_row.h"
#include "core/jt_store.h"

/* The audit table: what happened to tokens. Rows are only added. Each function
 * blocks as the database does, and returns APR_SUCCESS when it has answered,
 * and APR_EGENERAL when it could not. Those that write do nothing, and succeed,
 * for a store without an audit table. */

/**
 * Record the intents of changes that have none yet, in as few statements as
 * there may be; of each statement all rows are written, or none. Idempotent:
 * what an earlier try has written is found again. Unless it succeeds, nothing
 * may be changed.
 * @param changes jt_audit_change_t elements; `is_begun` is set
 */
apr_status_t jt_audit_begin(jt_store_t *store, apr_array_header_t *changes,
                            apr_pool_t *pool);

/** The same for one. @param change NULL: there is nothing to record */
apr_status_t jt_audit_begin_one(jt_store_t *store, jt_audit_change_t *change,
                                apr_pool_t *pool);

/**
 * Record an intent whose name is known to others: only one of all who try does.
 * @param claimed whether this call did. Zero also when its answer was lost
 */
apr_status_t jt_audit_claim(jt_store_t *store, jt_audit_change_t *change,
                            int *claimed, apr_pool_t *pool);

/**
 * Record the outcomes of the changes that were begun and have one. Idempotent.
 * @param at of the rows
 */
apr_status_t jt_audit_end(jt_store_t *store,
                          const apr_array_header_t *changes, apr_int64_t at,
                          apr_pool_t *pool);

#endif
