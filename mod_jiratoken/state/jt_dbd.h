/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_DBD_H
#define JT_DBD_H

#include <httpd.h>

#include "core/jt_store.h"
#include "state/jt_patience.h"

/** Work on a borrowed connection. When the connection is lost, the work runs
 * once more on another, so it must be idempotent, however far the first run
 * came. */
typedef apr_status_t jt_dbd_work_t(jt_store_t *store, void *baton,
                                   apr_pool_t *pool);

/**
 * Borrow a connection from mod_dbd, do the work, return it. Blocks as the
 * database does, after up to 2 s for a permit (state/jt_permits.h) and for a
 * connection (state/jt_connection.h). Never call it from within work, and never
 * let work read from, write to or wait for a client. Thread-safe.
 * @param patience of the request: all its waits together last up to 2 s
 * @param pool for what the work allocates
 * @return what work returned; APR_EGENERAL when there was no connection;
 *         APR_EBUSY beyond JiraTokenDatabaseLimit, and where all connections
 *         stayed in use. Failures are logged here, at most once a minute.
 */
apr_status_t jt_dbd_run(server_rec *s, jt_patience_t *patience,
                        jt_dbd_work_t *work, void *baton, apr_pool_t *pool);

/** The same without a permit, beyond JiraTokenDatabaseLimit, for work that no
 * client waits for: it cannot take a permit from a check. The caller allows one
 * such call at a time in a child. */
apr_status_t jt_dbd_run_without_permit(server_rec *s, jt_dbd_work_t *work,
                                       void *baton, apr_pool_t *pool);

/**
 * Block the signals that end a prefork child. Their handler would end the child
 * immediately, in the middle of work that must be completed. Calls nest. Does
 * nothing with threads.
 * @param hold non-zero: block; 0: unblock, once for each block
 */
void jt_dbd_hold_signals(int hold);

/** Register the hook that prepares statements on each new connection. */
void jt_dbd_register(void);

/** The child_init hook. @param pool the child's */
void jt_dbd_child_init(apr_pool_t *pool, server_rec *s);

#endif
