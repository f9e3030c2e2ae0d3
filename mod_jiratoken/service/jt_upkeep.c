/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls what httpd does by itself once a second: for which servers, in which of
 * their children. It must not know what is done.
 */
#include "service/jt_upkeep.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_watchdog.h>

#include "jt_config.h"
#include "service/jt_purge.h"

APLOG_USE_MODULE(jiratoken);

/* One per child; made before its threads start. */
static apr_array_header_t *purges; /* jt_purge_t */
static volatile apr_uint32_t is_ready;

static int is_same_table(const jt_config_server_t *a,
                         const jt_config_server_t *b)
{
    return jt_config_is_same_database(a, b) && !strcmp(a->table, b->table);
}

static int is_purged(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->serves > 0 && config->purge_expired > 0;
}

/* Of several servers with one table, the first looks after it. */
static int is_first(const server_rec *main_server, const server_rec *s,
                    int (*is_one)(const server_rec *))
{
    const server_rec *other;

    for (other = main_server; other != s; other = other->next) {
        if (is_one(other) && is_same_table(jt_config_server(other),
                                           jt_config_server(s))) {
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
}

static void stop(apr_pool_t *pool)
{
    int i;

    for (i = 0; i < purges->nelts; i++) {
        jt_purge_stop(&APR_ARRAY_IDX(purges, i, jt_purge_t), pool);
    }
}

static apr_status_t call(int state, void *main_server, apr_pool_t *pool)
{
    (void)main_server;
    if (apr_atomic_read32(&is_ready)) {
        if (state == AP_WATCHDOG_STATE_RUNNING) {
            step(pool);
        }
        else if (state == AP_WATCHDOG_STATE_STOPPING) {
            stop(pool);
        }
    }
    return APR_SUCCESS;
}

static int is_needed(const server_rec *s)
{
    for (; s; s = s->next) {
        if (is_purged(s)) {
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
        status = add(watchdog, AP_WD_TM_INTERVAL, main_server, call);
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
    for (s = main_server; s; s = s->next) {
        if (is_first(main_server, s, is_purged)) {
            jt_purge_t *purge = apr_array_push(purges);

            memset(purge, 0, sizeof(*purge));
            purge->server = s;
        }
    }
}

void jt_upkeep_child_ready(apr_pool_t *pool, server_rec *main_server)
{
    (void)pool;
    (void)main_server;
    apr_atomic_set32(&is_ready, 1);
}
