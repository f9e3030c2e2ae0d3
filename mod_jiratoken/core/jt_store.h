/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STORE_H
#define JT_STORE_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_token.h"

struct jt_statements_t;

/** The number of affected rows is unknown. */
#define JT_STORE_UNKNOWN (-1)

/** One table on one connection. Used by one thread at a time. */
typedef struct jt_store_t jt_store_t;

/**
 * Make a store and prepare its first statement (apr_dbd_prepare). Blocks, as do
 * all functions that return a status. Each of them prepares its statement
 * again, once, when it has died with its connection or schema.
 * @param table a valid JiraTokenTable; not copied
 * @param pool lives as long as the connection
 * @param store set even on failure: a later call may find the table
 * @return APR_SUCCESS, or APR_EGENERAL: see jt_store_fault()
 */
apr_status_t jt_store_make(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, jt_store_t **store,
                           apr_pool_t *pool);

/** Record changes in an audit table, which core/jt_audit.h is about.
 * @param table a valid JiraTokenAudit; not copied; NULL: none */
void jt_store_use_audit(jt_store_t *store, const char *table);

/** Keep messages about that table in another one. @param table as above */
void jt_store_use_outbox(jt_store_t *store, const char *table);

/** Its statements, for core/jt_audit.c and core/jt_outbox.c alone. */
struct jt_statements_t *jt_store_statements(jt_store_t *store);

/**
 * Prepare all statements about the token table: they name every column, table
 * and right that is needed. Otherwise each is prepared at its first use.
 * @return as jt_store_make()
 */
apr_status_t jt_store_probe(jt_store_t *store);

/** The same of the audit table, if there is one. */
apr_status_t jt_store_probe_audit(jt_store_t *store);

/** The same of the outbox. */
apr_status_t jt_store_probe_outbox(jt_store_t *store);

/** Have accounts looked up. @param query a valid JiraTokenUserQuery, not
 * copied; NULL: none */
void jt_store_set_user_query(jt_store_t *store, const char *query);

/** Prepare the user query. @return as jt_store_make(); APR_SUCCESS where there
 * is none */
apr_status_t jt_store_probe_account(jt_store_t *store);

/** The driver's message or code for the last failure; never a value from a row.
 * Valid until the next call for this store. */
const char *jt_store_fault(const jt_store_t *store);

/** Whether the last failure says that the table is missing or has another
 * schema. Zero: the database could not answer. */
int jt_store_is_unfit(const jt_store_t *store);

/** Whether the last failure says that the account lacks a right. Only MySQL and
 * MariaDB say so: see core/jt_rights.h for PostgreSQL. */
int jt_store_is_denied(const jt_store_t *store);

/** Whether the connection was lost, and could not be re-established. */
int jt_store_is_lost(const jt_store_t *store);

/** Whether the last failure says that a pooler gave a prepared statement to
 * another connection than the one that it was prepared on. */
int jt_store_is_pooled(const jt_store_t *store);

/** Whether the last failure was another client's lock on SQLite's file, for
 * which the driver has waited in vain. */
int jt_store_is_locked(const jt_store_t *store);

/** Whether the last failure was a unique constraint or a deadlock: another
 * client's change. A zero may be wrong. */
int jt_store_is_conflict(const jt_store_t *store);

/* The functions below return APR_SUCCESS when the database has answered, and
 * APR_EGENERAL when it could not: an error is never "no row". */

/**
 * Find a grant by its digest. Results are copied into pool, here and below.
 * @param grant set to NULL when there is none
 */
apr_status_t jt_store_find(jt_store_t *store, const char *digest,
                           jt_grant_t **grant, apr_pool_t *pool);

/** Find a grant by the digest of the secret before the last rotation. It ends
 * when that secret does. @param grant set to NULL when there is none */
apr_status_t jt_store_find_former(jt_store_t *store, const char *digest,
                                  jt_grant_t **grant, apr_pool_t *pool);

