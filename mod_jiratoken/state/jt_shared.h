/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SHARED_H
#define JT_SHARED_H

#include <apr_errno.h>
#include <httpd.h>

#include "state/jt_counters.h"
#include "state/jt_flights.h"
#include "state/jt_gate.h"
#include "state/jt_grants.h"
#include "state/jt_patience.h"
#include "state/jt_revocations.h"

/** The memory that all children of one httpd share. An id is a token's hash.
 * The functions below are thread-safe. */
typedef struct jt_shared_t {
    jt_revocations_t *revocations;
    jt_flights_t *flights;
    jt_counters_t *counters;
    jt_gate_t *cache_calls; /* calls to a cache outside */
    jt_gate_t *last_uses;   /* writers of last uses, found by the token's
                               hash */
    const jt_grants_t *grants; /* NULL: there is no such table */
} jt_shared_t;

/**
 * In post_config: create the memory, or find it again after a graceful restart,
 * so that old and new children see each other's revocations.
 * @return APR_SUCCESS, or why there is none, which is logged
 */
apr_status_t jt_shared_map(server_rec *main_server);

/**
 * After that: create the table of remembered grants, or find it again.
 * @param count of jt_grants_size(); 0: there is to be none. Where its memory
 *        cannot be had, there is none either, and that is logged
 */
void jt_shared_map_grants(server_rec *main_server, apr_uint32_t count);

/** The child_init hook. */
void jt_shared_child_init(apr_pool_t *pool, server_rec *main_server);

/** Never NULL, nor is any member but grants, once jt_shared_map() has
 * succeeded. */
const jt_shared_t *jt_shared_get(void);

/** See jt_counters_add(). */
void jt_shared_count(jt_count_t which);

/** See jt_counters_add_verdict(). */
void jt_shared_count_verdict(jt_verdict_t verdict);

/** See jt_revocations_add(); the time is now. */
void jt_shared_revoke(const unsigned char *id);

/**
 * See jt_flights_join(). A follower blocks, for up to four seconds.
 * @param patience of the request: that was one of its waits
 * @return 0: the caller followed, and the answer may be cached now; else the
 *         caller leads, and jt_shared_land() with this value must follow
 */
jt_ticks_t jt_shared_lead(const unsigned char *id, jt_patience_t *patience);

/** See jt_flights_ask(); the time is now. */
void jt_shared_ask(const unsigned char *id);

/** See jt_flights_land(). @param lead of jt_shared_lead() */
void jt_shared_land(const unsigned char *id, jt_ticks_t lead,
                    int is_answered);

#endif
