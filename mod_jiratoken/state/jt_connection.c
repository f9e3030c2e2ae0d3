/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrows mod_dbd's connections, and keeps their prepared statements with them.
 * mod_dbd waits without a limit where it has none to give, so it is asked only
 * by those who will get one or open one: see state/jt_loans.h. Only our own
 * calls are counted: what another module keeps by ap_dbd_acquire() until its
 * request ends looks idle, so DBDMax has to allow for it. It must not know SQL,
 * or what a call is for.
 */
#include "state/jt_connection.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_config.h>

#include "jt_config.h"
#include "state/jt_clock.h"
#include "state/jt_loans.h"
#include "state/jt_turns.h"

#define STORES "jiratoken: stores"

/* Milliseconds between two polls for a connection. */
#define POLL 2

/* How many connections that died while idle are replaced in one call. */
#define MOST_TRIES 100

/* A failure that took this long blocks more than its own thread, as mod_dbd
 * holds a lock while it connects. */
#define SLOW apr_time_from_msec(100)

/* The stores of a connection: several, where virtual hosts with different
 * tables or queries share it. */
typedef struct store_list_t store_list_t;

struct store_list_t {
    store_list_t *next;
    const char *table;
    const char *audit;
    const char *user_query;
    const char *outbox;
    jt_store_t *store;
};

/* What is known of the connections in one of mod_dbd's pools in this child. */
typedef struct connections_t {
    jt_loans_t loans;
    jt_turns_t turns; /* of those who wait for one */
    int database;     /* which it is a pool of: see state/jt_permits.h */
} connections_t;

/* One per child, for all pools; set before its threads start. */
static connections_t *connections;
static int pool_count; /* with the one that stands for none */
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) *dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) *dbd_close;

static connections_t *get_connections(const server_rec *s)
{
    return &connections[jt_config_server(s)->pool_number];
}

