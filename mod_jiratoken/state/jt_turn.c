/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose turn it is to ask a database: so that one that hangs, or that takes
 * seconds to refuse, keeps only some of httpd's threads busy, and the others
 * go on with what needs no database. Knows nothing of connections.
 *
 * The board is a child's own, or, where a child is one thread (prefork), that
 * of all children. A slot is held by a process's id, for a child may be killed
 * while it has the turn; there are no locks, which would die with it.
 */
#include "state/jt_turn.h"

#include <apr_atomic.h>
#include <apr_shm.h>
#include <apr_time.h>
#include <ap_mpm.h>
#include <errno.h>
#include <http_log.h>
#include <signal.h>
#include <unistd.h>

#include "jt_config.h"

APLOG_USE_MODULE(jiratoken);

/* In milliseconds: how long a call waits for its turn, and how often it
 * looks. */
#define WAIT 100
#define LOOK 2

/* No call that began or ended in this time: those in flight hang. */
#define STILL 1000

/* After this time another call finds out whether the database is back, though
 * the one that was to has not said so. */
#define PROBE 5000

/* Databases beyond these share what is remembered of the last. */
#define PLACES 16

/* Times are milliseconds that wrap: only differences count. */
typedef struct place_t {
    volatile apr_uint32_t is_down; /* found out slowly, by the last call */
    volatile apr_uint32_t prober;  /* who is finding out; 0: nobody */
    volatile apr_uint32_t probed;  /* when that began */
} place_t;

typedef struct board_t {
    place_t places[PLACES];
    volatile apr_uint32_t moved; /* when a call last began or ended */
    volatile apr_uint32_t slots[];
} board_t;

/* Set before there are threads. */
static board_t *shared;
static board_t *board;
static int limit;
static apr_uint32_t self; /* this child's: getpid() is a call of the system */

static apr_uint32_t milliseconds(void)
{
    return (apr_uint32_t)apr_time_as_msec(apr_time_now());
}

/* What is on the board may be a little newer than a time that was read before;
 * where it is much newer, the clock was set back. */
static int is_within(volatile apr_uint32_t *then, apr_uint32_t now,
                     apr_int32_t span)
{
    apr_int32_t passed = (apr_int32_t)(now - apr_atomic_read32(then));

    return passed <= span && passed > -STILL;
}

static int query(int which)
{
    int answer = 0;

    ap_mpm_query(which, &answer);
    return answer;
}

static apr_size_t board_size(void)
{
    return sizeof(board_t) + (apr_size_t)limit * sizeof(board->slots[0]);
}

static void set_limit(const server_rec *s, int threads)
{
    limit = jt_config_server(s)->database_limit;
    if (limit <= 0) {
        limit = threads > 3 ? threads / 2 : 1;
    }
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
        jt_config_server(s)->place
            = other != s ? jt_config_server(other)->place : count;
        count += other == s && count < PLACES - 1;
    }
}

apr_status_t jt_turn_share(apr_pool_t *pconf, server_rec *main_server)
{
    apr_status_t status;
    apr_shm_t *memory;

    number_databases(main_server);
    shared = NULL;
    if (query(AP_MPMQ_IS_THREADED)) {
        return APR_SUCCESS;
    }
    set_limit(main_server, query(AP_MPMQ_MAX_DAEMONS));
    status = apr_shm_create(&memory, board_size(), NULL, pconf);
    if (status == APR_SUCCESS) {
        shared = apr_shm_baseaddr_get(memory);
        memset(shared, 0, board_size());
    }
    return status;
}

void jt_turn_child_init(apr_pool_t *pool, server_rec *main_server)
{
    self = (apr_uint32_t)getpid();
    board = shared;
    if (!board) {
        set_limit(main_server, query(AP_MPMQ_MAX_THREADS));
        board = apr_pcalloc(pool, board_size());
    }
}

/* Only one that waited in vain asks the system who is still alive. */
static void free_slots_of_the_dead(void)
{
    int slot;

    for (slot = 0; slot < limit; slot++) {
        apr_uint32_t holder = apr_atomic_read32(&board->slots[slot]);

        if (holder && kill((pid_t)holder, 0) && errno == ESRCH) {
            apr_atomic_cas32(&board->slots[slot], 0, holder);
        }
    }
}

static int take_slot(void)
{
    int slot;

    for (slot = 0; slot < limit; slot++) {
        if (!apr_atomic_cas32(&board->slots[slot], self, 0)) {
            return slot;
        }
    }
    return -1;
}

/* While a database is down, one call at a time asks it. */
static int is_prober(place_t *place, apr_uint32_t now)
{
    apr_uint32_t other = apr_atomic_read32(&place->prober);

    if (other && is_within(&place->probed, now, PROBE)) {
        return 0;
    }
    if (apr_atomic_cas32(&place->prober, self, other) != other) {
        return 0;
    }
    apr_atomic_set32(&place->probed, now);
    return 1;
}

static apr_status_t try_turn(place_t *place, apr_uint32_t now, int *slot)
{
    *slot = take_slot();
    if (*slot < 0) {
        return APR_TIMEUP;
    }
    if (apr_atomic_read32(&place->is_down) && !is_prober(place, now)) {
        apr_atomic_set32(&board->slots[*slot], 0);
        return APR_EGENERAL;
    }
    apr_atomic_set32(&board->moved, now);
    return APR_SUCCESS;
}

/* Whether there is hope still for who has waited so long: none while those
 * before get nowhere, so that the thread is free for other URLs. */
static int is_hopeful(place_t *place, apr_status_t status,
                      apr_uint32_t waited, apr_uint32_t now)
{
    if (waited >= WAIT) {
        return 0;
    }
    return status == APR_EGENERAL ? is_within(&place->probed, now, WAIT)
                                  : is_within(&board->moved, now, STILL);
}

apr_status_t jt_turn_take(const server_rec *s, jt_turn_t *turn)
{
    apr_uint32_t begun = milliseconds();
    apr_uint32_t now = begun;
    place_t *place;
    apr_status_t status;

    turn->place = jt_config_server(s)->place;
    place = &board->places[turn->place];
    status = try_turn(place, now, &turn->slot);
    while (status != APR_SUCCESS
           && is_hopeful(place, status, now - begun, now)) {
        apr_sleep(apr_time_from_msec(LOOK));
        now = milliseconds();
        status = try_turn(place, now, &turn->slot);
    }
    if (status == APR_TIMEUP && board == shared) {
        free_slots_of_the_dead();
    }
    return status;
}

void jt_turn_end(const jt_turn_t *turn, int is_down)
{
    place_t *place = &board->places[turn->place];

    apr_atomic_set32(&place->is_down, (apr_uint32_t)is_down);
    apr_atomic_set32(&place->prober, 0);
    apr_atomic_set32(&board->moved, milliseconds());
    apr_atomic_set32(&board->slots[turn->slot], 0);
}

int jt_turn_limit(void)
{
    return limit;
}
