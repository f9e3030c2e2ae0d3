/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the outbox of one server, and knows a lock of another program's from an
 * outage. It must not know what is asked.
 */
#include "service/jt_outlet.h"

#include <apr_atomic.h>
#include <http_log.h>

#include "state/jt_log.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds for which a lock on SQLite's file is nothing to warn of. */
#define LOCKED_LONG 60

/* For how long SQLite's file was locked: as that is no outage, it is not logged
 * as one. */
static void note_lock(jt_outlet_t *outlet, const jt_outlet_work_t *work)
{
    static volatile apr_uint32_t logged;
    int level = APLOG_DEBUG;

    if (!work->is_locked) {
        outlet->locked_since = work->has_written ? 0 : outlet->locked_since;
        return;
    }
    if (!outlet->locked_since || outlet->locked_since > work->now) {
        outlet->locked_since = work->now;
    }
    if (work->now - outlet->locked_since >= LOCKED_LONG) {
        level = jt_log_level(APLOG_WARNING, &logged);
    }
    ap_log_error(APLOG_MARK, level, 0, outlet->server,
                 "messages wait for another program that has locked SQLite's "
                 "file for %d seconds or longer",
                 (int)(work->now - outlet->locked_since));
}

apr_status_t jt_outlet_run(jt_outlet_t *outlet, jt_dbd_work_t *work,
                           jt_outlet_work_t *baton, apr_pool_t *pool)
{
    jt_patience_t patience = { 0 };
    apr_status_t status;

    baton->now = apr_time_sec(apr_time_now());
    baton->is_locked = 0;
    baton->has_written = 0;
    baton->pool = pool;
    status = jt_dbd_run(outlet->server, &patience, work, baton, pool);
    if (status == APR_SUCCESS) {
        note_lock(outlet, baton);
    }
    return status == APR_SUCCESS && baton->is_locked ? APR_EBUSY : status;
}

apr_status_t jt_outlet_end(jt_outlet_work_t *work, const jt_store_t *store,
                           apr_status_t status)
{
    work->is_locked = status != APR_SUCCESS && jt_store_is_locked(store);
    return work->is_locked ? APR_SUCCESS : status;
}

int jt_outlet_is_due(const jt_outlet_t *outlet, apr_int64_t *last,
                     int interval)
{
    apr_int64_t now = apr_time_sec(apr_time_now());

    if ((now - *last < interval && now >= *last)
        || apr_atomic_read32(outlet->is_awaited)) {
        return 0;
    }
    *last = now;
    return 1;
}
