/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_OWNERS_H
#define JT_OWNERS_H

#include "core/jt_store.h"

/* When the owners of tokens last signed in (JiraTokenOwnerSeen): the table
 * <JiraTokenTable>_owners, of conf/sql/owners-*.sql, on a store's connection.
 * Days are UTC, since 1970-01-01. The row of the empty name, which nobody can
 * have, has the day on which this began: whoever has no row counts as seen
 * then. All block as the database does, and return APR_SUCCESS when it has
 * answered, APR_EGENERAL when it could not: jt_store_fault() and the others
 * tell of it. */

/** Added to JiraTokenTable. */
#define JT_OWNERS_SUFFIX "_owners"

/** Prepare all statements, as jt_store_probe() does. */
apr_status_t jt_owners_probe(jt_store_t *store);

/** Write down that it begins today, unless it has begun. */
apr_status_t jt_owners_begin(jt_store_t *store, apr_int64_t today,
                             apr_pool_t *pool);

/**
 * Find the day on which an owner was last seen, or counts as seen. It begins
 * today when that was never written down.
 * @param seen_on set
 */
apr_status_t jt_owners_find(jt_store_t *store, const char *user,
                            apr_int64_t today, apr_int64_t *seen_on,
                            apr_pool_t *pool);

/** Write down that an owner is seen today, unless that, or a later day, is
 * there: then nothing is written. Idempotent. */
apr_status_t jt_owners_see(jt_store_t *store, const char *user,
                           apr_int64_t today, apr_pool_t *pool);

/**
 * Set owner_seen_on of tokens, for jt_token_state(). One statement for
 * JT_STORE_BATCH of them.
 * @param tokens jt_token_t elements; where nobody has begun, they stay as they
 *        are
 */
apr_status_t jt_owners_mark(jt_store_t *store, apr_array_header_t *tokens,
                            apr_pool_t *pool);

#endif
