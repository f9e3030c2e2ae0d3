/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists a user's own tokens. It must not know pages.
 */
#include "service/jt_list.h"

#include "state/jt_dbd.h"

/* Baton of the database work: its input and its result. */
typedef struct listing_t {
    const char *user;
    apr_int64_t id;
    apr_array_header_t **tokens;
    jt_token_t **token;
} listing_t;

static apr_status_t fetch_all(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    const listing_t *listing = baton;

    return jt_account_list(store, listing->user, listing->tokens, pool);
}

static apr_status_t fetch_one(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    const listing_t *listing = baton;

    return jt_account_find(store, listing->user, listing->id, listing->token,
                           pool);
}

apr_status_t jt_list_all(const jt_actor_t *actor,
                         apr_array_header_t **tokens)
{
    listing_t listing = { 0 };

    listing.user = actor->user;
    listing.tokens = tokens;
    return jt_dbd_run(actor->server, fetch_all, &listing, actor->pool);
}

apr_status_t jt_list_find(const jt_actor_t *actor, apr_int64_t id,
                          jt_token_t **token)
{
    listing_t listing = { 0 };

    listing.user = actor->user;
    listing.id = id;
    listing.token = token;
    return jt_dbd_run(actor->server, fetch_one, &listing, actor->pool);
}
