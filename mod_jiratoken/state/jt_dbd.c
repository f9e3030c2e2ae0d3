/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs work on a database connection, with a permit, and logs why a database
 * could not answer. It must not know SQL, which is in core/jt_store.c, nor
 * where connections come from, which is in state/jt_connection.c.
 */
#include "state/jt_dbd.h"

#include <apr_signal.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "jt_config.h"
#include "state/jt_clock.h"
#include "state/jt_connection.h"
#include "state/jt_log.h"
#include "state/jt_permits.h"

APLOG_USE_MODULE(jiratoken);

/* A failure that took this long opens the circuit breaker. A quick one does
 * not, so that a database that is back is used immediately. */
#define SLOW apr_time_from_msec(100)

/* One per child; set before its threads start. */
typedef struct child_t {
    int is_threaded;
    volatile apr_uint32_t fault_logged; /* see state/jt_log.h */
    volatile apr_uint32_t pooler_logged; /* by itself, as it needs a change */
    volatile apr_uint32_t overload_logged;
} child_t;

static child_t *child;

/* Nested blocks of signals, which are a thread's own. Only without an MPM's
 * threads, but mod_watchdog has one of its own. */
static __thread int holds;

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

/* @param reason what it waited for */
static void log_overload(server_rec *s, const char *reason, int count)
{
    int level = jt_log_level(APLOG_ERR, &child->overload_logged);

    ap_log_error(APLOG_MARK, level, 0, s,
                 "the token database cannot answer fast enough, so what has "
                 "waited for it in vain gets 503: reason=%s, limit=%d "
                 "connections=%d", reason, jt_permits_limit(), count);
}

void jt_dbd_register(void)
{
    jt_connection_register();
}

void jt_dbd_child_init(apr_pool_t *pool, server_rec *s)
{
    child = apr_pcalloc(pool, sizeof(*child));
    ap_mpm_query(AP_MPMQ_IS_THREADED, &child->is_threaded);
    jt_permits_child_init(pool, s);
    jt_connection_child_init(pool, s);
}

/* A signal's handler would destroy the pools under a query in flight. */
void jt_dbd_hold_signals(int hold)
{
    if (child->is_threaded) {
        return;
    }
    holds += hold ? 1 : -1;
    if (holds == (hold ? 1 : 0)) {
        (hold ? apr_signal_block : apr_signal_unblock)(SIGTERM);
        (hold ? apr_signal_block : apr_signal_unblock)(SIGHUP);
    }
}

/* A call to the database, and what became of it. */
typedef struct call_t {
    server_rec *server;
    jt_dbd_work_t *work;
    void *baton;
    apr_pool_t *pool;
    apr_time_t lost; /* the time that work took on connections that it lost */
    int is_lost;     /* the last of them */
    const char *fault;
    int is_pooled;   /* see jt_store_is_pooled() */
} call_t;

static apr_status_t work_on(call_t *call, jt_store_t *store)
{
    apr_time_t begun = apr_time_now();
    apr_status_t status = call->work(store, call->baton, call->pool);

    call->is_lost = 0;
    if (status == APR_SUCCESS) {
        jt_progress_note(jt_permits_progress(call->server), jt_clock_ticks());
        return status;
    }
    call->fault = apr_pstrdup(call->pool, jt_store_fault(store));
    call->is_pooled = jt_store_is_pooled(store);
    if (jt_store_is_lost(store)) {
        call->is_lost = 1;
        call->lost += apr_time_now() - begun;
    }
    return status;
}

static apr_status_t run_once(call_t *call, jt_patience_t *patience,
                             jt_permits_outcome_t *outcome)
{
    jt_connection_t connection;
    apr_status_t status = jt_connection_borrow(call->server, patience,
                                               &connection, call->pool);

    if (status != APR_SUCCESS) {
        *outcome = connection.outcome;
        call->is_lost = 0;
        call->is_pooled = 0;
        call->fault = "no connection, see mod_dbd's own message";
        return status;
    }
    status = work_on(call, connection.store);
    *outcome = call->is_lost && call->lost >= SLOW ? JT_PERMITS_DOWN
                                                   : JT_PERMITS_UP;
    jt_connection_return(call->server, &connection, status == APR_SUCCESS);
    return status;
}

/* An .htaccess file can refer to what the start did not check. */
static int is_ready(server_rec *s)
{
    if (!jt_connection_is_available()) {
        log_fault(s, "mod_dbd is not loaded");
        return 0;
    }
    if (!jt_config_server(s)->ring) {
        log_fault(s, "there is no JiraTokenKeyFile for this server");
        return 0;
    }
    return 1;
}

static apr_status_t run_uninterrupted(call_t *call, jt_patience_t *patience,
                                      jt_permits_outcome_t *outcome)
{
    apr_status_t status;

    jt_dbd_hold_signals(1);
    status = run_once(call, patience, outcome);
    if (call->is_lost && call->lost < SLOW) {
        status = run_once(call, patience, outcome);
    }
    if (status == APR_EBUSY) {
        log_overload(call->server, "no connection came back",
                     (int)jt_connection_count(call->server));
    }
    else if (status != APR_SUCCESS) {
        log_kind(call->server, call->fault,
                 call->is_pooled ? &child->pooler_logged
                                 : &child->fault_logged);
    }
    jt_dbd_hold_signals(0);
    return status;
}

apr_status_t jt_dbd_run(server_rec *s, jt_patience_t *patience,
                        jt_dbd_work_t *work, void *baton, apr_pool_t *pool)
{
    call_t call = { s, work, baton, pool, 0, 0, "", 0 };
    jt_permits_outcome_t outcome;
    jt_permits_t permit;
    apr_status_t status;

    if (!is_ready(s)) {
        return APR_EGENERAL;
    }
    status = jt_permits_take(s, patience, &permit);
    if (status == APR_EGENERAL) {
        log_fault(s, "it gave no answer to the last who asked");
    }
    else if (status != APR_SUCCESS) {
        log_overload(s, "JiraTokenDatabaseLimit calls are waiting for it",
                     (int)jt_connection_count(s));
    }
    if (status != APR_SUCCESS) {
        return status;
    }
    status = run_uninterrupted(&call, patience, &outcome);
    jt_permits_give(&permit, outcome);
    return status;
}

apr_status_t jt_dbd_run_without_permit(server_rec *s, jt_dbd_work_t *work,
                                       void *baton, apr_pool_t *pool)
{
    call_t call = { s, work, baton, pool, 0, 0, "", 0 };
    jt_patience_t patience = { 0 };
    jt_permits_outcome_t ignored;

    return is_ready(s) ? run_uninterrupted(&call, &patience, &ignored)
                       : APR_EGENERAL;
}
