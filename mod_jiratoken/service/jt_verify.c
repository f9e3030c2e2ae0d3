/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks a password: from the cache or from the table, with single flight for
 * concurrent checks of one token. It must not know requests. The verdict is
 * made in core/jt_attempt.c.
 *
 * The cache can only admit a user, or refuse a good token what it is not for:
 * its holder may know. Every other refusal comes from the table, another
 * owner's and an expired token's as well, so that all reasons take the same
 * time.
 */
#include "service/jt_verify.h"

#include "jt_config.h"
#include "core/jt_user.h"
#include "state/jt_cache.h"
#include "state/jt_dbd.h"
#include "state/jt_shared.h"

/* A check in progress. */
typedef struct lookup_t {
    server_rec *server;
    jt_patience_t *patience;
    const jt_attempt_t *attempt;
    jt_check_t *check;
    apr_pool_t *pool;
    jt_ticks_t lead; /* of jt_shared_lead(); 0: nobody follows */
    jt_secret_hashes_t hashes;
    /* For the first key_count keys of the ring: the token's key in the cache,
     * and its stamp before the query. */
    int key_count;
    jt_cache_key_t keys[JT_SECRET_KEYS_MAX];
    jt_cache_stamp_t stamps[JT_SECRET_KEYS_MAX];
} lookup_t;

static apr_status_t check_in_table(jt_store_t *store, void *baton,
                                   apr_pool_t *pool)
{
    lookup_t *lookup = baton;

    if (lookup->lead) {
        jt_shared_ask(lookup->keys[0].hash);
    }
    return jt_attempt_check(lookup->attempt, store, &lookup->hashes,
                            lookup->check, pool);
}

static apr_status_t query_table(lookup_t *lookup)
{
    jt_shared_count(JT_COUNT_LOOKUPS);
    return jt_dbd_run(lookup->server, lookup->patience, check_in_table, lookup,
                      lookup->pool);
}

/* Where OpenSSL fails there are fewer keys: the check in the table reports
 * that. */
static void make_keys(lookup_t *lookup)
{
    int count = jt_secret_ring_count(lookup->hashes.ring);

    while (lookup->key_count < count
           && jt_cache_key(lookup->server, &lookup->hashes, lookup->key_count,
                           &lookup->keys[lookup->key_count])
                  == APR_SUCCESS) {
        lookup->key_count++;
    }
}

/* For the log, and for the API, where a token rotates itself.
 * @return zero when OpenSSL fails */
static int set_digest(lookup_t *lookup, jt_check_t *cached)
{
    const unsigned char *hash;

    if (cached->verdict == JT_VERDICT_GRANTED
        && !lookup->attempt->use.is_own) {
        return 1;
    }
    hash = jt_secret_hashes_get(&lookup->hashes, cached->nth);
    if (hash) {
        jt_secret_hex(hash, cached->digest);
    }
    return hash != NULL;
}

/* Finds a cached grant that admits this user. */
static jt_entry_freshness_t find_cached(lookup_t *lookup, jt_check_t *cached)
{
    jt_entry_freshness_t freshness = JT_ENTRY_MISS;
    jt_grant_t *grant = apr_palloc(lookup->pool, sizeof(*grant));
    int nth;

    for (nth = 0; nth < jt_secret_ring_count(lookup->hashes.ring)
                  && freshness == JT_ENTRY_MISS; nth++) {
        freshness = jt_cache_find(lookup->server, &lookup->hashes, nth,
                                  lookup->attempt->now, grant, lookup->pool);
    }
    if (freshness == JT_ENTRY_MISS) {
        return JT_ENTRY_MISS;
    }
    cached->verdict = jt_attempt_check_grant(lookup->attempt, grant);
    cached->nth = nth - 1;
    if (!jt_attempt_is_good(cached->verdict) || !set_digest(lookup, cached)) {
        return JT_ENTRY_MISS;
    }
    cached->is_cached = 1;
    cached->grant = grant;
    return freshness;
}

/* A last use is due to be recorded. The table is then queried, so that one
 * request records it and the others find it in the cache. */
static int is_use_due(const lookup_t *lookup, const jt_grant_t *grant)
{
    return jt_token_is_touch_due(
        grant, lookup->attempt->now,
        jt_config_server(lookup->server)->last_used_interval);
}

static void store_answer(lookup_t *lookup)
{
    const jt_check_t *check = lookup->check;
    jt_grant_t grant = *check->grant;
    jt_cache_answer_t answer;

    /* A refused use is none, and none is written then. */
    if (check->verdict == JT_VERDICT_GRANTED && is_use_due(lookup, &grant)) {
        grant.last_used_at = lookup->attempt->now;
    }
    answer.asked_at = lookup->attempt->now;
    answer.stamp = lookup->stamps[check->nth];
    answer.grant = &grant;
    jt_cache_store(lookup->server, &lookup->keys[check->nth], &answer,
                   lookup->pool);
}

