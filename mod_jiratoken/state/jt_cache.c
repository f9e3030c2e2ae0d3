/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache of checked tokens. Only grants that admit their user are cached,
 * never a refusal. It must not decide about access (core/jt_attempt.c). The
 * bytes of an entry and its age are in core/jt_entry.c, the table in shared
 * memory is in state/jt_grants.c, a provider of httpd's is in
 * state/jt_socache.c, and generations are in state/jt_revocations.c. There is
 * one of them: a table in front of a cache outside would save one of the two
 * calls of a hit, not the lease's, which alone says whether another server has
 * revoked the token.
 *
 * A cache outside this server is not trusted: its grants are sealed. There a
 * grant is used only while the lease under which the table was asked for it is
 * there as well. A revocation overwrites the lease by a tombstone, so a grant
 * from before is void on every server, however late it is stored. What is lost
 * or evicted makes a miss, so nothing depends on how long a tombstone stays.
 */
#include "state/jt_cache.h"

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <http_log.h>

#include "jt_config.h"
#include "core/jt_entry.h"
#include "state/jt_cache_id.h"
#include "state/jt_shared.h"
#include "state/jt_socache.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds that a check may take; an answer that took longer is not stored. */
#define CHECK_LONGEST 60

/* Seconds for which grants can be stored under a new lease. Then the next
 * answer needs another, and the table is asked once more. */
#define LEASE_SPARE 3600

/* The TTL of a tombstone in seconds. It has overwritten the lease and need not
 * stay: where nothing is, there is no lease either. */
#define TOMBSTONE_TTL 1

/* How many grants the table is made for where nothing is said. */
#define USUAL 20000

static const char shared_name[] = "shared";

/* Set before children start. 0: there is no table. */
static apr_uint32_t count = USUAL;

int jt_cache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    count = USUAL;
    return jt_socache_reset(pconf, plog, ptemp);
}

/* @param text what follows the name: nothing, or "(20000)" */
static const char *choose_count(const char *text, apr_pool_t *ptemp)
{
    apr_int64_t number = USUAL;
    char *end = NULL;

    if (*text) {
        number = *text == '(' && apr_isdigit(text[1])
                     ? apr_strtoi64(text + 1, &end, 10) : 0;
        if (!end || strcmp(end, ")") != 0) {
            number = 0;
        }
    }
    if (number < JT_GRANTS_FEWEST || number > JT_GRANTS_MOST) {
        return apr_psprintf(ptemp, "'%s%s': write shared, or with the number "
                            "of tokens that are in use, from %d to %d: "
                            "shared(%d)", shared_name, text, JT_GRANTS_FEWEST,
                            JT_GRANTS_MOST, USUAL);
    }
    if (!jt_grants_size((apr_uint32_t)number)) {
        return apr_psprintf(ptemp, "'%s%s': so many do not fit into the "
                            "memory of a 32-bit process; write fewer",
                            shared_name, text);
    }
    count = (apr_uint32_t)number;
    return NULL;
}

const char *jt_cache_choose(const char *text, apr_pool_t *pconf,
                            apr_pool_t *ptemp)
{
    apr_size_t length = strcspn(text, "(:");

    if (length == strlen(shared_name)
        && !ap_cstr_casecmpn(text, shared_name, length)) {
        jt_socache_drop();
        return choose_count(text + length, ptemp);
    }
    count = 0;
    return jt_socache_choose(text, pconf, ptemp);
}

static int is_served(server_rec *s)
{
    for (; s; s = s->next) {
        if (jt_config_server(s)->serves > 0) {
            return 1;
        }
    }
    return 0;
}

