/* SPDX-License-Identifier: Apache-2.0
 *
 * One of httpd's socache providers: its choice, its start, its lock, how many
 * may call it at once, and its failures. It must not know what the bytes mean:
 * that is in state/jt_cache.c.
 *
 * A cache outside this server (any provider but shmcb) may be slow, frozen or
 * gone. Only some of the threads may call it at once, and none for a moment
 * after it has failed.
 */
#include "state/jt_socache.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <ap_mpm.h>
#include <ap_provider.h>
#include <ap_socache.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <unistd.h>
#include <util_mutex.h>

#include "state/jt_clock.h"
#include "state/jt_gate.h"
#include "state/jt_log.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

#define NAME "jiratoken"

/* The default of shmcb: room for about fifteen thousand tokens. */
#define OWN_SIZE "jiratoken-cache(4194304)"

/* Seconds for which a cache outside is not called after a failure, which may
 * take as long to show. */
#define PAUSE 2

/* So many of all children's permits are for ordinary calls, the others for
 * urgent ones. */
#define ORDINARY 64

/* In milliseconds: when a call counts as stuck, and others do without the
 * cache; and when one of them tries again, as the stuck call's connection may
 * be the cause. */
#define STUCK 1000
#define STUCK_FOR_LONG 6000

/* How long a call waits for a permit: better than going to the database. The
 * interval between polls doubles, as frequent polls would slow down the calls
 * that are waited for. */
#define WAIT apr_time_from_msec(500)
#define POLL_FIRST apr_time_from_msec(1)
#define POLL_LONGEST apr_time_from_msec(16)

/* Set before children start. */
static const ap_socache_provider_t *provider;
static ap_socache_instance_t *instance;
static apr_global_mutex_t *mutex;
static int is_on;
static int is_outside;

/* The most calls at once to a cache outside, by a child and by all:
 * mod_socache_redis waits without a limit. */
static apr_uint32_t child_limit;
static apr_uint32_t total_limit;

/* One per child; times are whole seconds, which wrap in 2106. */
static jt_gate_t *calls; /* to a cache outside */
static apr_uint32_t self;
static volatile apr_uint32_t failed_at;
static volatile apr_uint32_t logged_at;

static apr_uint32_t get_seconds(void)
{
    return (apr_uint32_t)apr_time_sec(apr_time_now());
}

int jt_socache_reset(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    provider = NULL;
    instance = NULL;
    mutex = NULL;
    is_on = 0;
    is_outside = 0;
    return ap_mutex_register(pconf, NAME, NULL, APR_LOCK_DEFAULT, 0)
               == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static const char *choose_provider(const char *name, const char *args,
                                   apr_pool_t *pconf, apr_pool_t *ptemp)
{
    provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name,
                                  AP_SOCACHE_PROVIDER_VERSION);
    if (!provider) {
        return apr_psprintf(ptemp, "there is no provider '%s'; write shared, "
                            "off, or redis, memcache, shmcb or dbm, and "
                            "before it: LoadModule socache_%s_module "
                            "modules/mod_socache_%s.so", name, name, name);
    }
    is_outside = strcmp(provider->name, "shmcb") != 0;
    return provider->create(&instance, args, ptemp, pconf);
}

void jt_socache_drop(void)
{
    provider = NULL;
    is_outside = 0;
}

const char *jt_socache_choose(const char *text, apr_pool_t *pconf,
                              apr_pool_t *ptemp)
{
    const char *colon = strchr(text, ':');
    const char *name = colon ? apr_pstrmemdup(ptemp, text,
                                              (apr_size_t)(colon - text))
                             : text;

    jt_socache_drop();
    if (!ap_cstr_casecmp(text, "off")) {
        return NULL;
    }
    if (!colon && !strcmp(name, "shmcb")) {
        return choose_provider(name, OWN_SIZE, pconf, ptemp);
    }
    return choose_provider(name, colon ? colon + 1 : NULL, pconf, ptemp);
}

static int refuse_start(server_rec *s, apr_status_t status, const char *words)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status, s,
                 "mod_jiratoken cannot start: JiraTokenCache: %s", words);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t destroy_instance(void *data)
{
    if (provider && instance) {
        provider->destroy(instance, data);
        instance = NULL;
    }
    return APR_SUCCESS;
}

