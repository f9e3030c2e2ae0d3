/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of checked tokens, in one of httpd's socache providers.
 * Only rows that let somebody in are kept, and never a no. Knows providers and
 * times; who is let in is jt_token.c's, the bytes are jt_entry.c's, and which
 * entries a revocation has made untrue is jt_shared.c's.
 *
 * A cache outside this server (anything but shmcb) is not trusted: what it
 * returns is sealed. Other servers learn there of a revocation: it leaves a
 * note of its own beside the entry, which no answer of before overwrites.
 */
#include "jt_cache.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <ap_mpm.h>
#include <ap_provider.h>
#include <ap_socache.h>
#include <http_core.h>
#include <http_log.h>
#include <util_mutex.h>

#include "jt_config.h"
#include "jt_entry.h"
#include "jt_log.h"
#include "jt_shared.h"

APLOG_USE_MODULE(jiratoken);

#define NAME "jiratoken"

/* What shmcb is given where the administrator says nothing: room for some
 * fifteen thousand tokens. */
#define OWN_SIZE "jiratoken-cache(4194304)"

/* Seconds that a cache outside is left alone after it has failed: it may take
 * that long to say so. */
#define PAUSE 2

/* How long a call waits for one of those before it to end, and how often it
 * looks. */
#define CROWDED apr_time_from_msec(50)
#define LOOK apr_time_from_msec(1)

/* Seconds that a check may take beyond the time that its answer would be
 * believed: so long a revocation's entry stays. */
#define SLOWEST 60

/* Set before there are children. */
static const ap_socache_provider_t *provider;
static ap_socache_instance_t *instance;
static apr_global_mutex_t *mutex;
static int is_off;
static int is_outside;

/* How many calls of a cache outside there may be at once, in a child and in
 * all: it may hang, and mod_socache_redis then waits without end. */
static int most_of_child;
static int most_of_all;

/* One a child; the times are whole seconds, which wrap in 2106. */
static volatile apr_uint32_t calls;
static volatile apr_uint32_t failed_at;
static volatile apr_uint32_t logged_at;

static apr_uint32_t seconds(void)
{
    return (apr_uint32_t)apr_time_sec(apr_time_now());
}

int jt_cache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    provider = NULL;
    instance = NULL;
    mutex = NULL;
    is_off = 0;
    return ap_mutex_register(pconf, NAME, NULL, APR_LOCK_DEFAULT, 0)
               == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static const char *choose(const char *name, const char *args,
                          apr_pool_t *pconf, apr_pool_t *ptemp)
{
    provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name,
                                  AP_SOCACHE_PROVIDER_VERSION);
    if (!provider) {
        return apr_psprintf(ptemp, "there is no provider '%s'; write off, or "
                            "shmcb, redis, memcache or dbm, and before it: "
                            "LoadModule socache_%s_module "
                            "modules/mod_socache_%s.so", name, name, name);
    }
    is_outside = strcmp(provider->name, "shmcb") != 0;
    return provider->create(&instance, args, ptemp, pconf);
}

const char *jt_cache_choose(const char *text, apr_pool_t *pconf,
                            apr_pool_t *ptemp)
{
    const char *colon = strchr(text, ':');
    const char *name = colon ? apr_pstrmemdup(ptemp, text,
                                              (apr_size_t)(colon - text))
                             : text;

    provider = NULL;
    is_off = !ap_cstr_casecmp(text, "off");
    if (is_off) {
        return NULL;
    }
    if (!colon && !strcmp(name, "shmcb")) {
        return choose(name, OWN_SIZE, pconf, ptemp);
    }
    return choose(name, colon ? colon + 1 : NULL, pconf, ptemp);
}

static int refuse(server_rec *s, apr_status_t status, const char *words)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status, s,
                 "mod_jiratoken cannot start: JiraTokenCache: %s", words);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t destroy(void *data)
{
    if (provider && instance) {
        provider->destroy(instance, data);
        instance = NULL;
    }
    return APR_SUCCESS;
}

static void set_most(void)
{
    int children = 0;
    int threads = 0;

    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &children);
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    children = children > 1 ? children : 1;
    threads = threads > 1 ? threads : 1;
    most_of_child = (threads + 1) / 2;
    most_of_all = (children * threads + 1) / 2;
}

