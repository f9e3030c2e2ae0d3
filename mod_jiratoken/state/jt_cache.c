/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of checked tokens. Only grants that let somebody in are
 * kept, and never a no. Knows keys; who is let in is core/jt_attempt.c's, the
 * bytes and their age are core/jt_entry.c's, where they are kept is
 * state/jt_socache.c's, and which of them a revocation has made untrue
 * state/jt_revocations.c's.
 *
 * A cache outside this server is not trusted: what it returns is sealed. Other
 * servers learn there of a revocation: it leaves a tombstone beside the entry,
 * which no answer of before overwrites.
 */
#include "state/jt_cache.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <http_log.h>

#include "jt_config.h"
#include "core/jt_entry.h"
#include "state/jt_shared.h"
#include "state/jt_socache.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds that a check may take, and a clock be wrong. */
#define SLOWEST 60

/* Seconds that a tombstone stays: longer than any server believes anything, for
 * another may have been told to do so longer than this one. */
#define TOMBSTONE_TTL (2 * JT_CONFIG_LONGEST + SLOWEST)

static int is_wanted(server_rec *s)
{
    for (; s; s = s->next) {
        if (jt_config_server(s)->serves > 0) {
            return 1;
        }
    }
    return 0;
}

/* What tells one table from another: the same words on each server that asks
 * it. They may hold a password, so they are hashed with a key. Without it two
 * tables would share what is remembered: so there is no start. */
static apr_status_t name_table(const server_rec *s, apr_pool_t *ptemp)
{
    jt_config_server_t *config = jt_config_server(s);
    const char *words;

    if (!config->ring || !config->dbd_driver || !config->dbd_params) {
        return APR_SUCCESS;
    }
    words = apr_pstrcat(ptemp, config->dbd_driver, "\n", config->dbd_params,
                        "\n", config->dbd_init, "\n", config->table, NULL);
    return jt_secret_seal(config->ring, words, strlen(words),
                          config->instance);
}

