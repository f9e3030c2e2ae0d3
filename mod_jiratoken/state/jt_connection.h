/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CONNECTION_H
#define JT_CONNECTION_H

#include <httpd.h>

#include "apr_dbd.h"
#include "mod_dbd.h"

#include "core/jt_store.h"
#include "state/jt_permits.h"

/** A connection on loan, from jt_connection_borrow() to
 * jt_connection_return(). */
typedef struct jt_connection_t {
    ap_dbd_t *handle;
    jt_store_t *store; /* its statements, for the server's table */
    jt_permits_outcome_t outcome; /* what borrowing it told of the database */
} jt_connection_t;

/**
 * Borrow a connection of the server's database from mod_dbd. While it has none
 * that is idle, and may open none, it blocks: up to 2 s, until no call has
 * succeeded for a second; otherwise up to 100 ms, or 1 s while a connection is
 * being opened. Opening one, or finding out that one has died, blocks as the
 * database does. Thread-safe.
 * @param patience of the request
 * @param connection set, but for handle and store when there is none
 * @param pool for a connection that mod_dbd does not keep
 * @return APR_SUCCESS; APR_EBUSY: none came back in time; APR_EGENERAL: none
 *         can be opened, which mod_dbd has logged
 */
apr_status_t jt_connection_borrow(server_rec *s, jt_patience_t *patience,
                                  jt_connection_t *connection,
                                  apr_pool_t *pool);

/** Return it. Blocks while mod_dbd opens another one.
 * @param has_answered the work on it has succeeded */
void jt_connection_return(server_rec *s, const jt_connection_t *connection,
                          int has_answered);

/** How many connections this child has in the server's pool. */
apr_uint32_t jt_connection_count(const server_rec *s);

/** In post_config, after jt_config_check(): number mod_dbd's pools, from 1.
 * Servers without a database have 0. Children need these numbers, and those of
 * jt_permits_share(). */
void jt_connection_number_pools(server_rec *main_server);

/** Whether mod_dbd is loaded. */
int jt_connection_is_available(void);

/** Register the hook that prepares statements on each new connection. */
void jt_connection_register(void);

/** A part of the child_init hook. @param pool the child's */
void jt_connection_child_init(apr_pool_t *pool, server_rec *main_server);

#endif
