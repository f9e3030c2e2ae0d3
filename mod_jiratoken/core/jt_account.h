/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACCOUNT_H
#define JT_ACCOUNT_H

#include "core/jt_audit.h"
#include "core/jt_store.h"
#include "core/jt_token.h"

/* One user's tokens in the table. Each function returns APR_SUCCESS when the
 * database has answered, and APR_EGENERAL when it could not; the out values are
 * then undefined unless stated. All block as the database does. Results are
 * allocated from pool. */

/** List a user's own tokens, oldest first. @param tokens jt_token_t elements */
apr_status_t jt_account_list(jt_store_t *store, const char *user,
                             apr_array_header_t **tokens, apr_pool_t *pool);

/**
 * Find a user's own token by its id.
 * @param token set to NULL for another user's, an unknown and a revoked id
 *        alike
 */
apr_status_t jt_account_find(jt_store_t *store, const char *user,
                             apr_int64_t id, jt_token_t **token,
                             apr_pool_t *pool);

/** The result of a creation, when the database has answered. */
typedef enum jt_account_made_t {
    JT_ACCOUNT_LIMIT,     /* the user has as many as the rules allow */
    JT_ACCOUNT_DUPLICATE, /* the user has a token with this label */
    JT_ACCOUNT_CONFLICT,  /* another creation interfered: try again */
    JT_ACCOUNT_NO_SECRET, /* OpenSSL failed; nothing was tried */
    JT_ACCOUNT_MADE
} jt_account_made_t;

/** A token to create. */
typedef struct jt_account_new_t {
    const jt_token_rules_t *rules;
    const jt_token_draft_t *draft;
    const char *digest; /* of its secret, by the ring's first key */
    apr_int64_t now;
    jt_audit_change_t *audit; /* begun when there is room for it; or NULL */
} jt_account_new_t;

/**
 * Insert a token into a free slot of its user. The limit is the table's
 * constraint UNIQUE (user_name, slot), so it holds for any number of servers.
 * Idempotent: a row that an earlier try has inserted is found again. A row
 * whose creation could not be confirmed says that it was not shown.
 * @param made anything but JT_ACCOUNT_NO_SECRET
 * @param token set to the new row, read back, when the result is
 *        JT_ACCOUNT_MADE
 */
apr_status_t jt_account_create(jt_store_t *store,
                               const jt_account_new_t *request,
                               jt_account_made_t *made, jt_token_t **token,
                               apr_pool_t *pool);

/** What became of a token that was to be revoked. */
typedef enum jt_account_end_t {
    JT_ACCOUNT_REVOKED, /* by this call */
    JT_ACCOUNT_GONE,    /* another call was first */
    JT_ACCOUNT_ROTATED, /* it has another secret than the one that was read,
                           and is still there */
    JT_ACCOUNT_KEPT     /* it is still there, as it was (APR_EGENERAL) */
} jt_account_end_t;

/** How often a caller reads a token again that was rotated meanwhile. */
#define JT_ACCOUNT_TRIES 5

/**
 * Revoke a token as it was read: what the caller knows of its secrets, to
 * invalidate it in the caches, is all that there was.
 * @param end set on APR_SUCCESS; on APR_EGENERAL set to JT_ACCOUNT_KEPT, or
 *        left alone: it may or may not be gone
 */
apr_status_t jt_account_revoke(jt_store_t *store, const jt_token_t *token,
                               jt_account_end_t *end, apr_pool_t *pool);

/** The result of revoking several: jt_token_t elements. */
typedef struct jt_account_revoked_t {
    apr_array_header_t *chosen; /* those to revoke; NULL: they could not be
                                   read, and nothing was tried */
    apr_array_header_t *gone;   /* revoked by this call; also set when others
                                   remain (APR_EGENERAL); NULL: the database
                                   could not say which are gone */
    int rotated;                /* how many of the others remain because they
                                   were rotated meanwhile */
} jt_account_revoked_t;

/**
 * Revoke several of a user's tokens as they were read.
 * @param revoked `chosen` is read, the rest is set, also on APR_EGENERAL
 * @return APR_SUCCESS when the rest of the chosen tokens are gone, whoever
 *         revoked them
 */
apr_status_t jt_account_revoke_several(jt_store_t *store, const char *user,
                                       jt_account_revoked_t *revoked,
                                       apr_pool_t *pool);

#endif
