/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACCOUNT_H
#define JT_ACCOUNT_H

#include "core/jt_store.h"
#include "core/jt_token.h"

/* One user's tokens in the table. Every function returns APR_SUCCESS when the
 * database has answered, APR_EGENERAL when it could not; then the out values
 * say nothing unless stated. All block as the database does; what they set is
 * from pool. */

/** A user's own tokens, oldest first. @param tokens jt_token_t elements */
apr_status_t jt_account_list(jt_store_t *store, const char *user,
                             apr_array_header_t **tokens, apr_pool_t *pool);

/**
 * A user's own token by its id. @param token set to NULL for somebody else's,
 * for an unknown and for a revoked id alike
 */
apr_status_t jt_account_find(jt_store_t *store, const char *user,
                             apr_int64_t id, jt_token_t **token,
                             apr_pool_t *pool);

/** How a creation ended, when the database could say. */
typedef enum jt_account_made_t {
    JT_ACCOUNT_LIMIT,     /* the user has as many as may be */
    JT_ACCOUNT_DUPLICATE, /* the user has one with this label */
    JT_ACCOUNT_CONFLICT,  /* another creation was in the way: try again */
    JT_ACCOUNT_NO_SECRET, /* OpenSSL failed: nothing was tried */
    JT_ACCOUNT_MADE
} jt_account_made_t;

/** A token that is to be. */
typedef struct jt_account_wish_t {
    const jt_token_rules_t *rules;
    const jt_token_draft_t *draft;
    const char *digest; /* of its secret, by the ring's first key */
    apr_int64_t now;
} jt_account_wish_t;

/**
 * Put a draft into a free slot of its user's. The limit is the table's own
 * constraint UNIQUE (user_name, slot), so it holds for any number of servers.
 * Idempotent: a row that an earlier try has left is found again. A row whose
 * fate stays unknown is marked, see jt_token_is_unseen().
 * @param made anything but JT_ACCOUNT_NO_SECRET
 * @param token set to the new row, read back, when it is JT_ACCOUNT_MADE
 */
apr_status_t jt_account_create(jt_store_t *store,
                               const jt_account_wish_t *wish,
                               jt_account_made_t *made, jt_token_t **token,
                               apr_pool_t *pool);

/**
 * Revoke a token of the user's.
 * @param token set to what this call revoked; to NULL when the id is not the
 *        user's, or another call was first; on APR_EGENERAL to a token of
 *        which nobody can say whether it is gone, or to NULL
 */
apr_status_t jt_account_revoke(jt_store_t *store, const char *user,
                               apr_int64_t id, jt_token_t **token,
                               apr_pool_t *pool);

/** What became of several: jt_token_t elements. */
typedef struct jt_account_revoked_t {
    apr_array_header_t *meant; /* NULL: nobody could say which, and nothing was
                                  tried */
    apr_array_header_t *gone;  /* by this call; set also when others of them
                                  are still there (APR_EGENERAL); NULL when
                                  nobody can say which are */
} jt_account_revoked_t;

/**
 * Revoke all of the user's tokens that have one of these ids.
 * @param ids apr_int64_t elements; those that are not the user's are passed
 *        over
 * @param revoked set, also on APR_EGENERAL
 * @return APR_SUCCESS when all that were meant are gone, by whomever
 */
apr_status_t jt_account_revoke_several(jt_store_t *store, const char *user,
                                       const apr_array_header_t *ids,
                                       jt_account_revoked_t *revoked,
                                       apr_pool_t *pool);

#endif
