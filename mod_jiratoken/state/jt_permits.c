/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits calls to databases, so that one that hangs, or takes seconds to
 * refuse, blocks only some of httpd's threads. It must not know connections.
 *
 * The gate belongs to a child; where a child is one thread (prefork), all
 * children share one. Each database has a circuit breaker, and its progress is
 * what those who wait at the gate look at.
 */
#include "state/jt_permits.h"

#include <ap_mpm.h>
#include <unistd.h>

#include "jt_config.h"
#include "state/jt_breaker.h"
#include "state/jt_clock.h"
#include "state/jt_gate.h"
#include "state/jt_shm.h"
#include "state/jt_turns.h"

/* In milliseconds: how often a call tries to get a permit, and how long a probe
 * is expected to take. */
#define POLL 2
#define PROBE_WAIT 100

/* When all calls in flight have lasted so many milliseconds, they hang. */
#define STILL 1000

typedef struct database_t {
    jt_breaker_t breaker;
    jt_progress_t progress;
} database_t;

typedef struct databases_t {
    database_t of[JT_PERMITS_DATABASES];
    jt_turns_t turns; /* at the gate, which follows */
} databases_t;

/* Set before threads start. */
static int is_shared; /* by all children */
static databases_t *databases;
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
    return sizeof(databases_t) + jt_gate_size((apr_uint32_t)limit);
}

static void set_limit(const server_rec *s, int threads)
{
    limit = jt_config_server(s)->database_limit;
    if (limit <= 0) {
        limit = threads > 3 ? threads / 2 : 1;
    }
}

/* @param memory of get_memory_size() bytes, zeroed for the databases */
static void use_memory(void *memory)
{
    databases = memory;
    gate = jt_gate_make((char *)memory + sizeof(databases_t),
                        (apr_uint32_t)limit);
}

static int needs_number(const jt_config_server_t *config)
{
    return config->ring && !config->database_number
           && jt_config_is_same_database(config, config);
}

/* Also servers that ask nothing themselves: mod_dbd opens connections in the
 * name of any of those that have one database. */
static void set_number(server_rec *main_server,
                       const jt_config_server_t *config, int number)
{
    server_rec *s;

    for (s = main_server; s; s = s->next) {
        if (jt_config_is_same_database(jt_config_server(s), config)) {
            jt_config_server(s)->database_number = number;
        }
    }
}

/* Those that the configuration lets this module ask come first. A file
 * .htaccess may ask others where there is a key. */
static void number_databases(server_rec *main_server)
{
    int count = 0;
    int serves;
    server_rec *s;

    for (serves = 1; serves >= 0; serves--) {
        for (s = main_server; s; s = s->next) {
            const jt_config_server_t *config = jt_config_server(s);

            if (needs_number(config) && (config->serves > 0 || !serves)) {
                count += count < JT_PERMITS_DATABASES - 1;
                set_number(main_server, config, count);
            }
        }
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

/* A database's permits are told apart by its number, from 1. */
static apr_uint32_t get_kind(int database)
{
    return (apr_uint32_t)database + 1;
}

/* @param since when the call began to wait */
static apr_status_t try_permit(jt_ticks_t since, jt_ticks_t now,
                               jt_permits_t *taken)
{
    jt_breaker_t *breaker = &databases->of[taken->database].breaker;
    jt_gate_terms_t terms = { 0 };
    apr_status_t status = APR_EBUSY;

    if (!jt_breaker_allows(breaker, now, &taken->probe)) {
        return APR_EGENERAL;
    }
    terms.self = self;
    terms.most = gate->count;
    terms.kind = get_kind(taken->database);
    if (jt_turns_allows(&databases->turns, since, now)) {
        status = jt_gate_enter(gate, &terms, now, &taken->permit);
    }
    if (status != APR_SUCCESS) {
        jt_breaker_release(breaker, taken->probe);
    }
    return status;
}

/* The calls of other databases must not prolong the wait for one that hangs. */
static int is_moving(int database, jt_ticks_t now)
{
    int is_waited_for = jt_gate_is_held_for(gate, get_kind(database));
    int i;

    for (i = 0; i < JT_PERMITS_DATABASES; i++) {
        if ((i == database || !is_waited_for)
            && jt_progress_is_moving(&databases->of[i].progress, now)) {
            return 1;
        }
    }
    return 0;
}

/* An open breaker has a result before long, or else nothing moves. */
static int is_worth_waiting(int database, apr_status_t status, int is_fresh,
                            jt_ticks_t now)
{
    if (status == APR_EGENERAL) {
        return is_fresh
               && jt_breaker_is_probed(&databases->of[database].breaker, now,
                                       PROBE_WAIT);
    }
    return (is_fresh || is_moving(database, now))
           && !jt_gate_is_still(gate, now, STILL);
}

/* Reclaiming costs system calls, so it happens only after a wait that timed
 * out; a permit that it frees is this call's, if nobody was faster. */
apr_status_t jt_permits_take(const server_rec *s, jt_patience_t *patience,
                             jt_permits_t *taken)
{
    jt_ticks_t begun = jt_clock_ticks();
    jt_ticks_t now = begun;
    apr_status_t status;

    jt_patience_begin(patience);
    taken->database = jt_config_server(s)->database_number;
    status = try_permit(begun, now, taken);
    while (status != APR_SUCCESS && jt_patience_lasts(patience, begun, now)
           && is_worth_waiting(taken->database, status,
                               jt_patience_is_fresh(patience, begun, now),
                               now)) {
        apr_sleep(apr_time_from_msec(POLL));
        now = jt_clock_ticks();
        status = try_permit(begun, now, taken);
    }
    if (status == APR_EBUSY && is_shared && jt_gate_reclaim(gate)) {
        status = try_permit(begun, now, taken);
    }
    jt_turns_leave(&databases->turns, begun);
    jt_patience_spend(patience, begun, now);
    return status;
}

void jt_permits_give(const jt_permits_t *taken, jt_permits_outcome_t outcome)
{
    jt_breaker_t *breaker = &databases->of[taken->database].breaker;

    if (outcome == JT_PERMITS_UNKNOWN) {
        jt_breaker_release(breaker, taken->probe);
    }
    else {
        jt_breaker_report(breaker, taken->probe, outcome == JT_PERMITS_DOWN);
    }
    jt_gate_leave(gate, taken->permit);
}

jt_progress_t *jt_permits_progress(const server_rec *s)
{
    return &databases->of[jt_config_server(s)->database_number].progress;
}

int jt_permits_limit(void)
{
    return limit;
}