/** Find out whether a user has an account, by the user query. @param is_there
 * set; non-zero where there is no such query */
apr_status_t jt_store_find_account(jt_store_t *store, const char *user,
                                   int *is_there, apr_pool_t *pool);

/** Find a token by its id. @param token set to NULL when there is none */
apr_status_t jt_store_find_id(jt_store_t *store, apr_int64_t id,
                              jt_token_t **token, apr_pool_t *pool);

/** List a user's tokens, oldest first. @param tokens jt_token_t elements */
apr_status_t jt_store_list(jt_store_t *store, const char *user,
                           apr_array_header_t **tokens, apr_pool_t *pool);

/** How many secrets or ids one statement is about. */
#define JT_STORE_BATCH 50

/**
 * List the tokens with one of these ids.
 * @param ids apr_int64_t elements, JT_STORE_BATCH at most
 * @param tokens jt_token_t elements
 */
apr_status_t jt_store_list_ids(jt_store_t *store,
                               const apr_array_header_t *ids,
                               apr_array_header_t **tokens, apr_pool_t *pool);

/**
 * List the tokens with one of these secrets, which may also be the former one,
 * valid or not; oldest first.
 * @param digests const char * elements, JT_STORE_BATCH at most
 * @param tokens jt_token_t elements
 */
apr_status_t jt_store_list_secrets(jt_store_t *store,
                                   const apr_array_header_t *digests,
                                   apr_array_header_t **tokens,
                                   apr_pool_t *pool);

/**
 * Delete tokens as they were read, unless they end later by now.
 * @param tokens jt_token_t elements, JT_STORE_BATCH at most
 * @param affected as jt_store_delete() sets it
 */
apr_status_t jt_store_delete_ended(jt_store_t *store,
                                   const apr_array_header_t *tokens,
                                   apr_int64_t before, int *affected,
                                   apr_pool_t *pool);

/** Insert a token. The table assigns its id, and it has no last use. Never
 * retried: after an error the caller must look for the row, as a constraint, a
 * lost connection and a lost answer cannot be told apart. */
apr_status_t jt_store_insert(jt_store_t *store, const jt_token_t *token,
                             apr_pool_t *pool);

/**
 * Delete a row, unless its digest is another by now. A missing row is not an
 * error.
 * @param token its digest is set; found by its id and owner
 * @param affected set to 1; to 0 when there was no such row; to
 *        JT_STORE_UNKNOWN when the answer was lost, even if a retry found no
 *        row
 */
apr_status_t jt_store_delete(jt_store_t *store, const jt_token_t *token,
                             int *affected, apr_pool_t *pool);

/** The same, whatever its digest is: of a row that somebody has edited so that
 * its digest equals no text. */
apr_status_t jt_store_delete_damaged(jt_store_t *store,
                                     const jt_token_t *token, int *affected,
                                     apr_pool_t *pool);

/**
 * Record a use, unless one later than `before` is recorded already.
 * @param from the client's address
 */
apr_status_t jt_store_touch(jt_store_t *store, apr_int64_t id,
                            apr_int64_t now, const char *from,
                            apr_int64_t before, apr_pool_t *pool);

/** Record that the user was shown the token. */
apr_status_t jt_store_mark_shown(jt_store_t *store, apr_int64_t id,
                                 apr_pool_t *pool);

/**
 * Replace a token's digest and instants, unless its digest is no longer
 * `before`. Never retried, as an insertion: the caller must look for the row.
 * @param token its digest, created_at, expires_at and what is previous are set;
 *        found by its id and owner
 */
apr_status_t jt_store_rotate(jt_store_t *store, const jt_token_t *token,
                             const char *before, apr_pool_t *pool);

/** Change a token's label. A missing row is not an error. */
apr_status_t jt_store_rename(jt_store_t *store, apr_int64_t id,
                             const char *user, const char *label,
                             apr_pool_t *pool);

#endif
