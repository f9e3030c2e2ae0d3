/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrows mod_dbd's connections, limits them by permits, and logs why a
 * database could not answer. It must not know SQL: that is in core/jt_store.c.
 */
#include "state/jt_dbd.h"

#include <apr_atomic.h>
#include <apr_signal.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "apr_dbd.h"
#include "mod_dbd.h"

#include "jt_config.h"
#include "state/jt_log.h"
#include "state/jt_permits.h"

APLOG_USE_MODULE(jiratoken);

#define STORES "jiratoken: stores"
#define BORROW_TRIES 100

/* A failure that took this long blocks more than its own thread, as mod_dbd
 * holds a lock while it connects. A quick refusal does not open the circuit
 * breaker, so that a database that is back is used immediately. */
#define SLOW apr_time_from_msec(100)

/* The stores of a connection: several, where virtual hosts with different
 * tables share it. */
typedef struct store_list_t store_list_t;

struct store_list_t {
    store_list_t *next;
    const char *table;
    jt_store_t *store;
};

/* One per child; set before its threads start. */
typedef struct child_t {
    int is_threaded;
    int holds; /* nested blocks of signals; only without threads */
    volatile apr_uint32_t dropped; /* connections dropped so far */
    volatile apr_uint32_t fault_logged; /* see state/jt_log.h */
    volatile apr_uint32_t pooler_logged; /* by itself, as it needs a change */
    volatile apr_uint32_t overload_logged;
} child_t;

static child_t *child;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) *dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) *dbd_close;

/* @param logged when a fault of this kind was last logged */
static void log_kind(server_rec *s, const char *fault,
                     volatile apr_uint32_t *logged)
{
    int level = jt_log_level(APLOG_ERR, logged);

    ap_log_error(APLOG_MARK, level, 0, s,
                 "the token database cannot answer, so tokens and pages get "
                 "503: table=%s reason=%s", jt_config_server(s)->table, fault);
}

static void log_fault(server_rec *s, const char *fault)
{
    log_kind(s, fault, &child->fault_logged);
}

static void log_overload(server_rec *s)
{
    int level = jt_log_level(APLOG_ERR, &child->overload_logged);

    ap_log_error(APLOG_MARK, level, 0, s,
                 "the token database cannot answer fast enough: what waits "
                 "for it longer than 100 ms gets 503, but for a creation, "
                 "which is tried again: reason=JiraTokenDatabaseLimit calls "
                 "are waiting for it, limit=%d", jt_permits_limit());
}

static jt_store_t *get_store(ap_dbd_t *connection, const char *table)
{
    void *data = NULL;
    store_list_t *stores;

    apr_pool_userdata_get(&data, STORES, connection->pool);
    for (stores = data; stores; stores = stores->next) {
        if (!strcmp(stores->table, table)) {
            return stores->store;
        }
    }
    stores = apr_palloc(connection->pool, sizeof(*stores));
    stores->next = data;
    stores->table = table;
    /* A failure is reported and logged when the store is used. */
    jt_store_make(connection->driver, connection->handle, table,
                  &stores->store, connection->pool);
    apr_pool_userdata_setn(stores, STORES, NULL, connection->pool);
    return stores->store;
}

static apr_status_t count_drop(void *ignored)
{
    (void)ignored;
    if (child) {
        apr_atomic_inc32(&child->dropped);
    }
    return APR_SUCCESS;
}

/* The post_connect hook. It runs before DBDInitSQL, whose failure would end the
 * hook. */
static apr_status_t prepare_connection(apr_pool_t *pool, dbd_cfg_t *cfg,
                                       ap_dbd_t *connection)
{
    jt_config_server_t *config = jt_config_server(cfg->server);

    (void)pool;
    apr_pool_cleanup_register(connection->pool, NULL, count_drop,
                              apr_pool_cleanup_null);
    if (config->ring) {
        get_store(connection, config->table);
    }
    return APR_SUCCESS;
}

void jt_dbd_register(void)
{
    APR_OPTIONAL_HOOK(dbd, post_connect, prepare_connection, NULL, NULL,
                      APR_HOOK_FIRST);
}

