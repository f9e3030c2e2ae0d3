/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CACHE_H
#define JT_CACHE_H

#include <httpd.h>

#include "jt_secret.h"
#include "jt_store.h"

/** What is kept of a digest. */
typedef enum jt_cache_found_t {
    JT_CACHE_MISS,  /* nothing that could be believed: ask the table */
    JT_CACHE_STALE, /* to be believed only while the database cannot answer */
    JT_CACHE_FRESH
} jt_cache_found_t;

/** The pre_config hook. @return OK, or what keeps httpd from starting */
int jt_cache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/**
 * Choose the provider: the argument of JiraTokenCache.
 * @return NULL, or words about what is wrong with it
 */
const char *jt_cache_choose(const char *text, apr_pool_t *pconf,
                            apr_pool_t *ptemp);

/**
 * The post_config hook: without a choice take shmcb, where that is loaded.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which keeps httpd from starting
 */
int jt_cache_start(apr_pool_t *pconf, server_rec *main_server);

/** The child_init hook. */
void jt_cache_child_init(apr_pool_t *pool, server_rec *main_server);

/** Whether anything is kept for this server. */
int jt_cache_is_on(const server_rec *s);

/** Whether other servers may read and write what is kept. */
int jt_cache_is_outside(void);

/** What a token's hash is kept under: servers and virtual hosts that ask one
 * table have the same. */
void jt_cache_id(const server_rec *s,
                 const unsigned char hash[JT_SECRET_HASH_SIZE],
                 unsigned char id[JT_SECRET_HASH_SIZE]);

/**
 * Look for a token. Failures are misses, and are logged once a minute.
 * @param now in epoch seconds
 * @param row set where it is not a miss, copied into pool; without its slot,
 *        digest, created_at and last_used_from. Owner, expiry and limits are
 *        still to be checked.
 */
jt_cache_found_t jt_cache_find(server_rec *s, const unsigned char *id,
                               apr_int64_t now, jt_store_row_t *row,
                               apr_pool_t *pool);

/**
 * Keep the row of a token that was let in.
 * @param now when the table was asked, or before
 * @param mark of jt_shared_mark(), read before the table was asked
 */
void jt_cache_keep(server_rec *s, const unsigned char *id, apr_int64_t now,
                   apr_uint32_t mark, const jt_store_row_t *row,
                   apr_pool_t *pool);

/**
 * A row is gone, or lets its user in no longer: no child of this httpd
 * believes what is kept of it from now on, nor any other server that shares
 * the cache.
 * @param digest the row's; one that is no digest of ours is kept nowhere
 */
void jt_cache_forget(server_rec *s, const char *digest, apr_pool_t *pool);

/** jt_cache_forget(), by what it is kept under. */
void jt_cache_drop(server_rec *s, const unsigned char *id, apr_pool_t *pool);

#endif