int jt_cache_start(apr_pool_t *pconf, apr_pool_t *ptemp,
                   server_rec *main_server)
{
    server_rec *s;

    if (!is_served(main_server)) {
        jt_shared_map_grants(main_server, 0);
        return OK;
    }
    for (s = main_server; s; s = s->next) {
        if (jt_cache_id_start(s, ptemp) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                         "mod_jiratoken cannot start: OpenSSL made no "
                         "HMAC-SHA-256 with JiraTokenKeyFile's first key; "
                         "see that its default provider is active");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    jt_shared_map_grants(main_server, count);
    return jt_socache_start(pconf, main_server);
}

int jt_cache_is_on(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return (jt_shared_get()->grants || jt_socache_is_on())
           && (config->cache_timeout || config->cache_grace);
}

apr_status_t jt_cache_key(const server_rec *s, jt_secret_hashes_t *hashes,
                          int nth, jt_cache_key_t *key)
{
    const unsigned char *hash = jt_secret_hashes_get(hashes, nth);

    if (!hash) {
        return APR_EGENERAL;
    }
    memcpy(key->hash, hash, sizeof(key->hash));
    jt_cache_id_provider(s, hash, key->id);
    return jt_cache_id_memory(s, hashes, nth, key->memory_id);
}

static apr_int64_t get_now(void)
{
    return apr_time_sec(apr_time_now());
}

static const jt_secret_ring_t *find_sealing_ring(const server_rec *s)
{
    return jt_socache_is_outside() ? jt_config_server(s)->ring : NULL;
}

/* @return as jt_entry_parse(), whose failure has been logged */
static apr_status_t parse_entry(server_rec *s, const unsigned char *bytes,
                                apr_size_t length, const unsigned char *id,
                                jt_entry_t *entry, apr_pool_t *pool)
{
    apr_status_t status = jt_entry_parse(bytes, length, id,
                                         find_sealing_ring(s), entry, pool);

    if (status != APR_SUCCESS) {
        jt_socache_warn(s, 0, "has an entry that this server, or one with its "
                        "key, did not write: the database is asked");
    }
    return status;
}

/* @return APR_NOTFOUND where there is no entry; any other failure says nothing,
 *         and has been logged */
static apr_status_t find_entry(server_rec *s, const unsigned char *id,
                               jt_entry_t *entry, apr_pool_t *pool)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    unsigned int length = sizeof(bytes);
    apr_status_t status = jt_socache_retrieve(s, id, bytes, &length, pool);

    return status == APR_SUCCESS
               ? parse_entry(s, bytes, length, id, entry, pool) : status;
}

/* Only grants are sealed. Who can write to the cache can end a lease, or bring
 * one back beside the grant that was stored under it, but makes no grant.
 * Sealed leases would fail while servers change their first key in turn.
 * @return APR_EINVAL when the entry is too long: not a failure of the cache */