static void set_limits(void)
{
    int children = 0;
    int threads = 0;

    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &children);
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    children = children > 1 ? children : 1;
    threads = threads > 1 ? threads : 1;
    child_limit = (apr_uint32_t)(threads + 1) / 2;
    total_limit = (apr_uint32_t)(children * threads + 1) / 2;
    total_limit = total_limit < ORDINARY ? total_limit : ORDINARY;
}

typedef struct retained_t {
    apr_global_mutex_t *mutex;
} retained_t;

/* The lock is created once and survives graceful restarts. In pconf it would be
 * destroyed under an old child that has just started. */
static apr_status_t make_lock(server_rec *s)
{
    static const char name[] = "mod_jiratoken lock of the cache";
    retained_t *retained = ap_retained_data_get(name);
    apr_status_t status = APR_SUCCESS;

    if (!retained) {
        retained = ap_retained_data_create(name, sizeof(*retained));
    }
    if (!retained->mutex) {
        status = ap_global_mutex_create(&retained->mutex, NULL, NAME, NULL, s,
                                        s->process->pool, 0);
    }
    mutex = retained->mutex;
    return status;
}

static int start_provider(apr_pool_t *pconf, server_rec *s)
{
    static struct ap_socache_hints hints = {
        JT_SECRET_HASH_SIZE, 160, APR_USEC_PER_SEC * 60
    };
    apr_status_t status = APR_SUCCESS;

    if (provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) {
        status = make_lock(s);
    }
    if (status != APR_SUCCESS) {
        return refuse_start(s, status, "its lock could not be made");
    }
    set_limits();
    status = provider->init(instance, NAME, &hints, s, pconf);
    if (status != APR_SUCCESS) {
        return refuse_start(s, status, "the provider could not begin, see "
                            "its own message");
    }
    is_on = 1;
    /* Runs before pconf's subpools are destroyed: mod_socache_dbm uses one. */
    apr_pool_pre_cleanup_register(pconf, s, destroy_instance);
    return OK;
}

int jt_socache_start(apr_pool_t *pconf, server_rec *main_server)
{
    return provider ? start_provider(pconf, main_server) : OK;
}

static apr_status_t open_lock(apr_pool_t *pool)
{
    return mutex ? apr_global_mutex_child_init(
                       &mutex, apr_global_mutex_lockfile(mutex), pool)
                 : APR_SUCCESS;
}

void jt_socache_child_init(apr_pool_t *pool, server_rec *main_server)
{
    apr_status_t status;

    if (!is_on) {
        return;
    }
    self = (apr_uint32_t)getpid();
    calls = jt_gate_make(apr_palloc(pool, jt_gate_size(child_limit)),
                         child_limit);
    status = open_lock(pool);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, main_server,
                     "this child has no cache: its lock could not be "
                     "opened");
        is_on = 0;
    }
}

int jt_socache_is_on(void)
{
    return is_on;
}

int jt_socache_is_outside(void)
{
    return is_outside;
}

void jt_socache_warn(server_rec *s, apr_status_t status, const char *words)
{
    int level = jt_log_level(APLOG_WARNING, &logged_at);

    ap_log_error(APLOG_MARK, level, status, s, "the cache of tokens %s",
                 words);
}

int jt_socache_is_paused(void)
{
    return is_outside
           && get_seconds() - apr_atomic_read32(&failed_at) < PAUSE;
}

void jt_socache_pause(void)
{
    apr_atomic_set32(&failed_at, get_seconds());
}

/* The permits of a call: the child's, and one of all children's. Urgent calls
 * need no permit of the child's. */
typedef struct permits_t {
    apr_uint32_t own; /* JT_GATE_NONE: none */
    apr_uint32_t common;
} permits_t;

static void give_permits(const permits_t *held)
{
    jt_gate_leave(jt_shared_get()->cache_calls, held->common);
    if (held->own != JT_GATE_NONE) {
        jt_gate_leave(calls, held->own);
    }
}

/* The child's permit comes first: a call that gets none must not take one of
 * all children's, even for a moment. */
static apr_status_t take_own_permit(jt_ticks_t now, apr_uint32_t *permit)
{
    jt_gate_terms_t terms = { 0 };

    terms.self = self;
    terms.most = child_limit;
    return jt_gate_enter(calls, &terms, now, permit);
}

