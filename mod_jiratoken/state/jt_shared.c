/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that all children of one httpd share, also across graceful
 * restarts, and the clock for what lies in it. It must not know tokens or
 * caches.
 */
#include "state/jt_shared.h"

#include <http_log.h>
#include <unistd.h>

#include "state/jt_clock.h"
#include "state/jt_shm.h"

APLOG_USE_MODULE(jiratoken);

/* Change one with the meaning of its memory, or with the way an id finds its
 * place. That of the revocations has its own: versions of this module that have
 * the same see each other's. */
#define LAYOUT 6
#define REVOCATIONS_LAYOUT 1
#define GRANTS_LAYOUT 2

/* Calls to a cache outside. Half of the permits are for urgent calls, see
 * state/jt_socache.c. */
#define CACHE_CALLS 128

/* Writers of last uses in all children, and then some: their places are found
 * by the token's hash. */
#define LAST_USES 1024

/* Milliseconds between two polls of a follower: first, and at last. Hundreds of
 * them that polled often would keep their leader from the processor. */
#define POLL_FIRST 1
#define POLL_LONGEST 32

#define GRANTS "mod_jiratoken grants"

typedef struct layout_t {
    jt_flights_t flights;
    jt_counters_t counters;
} layout_t;

/* Set before children start. */
static jt_shared_t shared;
static jt_grants_t grants;

static apr_size_t get_memory_size(void)
{
    return sizeof(layout_t) + jt_gate_size(CACHE_CALLS)
           + jt_gate_size(LAST_USES);
}

static void set_parts(char *memory)
{
    layout_t *layout = (layout_t *)(void *)memory;
    char *gates = memory + sizeof(layout_t);

    shared.flights = &layout->flights;
    shared.counters = &layout->counters;
    shared.cache_calls = (jt_gate_t *)(void *)gates;
    gates += jt_gate_size(CACHE_CALLS);
    shared.last_uses = (jt_gate_t *)(void *)gates;
}

static apr_status_t map_parts(server_rec *main_server)
{
    const jt_shm_kept_t kept = {
        "mod_jiratoken state", "counters and what is under way", LAYOUT,
        get_memory_size()
    };
    void *memory;
    jt_shm_found_t found = jt_shm_keep(&kept, &memory, APLOG_EMERG,
                                       main_server);

    if (!memory) {
        return APR_ENOMEM;
    }
    set_parts(memory);
    if (found != JT_SHM_SAME) {
        jt_gate_make(shared.cache_calls, CACHE_CALLS);
        jt_gate_make(shared.last_uses, LAST_USES);
    }
    return APR_SUCCESS;
}

/* Children of a version with another layout do not see what is revoked here,
 * nor is seen what they revoke, and nobody knows when the last of them has
 * ended. */
static void log_distrust(server_rec *main_server)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_NOTICE, 0, main_server,
                 "mod_jiratoken looks each token up in the database, as this "
                 "httpd began with a version of it that counts revocations in "
                 "another way: stop httpd and start it, a restart is not "
                 "enough");
}

static apr_status_t map_revocations(server_rec *main_server)
{
    const jt_shm_kept_t kept = {
        "mod_jiratoken revocations", "revocations", REVOCATIONS_LAYOUT,
        sizeof(jt_revocations_t)
    };
    void *memory;
    apr_uint64_t epoch;
    jt_shm_found_t found;
    apr_status_t status = apr_generate_random_bytes((unsigned char *)&epoch,
                                                    sizeof(epoch));

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status,
                     main_server, "mod_jiratoken cannot start: the system "
                     "gives no random bytes");
        return status;
    }
    found = jt_shm_keep(&kept, &memory, APLOG_EMERG, main_server);
    if (!memory) {
        return APR_ENOMEM;
    }
    shared.revocations = memory;
    if (found != JT_SHM_SAME) {
        jt_revocations_init(shared.revocations, epoch,
                            apr_time_sec(apr_time_now()));
    }
    if (found == JT_SHM_OTHER) {
        jt_revocations_distrust(shared.revocations);
    }
    if (shared.revocations->is_distrusted) {
        log_distrust(main_server);
    }
    return APR_SUCCESS;
}

apr_status_t jt_shared_map(server_rec *main_server)
{
    apr_status_t status = map_revocations(main_server);

    return status == APR_SUCCESS ? map_parts(main_server) : status;
}

void jt_shared_map_grants(server_rec *main_server, apr_uint32_t count)
{
    const jt_shm_kept_t kept = {
        GRANTS, "JiraTokenCache", GRANTS_LAYOUT,
        count ? jt_grants_size(count) : 0
    };
    void *memory = NULL;

    shared.grants = NULL;
    if (!count) {
        jt_shm_drop(GRANTS);
        return;
    }
    jt_shm_keep(&kept, &memory, APLOG_WARNING, main_server);
    if (memory) {
        jt_grants_use(&grants, memory, count);
        shared.grants = &grants;
    }
}

void jt_shared_child_init(apr_pool_t *pool, server_rec *main_server)
{
    (void)pool;
    (void)main_server;
    jt_grants_set_self(&grants, (apr_uint32_t)getpid());
}

const jt_shared_t *jt_shared_get(void)
{
    return &shared;
}

void jt_shared_count(jt_count_t which)
{
    jt_counters_add(shared.counters, which);
}

void jt_shared_count_verdict(jt_verdict_t verdict)
{
    jt_counters_add_verdict(shared.counters, verdict);
}

void jt_shared_revoke(const unsigned char *id)
{
    jt_revocations_add(shared.revocations, id, apr_time_sec(apr_time_now()));
}

jt_ticks_t jt_shared_lead(const unsigned char *id, jt_patience_t *patience)
{
    jt_ticks_t begun = jt_clock_ticks();
    jt_ticks_t leader = jt_flights_join(shared.flights, id, begun);
    jt_ticks_t now = begun;
    int pause = POLL_FIRST;

    if (!leader) {
        return begun;
    }
    while (jt_flights_is_worth_waiting(shared.flights, id, leader, now)) {
        apr_sleep(apr_time_from_msec(pause));
        pause = pause < POLL_LONGEST ? 2 * pause : POLL_LONGEST;
        now = jt_clock_ticks();
    }
    jt_flights_leave(shared.flights, id, leader, now);
    jt_patience_spend(patience, begun, now);
    return 0;
}

void jt_shared_ask(const unsigned char *id)
{
    jt_flights_ask(shared.flights, id, jt_clock_ticks());
}

void jt_shared_land(const unsigned char *id, jt_ticks_t lead,
                    int is_answered)
{
    jt_flights_land(shared.flights, id, lead, is_answered);
}
