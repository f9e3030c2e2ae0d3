/* SPDX-License-Identifier: Apache-2.0
 *
 * What all children of one httpd share, through graceful restarts: which
 * answers a revocation has made untrue, who is asking about a token, and some
 * counts. Knows neither tokens nor caches.
 *
 * Revocation is a counter for each of some thousand ranges of ids, and not a
 * note in the cache: a check that read its row before it was deleted keeps its
 * answer with the counter of before, so whenever it does so nobody believes
 * it. A note could be overwritten by such an answer, or be pushed out by other
 * tokens. The price is that a revocation also makes one in some thousand of
 * the other tokens be looked up anew, once.
 *
 * There are no locks, which would die with a child that is killed: who is
 * asking leaves the time, and after a while is no longer waited for; who writes
 * leaves its process's id, and who wants to looks whether that lives.
 */
#include "state/jt_shared.h"

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <errno.h>
#include <http_config.h>
#include <signal.h>
#include <unistd.h>

#include "core/jt_secret.h"

/* Changes with what the board's words mean, and how an id finds its own. */
#define LAYOUT 2

#define MARKS 4096
#define SEATS 1024
/* Of the calls to a cache outside, the last are for what is urgent. */
#define OUTSIDE 128
#define ORDINARY 64

/* In milliseconds: how long who is asking may take until nobody waits for it
 * any more, how often those who wait look, and how long a wait that was in
 * vain makes the next ones shorter: a thread that waits is one less for other
 * URLs. */
#define WAIT 1000
#define SHORT_WAIT 100
#define LOOK 2
#define TIRED 10000

/* How long a call to a cache outside may take until others do without it, and
 * when one of them tries again: it may be that call's connection alone. */
#define STUCK 1000
#define STUCK_OVER 6000

typedef struct mark_t {
    volatile apr_uint32_t count;   /* of revocations */
    volatile apr_uint32_t last_at; /* of the last, in seconds since base; 0:
                                      there was none */
} mark_t;

/* Two words: 64 bits are not atomic everywhere that APR is. */
typedef struct count_t {
    volatile apr_uint32_t low;
    volatile apr_uint32_t high;
} count_t;

/* A call to a cache outside. */
typedef struct outside_t {
    volatile apr_uint32_t pid;   /* 0: nobody */
    volatile apr_uint32_t since; /* 0: about to begin */
} outside_t;

typedef struct board_t {
    apr_uint64_t epoch;
    apr_int64_t base; /* epoch seconds, before the first revocation */
    mark_t marks[MARKS];
    volatile apr_uint32_t asking[SEATS];  /* since when, in milliseconds that
                                             wrap; 0: nobody */
    volatile apr_uint32_t writing[SEATS]; /* a process's id; 0: nobody */
    volatile apr_uint32_t tired_at;       /* of waiting; 0: not */
    outside_t outside[OUTSIDE];
    count_t counts[JT_COUNTS];
} board_t;

typedef struct kept_t {
    board_t *board;
} kept_t;

/* Set before there are children. */
static board_t *board;

/* Another version of this module may have another board. */
static const char *retained_name(apr_pool_t *pool)
{
    return apr_psprintf(pool, "mod_jiratoken board %d, %d bytes", LAYOUT,
                        (int)sizeof(board_t));
}

static apr_status_t make_board(board_t **made, apr_pool_t *pool)
{
    apr_uint64_t epoch;
    apr_shm_t *memory;
    apr_status_t status = apr_generate_random_bytes((unsigned char *)&epoch,
                                                    sizeof(epoch));

    if (status == APR_SUCCESS) {
        status = apr_shm_create(&memory, sizeof(board_t), NULL, pool);
    }
    if (status != APR_SUCCESS) {
        return status;
    }
    *made = apr_shm_baseaddr_get(memory);
    memset(*made, 0, sizeof(**made));
    (*made)->epoch = epoch;
    (*made)->base = apr_time_sec(apr_time_now()) - 1;
    return APR_SUCCESS;
}

apr_status_t jt_shared_make(server_rec *main_server)
{
    apr_pool_t *pool = main_server->process->pool;
    const char *name = retained_name(pool);
    kept_t *kept = ap_retained_data_get(name);
    apr_status_t status = APR_SUCCESS;

    if (!kept) {
        kept = ap_retained_data_create(name, sizeof(kept_t));
        status = make_board(&kept->board, pool);
    }
    board = kept->board;
    return board ? APR_SUCCESS : status;
}

static mark_t *find_mark(const unsigned char *id)
{
    return &board->marks[(id[0] << 8 | id[1]) % MARKS];
}

static unsigned find_seat(const unsigned char *id)
{
    return (unsigned)(id[2] << 8 | id[3]) % SEATS;
}

apr_uint64_t jt_shared_epoch(void)
{
    return board ? board->epoch : 0;
}

apr_uint32_t jt_shared_mark(const unsigned char *id)
{
    return board ? apr_atomic_read32(&find_mark(id)->count) : 0;
}

/* A clock that was set back takes nothing back. */
static void raise_to(volatile apr_uint32_t *value, apr_uint32_t to)
{
    apr_uint32_t now = apr_atomic_read32(value);

    while (now < to) {
        apr_uint32_t seen = apr_atomic_cas32(value, to, now);

        if (seen == now) {
            return;
        }
        now = seen;
    }
}

void jt_shared_revoke(const unsigned char *id)
{
    apr_int64_t now = apr_time_sec(apr_time_now());

    if (board) {
        mark_t *mark = find_mark(id);

        raise_to(&mark->last_at, now > board->base
                                     ? (apr_uint32_t)(now - board->base) : 1);
        apr_atomic_inc32(&mark->count);
    }
}

