/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CACHE_H
#define JT_CACHE_H

#include <httpd.h>

#include "core/jt_entry.h"
#include "core/jt_secret.h"

/** The pre_config hook: forget what a configuration before has chosen.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which prevents the start */
int jt_cache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);

/**
 * Choose where grants are remembered: the argument of JiraTokenCache.
 * @return NULL, or a message about what is wrong
 */
const char *jt_cache_choose(const char *text, apr_pool_t *pconf,
                            apr_pool_t *ptemp);

/**
 * Start the cache, in post_config, if any server uses the module.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which prevents the start
 */
int jt_cache_start(apr_pool_t *pconf, apr_pool_t *ptemp,
                   server_rec *main_server);

/** Whether entries are cached for this server. */
int jt_cache_is_on(const server_rec *s);

/** A token's ids. All functions below are thread-safe. */
typedef struct jt_cache_key_t {
    unsigned char hash[JT_SECRET_HASH_SIZE];  /* of the token; for
                                                 state/jt_shared.h */
    unsigned char id[JT_SECRET_HASH_SIZE];    /* in a provider's cache: the same
                                                 for all servers that use one
                                                 table */
    unsigned char memory_id[JT_SECRET_HASH_SIZE]; /* in the table in shared
                                                     memory; unset where only
                                                     the hash is known */
} jt_cache_key_t;

/** Derive a token's ids by the ring's nth key.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails */
apr_status_t jt_cache_key(const server_rec *s, jt_secret_hashes_t *hashes,
                          int nth, jt_cache_key_t *key);

/**
 * Find a token's grant. A failure of the cache is logged once a minute and
 * counts as a miss. May block as a cache outside does; the table in shared
 * memory takes no lock and makes no system call.
 * @param hashes of the token, of which no more is computed than is needed
 * @param nth key of the ring
 * @param now in epoch seconds
 * @param grant set when it is not a miss, copied into pool. Owner, expiry and
 *        restrictions must still be checked.
 */
jt_entry_freshness_t jt_cache_find(server_rec *s, jt_secret_hashes_t *hashes,
                                   int nth, apr_int64_t now,
                                   jt_grant_t *grant, apr_pool_t *pool);

/** What was known of a token's revocations before the table was asked. An
 * answer is not used after it has changed. */
typedef struct jt_cache_stamp_t {
    apr_uint32_t generation; /* by this httpd: jt_revocations_generation() */
    apr_uint64_t lease;      /* by all who share a cache outside; 0: none */
} jt_cache_stamp_t;

/** Read a token's stamp, before the query. May block as a cache outside
 * does. */
void jt_cache_stamp(server_rec *s, const jt_cache_key_t *key,
                    jt_cache_stamp_t *stamp, apr_pool_t *pool);

/** Whether an answer cannot be stored with this stamp, but under a lease that
 * is still to be taken. */
int jt_cache_lacks_lease(const jt_cache_stamp_t *stamp);

/**
 * Take a lease for a token that the table has, or another's: the table must
 * then be asked again, as the token may have been revoked before. May block as
 * a cache outside does.
 * @param stamp set anew
 * @return APR_SUCCESS; else there is none: a failure has been logged
 */
apr_status_t jt_cache_take_lease(server_rec *s, const jt_cache_key_t *key,
                                 jt_cache_stamp_t *stamp, apr_pool_t *pool);

/** What the table said of a token. */
typedef struct jt_cache_answer_t {
    apr_int64_t asked_at;    /* epoch seconds, not after the query */
    jt_cache_stamp_t stamp;  /* from before the query */
    const jt_grant_t *grant; /* of a token whose user was admitted */
} jt_cache_answer_t;

/** Cache an answer, unless it lacks a lease or the token was revoked after the
 * query. May block as a cache outside does. */
void jt_cache_store(server_rec *s, const jt_cache_key_t *key,
                    const jt_cache_answer_t *answer, apr_pool_t *pool);

/**
 * Invalidate a token's entries in all children of this httpd: its row is gone
 * or about to go, or no longer admits its user.
 * @param digest the row's; nothing is cached for one that is not ours
 */
void jt_cache_invalidate(server_rec *s, const char *digest, apr_pool_t *pool);

/** Publish a revocation to the other servers that share a cache outside, and
 * remove there what this one stored. Blocks for as long as that cache hangs:
 * never call it while holding a database connection. */
void jt_cache_add_tombstone(server_rec *s, const char *digest,
                            apr_pool_t *pool);

/** Both of the above, by key, for a row that was changed by SQL. */
void jt_cache_drop(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool);

#endif