int jt_cache_start(apr_pool_t *pconf, apr_pool_t *ptemp,
                   server_rec *main_server)
{
    server_rec *s;

    if (!is_wanted(main_server)) {
        return OK;
    }
    for (s = main_server; s; s = s->next) {
        if (name_table(s, ptemp) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                         "mod_jiratoken cannot start: OpenSSL made no "
                         "HMAC-SHA-256 with JiraTokenKeyFile's first key; "
                         "see that its default provider is active");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return jt_socache_start(pconf, ptemp, main_server);
}

int jt_cache_is_on(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return jt_socache_is_on()
           && (config->cache_timeout || config->cache_grace);
}

void jt_cache_key(const server_rec *s, jt_cache_key_t *key)
{
    apr_uint64_t table[JT_SECRET_HASH_SIZE / sizeof(apr_uint64_t)];
    apr_uint64_t mixed[JT_SECRET_HASH_SIZE / sizeof(apr_uint64_t)];
    apr_size_t i;

    memcpy(table, jt_config_server(s)->instance, sizeof(table));
    memcpy(mixed, key->hash, sizeof(mixed));
    for (i = 0; i < sizeof(mixed) / sizeof(mixed[0]); i++) {
        mixed[i] ^= table[i];
    }
    memcpy(key->id, mixed, sizeof(mixed));
}

/* Where a tombstone is: nothing else is ever kept there. It is the same for all
 * who have the key, also where they spell the database's name in another
 * way. */
static void make_tombstone_id(const jt_cache_key_t *key,
                         unsigned char id[JT_SECRET_HASH_SIZE])
{
    memcpy(id, key->hash, JT_SECRET_HASH_SIZE);
    id[JT_SECRET_HASH_SIZE - 1] ^= 1;
}

static const jt_secret_ring_t *sealing_ring(const server_rec *s)
{
    return jt_socache_is_outside() ? jt_config_server(s)->ring : NULL;
}

/* What is kept, or APR_NOTFOUND where nothing is. Anything else says nothing,
 * and has been logged. */
static apr_status_t retrieve(server_rec *s, const unsigned char *id,
                             jt_entry_t *entry, apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    unsigned int length = sizeof(bytes);
    apr_status_t status = jt_socache_retrieve(s, id, bytes, &length, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    status = jt_entry_parse(bytes, length, id, sealing_ring(s), entry, pool);
    if (status != APR_SUCCESS) {
        jt_socache_warn(s, 0, "has an entry that this server, or one with its "
                        "key, did not write: the database is asked");
    }
    return status;
}

/* @return APR_EINVAL when it is too long to be kept: no fault of the cache's */
static apr_status_t store(server_rec *s, const unsigned char *id,
                          const jt_entry_t *entry, int believed,
                          apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    jt_socache_item_t item;

    item.bytes = bytes;
    item.length = jt_entry_write(entry, id, sealing_ring(s), bytes);
    /* redis and memcache count in seconds, and drop what is less. */
    item.lifetime = believed + 1;
    item.is_urgent = entry->is_tombstone;
    return item.length ? jt_socache_store(s, id, &item, pool) : APR_EINVAL;
}

/* In seconds, how long a row is kept. */
static int kept_time(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->cache_timeout + config->cache_grace;
}

/* @return zero when another server has left a tombstone, even one that cannot
 * be read, or nobody can say */
static int is_unrevoked_elsewhere(server_rec *s, const jt_cache_key_t *key,
                                  apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t tombstone;

    if (!jt_socache_is_outside()) {
        return 1;
    }
    make_tombstone_id(key, id);
    return retrieve(s, id, &tombstone, pool) == APR_NOTFOUND;
}

/* No revocation of this httpd's has made it untrue. */
static int is_current(const jt_cache_key_t *key, const jt_entry_t *entry)
{
    jt_revocations_stamp_t stamp;

    stamp.epoch = entry->epoch;
    stamp.generation = entry->generation;
    stamp.asked_at = entry->asked_at;
    return jt_revocations_is_current(jt_shared_get()->revocations, key->hash,
                                     &stamp);
}

jt_entry_freshness_t jt_cache_find(server_rec *s, const jt_cache_key_t *key,
                                   apr_int64_t now, jt_grant_t *grant,
                                   apr_pool_t *pool)
{
    const jt_config_server_t *config = jt_config_server(s);
    jt_entry_freshness_t belief;
    jt_entry_t entry;

    if (jt_socache_is_paused()
        || retrieve(s, key->id, &entry, pool) != APR_SUCCESS) {
        return JT_ENTRY_MISS;
    }
    belief = jt_entry_check_freshness(&entry, now, config->cache_timeout,
                                      config->cache_grace);
    if (belief == JT_ENTRY_MISS || !is_current(key, &entry)
        || !is_unrevoked_elsewhere(s, key, pool)) {
        return JT_ENTRY_MISS;
    }
    *grant = entry.grant;
    return belief;
}

apr_uint32_t jt_cache_generation(const jt_cache_key_t *key)
{
    return jt_revocations_generation(jt_shared_get()->revocations, key->hash);
}

void jt_cache_keep(server_rec *s, const jt_cache_key_t *key,
                   const jt_cache_answer_t *answer, apr_pool_t *pool)
{
    jt_entry_t entry = { 0 };
    apr_status_t status;

    if (jt_socache_is_paused()
        || jt_cache_generation(key) != answer->generation
        || apr_time_sec(apr_time_now()) - answer->asked_at > SLOWEST) {
        return;
    }
    entry.asked_at = answer->asked_at;
    entry.epoch = jt_shared_get()->revocations->epoch;
    entry.generation = answer->generation;
    entry.grant = *answer->grant;
    status = store(s, key->id, &entry, kept_time(s), pool);
    if (status != APR_SUCCESS && status != APR_EBUSY
        && status != APR_EINVAL) {
        jt_socache_pause();
        jt_socache_warn(s, status, "cannot be written to");
    }
}

/* Others who read the cache learn of it, for so many seconds. */
static void tell(server_rec *s, const jt_cache_key_t *key, int lifetime,
                 apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t tombstone = { 0 };
    apr_status_t status;

    if (!jt_socache_is_on() || !jt_socache_is_outside()) {
        return;
    }
    make_tombstone_id(key, id);
    tombstone.is_tombstone = 1;
    tombstone.asked_at = apr_time_sec(apr_time_now());
    status = store(s, id, &tombstone, lifetime, pool);
    if (status != APR_SUCCESS) {
        jt_socache_pause();
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, s,
                     "the cache of tokens was not told of a revocation: other "
                     "servers, and this one after a restart, may believe the "
                     "token for JiraTokenCacheTimeout and JiraTokenCacheGrace "
                     "more");
    }
}

static void forget(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool)
{
    jt_shared_revoke(key->hash);
    /* The room is for others; nobody believes the entry any more. */
    if (jt_socache_is_on() && !jt_socache_is_outside()) {
        jt_socache_remove(s, key->id, pool);
    }
}

void jt_cache_drop(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool)
{
    forget(s, key, pool);
    tell(s, key, kept_time(s) + SLOWEST, pool);
}

/* @return zero when nothing can be kept of it */
static int make_key(const server_rec *s, const char *digest,
                    jt_cache_key_t *key)
{
    if (!digest || jt_secret_unhex(digest, key->hash) != APR_SUCCESS) {
        return 0;
    }
    jt_cache_key(s, key);
    return 1;
}

void jt_cache_forget(server_rec *s, const char *digest, apr_pool_t *pool)
{
    jt_cache_key_t key;

    if (make_key(s, digest, &key)) {
        forget(s, &key, pool);
    }
}

void jt_cache_tell(server_rec *s, const char *digest, apr_pool_t *pool)
{
    jt_cache_key_t key;

    if (make_key(s, digest, &key)) {
        tell(s, &key, TOMBSTONE_TTL, pool);
    }
}
