/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_OUTLET_H
#define JT_OUTLET_H

#include <httpd.h>

#include "state/jt_dbd.h"

/* How the outbox of one server is asked, for service/jt_messages.c and
 * service/jt_telling.c alone. One thread's. */

typedef struct jt_outlet_t {
    server_rec *server;
    volatile apr_uint32_t *is_awaited; /* not zero: end as soon as possible */
    apr_int64_t locked_since; /* SQLite's file, epoch seconds; 0: it is not */
} jt_outlet_t;

/** The beginning of a baton of database work. */
typedef struct jt_outlet_work_t {
    apr_int64_t now;  /* epoch seconds */
    int is_locked;
    int has_written;  /* set by work that writes: with SQLite, reading says
                         nothing of locks */
    apr_pool_t *pool; /* of results */
} jt_outlet_work_t;

/**
 * Run database work. Blocks as the database does.
 * @param baton of the work, which returns what jt_outlet_end() does; set
 * @param pool scratch, and of results
 * @return as jt_dbd_run(); APR_EBUSY: SQLite's file is locked, which is not
 *         logged as an outage, or permits or connections were waited for in
 *         vain
 */
apr_status_t jt_outlet_run(jt_outlet_t *outlet, jt_dbd_work_t *work,
                           jt_outlet_work_t *baton, apr_pool_t *pool);

/** What all work returns. @param status of the store */
apr_status_t jt_outlet_end(jt_outlet_work_t *work, const jt_store_t *store,
                           apr_status_t status);

/** Whether something is due, and nobody waits. A clock that was set back makes
 * it due as well. @param last when it was, in epoch seconds; set when it is due
 * @param interval in seconds */
int jt_outlet_is_due(const jt_outlet_t *outlet, apr_int64_t *last,
                     int interval);

#endif