static int start(apr_pool_t *pconf, server_rec *s)
{
    static struct ap_socache_hints hints = {
        JT_SECRET_HASH_SIZE, 160, APR_USEC_PER_SEC * 60
    };
    apr_status_t status = APR_SUCCESS;

    if (provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) {
        status = ap_global_mutex_create(&mutex, NULL, NAME, NULL, s, pconf, 0);
    }
    if (status != APR_SUCCESS) {
        return refuse(s, status, "its lock could not be made");
    }
    set_most();
    status = provider->init(instance, NAME, &hints, s, pconf);
    if (status != APR_SUCCESS) {
        return refuse(s, status, "the provider could not begin, see its own "
                      "message");
    }
    apr_pool_cleanup_register(pconf, s, destroy, apr_pool_cleanup_null);
    return OK;
}

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
                            config->dbd_params, "\n", config->table, NULL);
        jt_secret_seal(config->ring, words, strlen(words), config->instance);
    }
}

int jt_cache_start(apr_pool_t *pconf, server_rec *main_server)
{
    const char *words = NULL;
    server_rec *s;

    if (!is_wanted(main_server) || is_off) {
        provider = NULL;
        return OK;
    }
    for (s = main_server; s; s = s->next) {
        name_table(s, pconf);
    }
    if (!provider
        && !ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, "shmcb",
                               AP_SOCACHE_PROVIDER_VERSION)) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_NOTICE, 0, main_server,
                     "each token is looked up in the database: there is no "
                     "cache; load mod_socache_shmcb, or say JiraTokenCache "
                     "off");
        return OK;
    }
    if (!provider) {
        words = jt_cache_choose("shmcb", pconf, pconf);
    }
    if (words || !provider) {
        return refuse(main_server, 0, words ? words : "there is no provider");
    }
    return start(pconf, main_server);
}

void jt_cache_child_init(apr_pool_t *pool, server_rec *main_server)
{
    apr_status_t status;

    if (!provider || !mutex) {
        return;
    }
    status = apr_global_mutex_child_init(&mutex,
                                         apr_global_mutex_lockfile(mutex),
                                         pool);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, main_server,
                     "this child has no cache: its lock could not be "
                     "opened");
        provider = NULL;
    }
}

