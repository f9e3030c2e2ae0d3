/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that all children of one httpd share, also across graceful
 * restarts, and the clock for what lies in it. It must not know tokens or
 * caches.
 */
#include "state/jt_shared.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "state/jt_clock.h"
#include "state/jt_shm.h"

APLOG_USE_MODULE(jiratoken);

/* Change it with the meaning of the memory, or with the way an id finds its
 * place. */
#define LAYOUT 4

/* Calls to a cache outside. Half of the permits are for urgent calls, see
 * state/jt_socache.c. */
#define CACHE_CALLS 128

/* The number of id ranges, each with one writer of a last use. */
#define LAST_USES 1024

/* Milliseconds between two polls of a follower: first, and at last. Hundreds of
 * them that polled often would keep their leader from the processor. */
#define POLL_FIRST 1
#define POLL_LONGEST 32

typedef struct layout_t {
    jt_revocations_t revocations;
    jt_flights_t flights;
    jt_counters_t counters;
} layout_t;

/* httpd retains this across graceful restarts; its shared memory is never
 * unmapped. */
typedef struct retained_t {
    char *memory;
} retained_t;

/* Set before children start. */
static jt_shared_t shared;

static apr_size_t get_memory_size(void)
{
    return sizeof(layout_t) + jt_gate_size(CACHE_CALLS)
           + jt_gate_size(LAST_USES);
}

/* Another version of this module may have another layout, so the name
 * differs. */
static const char *make_retained_name(apr_pool_t *pool)
{
    return apr_psprintf(pool, "mod_jiratoken memory %d, %d bytes", LAYOUT,
                        (int)get_memory_size());
}

static void set_parts(char *memory)
{
    layout_t *layout = (layout_t *)(void *)memory;
    char *gates = memory + sizeof(layout_t);

    shared.revocations = &layout->revocations;
    shared.flights = &layout->flights;
    shared.counters = &layout->counters;
    shared.cache_calls = (jt_gate_t *)(void *)gates;
    gates += jt_gate_size(CACHE_CALLS);
    shared.last_uses = (jt_gate_t *)(void *)gates;
}

static void fill_memory(apr_uint64_t epoch)
{
    jt_revocations_init(shared.revocations, epoch,
                        apr_time_sec(apr_time_now()));
    jt_gate_make(shared.cache_calls, CACHE_CALLS);
    jt_gate_make(shared.last_uses, LAST_USES);
}

static apr_status_t make_memory(retained_t *retained, server_rec *main_server)
{
    apr_uint64_t epoch;
    void *memory;
    apr_status_t status = apr_generate_random_bytes((unsigned char *)&epoch,
                                                    sizeof(epoch));

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status,
                     main_server, "mod_jiratoken cannot start: the system "
                     "gives no random bytes");
        return status;
    }
    status = jt_shm_make(&memory, get_memory_size(),
                         "revocations and counters",
                         main_server->process->pool, main_server);
    if (status == APR_SUCCESS) {
        retained->memory = memory;
        set_parts(retained->memory);
        fill_memory(epoch);
    }
    return status;
}

apr_status_t jt_shared_map(server_rec *main_server)
{
    const char *name = make_retained_name(main_server->process->pool);
    retained_t *retained = ap_retained_data_get(name);

    if (!retained) {
        retained = ap_retained_data_create(name, sizeof(*retained));
    }
    if (!retained->memory) {
        return make_memory(retained, main_server);
    }
    set_parts(retained->memory);
    return APR_SUCCESS;
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
