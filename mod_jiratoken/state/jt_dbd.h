/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_DBD_H
#define JT_DBD_H

#include <httpd.h>

#include "core/jt_store.h"

/** What one borrowed connection is used for. Where that breaks off, it is done
 * once more on another: it must not matter how far the first came. */
typedef apr_status_t jt_dbd_work_t(jt_store_t *store, void *baton,
                                   apr_pool_t *pool);

/**
 * Borrow a connection of mod_dbd's, do the work, give it back: it is never
 * held while a client is read from, written to or waited for. It waits for a
 * permit, see state/jt_permits.h. Never call it from within work.
 * @param pool for what the work allocates
 * @return what work returned, or APR_EGENERAL when there was no connection,
 *         or APR_EBUSY beyond JiraTokenDatabaseLimit. Failures are logged
 *         here, once a minute at the most.
 */
apr_status_t jt_dbd_run(server_rec *s, jt_dbd_work_t *work, void *baton,
                        apr_pool_t *pool);

/**
 * The same for work that nobody waits for, beyond JiraTokenDatabaseLimit, so
 * that a slow one takes no check's permit. The caller sees to it that
 * there is one at a time in a child.
 */
apr_status_t jt_dbd_run_aside(server_rec *s, jt_dbd_work_t *work, void *baton,
                              apr_pool_t *pool);

/**
 * Prefork's children end inside the handler of a signal, wherever they are:
 * hold it while what has begun is to be done. May be nested.
 * @param hold 0: let it come, as often as it was held
 */
void jt_dbd_hold_signals(int hold);

/** Hooks mod_dbd's connections, so that statements are prepared with them. */
void jt_dbd_register(void);

/** The child_init hook. */
void jt_dbd_child_init(apr_pool_t *pool, server_rec *s);

#endif