int jt_cache_is_on(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return provider && (config->cache_timeout || config->cache_grace);
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

static void log_failure(server_rec *s, apr_status_t status, const char *words)
{
    int level = jt_log_level(APLOG_WARNING, &logged_at);

    ap_log_error(APLOG_MARK, level, status, s, "the cache of tokens %s",
                 words);
}

static int is_paused(void)
{
    return is_outside
           && seconds() - apr_atomic_read32(&failed_at) < PAUSE;
}

static void note_failure(server_rec *s, apr_status_t status,
                         const char *words)
{
    apr_atomic_set32(&failed_at, seconds());
    log_failure(s, status, words);
}

static void come_back(int seat)
{
    jt_shared_come_back(seat);
    apr_atomic_dec32(&calls);
}

static apr_status_t try_to_go_out(int is_urgent, int *seat)
{
    apr_status_t status = APR_EBUSY;

    if (apr_atomic_inc32(&calls) < (apr_uint32_t)most_of_child || is_urgent) {
        status = jt_shared_go_out(most_of_all, is_urgent, seat);
    }
    if (status != APR_SUCCESS) {
        apr_atomic_dec32(&calls);
    }
    return status;
}

/* A cache that is well serves the next one in a moment. */
static apr_status_t go_out(int is_urgent, int *seat)
{
    apr_time_t end = 0;
    apr_status_t status = try_to_go_out(is_urgent, seat);

    while (status == APR_EBUSY && (!end || apr_time_now() < end)) {
        end = end ? end : apr_time_now() + CROWDED;
        apr_sleep(LOOK);
        status = try_to_go_out(is_urgent, seat);
    }
    return status;
}

/* A call of the provider's: its lock, and a seat where it may hang.
 * @param is_urgent it must be tried, though others do without */
static apr_status_t begin(int is_urgent, int *seat)
{
    apr_status_t status;

    *seat = 0;
    status = is_outside ? go_out(is_urgent, seat) : APR_SUCCESS;
    if (status == APR_SUCCESS && mutex) {
        status = apr_global_mutex_lock(mutex);
        if (status != APR_SUCCESS && is_outside) {
            come_back(*seat);
        }
    }
    return status;
}

static void end(int seat)
{
    if (mutex) {
        apr_global_mutex_unlock(mutex);
    }
    if (is_outside) {
        come_back(seat);
    }
}

static const jt_secret_ring_t *sealing_ring(const server_rec *s)
{
    return is_outside ? jt_config_server(s)->ring : NULL;
}

/* mod_socache_dbm has no status of its own for what is not there. */
static int is_absent(apr_status_t status)
{
    return status == APR_NOTFOUND
           || (status == APR_EGENERAL && !strcmp(provider->name, "dbm"));
}

/* What is kept, or APR_NOTFOUND where nothing is. Anything else has been noted
 * and says nothing. */
static apr_status_t retrieve(server_rec *s, const unsigned char *id,
                             jt_entry_t *entry, apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    unsigned int length = sizeof(bytes);
    int seat;
    apr_status_t status = begin(0, &seat);

    if (status == APR_SUCCESS) {
        status = provider->retrieve(instance, s, id, JT_SECRET_HASH_SIZE,
                                    bytes, &length, pool);
        end(seat);
    }
    if (is_absent(status)) {
        return APR_NOTFOUND;
    }
    if (status == APR_EBUSY) {
        return status;
    }
    if (status != APR_SUCCESS) {
        note_failure(s, status, "cannot be read: the database is asked");
        return status;
    }
    status = jt_entry_parse(bytes, length, id, sealing_ring(s), entry, pool);
    if (status != APR_SUCCESS) {
        log_failure(s, 0, "has an entry that this server, or one with its "
                    "key, did not write: the database is asked");
    }
    return status;
}

static apr_status_t store(server_rec *s, const unsigned char *id,
                          const jt_entry_t *entry, int believed,
                          apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    apr_size_t length = jt_entry_write(entry, id, sealing_ring(s), bytes);
    apr_status_t status;
    int seat;

    if (!length) {
        return APR_ENOSPC;
    }
    status = begin(entry->is_revoked, &seat);
    if (status == APR_SUCCESS) {
        /* redis and memcache count in seconds, and drop what is less. */
        status = provider->store(instance, s, id, JT_SECRET_HASH_SIZE,
                                 apr_time_now()
                                     + apr_time_from_sec(believed + 1),
                                 bytes, (unsigned)length, pool);
        end(seat);
    }
    return status;
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

    if (!is_outside) {
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

    if (is_paused() || retrieve(s, key->id, &entry, pool) != APR_SUCCESS
        || entry.is_revoked
        || !jt_shared_is_current(key->hash, entry.epoch, entry.mark,
                                 entry.asked_at)) {
        return JT_CACHE_MISS;
    }
    age = now - entry.asked_at;
    if (age < 0 || age >= kept_time(s)
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

    if (is_paused() || jt_shared_mark(key->hash) != mark
        || apr_time_sec(apr_time_now()) - now > SLOWEST) {
        return;
    }
    entry.asked_at = now;
    entry.epoch = jt_shared_epoch();
    entry.mark = mark;
    entry.row = *row;
    status = store(s, key->id, &entry, kept_time(s), pool);
    if (status != APR_SUCCESS && status != APR_EBUSY) {
        note_failure(s, status, "cannot be written to");
    }
}

/* Others who read the cache learn of it. */
static void tell_revoked(server_rec *s, const jt_cache_key_t *key,
                         apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t note = { 0 };
    apr_status_t status;

    make_note_id(key, id);
    note.is_revoked = 1;
    note.asked_at = apr_time_sec(apr_time_now());
    status = store(s, id, &note, kept_time(s) + SLOWEST, pool);
    if (status != APR_SUCCESS) {
        apr_atomic_set32(&failed_at, seconds());
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, s,
                     "the cache of tokens was not told of a revocation: other "
                     "servers, and this one after a restart, may believe the "
                     "token for JiraTokenCacheTimeout and JiraTokenCacheGrace "
                     "more");
    }
}

/* The room is for others; nobody believes the entry any more. */
static void discard(server_rec *s, const jt_cache_key_t *key,
                    apr_pool_t *pool)
{
    int seat;

    if (begin(0, &seat) == APR_SUCCESS) {
        provider->remove(instance, s, key->id, JT_SECRET_HASH_SIZE, pool);
        end(seat);
    }
}

void jt_cache_drop(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool)
{
    jt_shared_revoke(key->hash);
    if (provider && is_outside) {
        tell_revoked(s, key, pool);
    }
    else if (provider) {
        discard(s, key, pool);
    }
}

void jt_cache_forget(server_rec *s, const char *digest, apr_pool_t *pool)
{
    jt_cache_key_t key;

    if (digest && jt_secret_unhex(digest, key.hash) == APR_SUCCESS) {
        jt_cache_key(s, &key);
        jt_cache_drop(s, &key, pool);
    }
}
