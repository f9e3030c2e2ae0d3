/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SOCACHE_H
#define JT_SOCACHE_H

#include <httpd.h>

#include "core/jt_secret.h"

/**
 * Forget the provider, before a configuration is read.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which prevents the start
 */
int jt_socache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/** There is to be none, whatever was chosen. */
void jt_socache_drop(void);

/**
 * Choose the provider, or none: the argument of JiraTokenCache.
 * @return NULL, or a message about what is wrong
 */
const char *jt_socache_choose(const char *text, apr_pool_t *pconf,
                              apr_pool_t *ptemp);

/**
 * Start the provider, if one was chosen, in post_config.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which prevents the start
 */
int jt_socache_start(apr_pool_t *pconf, server_rec *main_server);

/** The child_init hook. */
void jt_socache_child_init(apr_pool_t *pool, server_rec *main_server);

/** Whether there is a cache. */
int jt_socache_is_on(void);

/** Whether others can read from and write to the cache. */
int jt_socache_is_outside(void);

/** Whether the cache has just failed and must not be called. */
int jt_socache_is_paused(void);

/**
 * Read the bytes stored under an id of JT_SECRET_HASH_SIZE bytes. Blocks as the
 * cache does. A failure of the provider is logged once a minute. Thread-safe,
 * as are the functions below.
 * @param length in: the size of bytes; out: how many were found
 * @return APR_SUCCESS; APR_NOTFOUND where there are none; anything else: the
 *         cache could not answer
 */
apr_status_t jt_socache_retrieve(server_rec *s, const unsigned char *id,
                                 unsigned char *bytes, unsigned int *length,
                                 apr_pool_t *pool);

/** Bytes to store. */
typedef struct jt_socache_item_t {
    unsigned char *bytes;
    apr_size_t length;
    int lifetime;  /* in seconds, at most */
    int is_urgent; /* call the cache although a call is stuck */
} jt_socache_item_t;

/**
 * Store bytes under an id. Blocks as the cache does. The caller logs failures,
 * by jt_socache_warn().
 * @return APR_SUCCESS; APR_EBUSY: all permits are held; APR_TIMEUP: a call is
 *         stuck; or the provider's status
 */
apr_status_t jt_socache_store(server_rec *s, const unsigned char *id,
                              const jt_socache_item_t *item,
                              apr_pool_t *pool);

/** Remove an entry, to free room. It may fail silently: nothing may depend on
 * it. */
void jt_socache_remove(server_rec *s, const unsigned char *id,
                       apr_pool_t *pool);

/** Do not call the cache for a moment: it has failed. */
void jt_socache_pause(void);

/** Log a warning, once a minute. @param words follow "the cache of tokens" */
void jt_socache_warn(server_rec *s, apr_status_t status, const char *words);

#endif
