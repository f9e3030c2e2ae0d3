/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TURN_H
#define JT_TURN_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <httpd.h>

/** A call's turn, from jt_turn_take() to jt_turn_end(). */
typedef struct jt_turn_t {
    int place; /* the database, see jt_turn_share() */
    int slot;
} jt_turn_t;

/**
 * The post_config hook: number the databases, and with an MPM of one thread
 * a child make what its children share.
 */
apr_status_t jt_turn_share(apr_pool_t *pconf, server_rec *main_server);

/** The child_init hook. @param pool the child's */
void jt_turn_child_init(apr_pool_t *pool, server_rec *main_server);

/**
 * Wait for a turn at the server's database, up to 100 ms.
 * @return APR_SUCCESS, then jt_turn_end() must follow; APR_TIMEUP: so many
 *         calls as may be are in flight; APR_EGENERAL: the database is known
 *         to be down, and somebody else is finding out whether it still is
 */
apr_status_t jt_turn_take(const server_rec *s, jt_turn_t *turn);

/** @param is_down the call found no database, and took its time over it */
void jt_turn_end(const jt_turn_t *turn, int is_down);

/** How many calls may be in flight. */
int jt_turn_limit(void);

#endif