int jt_shared_is_current(const unsigned char *id, apr_uint64_t epoch,
                         apr_uint32_t mark, apr_int64_t asked_at)
{
    apr_uint32_t last_at;

    if (!board) {
        return 0;
    }
    if (epoch == board->epoch) {
        return mark == apr_atomic_read32(&find_mark(id)->count);
    }
    last_at = apr_atomic_read32(&find_mark(id)->last_at);
    return !last_at || asked_at > board->base + last_at;
}

/* Never 0, which is nobody. */
static apr_uint32_t milliseconds(void)
{
    return (apr_uint32_t)apr_time_as_msec(apr_time_now()) | 1;
}

/* Whether it is less than so long ago. A clock that was set back says no. */
static int is_recent(apr_uint32_t since, apr_int32_t patience)
{
    apr_int32_t passed = (apr_int32_t)(milliseconds() - since);

    return passed < patience && passed > -patience;
}

static apr_int32_t patience(void)
{
    apr_uint32_t tired_at = apr_atomic_read32(&board->tired_at);

    return tired_at && is_recent(tired_at, TIRED) ? SHORT_WAIT : WAIT;
}

static int take_lead(volatile apr_uint32_t *seat)
{
    apr_uint32_t since = apr_atomic_read32(seat);

    if (since && is_recent(since, WAIT)) {
        return 0;
    }
    return apr_atomic_cas32(seat, milliseconds(), since) == since;
}

int jt_shared_lead(const unsigned char *id)
{
    volatile apr_uint32_t *seat;
    apr_uint32_t since;

    if (!board) {
        return 0;
    }
    seat = &board->asking[find_seat(id)];
    if (take_lead(seat)) {
        return 1;
    }
    since = apr_atomic_read32(seat);
    while (since && since == apr_atomic_read32(seat)
           && is_recent(since, patience())) {
        apr_sleep(apr_time_from_msec(LOOK));
    }
    if (since && since == apr_atomic_read32(seat)) {
        apr_atomic_set32(&board->tired_at, milliseconds());
    }
    return 0;
}

void jt_shared_land(const unsigned char *id, int is_answered)
{
    if (is_answered) {
        apr_atomic_set32(&board->tired_at, 0);
    }
    apr_atomic_set32(&board->asking[find_seat(id)], 0);
}

static int is_dead(apr_uint32_t pid)
{
    return kill((pid_t)pid, 0) && errno == ESRCH;
}

typedef enum state_t {
    STATE_WELL,
    STATE_STUCK,         /* of late */
    STATE_STUCK_FOR_LONG
} state_t;

/* How who has the seat fares; well, where nobody has. */
static state_t look_at(outside_t *seat)
{
    apr_uint32_t pid = apr_atomic_read32(&seat->pid);
    apr_uint32_t since = apr_atomic_read32(&seat->since);
    state_t state;

    if (!pid || (since && is_recent(since, STUCK))) {
        return STATE_WELL;
    }
    if (is_dead(pid)) {
        apr_atomic_cas32(&seat->pid, 0, pid);
        return STATE_WELL;
    }
    state = since && is_recent(since, STUCK_OVER) ? STATE_STUCK
                                                  : STATE_STUCK_FOR_LONG;
    return since && apr_atomic_read32(&seat->pid) == pid
           && apr_atomic_read32(&seat->since) == since ? state : STATE_WELL;
}

apr_status_t jt_shared_go_out(int most, int has_room, int is_urgent,
                              int *seat)
{
    apr_uint32_t self = (apr_uint32_t)getpid();
    apr_status_t status = APR_EBUSY;
    int i;

    most = is_urgent ? OUTSIDE : most < ORDINARY ? most : ORDINARY;
    for (i = 0; board && i < most; i++) {
        state_t state = look_at(&board->outside[i]);

        if (state == STATE_STUCK && !is_urgent) {
            return APR_TIMEUP;
        }
        status = state == STATE_WELL ? status : APR_TIMEUP;
    }
    for (i = 0; board && has_room && i < most; i++) {
        if (!apr_atomic_cas32(&board->outside[i].pid, self, 0)) {
            apr_atomic_set32(&board->outside[i].since, milliseconds());
            *seat = i;
            return APR_SUCCESS;
        }
    }
    return status;
}

void jt_shared_come_back(int seat)
{
    apr_atomic_set32(&board->outside[seat].since, 0);
    apr_atomic_set32(&board->outside[seat].pid, 0);
}

int jt_shared_claim(const unsigned char *id)
{
    volatile apr_uint32_t *seat;
    apr_uint32_t pid;

    if (!board) {
        return 0;
    }
    seat = &board->writing[find_seat(id)];
    pid = apr_atomic_read32(seat);
    return (!pid || is_dead(pid))
           && apr_atomic_cas32(seat, (apr_uint32_t)getpid(), pid) == pid;
}

void jt_shared_release(const unsigned char *id)
{
    apr_atomic_set32(&board->writing[find_seat(id)], 0);
}

void jt_shared_count(jt_count_t which)
{
    if (board && apr_atomic_inc32(&board->counts[which].low) == 0xffffffff) {
        apr_atomic_inc32(&board->counts[which].high);
    }
}

apr_uint64_t jt_shared_counted(jt_count_t which)
{
    return board ? (apr_uint64_t)apr_atomic_read32(&board->counts[which].high)
                           << 32
                       | apr_atomic_read32(&board->counts[which].low)
                 : 0;
}
