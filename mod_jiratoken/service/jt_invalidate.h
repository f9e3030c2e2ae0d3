/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_INVALIDATE_H
#define JT_INVALIDATE_H

#include <apr_hash.h>

#include "service/jt_actor.h"
#include "state/jt_dbd.h"

/* What a change of tokens means for what caches remember of them. */

/** Whose entries a change has made void, for jt_invalidate_run(). */
typedef struct jt_invalidate_t {
    server_rec *server;
    apr_hash_t *digests; /* by themselves, in the actor's pool */
} jt_invalidate_t;

/**
 * Invalidate the entries of a token's secrets, the former one among them, in
 * all children of this httpd. Before the change as well as after it: a child
 * may end in between. Does not block.
 * @param pool scratch
 */
void jt_invalidate_token(jt_invalidate_t *invalidation,
                         const jt_token_t *token, apr_pool_t *pool);

/**
 * Run database work that changes tokens, and then tell the servers that share a
 * cache outside, which may hang: it delays neither the change nor the use of
 * the connection. Blocks as both do.
 * @param invalidation set here; `work` calls jt_invalidate_token() for each
 *        token that it changes
 * @return as jt_dbd_run()
 */
apr_status_t jt_invalidate_run(const jt_actor_t *actor, jt_dbd_work_t *work,
                               void *baton, jt_invalidate_t *invalidation);

#endif
