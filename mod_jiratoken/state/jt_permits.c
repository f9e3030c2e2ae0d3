/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits calls to databases, so that one that hangs, or takes seconds to
 * refuse, blocks only some of httpd's threads. It must not know connections.
 *
 * The gate belongs to a child; where a child is one thread (prefork), all
 * children share one. Each database has a circuit breaker.
 */
#include "state/jt_permits.h"

#include <ap_mpm.h>
#include <unistd.h>

#include "jt_config.h"
#include "state/jt_breaker.h"
#include "state/jt_clock.h"
#include "state/jt_gate.h"
#include "state/jt_shm.h"

/* In milliseconds: how long a call waits for a permit, and how often it
 * tries. */
#define WAIT 100
#define POLL 2

/* When no call began or ended in so many milliseconds, those in flight hang. */
#define STILL 1000

/* Further databases share the last breaker. */
#define DATABASES 16

typedef struct breakers_t {
    jt_breaker_t of[DATABASES];
} breakers_t;

/* Set before threads start. */
static int is_shared; /* by all children */
static breakers_t *breakers;
static jt_gate_t *gate;
static int limit;
static apr_uint32_t self; /* this child's id: getpid() is a system call */

static int query_mpm(int which)
{
    int answer = 0;

    ap_mpm_query(which, &answer);
    return answer;
}

static apr_size_t get_memory_size(void)
{
    return sizeof(breakers_t) + jt_gate_size((apr_uint32_t)limit);
}

static void set_limit(const server_rec *s, int threads)
{
    limit = jt_config_server(s)->database_limit;
    if (limit <= 0) {
        limit = threads > 3 ? threads / 2 : 1;
    }
}

/* @param memory of get_memory_size() bytes, zeroed for the breakers */
static void use_memory(void *memory)
{
    breakers = memory;
    gate = jt_gate_make((char *)memory + sizeof(breakers_t),
                        (apr_uint32_t)limit);
}

static void number_databases(server_rec *main_server)
{
    int count = 0;
    server_rec *s;
    server_rec *other;

    for (s = main_server; s; s = s->next) {
        for (other = main_server; other != s; other = other->next) {
            if (jt_config_is_same_database(jt_config_server(other),
                                           jt_config_server(s))) {
                break;
            }
        }
        jt_config_server(s)->database_number
            = other != s ? jt_config_server(other)->database_number : count;
        count += other == s && count < DATABASES - 1;
    }
}

apr_status_t jt_permits_share(apr_pool_t *pconf, server_rec *main_server)
{
    apr_status_t status;
    void *memory;

    number_databases(main_server);
    is_shared = 0;
    if (query_mpm(AP_MPMQ_IS_THREADED)) {
        return APR_SUCCESS;
    }
    set_limit(main_server, query_mpm(AP_MPMQ_MAX_DAEMONS));
    status = jt_shm_make(&memory, get_memory_size(), "JiraTokenDatabaseLimit",
                         pconf, main_server);
    if (status == APR_SUCCESS) {
        is_shared = 1;
        use_memory(memory);
    }
    return status;
}

void jt_permits_child_init(apr_pool_t *pool, server_rec *main_server)
{
    self = (apr_uint32_t)getpid();
    if (is_shared) {
        return;
    }
    set_limit(main_server, query_mpm(AP_MPMQ_MAX_THREADS));
    use_memory(apr_pcalloc(pool, get_memory_size()));
}

static apr_status_t try_permit(jt_breaker_t *breaker, jt_ticks_t now,
                               jt_permits_t *taken)
{
    jt_gate_terms_t terms = { 0 };
    apr_status_t status;

    /* First, so that a refusal does not count as movement at the gate. */
    if (!jt_breaker_allows(breaker, now, &taken->probe)) {
        return APR_EGENERAL;
    }
    terms.self = self;
    terms.most = gate->count;
    status = jt_gate_enter(gate, &terms, now, &taken->permit);
    if (status != APR_SUCCESS && taken->probe) {
        jt_breaker_report(breaker, taken->probe, 1);
    }
    return status;
}

static int is_worth_waiting(jt_breaker_t *breaker, apr_status_t status,
                            jt_ticks_t begun, jt_ticks_t now)
{
    if (status == APR_EGENERAL) {
        return jt_ticks_is_within(begun, now, WAIT)
               && jt_breaker_is_probed(breaker, now, WAIT);
    }
    return jt_gate_is_worth_waiting(gate, begun, now, WAIT, STILL);
}

/* Reclaiming costs system calls, so it happens only after a wait that timed
 * out. */
apr_status_t jt_permits_take(const server_rec *s, jt_permits_t *taken)
{
    jt_ticks_t begun = jt_clock_ticks();
    jt_ticks_t now = begun;
    jt_breaker_t *breaker;
    apr_status_t status;

    taken->database = jt_config_server(s)->database_number;
    breaker = &breakers->of[taken->database];
    status = try_permit(breaker, now, taken);
    while (status != APR_SUCCESS
           && is_worth_waiting(breaker, status, begun, now)) {
        apr_sleep(apr_time_from_msec(POLL));
        now = jt_clock_ticks();
        status = try_permit(breaker, now, taken);
    }
    if (status == APR_EBUSY && is_shared) {
        jt_gate_reclaim(gate);
    }
    return status;
}

void jt_permits_give(const jt_permits_t *taken, int is_down)
{
    jt_breaker_report(&breakers->of[taken->database], taken->probe,
                      is_down);
    jt_gate_leave(gate, taken->permit, jt_clock_ticks());
}

int jt_permits_limit(void)
{
    return limit;
}
