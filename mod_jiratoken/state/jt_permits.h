/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PERMITS_H
#define JT_PERMITS_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <httpd.h>

#include "state/jt_patience.h"
#include "state/jt_progress.h"

/** The numbers of databases are below this; further ones share the last. 0 has
 * what this module cannot ask: no database, or one of other modules'. */
#define JT_PERMITS_DATABASES 17

/** A permit for a database call, from jt_permits_take() to jt_permits_give().
 * Both are thread-safe. */
typedef struct jt_permits_t {
    int database; /* its number, see jt_permits_share() */
    apr_uint32_t permit;
    jt_ticks_t probe; /* see jt_breaker_allows() */
} jt_permits_t;

/** What a call has found out about its database. */
typedef enum jt_permits_outcome_t {
    JT_PERMITS_DOWN,    /* there is none, and that took a while to find out */
    JT_PERMITS_UNKNOWN, /* nothing: it got no connection to ask on */
    JT_PERMITS_UP       /* it answers, or fails quickly */
} jt_permits_outcome_t;

/**
 * In post_config: number the databases and, where a child is one thread, create
 * the memory that all children share.
 * @return APR_SUCCESS, or why there is no shared memory, which is logged
 */
apr_status_t jt_permits_share(apr_pool_t *pconf, server_rec *main_server);

/** The child_init hook. @param pool the child's */
void jt_permits_child_init(apr_pool_t *pool, server_rec *main_server);

/**
 * Take a permit to call the server's database. Blocks while all are held: as
 * long as calls before it finish, up to 2 s, and up to 100 ms while none does
 * (1 s while a child opens its first connection), see state/jt_patience.h; not
 * at all when those have lasted a second. What counts are the calls of its own
 * database, or all calls when none of those is in flight. Who has waited for
 * half a second goes first.
 * @param patience of the request
 * @return APR_SUCCESS, and jt_permits_give() must follow; APR_EBUSY:
 *         JiraTokenDatabaseLimit calls are in flight; APR_EGENERAL: the circuit
 *         breaker is open, and another call probes the database
 */
apr_status_t jt_permits_take(const server_rec *s, jt_patience_t *patience,
                             jt_permits_t *taken);

/** Give a permit back. */
void jt_permits_give(const jt_permits_t *taken, jt_permits_outcome_t outcome);

/** How the server's database gets on. Never NULL. */
jt_progress_t *jt_permits_progress(const server_rec *s);

/** The limit of calls in flight. */
int jt_permits_limit(void);

#endif
