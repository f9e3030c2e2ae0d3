/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of checked tokens, and how long it is believed. Only rows
 * that let somebody in are kept, and never a no. Knows times and keys; who is
 * let in is jt_token.c's, the bytes are jt_entry.c's, where they are kept is
 * jt_socache.c's, and which entries a revocation has made untrue jt_shared.c's.
 *
 * A cache outside this server is not trusted: what it returns is sealed. Other
 * servers learn there of a revocation: it leaves a note of its own beside the
 * entry, which no answer of before overwrites.
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

/* Seconds that the note of a revocation stays: longer than any server believes
 * anything, for another may have been told to do so longer than this one. */
#define NOTED (2 * JT_CONFIG_LONGEST + SLOWEST)

/* Seconds that a request may have begun before one whose answer it finds: with
 * it in a crowd, or as its headers were slow. A clock that is set back makes an
 * answer last longer by no more. */
#define BEFORE 2

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
 * it. They may hold a password, so they are hashed with a key. */
static void name_table(const server_rec *s, apr_pool_t *ptemp)
{
    jt_config_server_t *config = jt_config_server(s);
    const char *words;

    if (config->ring && config->dbd_driver && config->dbd_params) {
        words = apr_pstrcat(ptemp, config->dbd_driver, "\n",
                            config->dbd_params, "\n", config->dbd_init, "\n",
                            config->table, NULL);
        jt_secret_seal(config->ring, words, strlen(words), config->instance);
    }
}

int jt_cache_start(apr_pool_t *pconf, server_rec *main_server)
{
    server_rec *s;

    if (!is_wanted(main_server)) {
        return OK;
    }
    for (s = main_server; s; s = s->next) {
        name_table(s, pconf);
    }
    return jt_socache_start(pconf, main_server);
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

/* Where the note of a revocation is: nothing else is ever kept there. It is the
 * same for all who have the key, also where they spell the database's name in
 * another way. */
static void make_note_id(const jt_cache_key_t *key,
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
    apr_size_t length = jt_entry_write(entry, id, sealing_ring(s), bytes);

    /* redis and memcache count in seconds, and drop what is less. */
    return length ? jt_socache_store(s, id, bytes, length, believed + 1,
                                     entry->is_revoked, pool)
                  : APR_EINVAL;
}

/* In seconds, how long a row is kept. */
static int kept_time(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->cache_timeout + config->cache_grace;
}

/* @return zero when another server has left a note, even one that cannot be
 * read, or nobody can say */
static int is_unrevoked_elsewhere(server_rec *s, const jt_cache_key_t *key,
                                  apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t note;

    if (!jt_socache_is_outside()) {
        return 1;
    }
    make_note_id(key, id);
    return retrieve(s, id, &note, pool) == APR_NOTFOUND;
}

jt_cache_found_t jt_cache_find(server_rec *s, const jt_cache_key_t *key,
                               apr_int64_t now, jt_store_row_t *row,
                               apr_pool_t *pool)
{
    jt_entry_t entry;
    apr_int64_t age;

    if (jt_socache_is_paused()
        || retrieve(s, key->id, &entry, pool) != APR_SUCCESS
        || entry.is_revoked
        || !jt_shared_is_current(key->hash, entry.epoch, entry.mark,
                                 entry.asked_at)) {
        return JT_CACHE_MISS;
    }
    age = now - entry.asked_at;
    if (age < -BEFORE || age >= kept_time(s)
        || !is_unrevoked_elsewhere(s, key, pool)) {
        return JT_CACHE_MISS;
    }
    *row = entry.row;
    return age < jt_config_server(s)->cache_timeout ? JT_CACHE_FRESH
                                                    : JT_CACHE_STALE;
}

void jt_cache_keep(server_rec *s, const jt_cache_key_t *key, apr_int64_t now,
                   apr_uint32_t mark, const jt_store_row_t *row,
                   apr_pool_t *pool)
{
    jt_entry_t entry = { 0 };
    apr_status_t status;

    if (jt_socache_is_paused() || jt_shared_mark(key->hash) != mark
        || apr_time_sec(apr_time_now()) - now > SLOWEST) {
        return;
    }
    entry.asked_at = now;
    entry.epoch = jt_shared_epoch();
    entry.mark = mark;
    entry.row = *row;
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
    jt_entry_t note = { 0 };
    apr_status_t status;

    if (!jt_socache_is_on() || !jt_socache_is_outside()) {
        return;
    }
    make_note_id(key, id);
    note.is_revoked = 1;
    note.asked_at = apr_time_sec(apr_time_now());
    status = store(s, id, &note, lifetime, pool);
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
        tell(s, &key, NOTED, pool);
    }
}
