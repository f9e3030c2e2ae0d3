/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrows mod_dbd's connections, counts them, and says in the log what a
 * database's silence means. Knows connections; the SQL is jt_store.c's.
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

/* A failure that took this long keeps more than its own thread busy: mod_dbd
 * holds a lock while it connects. A refusal is faster, and is not remembered,
 * so that a database that is back is used at once. */
#define SLOW apr_time_from_msec(100)

/* A connection's stores: more than one where virtual hosts with tables of
 * their own share it. */
typedef struct stores_t stores_t;

struct stores_t {
    stores_t *next;
    const char *table;
    jt_store_t *store;
};

/* One a child; set before its threads start. */
typedef struct child_t {
    int is_threaded;
    int holds; /* of signals; where there is one thread */
    volatile apr_uint32_t dropped; /* connections, so far */
    volatile apr_uint32_t fault_logged; /* see jt_log.h */
    volatile apr_uint32_t crowd_logged;
} child_t;

static child_t *child;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) *dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) *dbd_close;

static void log_fault(server_rec *s, const char *fault)
{
    int level = jt_log_level(APLOG_ERR, &child->fault_logged);

    ap_log_error(APLOG_MARK, level, 0, s,
                 "the token database cannot answer, so tokens and pages get "
                 "503: table=%s reason=%s", jt_config_server(s)->table, fault);
}

static void log_crowd(server_rec *s)
{
    int level = jt_log_level(APLOG_ERR, &child->crowd_logged);

    ap_log_error(APLOG_MARK, level, 0, s,
                 "the token database cannot answer fast enough: what waits "
                 "for it longer than 100 ms gets 503, but for a creation, "
                 "which is tried again: reason=JiraTokenDatabaseLimit calls "
                 "are waiting for it, limit=%d", jt_permits_limit());
}

static jt_store_t *find_store(ap_dbd_t *connection, const char *table)
{
    void *data = NULL;
    stores_t *stores;

    apr_pool_userdata_get(&data, STORES, connection->pool);
    for (stores = data; stores; stores = stores->next) {
        if (!strcmp(stores->table, table)) {
            return stores->store;
        }
    }
    stores = apr_palloc(connection->pool, sizeof(*stores));
    stores->next = data;
    stores->table = table;
    /* A failure shows, and is logged, when the store is used. */
    jt_store_make(connection->driver, connection->handle, table,
                  &stores->store, connection->pool);
    apr_pool_userdata_setn(stores, STORES, NULL, connection->pool);
    return stores->store;
}

static apr_status_t note_drop(void *ignored)
{
    (void)ignored;
    if (child) {
        apr_atomic_inc32(&child->dropped);
    }
    return APR_SUCCESS;
}

/* The post_connect hook, ahead of DBDInitSQL, whose failure would end it. */
static apr_status_t prepare_connection(apr_pool_t *pool, dbd_cfg_t *cfg,
                                       ap_dbd_t *connection)
{
    jt_config_server_t *config = jt_config_server(cfg->server);

    (void)pool;
    apr_pool_cleanup_register(connection->pool, NULL, note_drop,
                              apr_pool_cleanup_null);
    if (config->ring) {
        find_store(connection, config->table);
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

/* They would take the pools down under a query that is in flight. */
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

/* mod_dbd drops a connection that died while idle, and returns none; as long
 * as that is so, there is another try. */
static ap_dbd_t *borrow(server_rec *s, apr_pool_t *pool)
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

/* What became of the connection. */
typedef enum tie_t {
    TIE_HELD,
    TIE_BROKEN,
    TIE_NONE
} tie_t;

static apr_status_t work_once(server_rec *s, jt_dbd_work_t *work, void *baton,
                              tie_t *tie, const char **fault,
                              apr_pool_t *pool)
{
    ap_dbd_t *connection = borrow(s, pool);
    apr_status_t status = APR_EGENERAL;
    jt_store_t *store;

    *tie = connection ? TIE_HELD : TIE_NONE;
    if (!connection) {
        *fault = "no connection, see mod_dbd's own message";
        return status;
    }
    store = find_store(connection, jt_config_server(s)->table);
    status = work(store, baton, pool);
    if (status != APR_SUCCESS) {
        *tie = jt_store_is_lost(store) ? TIE_BROKEN : TIE_HELD;
        *fault = apr_pstrdup(pool, jt_store_fault(store));
    }
    dbd_close(s, connection);
    return status;
}

/* What an .htaccess file can ask for, httpd's start has not checked. */
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

static apr_status_t work_held(server_rec *s, jt_dbd_work_t *work, void *baton,
                              int *is_down, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    const char *fault = "";
    apr_status_t status;
    tie_t tie;

    jt_dbd_hold_signals(1);
    status = work_once(s, work, baton, &tie, &fault, pool);
    if (tie == TIE_BROKEN && apr_time_now() - begun < SLOW) {
        status = work_once(s, work, baton, &tie, &fault, pool);
    }
    if (status != APR_SUCCESS) {
        log_fault(s, fault);
    }
    jt_dbd_hold_signals(0);
    *is_down = tie != TIE_HELD && apr_time_now() - begun >= SLOW;
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
        log_crowd(s);
    }
    if (status != APR_SUCCESS) {
        return status;
    }
    status = work_held(s, work, baton, &is_down, pool);
    jt_permits_give(&permit, is_down);
    return status;
}

apr_status_t jt_dbd_run_aside(server_rec *s, jt_dbd_work_t *work, void *baton,
                              apr_pool_t *pool)
{
    int is_down;

    return is_ready(s) ? work_held(s, work, baton, &is_down, pool)
                       : APR_EGENERAL;
}