static apr_status_t store_entry(server_rec *s, const unsigned char *id,
                                const jt_entry_t *entry, int lifetime,
                                apr_pool_t *pool)
{
    int is_grant = !entry->is_tombstone && !entry->is_lease;
    unsigned char bytes[JT_ENTRY_SIZE];
    jt_socache_item_t item;

    item.bytes = bytes;
    item.length = jt_entry_write(entry, id,
                                 is_grant ? find_sealing_ring(s) : NULL,
                                 bytes);
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

/* Fails closed: what cannot be read, or is anything else, is no lease.
 * @return zero when there is none */
static int find_lease(server_rec *s, const jt_cache_key_t *key,
                      jt_entry_t *lease, apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    unsigned char bytes[JT_ENTRY_SIZE];
    unsigned int length = sizeof(bytes);

    jt_cache_id_lease(key->hash, id);
    return jt_socache_retrieve(s, id, bytes, &length, pool) == APR_SUCCESS
           && jt_entry_parse(bytes, length, id, NULL, lease, pool)
                  == APR_SUCCESS
           && lease->is_lease;
}

/* @return zero when another server may have revoked the token since */
static int has_lease(server_rec *s, const jt_cache_key_t *key,
                     const jt_entry_t *grant, apr_pool_t *pool)
{
    jt_entry_t lease;

    return !jt_socache_is_outside()
           || (find_lease(s, key, &lease, pool)
               && jt_entry_is_under(grant, &lease));
}

/* Whether no revocation by this httpd is newer than the entry. What lies in its
 * own memory was asked for in its own epoch, or nothing is known.
 * @param hash of the token, or the beginning of it */
static int is_current(const unsigned char *hash, const jt_entry_t *entry)
{
    jt_revocations_t *revocations = jt_shared_get()->revocations;
    jt_revocations_stamp_t stamp;

    if (entry->epoch != revocations->epoch && !jt_socache_is_outside()) {
        return 0;
    }
    stamp.epoch = entry->epoch;
    stamp.generation = entry->generation;
    stamp.asked_at = entry->asked_at;
    return jt_revocations_is_current(revocations, hash, &stamp);
}

/* Before an entry in the table in shared memory stands the beginning of the
 * token's hash, by which its revocations are found. */
#define BEGINNING 8

/* @param hash set to its beginning */
static apr_status_t find_in_memory(server_rec *s, jt_secret_hashes_t *hashes,
                                   int nth, unsigned char hash[BEGINNING],
                                   jt_entry_t *entry, apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    unsigned char bytes[JT_GRANTS_LONGEST];
    apr_size_t length;

    if (jt_cache_id_memory(s, hashes, nth, id) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    length = jt_grants_find(jt_shared_get()->grants, id, bytes);
    if (length == JT_GRANTS_CORRUPT) {
        jt_socache_warn(s, 0, "has a corrupt entry: the database is asked");
        return APR_EINVAL;
    }
    if (length <= BEGINNING) {
        return APR_NOTFOUND;
    }
    memcpy(hash, bytes, BEGINNING);
    return parse_entry(s, bytes + BEGINNING, length - BEGINNING, id, entry,
                       pool);
}

static void store_in_memory(const jt_cache_key_t *key, const jt_entry_t *entry,
                            int lifetime)
{
    unsigned char bytes[JT_GRANTS_LONGEST];
    jt_grants_item_t item;

    memcpy(bytes, key->hash, BEGINNING);
    item.id = key->memory_id;
    item.bytes = bytes;
    item.length = jt_entry_write(entry, key->memory_id, NULL,
                                 bytes + BEGINNING);
    item.until = (apr_uint32_t)(entry->asked_at + lifetime);
    if (item.length) {
        item.length += BEGINNING;
        jt_grants_store(jt_shared_get()->grants, &item);
    }
}

static jt_entry_freshness_t check_freshness(const server_rec *s,
                                            const jt_entry_t *entry,
                                            apr_int64_t now)
{
    const jt_config_server_t *config = jt_config_server(s);

    return jt_entry_check_freshness(entry, now, config->cache_timeout,
                                    config->cache_grace);
}

static jt_entry_freshness_t find_in_provider(server_rec *s,
                                             jt_secret_hashes_t *hashes,
                                             int nth, apr_int64_t now,
                                             jt_entry_t *entry,
                                             apr_pool_t *pool)
{
    jt_entry_freshness_t freshness;
    jt_cache_key_t key;

    if (jt_socache_is_paused()
        || jt_cache_key(s, hashes, nth, &key) != APR_SUCCESS
        || find_entry(s, key.id, entry, pool) != APR_SUCCESS) {
        return JT_ENTRY_MISS;
    }
    freshness = check_freshness(s, entry, now);
    return freshness == JT_ENTRY_MISS || !is_current(key.hash, entry)
                   || !has_lease(s, &key, entry, pool)
               ? JT_ENTRY_MISS : freshness;
}

jt_entry_freshness_t jt_cache_find(server_rec *s, jt_secret_hashes_t *hashes,
                                   int nth, apr_int64_t now,
                                   jt_grant_t *grant, apr_pool_t *pool)
{
    jt_entry_freshness_t freshness = JT_ENTRY_MISS;
    unsigned char hash[BEGINNING];
    jt_entry_t entry;

    if (!jt_shared_get()->grants) {
        freshness = find_in_provider(s, hashes, nth, now, &entry, pool);
    }
    else if (find_in_memory(s, hashes, nth, hash, &entry, pool) == APR_SUCCESS
             && is_current(hash, &entry)) {
        freshness = check_freshness(s, &entry, now);
    }
    if (freshness != JT_ENTRY_MISS) {
        *grant = entry.grant;
    }
    return freshness;
}

static apr_uint32_t get_generation(const jt_cache_key_t *key)
{
    return jt_revocations_generation(jt_shared_get()->revocations, key->hash);
}

/* @return the number of a lease that outlasts what is stored under it; 0: there
 *         is none */
static apr_uint64_t find_lasting_lease(server_rec *s,
                                       const jt_cache_key_t *key,
                                       apr_pool_t *pool)
{
    apr_int64_t until = get_now() + get_lifetime(s) + CHECK_LONGEST;
    jt_entry_t lease;

    return find_lease(s, key, &lease, pool)
           && jt_entry_is_lasting(&lease, until) ? lease.lease : 0;
}

void jt_cache_stamp(server_rec *s, const jt_cache_key_t *key,
                    jt_cache_stamp_t *stamp, apr_pool_t *pool)
{
    stamp->generation = get_generation(key);
    stamp->lease = jt_socache_is_outside() && !jt_socache_is_paused()
                       ? find_lasting_lease(s, key, pool) : 0;
}

int jt_cache_lacks_lease(const jt_cache_stamp_t *stamp)
{
    return jt_socache_is_outside() && !stamp->lease;
}

/* A failure of the cache; not that it is busy, or an entry too long. */
static void report_store(server_rec *s, apr_status_t status)
{
    if (status != APR_SUCCESS && status != APR_EBUSY
        && status != APR_EINVAL) {
        jt_socache_pause();
        jt_socache_warn(s, status, "cannot be written to");
    }
}

static apr_status_t store_lease(server_rec *s, const jt_cache_key_t *key,
                                apr_uint64_t *number, apr_pool_t *pool)
{
    int lifetime = get_lifetime(s) + CHECK_LONGEST + LEASE_SPARE;
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t lease = { 0 };
    apr_status_t status = apr_generate_random_bytes(
        (unsigned char *)&lease.lease, sizeof(lease.lease));

    if (status != APR_SUCCESS) {
        return status;
    }
    jt_cache_id_lease(key->hash, id);
    lease.is_lease = 1;
    lease.lease |= 1; /* 0: none */
    lease.asked_at = get_now();
    lease.ends_at = lease.asked_at + lifetime;
    *number = lease.lease;
    status = store_entry(s, id, &lease, lifetime, pool);
    report_store(s, status);
    return status;
}

/* A crowd that looks a token up at once shares the first one's lease. */
apr_status_t jt_cache_take_lease(server_rec *s, const jt_cache_key_t *key,
                                 jt_cache_stamp_t *stamp, apr_pool_t *pool)
{
    jt_cache_stamp(s, key, stamp, pool);
    if (stamp->lease) {
        return APR_SUCCESS;
    }
    return jt_socache_is_paused() ? APR_EBUSY
                                  : store_lease(s, key, &stamp->lease, pool);
}

void jt_cache_store(server_rec *s, const jt_cache_key_t *key,
                    const jt_cache_answer_t *answer, apr_pool_t *pool)
{
    jt_entry_t entry = { 0 };

    if (jt_socache_is_paused() || jt_cache_lacks_lease(&answer->stamp)
        || get_generation(key) != answer->stamp.generation
        || get_now() - answer->asked_at > CHECK_LONGEST) {
        return;
    }
    entry.asked_at = answer->asked_at;
    entry.epoch = jt_shared_get()->revocations->epoch;
    entry.generation = answer->stamp.generation;
    entry.lease = answer->stamp.lease;
    entry.grant = *answer->grant;
    if (jt_shared_get()->grants) {
        store_in_memory(key, &entry, get_lifetime(s));
    }
    else {
        report_store(s, store_entry(s, key->id, &entry, get_lifetime(s),
                                    pool));
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

/* Publishes a revocation to the other servers that share the cache. Then the
 * grant only takes up room, for two days at most. */
static void end_lease(server_rec *s, const jt_cache_key_t *key,
                      apr_pool_t *pool)
{
    unsigned char id[JT_SECRET_HASH_SIZE];
    jt_entry_t tombstone = { 0 };
    apr_status_t status;

    if (!jt_socache_is_on() || !jt_socache_is_outside()) {
        return;
    }
    jt_cache_id_lease(key->hash, id);
    tombstone.is_tombstone = 1;
    tombstone.asked_at = get_now();
    status = store_entry(s, id, &tombstone, TOMBSTONE_TTL, pool);
    if (status == APR_SUCCESS) {
        jt_socache_remove(s, key->id, pool);
        return;
    }
    jt_socache_pause();
    ap_log_error(APLOG_MARK, APLOG_WARNING, status, s,
                 "the cache of tokens was not told of a revocation: other "
                 "servers, and this one after a restart, may believe the "
                 "token for JiraTokenCacheTimeout and JiraTokenCacheGrace "
                 "more");
}

void jt_cache_drop(server_rec *s, const jt_cache_key_t *key, apr_pool_t *pool)
{
    invalidate_key(s, key, pool);
    end_lease(s, key, pool);
}

/* Without what only the token gives.
 * @return zero when the digest is invalid, and nothing is cached for it */
static int make_key(const server_rec *s, const char *digest,
                    jt_cache_key_t *key)
{
    if (!digest || jt_secret_unhex(digest, key->hash) != APR_SUCCESS) {
        return 0;
    }
    jt_cache_id_provider(s, key->hash, key->id);
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

    if (jt_socache_is_on() && jt_socache_is_outside()
        && make_key(s, digest, &key)) {
        end_lease(s, &key, pool);
    }
}
