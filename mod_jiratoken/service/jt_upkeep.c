/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls what httpd does by itself, ten times a second: for which servers, in
 * which of their children. It must not know what is done.
 */
#include "service/jt_upkeep.h"

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_watchdog.h>
#include <pthread.h>

#include "jt_config.h"
#include "service/jt_messages.h"
#include "service/jt_purge.h"
#include "state/jt_clock.h"
#include "state/jt_dbd.h"

APLOG_USE_MODULE(jiratoken);

/* For eight seconds, at intervals of 20 milliseconds: httpd kills a child that
 * does not end within nine. */
#define STOP_TRIES 400

/* One per child; made before its threads start. */
static apr_array_header_t *purges; /* jt_purge_t */
static apr_array_header_t *outboxes; /* jt_messages_t * */
static volatile apr_uint32_t is_ready;

/* Who stops is not the thread of mod_watchdog's, which may be within a step. Of
 * no pool: those are destroyed while that thread still runs. */
static pthread_mutex_t calls = PTHREAD_MUTEX_INITIALIZER;
static volatile apr_uint32_t is_stopped;
static volatile apr_uint32_t is_awaited; /* a step, by who stops */

static int is_purged(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->serves > 0 && config->purge_expired > 0;
}

static int is_told(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->serves > 0 && config->outbox;
}

/* The table that the server is looked after for. */
static const char *get_purged(const server_rec *s)
{
    return jt_config_server(s)->table;
}

static const char *get_told(const server_rec *s)
{
    return jt_config_server(s)->outbox;
}

/* Of several servers with one table, the first looks after it. */
static int is_first(const server_rec *main_server, const server_rec *s,
                    int (*is_one)(const server_rec *),
                    const char *(*get_table)(const server_rec *))
{
    const server_rec *other;

    for (other = main_server; is_one(s) && other != s; other = other->next) {
        if (is_one(other)
            && jt_config_is_same_database(jt_config_server(other),
                                          jt_config_server(s))
            && jt_config_is_same_table(jt_config_server(s), get_table(other),
                                       get_table(s))) {
            return 0;
        }
    }
    return is_one(s);
}

static void step(apr_pool_t *pool)
{
    int i;

    for (i = 0; i < purges->nelts; i++) {
        jt_purge_step(&APR_ARRAY_IDX(purges, i, jt_purge_t), pool);
    }
    for (i = 0; i < outboxes->nelts; i++) {
        jt_messages_step(APR_ARRAY_IDX(outboxes, i, jt_messages_t *), pool);
    }
}

/* The programs of all outboxes end in the same second. */
static void stop(apr_pool_t *pool)
{
    jt_ticks_t begun;
    int i;

    for (i = 0; i < purges->nelts; i++) {
        jt_purge_stop(&APR_ARRAY_IDX(purges, i, jt_purge_t), pool);
    }
    begun = jt_clock_ticks();
    for (i = 0; i < outboxes->nelts; i++) {
        jt_messages_stop(APR_ARRAY_IDX(outboxes, i, jt_messages_t *), begun,
                         pool);
    }
}

/* A step takes a second or two, or what its statement takes when the database
 * is slow: then nothing else is begun. */
static int is_lockable(void)
{
    int i;

    apr_atomic_set32(&is_awaited, 1);
    for (i = 0; i < STOP_TRIES; i++) {
        if (!pthread_mutex_trylock(&calls)) {
            apr_atomic_set32(&is_awaited, 0);
            return 1;
        }
        apr_sleep(apr_time_from_msec(20));
    }
    return 0;
}

static void kill_programs(void)
{
    int i;

    for (i = 0; i < outboxes->nelts; i++) {
        jt_messages_kill(APR_ARRAY_IDX(outboxes, i, jt_messages_t *));
    }
}

static void stop_all(apr_pool_t *pool)
{
    int is_threaded = 0;

    apr_atomic_set32(&is_stopped, 1);
    ap_mpm_query(AP_MPMQ_IS_THREADED, &is_threaded);
    if (is_threaded) {
        stop(pool);
    }
    else {
        kill_programs();
    }
}

/* Two threads come here, in either order: the watchdog's, and the one that ends
 * the process, and with it the connections, so it waits for the other. With
 * prefork that one is within a signal's handler. No step may be going on then,
 * and none may begin. */
static void end(apr_pool_t *pool)
{
    if (!apr_atomic_read32(&is_ready) || !is_lockable()) {
        return;
    }
    if (!apr_atomic_read32(&is_stopped)) {
        stop_all(pool);
    }
    pthread_mutex_unlock(&calls);
}

static void call_step(apr_pool_t *pool)
{
    if (!apr_atomic_read32(&is_ready) || apr_atomic_read32(&is_stopped)) {
        return;
    }
    pthread_mutex_lock(&calls);
    if (!apr_atomic_read32(&is_stopped)) {
        step(pool);
    }
    pthread_mutex_unlock(&calls);
}

/* A signal that ends a prefork child has its handler run in the other thread,
 * never in this one. Not each mod_watchdog says that it stops, nor each httpd
 * that a child does. */
static apr_status_t call(int state, void *main_server, apr_pool_t *pool)
{
    (void)main_server;
    switch (state) {
    case AP_WATCHDOG_STATE_STARTING:
        jt_dbd_hold_signals(1);
        break;
    case AP_WATCHDOG_STATE_RUNNING:
        call_step(pool);
        break;
    case AP_WATCHDOG_STATE_STOPPING:
        end(pool);
        break;
    }
    return APR_SUCCESS;
}

void jt_upkeep_child_stopping(apr_pool_t *pool, int graceful)
{
    (void)graceful;
    end(pool);
}

static int is_needed(const server_rec *s)
{
    for (; s; s = s->next) {
        if (is_purged(s) || is_told(s)) {
            return 1;
        }
    }
    return 0;
}

int jt_upkeep_start(apr_pool_t *pconf, server_rec *main_server)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get
        = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add
        = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog;
    apr_status_t status;

    if (!is_needed(main_server) || !get || !add) {
        return OK; /* jt_config_check() has refused what lacks it */
    }
    status = get(&watchdog, "_jiratoken_", 0, 1, pconf);
    if (status == APR_SUCCESS) {
        status = add(watchdog, AP_WD_TM_SLICE, main_server, call);
    }
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status,
                     main_server, "mod_jiratoken cannot start: mod_watchdog "
                     "gives it no thread");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

void jt_upkeep_child_init(apr_pool_t *pool, server_rec *main_server)
{
    server_rec *s;

    purges = apr_array_make(pool, 1, sizeof(jt_purge_t));
    outboxes = apr_array_make(pool, 1, sizeof(jt_messages_t *));
    for (s = main_server; s; s = s->next) {
        if (is_first(main_server, s, is_told, get_told)) {
            APR_ARRAY_PUSH(outboxes, jt_messages_t *) = jt_messages_make(
                s, &is_awaited, pool);
        }
        if (is_first(main_server, s, is_purged, get_purged)) {
            jt_purge_t *purge = apr_array_push(purges);

            memset(purge, 0, sizeof(*purge));
            purge->server = s;
            purge->is_awaited = &is_awaited;
        }
    }
}

void jt_upkeep_child_ready(apr_pool_t *pool, server_rec *main_server)
{
    (void)pool;
    (void)main_server;
    apr_atomic_set32(&is_ready, 1);
}
