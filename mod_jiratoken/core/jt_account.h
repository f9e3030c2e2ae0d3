/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACCOUNT_H
#define JT_ACCOUNT_H

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

/**
 * Revoke one of the user's tokens.
 * @param token set to the token that this call revoked; NULL when the id is not
 *        the user's or another call was first. On APR_EGENERAL set to a token
 *        that may or may not be gone, or to NULL.
 */
apr_status_t jt_account_revoke(jt_store_t *store, const char *user,
                               apr_int64_t id, jt_token_t **token,
                               apr_pool_t *pool);

/** The result of revoking several: jt_token_t elements. */
typedef struct jt_account_revoked_t {
    apr_array_header_t *chosen; /* those to revoke; NULL: they could not be
                                   read, and nothing was tried */
    apr_array_header_t *gone;   /* revoked by this call; also set when others
                                   remain (APR_EGENERAL); NULL: the database
                                   could not say which are gone */
} jt_account_revoked_t;

/**
 * Revoke all of the user's tokens with one of these ids.
 * @param ids apr_int64_t elements; ids that are not the user's are ignored
 * @param revoked set, also on APR_EGENERAL
 * @return APR_SUCCESS when all the chosen tokens are gone, whoever revoked them
 */
apr_status_t jt_account_revoke_several(jt_store_t *store, const char *user,
                                       const apr_array_header_t *ids,
                                       jt_account_revoked_t *revoked,
                                       apr_pool_t *pool);

#endif
