/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which tokens are changed and what is remembered of them becomes
 * void: invalidate, change, invalidate, return the connection, add tombstones.
 * It must not know what is changed.
 */
#include "service/jt_invalidate.h"

#include <apr_hash.h>

#include "state/jt_cache.h"

/* The same token is invalidated more than once, and told once. Of thousands
 * each is found at once. */
static void add_digest(jt_invalidate_t *invalidation, const char *digest)
{
    apr_hash_set(invalidation->digests, digest, APR_HASH_KEY_STRING, digest);
}

static void invalidate(jt_invalidate_t *invalidation, const char *digest,
                       apr_pool_t *pool)
{
    add_digest(invalidation, digest);
    jt_cache_invalidate(invalidation->server, digest, pool);
}

void jt_invalidate_token(jt_invalidate_t *invalidation,
                         const jt_token_t *token, apr_pool_t *pool)
{
    invalidate(invalidation, token->digest, pool);
    if (token->previous_digest) {
        invalidate(invalidation, token->previous_digest, pool);
    }
}

apr_status_t jt_invalidate_run(const jt_actor_t *actor, jt_dbd_work_t *work,
                               void *baton, jt_invalidate_t *invalidation)
{
    apr_status_t status;
    apr_hash_index_t *here;

    invalidation->server = actor->server;
    invalidation->digests = apr_hash_make(actor->pool);
    jt_dbd_hold_signals(1);
    status = jt_dbd_run(actor->server, actor->patience, work, baton,
                        actor->pool);
    for (here = apr_hash_first(actor->pool, invalidation->digests); here;
         here = apr_hash_next(here)) {
        jt_cache_add_tombstone(actor->server, apr_hash_this_key(here),
                               actor->pool);
    }
    jt_dbd_hold_signals(0);
    return status;
}
