/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SOCACHE_H
#define JT_SOCACHE_H

#include <httpd.h>

#include "core/jt_secret.h"

/** The pre_config hook. @return OK, or what keeps httpd from starting */
int jt_socache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/**
 * Choose the provider: the argument of JiraTokenCache.
 * @return NULL, or words about what is wrong with it
 */
const char *jt_socache_choose(const char *text, apr_pool_t *pconf,
                              apr_pool_t *ptemp);

/**
 * Begin, in post_config: without a choice take shmcb, where that is loaded.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which keeps httpd from starting
 */
int jt_socache_start(apr_pool_t *pconf, apr_pool_t *ptemp,
                     server_rec *main_server);

/** The child_init hook. */
void jt_socache_child_init(apr_pool_t *pool, server_rec *main_server);

/** Whether there is a cache at all. */
int jt_socache_is_on(void);

/** Whether others may read what is kept there, and write to it. */
int jt_socache_is_outside(void);

/** Whether it has failed a moment ago, and had better be left alone. */
int jt_socache_is_paused(void);

/**
 * What is kept under an id of JT_SECRET_HASH_SIZE bytes. A failure of the
 * provider's is logged once a minute.
 * @param length in: the room there is; out: how many bytes were found
 * @return APR_SUCCESS; APR_NOTFOUND where nothing is; anything else: nobody
 *         can say
 */
apr_status_t jt_socache_retrieve(server_rec *s, const unsigned char *id,
                                 unsigned char *bytes, unsigned int *length,
                                 apr_pool_t *pool);

/** Bytes to be kept. */
typedef struct jt_socache_item_t {
    unsigned char *bytes;
    apr_size_t length;
    int lifetime;  /* seconds: nothing is kept longer */
    int is_urgent; /* it must be tried, though others do without */
} jt_socache_item_t;

/**
 * Keep bytes under an id. Failures are not logged: the caller does, by
 * jt_socache_warn().
 * @return APR_SUCCESS; APR_EBUSY when so many others are at it, APR_TIMEUP when
 *         one of them has got stuck; or what the provider said
 */
apr_status_t jt_socache_store(server_rec *s, const unsigned char *id,
                              const jt_socache_item_t *item,
                              apr_pool_t *pool);

/** Make room. Nobody must rely on it. */
void jt_socache_remove(server_rec *s, const unsigned char *id,
                       apr_pool_t *pool);

/** The cache has failed: it is left alone for a moment. */
void jt_socache_pause(void);

/** Say so, once a minute. @param words go on from "the cache of tokens" */
void jt_socache_warn(server_rec *s, apr_status_t status, const char *words);

#endif
