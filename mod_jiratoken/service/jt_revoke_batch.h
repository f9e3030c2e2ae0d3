/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOKE_BATCH_H
#define JT_REVOKE_BATCH_H

#include "core/jt_store.h"
#include "service/jt_actor.h"
#include "service/jt_invalidate.h"
#include "service/jt_record.h"

/** Many tokens, whoever owns them, revoked in batches on one connection. */
typedef struct jt_revoke_batch_t {
    const jt_actor_t *actor;
    jt_invalidate_t invalidation;
    jt_record_t record;
    apr_array_header_t *doubtful; /* jt_token_t: deleted, and no answer came */
    apr_int64_t revoked; /* how many, by this call */
} jt_revoke_batch_t;

/** Begin. What is revoked is recorded under a number of its own; who goes on
 * with another batch for the same request, in a pool of its own perhaps, sets
 * `record.batch` to that request's, and who revokes one alone, to
 * JT_AUDIT_NONE. */
void jt_revoke_batch_open(jt_revoke_batch_t *batch, const jt_actor_t *actor);

/** End, and record what became of it. Blocks as the database does. Not within
 * jt_invalidate_run(). @param status of the whole */
void jt_revoke_batch_close(jt_revoke_batch_t *batch, apr_status_t status);

/**
 * Revoke tokens as they were read; one that was rotated meanwhile is read again
 * and revoked with its new secret. Only what is gone is revoked, whatever the
 * deletion returned. Logs, counts and records. Within jt_invalidate_run()'s
 * work, so it may be run again. Blocks as the database and a cache outside do.
 * @param tokens jt_token_t elements, JT_LISTING_MOST at most
 * @return APR_SUCCESS when all are gone; anything else when some are not, or
 *         the database could not answer
 */
apr_status_t jt_revoke_batch_run(jt_revoke_batch_t *batch, jt_store_t *store,
                                 const apr_array_header_t *tokens,
                                 apr_pool_t *pool);

#endif
