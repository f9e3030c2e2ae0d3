/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that all children of one httpd share, through graceful restarts:
 * where it is, and what the clock says to what lies in it. Knows neither
 * tokens nor caches.
 */
#include "state/jt_shared.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

APLOG_USE_MODULE(jiratoken);

/* Changes with what the words in it mean, and with how an id finds its own. */
#define LAYOUT 3

/* Calls to a cache outside: half of them are for what is urgent, see
 * state/jt_socache.c. */
#define CACHE_CALLS 128

/* As many ranges of ids whose last use is written at once. */
#define LAST_USES 1024

/* Milliseconds between two looks of a follower. */
#define LOOK 2

typedef struct board_t {
    jt_revocations_t revocations;
    jt_flights_t flights;
    jt_counters_t counters;
} board_t;

/* httpd keeps it through graceful restarts; its shared memory is never
 * unmapped. */
typedef struct kept_t {
    char *memory;
} kept_t;

/* Set before there are children. */
static jt_shared_t shared;

static apr_size_t memory_size(void)
{
    return sizeof(board_t) + jt_gate_size(CACHE_CALLS)
           + jt_gate_size(LAST_USES);
}

/* Another version of this module may have another layout. */
static const char *retained_name(apr_pool_t *pool)
{
    return apr_psprintf(pool, "mod_jiratoken memory %d, %d bytes", LAYOUT,
                        (int)memory_size());
}

static void find_parts(char *memory)
{
    board_t *board = (board_t *)(void *)memory;
    char *gates = memory + sizeof(board_t);

    shared.revocations = &board->revocations;
    shared.flights = &board->flights;
    shared.counters = &board->counters;
    shared.cache_calls = (jt_gate_t *)(void *)gates;
    gates += jt_gate_size(CACHE_CALLS);
    shared.last_uses = (jt_gate_t *)(void *)gates;
}

static apr_status_t make_memory(char **memory, apr_pool_t *pool)
{
    apr_uint64_t epoch;
    apr_shm_t *made;
    apr_status_t status = apr_generate_random_bytes((unsigned char *)&epoch,
                                                    sizeof(epoch));

    if (status == APR_SUCCESS) {
        status = apr_shm_create(&made, memory_size(), NULL, pool);
    }
    if (status != APR_SUCCESS) {
        return status;
    }
    *memory = apr_shm_baseaddr_get(made);
    memset(*memory, 0, memory_size());
    find_parts(*memory);
    jt_revocations_init(shared.revocations, epoch,
                        apr_time_sec(apr_time_now()));
    jt_gate_make(shared.cache_calls, CACHE_CALLS);
    jt_gate_make(shared.last_uses, LAST_USES);
    return APR_SUCCESS;
}

apr_status_t jt_shared_map(server_rec *main_server)
{
    apr_pool_t *pool = main_server->process->pool;
    const char *name = retained_name(pool);
    kept_t *kept = ap_retained_data_get(name);
    apr_status_t status = APR_SUCCESS;

    if (!kept) {
        kept = ap_retained_data_create(name, sizeof(*kept));
    }
    if (!kept->memory) {
        status = make_memory(&kept->memory, pool);
    }
    if (status != APR_SUCCESS) {
        kept->memory = NULL;
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status,
                     main_server, "mod_jiratoken cannot start: %"
                     APR_SIZE_T_FMT " bytes of shared memory could not be "
                     "had; free some, or raise the system's limit",
                     memory_size());
        return status;
    }
    find_parts(kept->memory);
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

jt_ticks_t jt_shared_lead(const unsigned char *id)
{
    jt_ticks_t now = jt_ticks_now();
    jt_ticks_t leader = jt_flights_join(shared.flights, id, now);

    if (!leader) {
        return now;
    }
    while (jt_flights_is_worth_waiting(shared.flights, id, leader,
                                       jt_ticks_now())) {
        apr_sleep(apr_time_from_msec(LOOK));
    }
    jt_flights_leave(shared.flights, id, leader, jt_ticks_now());
    return 0;
}

void jt_shared_land(const unsigned char *id, jt_ticks_t lead,
                    int is_answered)
{
    jt_flights_land(shared.flights, id, lead, is_answered);
}
