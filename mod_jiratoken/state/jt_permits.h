/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PERMITS_H
#define JT_PERMITS_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <httpd.h>

#include "state/jt_ticks.h"

/** A database call's permit, from jt_permits_take() to jt_permits_give(). */
typedef struct jt_permits_t {
    int database; /* its number, see jt_permits_share() */
    apr_uint32_t permit;
    jt_ticks_t probe; /* see jt_breaker_allows() */
} jt_permits_t;

/**
 * In post_config: number the databases, and with an MPM of one thread a child
 * make what its children share.
 * @return APR_SUCCESS, or why there is no shared memory, which is logged
 */
apr_status_t jt_permits_share(apr_pool_t *pconf, server_rec *main_server);

/** The child_init hook. @param pool the child's */
void jt_permits_child_init(apr_pool_t *pool, server_rec *main_server);

/**
 * Take a permit to call the server's database. Waits for up to 100 ms.
 * @return APR_SUCCESS, then jt_permits_give() must follow; APR_EBUSY:
 *         JiraTokenDatabaseLimit calls are in flight; APR_EGENERAL: the
 *         circuit breaker is open, and somebody else is finding out whether
 *         the database is still down
 */
apr_status_t jt_permits_take(const server_rec *s, jt_permits_t *taken);

/** @param is_down the call found no database, and took its time over it */
void jt_permits_give(const jt_permits_t *taken, int is_down);

/** How many calls may be in flight. */
int jt_permits_limit(void);

#endif
