/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PERMITS_H
#define JT_PERMITS_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <httpd.h>

#include "state/jt_ticks.h"

/** A permit for a database call, from jt_permits_take() to jt_permits_give().
 * Both are thread-safe. */
typedef struct jt_permits_t {
    int database; /* its number, see jt_permits_share() */
    apr_uint32_t permit;
    jt_ticks_t probe; /* see jt_breaker_allows() */
} jt_permits_t;

/**
 * In post_config: number the databases and, where a child is one thread, create
 * the memory that all children share.
 * @return APR_SUCCESS, or why there is no shared memory, which is logged
 */
apr_status_t jt_permits_share(apr_pool_t *pconf, server_rec *main_server);

/** The child_init hook. @param pool the child's */
void jt_permits_child_init(apr_pool_t *pool, server_rec *main_server);

/**
 * Take a permit to call the server's database. Blocks for up to 100 ms.
 * @return APR_SUCCESS, and jt_permits_give() must follow; APR_EBUSY:
 *         JiraTokenDatabaseLimit calls are in flight; APR_EGENERAL: the circuit
 *         breaker is open, and another call probes the database
 */
apr_status_t jt_permits_take(const server_rec *s, jt_permits_t *taken);

/**
 * Give a permit back.
 * @param is_down non-zero: the call found no database, and not quickly
 */
void jt_permits_give(const jt_permits_t *taken, int is_down);

/** The limit of calls in flight. */
int jt_permits_limit(void);

#endif