static apr_status_t try_permits(int is_urgent, permits_t *held)
{
    jt_gate_t *common = jt_shared_get()->cache_calls;
    jt_ticks_t now = jt_clock_ticks();
    jt_gate_terms_t terms = { 0 };
    apr_status_t status_if_full;
    apr_status_t status;

    terms.self = self;
    terms.most = is_urgent ? common->count : total_limit;
    terms.stuck_after = STUCK;
    terms.stuck_until = STUCK_FOR_LONG;
    terms.is_urgent = is_urgent;
    held->own = JT_GATE_NONE;
    status = jt_gate_inspect(common, &terms, now, &status_if_full);
    if (status != APR_SUCCESS) {
        return status;
    }
    if (!is_urgent && take_own_permit(now, &held->own) != APR_SUCCESS) {
        return status_if_full;
    }
    status = jt_gate_enter(common, &terms, now, &held->common);
    if (status != APR_SUCCESS && held->own != JT_GATE_NONE) {
        jt_gate_leave(calls, held->own);
    }
    return status;
}

/* A cache that works serves the next call in a moment. */
static apr_status_t take_permits(int is_urgent, permits_t *held)
{
    apr_interval_time_t pause = POLL_FIRST;
    apr_time_t end = 0;
    apr_status_t status = try_permits(is_urgent, held);

    while (status == APR_EBUSY && (!end || apr_time_now() < end)) {
        end = end ? end : apr_time_now() + WAIT;
        apr_sleep(pause);
        pause = pause < POLL_LONGEST ? 2 * pause : POLL_LONGEST;
        status = try_permits(is_urgent, held);
    }
    return status;
}

/* Begins a call of the provider: takes permits if it may hang, then its lock.
 * @param is_urgent enter although a call is stuck */
static apr_status_t begin_call(int is_urgent, permits_t *held)
{
    apr_status_t status;

    held->own = JT_GATE_NONE;
    held->common = JT_GATE_NONE;
    status = is_outside ? take_permits(is_urgent, held) : APR_SUCCESS;
    if (status == APR_SUCCESS && mutex) {
        status = apr_global_mutex_lock(mutex);
        if (status != APR_SUCCESS && is_outside) {
            give_permits(held);
        }
    }
    return status;
}

static void end_call(const permits_t *held)
{
    if (mutex) {
        apr_global_mutex_unlock(mutex);
    }
    if (is_outside) {
        give_permits(held);
    }
}

/* mod_socache_dbm has no status of its own for a missing entry. */
static int is_absent(apr_status_t status)
{
    return status == APR_NOTFOUND
           || (status == APR_EGENERAL && !strcmp(provider->name, "dbm"));
}

apr_status_t jt_socache_retrieve(server_rec *s, const unsigned char *id,
                                 unsigned char *bytes, unsigned int *length,
                                 apr_pool_t *pool)
{
    permits_t held;
    apr_status_t status = begin_call(0, &held);

    if (status == APR_SUCCESS) {
        status = provider->retrieve(instance, s, id, JT_SECRET_HASH_SIZE,
                                    bytes, length, pool);
        end_call(&held);
    }
    if (is_absent(status)) {
        return APR_NOTFOUND;
    }
    if (status != APR_SUCCESS && status != APR_EBUSY) {
        jt_socache_pause();
        jt_socache_warn(s, status, "cannot be read: the database is asked");
    }
    return status;
}

apr_status_t jt_socache_store(server_rec *s, const unsigned char *id,
                              const jt_socache_item_t *item,
                              apr_pool_t *pool)
{
    apr_time_t expiry = apr_time_now() + apr_time_from_sec(item->lifetime);
    permits_t held;
    apr_status_t status = begin_call(item->is_urgent, &held);

    if (status == APR_SUCCESS) {
        status = provider->store(instance, s, id, JT_SECRET_HASH_SIZE, expiry,
                                 item->bytes, (unsigned)item->length, pool);
        end_call(&held);
    }
    return status;
}

void jt_socache_remove(server_rec *s, const unsigned char *id,
                       apr_pool_t *pool)
{
    permits_t held;

    if (begin_call(0, &held) == APR_SUCCESS) {
        provider->remove(instance, s, id, JT_SECRET_HASH_SIZE, pool);
        end_call(&held);
    }
}