static int is_same_name(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static jt_store_t *get_store(ap_dbd_t *handle,
                             const jt_config_server_t *config)
{
    void *data = NULL;
    store_list_t *stores;

    apr_pool_userdata_get(&data, STORES, handle->pool);
    for (stores = data; stores; stores = stores->next) {
        if (!strcmp(stores->table, config->table)
            && is_same_name(stores->audit, config->audit)
            && is_same_name(stores->outbox, config->outbox)
            && !strcmp(stores->user_query, config->user_query)) {
            return stores->store;
        }
    }
    stores = apr_palloc(handle->pool, sizeof(*stores));
    stores->next = data;
    stores->table = config->table;
    stores->audit = config->audit;
    stores->user_query = config->user_query;
    stores->outbox = config->outbox;
    /* A failure is reported and logged when the store is used. */
    jt_store_make(handle->driver, handle->handle, config->table,
                  &stores->store, handle->pool);
    jt_store_use_audit(stores->store, config->audit);
    if (*config->user_query) {
        jt_store_set_user_query(stores->store, config->user_query);
    }
    jt_store_use_outbox(stores->store, config->outbox);
    apr_pool_userdata_setn(stores, STORES, NULL, handle->pool);
    return stores->store;
}

static apr_status_t count_drop(void *loans)
{
    jt_loans_drop(loans);
    return APR_SUCCESS;
}

static void count_connection(const dbd_cfg_t *cfg, apr_pool_t *pool)
{
    jt_loans_t *loans = &get_connections(cfg->server)->loans;

    jt_loans_add(loans, cfg->persist ? (apr_uint32_t)cfg->nmax : 0);
    apr_pool_cleanup_register(pool, loans, count_drop, apr_pool_cleanup_null);
}

/* The post_connect hook. It runs before DBDInitSQL, whose failure would end the
 * hook. */
static apr_status_t prepare_connection(apr_pool_t *pool, dbd_cfg_t *cfg,
                                       ap_dbd_t *handle)
{
    jt_config_server_t *config = jt_config_server(cfg->server);

    (void)pool;
    if (connections) {
        count_connection(cfg, handle->pool);
    }
    if (config->ring) {
        get_store(handle, config);
    }
    return APR_SUCCESS;
}

void jt_connection_register(void)
{
    APR_OPTIONAL_HOOK(dbd, post_connect, prepare_connection, NULL, NULL,
                      APR_HOOK_FIRST);
}

static server_rec *find_same_pool(server_rec *main_server, server_rec *s)
{
    server_rec *other = main_server;

    while (other != s && !jt_config_is_same_pool(jt_config_server(other),
                                                 jt_config_server(s))) {
        other = other->next;
    }
    return other;
}

/* Virtual hosts that say nothing share their settings with the main server, and
 * get the number that it has. */
void jt_connection_number_pools(server_rec *main_server)
{
    server_rec *s;

    pool_count = 1;
    for (s = main_server; s; s = s->next) {
        jt_config_server_t *config = jt_config_server(s);
        server_rec *other = find_same_pool(main_server, s);

        if (other != s) {
            config->pool_number = jt_config_server(other)->pool_number;
        }
        else if (config->dbd_driver && config->dbd_params) {
            config->pool_number = pool_count++;
        }
    }
}

void jt_connection_child_init(apr_pool_t *pool, server_rec *main_server)
{
    server_rec *s;

    connections = apr_pcalloc(pool, (apr_size_t)pool_count
                                        * sizeof(*connections));
    for (s = main_server; s; s = s->next) {
        get_connections(s)->database = jt_config_server(s)->database_number;
    }
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

int jt_connection_is_available(void)
{
    return dbd_open && dbd_close;
}

/* An attempt to borrow a connection. */
typedef struct borrowing_t {
    server_rec *server;
    jt_loans_t *loans;
    jt_turns_t *turns;
    jt_progress_t *progress;
    jt_patience_t *patience;
    apr_pool_t *pool;
    jt_ticks_t since; /* when the call began to wait, */
    jt_ticks_t begun; /* and when its present wait began */
    int tries;        /* connections that had died so far */
    apr_time_t lost;  /* the time that mod_dbd took to give none */
    int has_failed;   /* it could open none */
} borrowing_t;

static ap_dbd_t *open_handle(borrowing_t *borrowing, jt_loans_right_t right,
                             jt_ticks_t now)
{
    int is_first = right == JT_LOANS_OPEN
                   && !jt_loans_count(borrowing->loans);
    ap_dbd_t *handle;

    if (is_first) {
        jt_progress_open(borrowing->progress, now);
    }
    handle = dbd_open(borrowing->pool, borrowing->server);
    if (handle && right == JT_LOANS_OPEN) {
        jt_progress_note(borrowing->progress, jt_clock_ticks());
    }
    if (is_first) {
        jt_progress_land(borrowing->progress, now);
    }
    return handle;
}

/* mod_dbd gives none, as it could open none, or as the one that it had has died
 * while idle, and was dropped. Then there may be others.
 * @return APR_EAGAIN: try again at once; APR_EBUSY: others have connections;
 *         APR_EGENERAL: nobody has */
static apr_status_t note_failure(borrowing_t *borrowing, apr_time_t began,
                                 int was_dropped)
{
    borrowing->begun = jt_clock_ticks();
    borrowing->lost += apr_time_now() - began;
    if (was_dropped && ++borrowing->tries < MOST_TRIES
        && borrowing->lost < SLOW) {
        return APR_EAGAIN;
    }
    borrowing->has_failed = 1;
    return jt_loans_count(borrowing->loans) ? APR_EBUSY : APR_EGENERAL;
}

static apr_status_t try_borrow(borrowing_t *borrowing, ap_dbd_t **handle)
{
    jt_loans_t *loans = borrowing->loans;
    apr_time_t began = apr_time_now();
    jt_ticks_t now = jt_ticks_of(began);
    apr_uint32_t dropped = apr_atomic_read32(&loans->dropped);
    jt_loans_right_t right = JT_LOANS_NONE;

    if (jt_turns_allows(borrowing->turns, borrowing->since, now)) {
        right = jt_loans_begin(loans, now);
    }
    if (right == JT_LOANS_NONE) {
        return APR_EBUSY;
    }
    jt_patience_spend(borrowing->patience, borrowing->begun, now);
    *handle = open_handle(borrowing, right, now);
    if (*handle) {
        jt_loans_succeed(loans, right, jt_clock_ticks());
        return APR_SUCCESS;
    }
    jt_loans_fail(loans, right, jt_clock_ticks());
    return note_failure(borrowing, began,
                        apr_atomic_read32(&loans->dropped) != dropped);
}

/* What counts is a second without a success, and not the tenth of one by which
 * those at the gate go: where there is one connection to a distant database, or
 * the machine is busy, it comes back less often than that. */
static int is_worth_waiting(const borrowing_t *borrowing)
{
    jt_ticks_t now = jt_clock_ticks();

    return jt_patience_lasts(borrowing->patience, borrowing->begun, now)
           && (jt_patience_is_fresh(borrowing->patience, borrowing->begun, now)
               || jt_progress_is_alive(borrowing->progress, now)
               || jt_loans_is_opening(borrowing->loans, now));
}

static apr_status_t wait_for_handle(borrowing_t *borrowing, ap_dbd_t **handle)
{
    apr_status_t status = try_borrow(borrowing, handle);

    while (status == APR_EAGAIN
           || (status == APR_EBUSY && is_worth_waiting(borrowing))) {
        if (status == APR_EBUSY) {
            apr_sleep(apr_time_from_msec(POLL));
        }
        if (jt_loans_is_hopeless(borrowing->loans, borrowing->begun)) {
            return APR_EGENERAL;
        }
        status = try_borrow(borrowing, handle);
    }
    if (status == APR_EBUSY) {
        jt_patience_spend(borrowing->patience, borrowing->begun,
                          jt_clock_ticks());
    }
    return status;
}

/* Whether this child has a connection to the server's database, in any pool. */
static int has_connection(const server_rec *s)
{
    int database = get_connections(s)->database;
    int i;

    for (i = 1; i < pool_count; i++) {
        if (connections[i].database == database
            && jt_loans_count(&connections[i].loans)) {
            return 1;
        }
    }
    return 0;
}

/* A database that answers this child on other connections is not down, it only
 * gives no more of them. */
static jt_permits_outcome_t judge_failure(const borrowing_t *borrowing)
{
    if (!borrowing->has_failed) {
        return JT_PERMITS_UNKNOWN;
    }
    if (borrowing->lost < SLOW) {
        return JT_PERMITS_UP;
    }
    return has_connection(borrowing->server)
           && jt_progress_is_alive(borrowing->progress, jt_clock_ticks())
               ? JT_PERMITS_UNKNOWN : JT_PERMITS_DOWN;
}

apr_status_t jt_connection_borrow(server_rec *s, jt_patience_t *patience,
                                  jt_connection_t *connection,
                                  apr_pool_t *pool)
{
    borrowing_t borrowing = { 0 };
    ap_dbd_t *handle = NULL;
    apr_status_t status;

    borrowing.server = s;
    borrowing.loans = &get_connections(s)->loans;
    borrowing.turns = &get_connections(s)->turns;
    borrowing.progress = jt_permits_progress(s);
    borrowing.patience = patience;
    borrowing.pool = pool;
    borrowing.begun = jt_clock_ticks();
    borrowing.since = jt_patience_since(patience, borrowing.begun);
    status = wait_for_handle(&borrowing, &handle);
    jt_turns_leave(borrowing.turns, borrowing.since);
    connection->outcome = JT_PERMITS_UP;
    if (status != APR_SUCCESS) {
        connection->outcome = judge_failure(&borrowing);
        return borrowing.has_failed ? APR_EGENERAL : status;
    }
    connection->handle = handle;
    connection->store = get_store(handle, jt_config_server(s));
    return APR_SUCCESS;
}

void jt_connection_return(server_rec *s, const jt_connection_t *connection,
                          int has_answered)
{
    jt_loans_t *loans = &get_connections(s)->loans;
    jt_progress_t *progress = jt_permits_progress(s);
    int is_held_up = has_answered && jt_loans_is_locked(loans);

    if (is_held_up) {
        jt_progress_hold_up(progress, jt_loans_opening(loans));
    }
    dbd_close(s, connection->handle);
    if (is_held_up) {
        jt_progress_let_go(progress, jt_clock_ticks());
    }
    jt_loans_end(loans);
}

apr_uint32_t jt_connection_count(const server_rec *s)
{
    return jt_loans_count(&get_connections(s)->loans);
}