/* The table refuses a user whom the cached grant would admit, now or during an
 * outage. */
static void drop_cached(lookup_t *lookup)
{
    jt_check_t cached = { 0 };

    if (find_cached(lookup, &cached) != JT_ENTRY_MISS
        && cached.nth < lookup->key_count) {
        jt_cache_drop(lookup->server, &lookup->keys[cached.nth],
                      lookup->pool);
    }
}

/* Another server may have revoked the token before the lease was taken, so the
 * table is asked again. If it cannot answer now, its first answer stands and is
 * not cached. */
static void query_under_lease(lookup_t *lookup)
{
    jt_check_t first = *lookup->check;
    jt_cache_key_t *key = &lookup->keys[first.nth];

    if (jt_cache_take_lease(lookup->server, key, &lookup->stamps[first.nth],
                            lookup->pool) != APR_SUCCESS) {
        return;
    }
    if (query_table(lookup) != APR_SUCCESS) {
        *lookup->check = first;
    }
    else if (lookup->check->is_good
             && lookup->check->nth == first.nth) {
        store_answer(lookup);
    }
    else {
        jt_cache_drop(lookup->server, key, lookup->pool);
    }
}

static void cache_grant(lookup_t *lookup)
{
    int nth = lookup->check->nth;

    if (nth >= lookup->key_count) {
        return;
    }
    if (jt_cache_lacks_lease(&lookup->stamps[nth])) {
        query_under_lease(lookup);
    }
    else {
        store_answer(lookup);
    }
}

static apr_status_t query_and_cache(lookup_t *lookup)
{
    const jt_check_t *check = lookup->check;
    apr_status_t status;
    int nth;

    for (nth = 0; nth < lookup->key_count; nth++) {
        jt_cache_stamp(lookup->server, &lookup->keys[nth],
                       &lookup->stamps[nth], lookup->pool);
    }
    status = query_table(lookup);
    if (status != APR_SUCCESS) {
        return status;
    }
    if (!check->is_good) {
        drop_cached(lookup);
    }
    else {
        cache_grant(lookup);
    }
    return status;
}

/* @return non-zero when the cache has answered */
static int answer_from_cache(lookup_t *lookup)
{
    jt_check_t cached = { 0 };

    if (find_cached(lookup, &cached) != JT_ENTRY_FRESH
        || (cached.verdict == JT_VERDICT_GRANTED
            && is_use_due(lookup, cached.grant))) {
        return 0;
    }
    *lookup->check = cached;
    jt_shared_count(JT_COUNT_HITS);
    return 1;
}

/* The database could not answer: a stale entry may be used
 * (JiraTokenCacheGrace). */
static apr_status_t fall_back_to_cache(lookup_t *lookup, apr_status_t status)
{
    jt_check_t cached = { 0 };

    if (find_cached(lookup, &cached) == JT_ENTRY_MISS) {
        return status;
    }
    *lookup->check = cached;
    jt_shared_count(JT_COUNT_GRACE);
    return APR_SUCCESS;
}

/* Single flight: of concurrent requests for a token that is not cached, one
 * queries the table. */
static apr_status_t query_in_flight(lookup_t *lookup)
{
    apr_status_t status;

    make_keys(lookup);
    if (lookup->key_count
        && jt_config_server(lookup->server)->cache_timeout) {
        lookup->lead = jt_shared_lead(lookup->keys[0].hash,
                                      lookup->patience);
    }
    if (!lookup->lead && answer_from_cache(lookup)) {
        return APR_SUCCESS;
    }
    status = query_and_cache(lookup);
    if (lookup->lead) {
        jt_shared_land(lookup->keys[0].hash, lookup->lead,
                       status == APR_SUCCESS);
    }
    return status == APR_SUCCESS ? status : fall_back_to_cache(lookup, status);
}

apr_status_t jt_verify(const jt_actor_t *actor, const jt_attempt_t *attempt,
                       jt_check_t *check)
{
    const jt_secret_ring_t *ring = jt_config_server(actor->server)->ring;
    int has_cache = ring && jt_cache_is_on(actor->server);
    lookup_t lookup;

    lookup.server = actor->server;
    lookup.patience = actor->patience;
    lookup.attempt = attempt;
    lookup.check = check;
    lookup.pool = actor->pool;
    lookup.lead = 0;
    lookup.key_count = 0;
    jt_secret_hashes_init(&lookup.hashes, ring, attempt->password);
    if (has_cache && answer_from_cache(&lookup)) {
        return APR_SUCCESS;
    }
    /* A name that no user can have is not in the table either. */
    if (!attempt->is_bearer && !jt_user_is_valid(attempt->user)) {
        check->verdict = JT_VERDICT_UNKNOWN;
        return APR_SUCCESS;
    }
    return has_cache ? query_in_flight(&lookup) : query_table(&lookup);
}
