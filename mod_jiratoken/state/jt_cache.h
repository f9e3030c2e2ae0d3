/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CACHE_H
#define JT_CACHE_H

#include <httpd.h>

#include "core/jt_secret.h"
#include "core/jt_store.h"

/** What is kept of a digest. */
typedef enum jt_cache_found_t {
    JT_CACHE_MISS,  /* nothing that could be believed: ask the table */
    JT_CACHE_STALE, /* to be believed only while the database cannot answer */
    JT_CACHE_FRESH
} jt_cache_found_t;

/**
 * Begin, in post_config, where anything of this module is served.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which keeps httpd from starting
 */
int jt_cache_start(apr_pool_t *pconf, server_rec *main_server);

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
 * @param row set where it is not a miss, copied into pool; without its slot,
 *        digest, created_at and last_used_from. Owner, expiry and limits are
 *        still to be checked.
 */
jt_cache_found_t jt_cache_find(server_rec *s, const jt_cache_key_t *key,
                               apr_int64_t now, jt_store_row_t *row,
                               apr_pool_t *pool);

/**
 * Keep the row of a token that was let in.
 * @param now when the table was asked, or before
 * @param mark of jt_shared_mark(), read before the table was asked
 */
void jt_cache_keep(server_rec *s, const jt_cache_key_t *key, apr_int64_t now,
                   apr_uint32_t mark, const jt_store_row_t *row,
                   apr_pool_t *pool);

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
