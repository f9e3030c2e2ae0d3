/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CACHE_H
#define JT_CACHE_H

#include <httpd.h>

#include "core/jt_entry.h"
#include "core/jt_secret.h"

/**
 * Begin, in post_config, where anything of this module is served.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which keeps httpd from starting
 */
int jt_cache_start(apr_pool_t *pconf, apr_pool_t *ptemp,
                   server_rec *main_server);

/** Whether anything is kept for this server. */
int jt_cache_is_on(const server_rec *s);

/** What a token is kept under. */
typedef struct jt_cache_key_t {
    unsigned char hash[JT_SECRET_HASH_SIZE]; /* the token's, for jt_shared.h */
    unsigned char id[JT_SECRET_HASH_SIZE];   /* the provider's: the same for
                                                all who ask one table */
} jt_cache_key_t;

/** Make a key of a token's hash, which is in it already. */
void jt_cache_key(const server_rec *s, jt_cache_key_t *key);

/**
 * Look for a token. Failures are misses, and are logged once a minute.
 * @param now in epoch seconds
 * @param grant set where it is not a miss, copied into pool. Owner, expiry and
 *        limits are still to be checked.
 */
jt_entry_freshness_t jt_cache_find(server_rec *s, const jt_cache_key_t *key,
                                   apr_int64_t now, jt_grant_t *grant,
                                   apr_pool_t *pool);

/** jt_revocations_generation() of a token. */
apr_uint32_t jt_cache_generation(const jt_cache_key_t *key);

/** What the table said. */
typedef struct jt_cache_answer_t {
    apr_int64_t asked_at;    /* epoch seconds; or earlier */
    apr_uint32_t generation; /* read before the table was asked */
    const jt_grant_t *grant; /* of a token that was let in */
} jt_cache_answer_t;

/** Keep an answer, unless a revocation has made it untrue. */
void jt_cache_keep(server_rec *s, const jt_cache_key_t *key,
                   const jt_cache_answer_t *answer, apr_pool_t *pool);

/**
 * A row is gone or about to go, or lets its user in no longer: no child of
 * this httpd believes what is kept of it from now on.
 * @param digest the row's; one that is no digest of ours is kept nowhere
 */
void jt_cache_forget(server_rec *s, const char *digest, apr_pool_t *pool);

/**
 * Tell the others who share a cache outside of it. That takes as long as the
 * cache hangs: not to be done while a connection to the database is held.
 */
void jt_cache_tell(server_rec *s, const char *digest, apr_pool_t *pool);

/** The same for a row that was changed by SQL, by the key. It may be changed
 * back: others are told for as long as this server would have believed it. */
void jt_cache_drop(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool);

#endif
