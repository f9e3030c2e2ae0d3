/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STORE_H
#define JT_STORE_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_token.h"

/** A number of rows that nobody can say. */
#define JT_STORE_UNKNOWN (-1)

/** One table on one connection: for one thread at a time. */
typedef struct jt_store_t jt_store_t;

/**
 * Prepare every statement on a fresh connection (apr_dbd_prepare). All
 * functions prepare again, once, when a statement has died with its
 * connection or its schema.
 * @param table a lawful JiraTokenTable; not copied
 * @param pool lives as long as the connection
 * @param store set even on failure: a later call may find the table made
 * @return APR_SUCCESS, or APR_EGENERAL: see jt_store_fault()
 */
apr_status_t jt_store_make(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, jt_store_t **store,
                           apr_pool_t *pool);

/**
 * Look at all that the table must have and the account must be allowed to;
 * otherwise each statement is looked at when it is first used.
 * @return as jt_store_make()
 */
apr_status_t jt_store_probe(jt_store_t *store);

/** The driver's words or number for the last failure; never a value from a
 * row. Valid until the next call on this store. */
const char *jt_store_fault(const jt_store_t *store);

/**
 * Whether the last failure says that the table is not there, or not as this
 * version needs it; otherwise the database was not able to say.
 */
int jt_store_is_unfit(const jt_store_t *store);

/** @return non-zero when the last failure found no database, and none could be
 *          reached anew */
int jt_store_is_lost(const jt_store_t *store);

/**
 * Whether the last failure came of what others do to the table: a row that
 * takes what must be unique, or a deadlock. A guess where it says no.
 */
int jt_store_is_conflict(const jt_store_t *store);

/*
 * Each of the following returns APR_SUCCESS when the database has answered,
 * or APR_EGENERAL when it could not: an error is never "no row".
 */

/**
 * Find what a check needs by a digest. What is set is copied into pool, here
 * and below.
 * @param grant set to NULL when there is none
 */
apr_status_t jt_store_find(jt_store_t *store, const char *digest,
                           jt_grant_t **grant, apr_pool_t *pool);

/** Find a token by its id. @param token set to NULL when there is none */
apr_status_t jt_store_find_id(jt_store_t *store, apr_int64_t id,
                              jt_token_t **token, apr_pool_t *pool);

/** A user's tokens, oldest first. @param tokens jt_token_t elements */
apr_status_t jt_store_list(jt_store_t *store, const char *user,
                           apr_array_header_t **tokens, apr_pool_t *pool);

/**
 * Insert a token; its id is the table's to choose, and it has not been used.
 * Never run twice by itself: after an error the caller must look whether the
 * row is there, for a constraint, a lost connection and a lost answer all look
 * alike.
 */
apr_status_t jt_store_insert(jt_store_t *store, const jt_token_t *token,
                             apr_pool_t *pool);

/**
 * Delete a row by id and owner; it is no error if there is none.
 * @param affected set to 1, to 0 when there was none, or to JT_STORE_UNKNOWN:
 *        the answer to a first try was lost, or there was none
 */
apr_status_t jt_store_delete(jt_store_t *store, apr_int64_t id,
                             const char *user, int *affected,
                             apr_pool_t *pool);

/**
 * Note a use, unless a later one than `before` is already noted.
 * @param from the client's address
 */
apr_status_t jt_store_touch(jt_store_t *store, apr_int64_t id,
                            apr_int64_t now, const char *from,
                            apr_int64_t before, apr_pool_t *pool);

/** Note that a row's token is shown to its user: it is JT_TOKEN_UNSEEN no
 * longer. */
apr_status_t jt_store_show(jt_store_t *store, apr_int64_t id,
                           apr_pool_t *pool);

#endif
