/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache of checked tokens. Only grants that admit their user are cached,
 * never a refusal. It must not decide about access (core/jt_attempt.c). The
 * bytes of an entry and its age are in core/jt_entry.c, the provider is in
 * state/jt_socache.c, and generations are in state/jt_revocations.c.
 *
 * A cache outside this server is not trusted: its entries are sealed. Other
 * servers see a revocation there as a tombstone, under an id of its own, so
 * that no answer from before overwrites it.
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

/* Seconds that a check may take, clock skew included. */
#define CHECK_LONGEST 60

/* The TTL of a tombstone in seconds: longer than any server uses an entry, as
 * another's JiraTokenCacheTimeout and JiraTokenCacheGrace may be longer. */
#define TOMBSTONE_TTL (2 * JT_CONFIG_LONGEST + CHECK_LONGEST)

static int is_served(server_rec *s)
{
    for (; s; s = s->next) {
        if (jt_config_server(s)->serves > 0) {
            return 1;
        }
    }
    return 0;
}

/* Identifies a table by the strings that configure it, the same on each server
 * that uses it. They may hold a password, so they are hashed with a key. Two
 * tables without an identity would share entries, so a failure prevents the
 * start. */
static apr_status_t identify_table(const server_rec *s, apr_pool_t *ptemp)
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

    if (!is_served(main_server)) {
        return OK;
    }
    for (s = main_server; s; s = s->next) {
        if (identify_table(s, ptemp) != APR_SUCCESS) {
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

/* The id of a tombstone; no entry is ever stored under it. It is the same for
 * all servers with the key, even if they spell the database's name
 * differently. */
static void make_tombstone_id(const jt_cache_key_t *key,
                         unsigned char id[JT_SECRET_HASH_SIZE])
{
    memcpy(id, key->hash, JT_SECRET_HASH_SIZE);
    id[JT_SECRET_HASH_SIZE - 1] ^= 1;
}

static const jt_secret_ring_t *find_sealing_ring(const server_rec *s)
{
    return jt_socache_is_outside() ? jt_config_server(s)->ring : NULL;
}

/* @return APR_NOTFOUND where there is no entry; any other failure says nothing,
 *         and has been logged */
static apr_status_t find_entry(server_rec *s, const unsigned char *id,
                               jt_entry_t *entry, apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    unsigned int length = sizeof(bytes);
    apr_status_t status = jt_socache_retrieve(s, id, bytes, &length, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    status = jt_entry_parse(bytes, length, id, find_sealing_ring(s), entry,
                            pool);
    if (status != APR_SUCCESS) {
        jt_socache_warn(s, 0, "has an entry that this server, or one with its "
                        "key, did not write: the database is asked");
    }
    return status;
}

/* @return APR_EINVAL when the entry is too long: not a failure of the cache */
static apr_status_t store_entry(server_rec *s, const unsigned char *id,
                                const jt_entry_t *entry, int lifetime,
                                apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    jt_socache_item_t item;

    item.bytes = bytes;
    item.length = jt_entry_write(entry, id, find_sealing_ring(s), bytes);
    /* redis and memcache count whole seconds, rounded down. */
    item.lifetime = lifetime + 1;
    item.is_urgent = entry->is_tombstone;
    return item.length ? jt_socache_store(s, id, &item, pool) : APR_EINVAL;
}

/* How long an entry is stored, in seconds. */
static int get_lifetime(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->cache_timeout + config->cache_grace;
}

/* Fails closed: a tombstone that cannot be read, or a cache that cannot answer,
 * counts as a revocation.
 * @return zero when another server has revoked the token */
static int has_no_tombstone(server_rec *s, const jt_cache_key_t *key,
                            apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t tombstone;

    if (!jt_socache_is_outside()) {
        return 1;
    }
    make_tombstone_id(key, id);
    return find_entry(s, id, &tombstone, pool) == APR_NOTFOUND;
}

/* Whether no revocation by this httpd is newer than the entry. */
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
    jt_entry_freshness_t freshness;
    jt_entry_t entry;

    if (jt_socache_is_paused()
        || find_entry(s, key->id, &entry, pool) != APR_SUCCESS) {
        return JT_ENTRY_MISS;
    }
    freshness = jt_entry_check_freshness(&entry, now, config->cache_timeout,
                                         config->cache_grace);
    if (freshness == JT_ENTRY_MISS || !is_current(key, &entry)
        || !has_no_tombstone(s, key, pool)) {
        return JT_ENTRY_MISS;
    }
    *grant = entry.grant;
    return freshness;
}

apr_uint32_t jt_cache_generation(const jt_cache_key_t *key)
{
    return jt_revocations_generation(jt_shared_get()->revocations, key->hash);
}

void jt_cache_store(server_rec *s, const jt_cache_key_t *key,
                    const jt_cache_answer_t *answer, apr_pool_t *pool)
{
    jt_entry_t entry = { 0 };
    apr_status_t status;

    if (jt_socache_is_paused()
        || jt_cache_generation(key) != answer->generation
        || apr_time_sec(apr_time_now()) - answer->asked_at > CHECK_LONGEST) {
        return;
    }
    entry.asked_at = answer->asked_at;
    entry.epoch = jt_shared_get()->revocations->epoch;
    entry.generation = answer->generation;
    entry.grant = *answer->grant;
    status = store_entry(s, key->id, &entry, get_lifetime(s), pool);
    if (status != APR_SUCCESS && status != APR_EBUSY
        && status != APR_EINVAL) {
        jt_socache_pause();
        jt_socache_warn(s, status, "cannot be written to");
    }
}

/* Publishes a revocation to the other servers that share the cache.
 * @param lifetime in seconds */
static void store_tombstone(server_rec *s, const jt_cache_key_t *key,
                            int lifetime, apr_pool_t *pool)
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
    status = store_entry(s, id, &tombstone, lifetime, pool);
    if (status != APR_SUCCESS) {
        jt_socache_pause();
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, s,
                     "the cache of tokens was not told of a revocation: other "
                     "servers, and this one after a restart, may believe the "
                     "token for JiraTokenCacheTimeout and JiraTokenCacheGrace "
                     "more");
    }
}

static void invalidate_key(server_rec *s, const jt_cache_key_t *key,
                           apr_pool_t *pool)
{
    jt_shared_revoke(key->hash);
    /* This only frees room: the generation has invalidated the entry. */
    if (jt_socache_is_on() && !jt_socache_is_outside()) {
        jt_socache_remove(s, key->id, pool);
    }
}

void jt_cache_drop(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool)
{
    invalidate_key(s, key, pool);
    store_tombstone(s, key, get_lifetime(s) + CHECK_LONGEST, pool);
}

/* @return zero when the digest is invalid, and nothing is cached for it */
static int make_key(const server_rec *s, const char *digest,
                    jt_cache_key_t *key)
{
    if (!digest || jt_secret_unhex(digest, key->hash) != APR_SUCCESS) {
        return 0;
    }
    jt_cache_key(s, key);
    return 1;
}

void jt_cache_invalidate(server_rec *s, const char *digest, apr_pool_t *pool)
{
    jt_cache_key_t key;

    if (make_key(s, digest, &key)) {
        invalidate_key(s, &key, pool);
    }
}

void jt_cache_add_tombstone(server_rec *s, const char *digest, apr_pool_t *pool)
{
    jt_cache_key_t key;

    if (make_key(s, digest, &key)) {
        store_tombstone(s, &key, TOMBSTONE_TTL, pool);
    }
}