void jt_dbd_child_init(apr_pool_t *pool, server_rec *s)
{
    child = apr_pcalloc(pool, sizeof(*child));
    ap_mpm_query(AP_MPMQ_IS_THREADED, &child->is_threaded);
    jt_permits_child_init(pool, s);
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

/* A signal's handler would destroy the pools under a query in flight. */
void jt_dbd_hold_signals(int hold)
{
    if (child->is_threaded) {
        return;
    }
    child->holds += hold ? 1 : -1;
    if (child->holds == (hold ? 1 : 0)) {
        (hold ? apr_signal_block : apr_signal_unblock)(SIGTERM);
        (hold ? apr_signal_block : apr_signal_unblock)(SIGHUP);
    }
}

/* mod_dbd drops a connection that died while idle, and then returns none. Tries
 * again as long as one was dropped. */
static ap_dbd_t *borrow_connection(server_rec *s, apr_pool_t *pool)
{
    apr_time_t end = apr_time_now() + SLOW;
    apr_uint32_t before;
    ap_dbd_t *connection;
    int tries = 0;

    do {
        before = apr_atomic_read32(&child->dropped);
        connection = dbd_open(pool, s);
    } while (!connection && ++tries < BORROW_TRIES && apr_time_now() < end
             && apr_atomic_read32(&child->dropped) != before);
    return connection;
}

/* The connection, after the work. */
typedef enum connection_state_t {
    CONNECTION_ALIVE,
    CONNECTION_LOST,
    CONNECTION_NONE
} connection_state_t;

/* How a run ended, and why it failed. */
typedef struct run_t {
    connection_state_t state;
    const char *fault;
    int is_pooled; /* see jt_store_is_pooled() */
} run_t;

static apr_status_t run_once(server_rec *s, jt_dbd_work_t *work, void *baton,
                             run_t *run, apr_pool_t *pool)
{
    ap_dbd_t *connection = borrow_connection(s, pool);
    apr_status_t status = APR_EGENERAL;
    jt_store_t *store;

    run->state = connection ? CONNECTION_ALIVE : CONNECTION_NONE;
    run->is_pooled = 0;
    if (!connection) {
        run->fault = "no connection, see mod_dbd's own message";
        return status;
    }
    store = get_store(connection, jt_config_server(s)->table);
    status = work(store, baton, pool);
    if (status != APR_SUCCESS) {
        run->state = jt_store_is_lost(store) ? CONNECTION_LOST
                                             : CONNECTION_ALIVE;
        run->fault = apr_pstrdup(pool, jt_store_fault(store));
        run->is_pooled = jt_store_is_pooled(store);
    }
    dbd_close(s, connection);
    return status;
}

/* An .htaccess file can refer to what the start did not check. */
static int is_ready(server_rec *s)
{
    if (!dbd_open || !dbd_close) {
        log_fault(s, "mod_dbd is not loaded");
        return 0;
    }
    if (!jt_config_server(s)->ring) {
        log_fault(s, "there is no JiraTokenKeyFile for this server");
        return 0;
    }
    return 1;
}

static apr_status_t run_uninterrupted(server_rec *s, jt_dbd_work_t *work,
                                      void *baton, int *is_down,
                                      apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    apr_status_t status;
    run_t run;

    jt_dbd_hold_signals(1);
    status = run_once(s, work, baton, &run, pool);
    if (run.state == CONNECTION_LOST && apr_time_now() - begun < SLOW) {
        status = run_once(s, work, baton, &run, pool);
    }
    if (status != APR_SUCCESS) {
        log_kind(s, run.fault, run.is_pooled ? &child->pooler_logged
                                             : &child->fault_logged);
    }
    jt_dbd_hold_signals(0);
    *is_down = run.state != CONNECTION_ALIVE && apr_time_now() - begun >= SLOW;
    return status;
}

apr_status_t jt_dbd_run(server_rec *s, jt_dbd_work_t *work, void *baton,
                        apr_pool_t *pool)
{
    apr_status_t status;
    jt_permits_t permit;
    int is_down;

    if (!is_ready(s)) {
        return APR_EGENERAL;
    }
    status = jt_permits_take(s, &permit);
    if (status == APR_EGENERAL) {
        log_fault(s, "it gave no answer to the last who asked");
    }
    else if (status != APR_SUCCESS) {
        log_overload(s);
    }
    if (status != APR_SUCCESS) {
        return status;
    }
    status = run_uninterrupted(s, work, baton, &is_down, pool);
    jt_permits_give(&permit, is_down);
    return status;
}

apr_status_t jt_dbd_run_without_permit(server_rec *s, jt_dbd_work_t *work,
                                       void *baton, apr_pool_t *pool)
{
    int is_down;

    return is_ready(s) ? run_uninterrupted(s, work, baton, &is_down, pool)
                       : APR_EGENERAL;
}
