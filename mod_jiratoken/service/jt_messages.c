/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells what has happened by JiraTokenMessageCmd: what is looked for when, and
 * which programs are running. It must not know SQL; what a crash leaves at each
 * step is in core/jt_outbox.c.
 */
#include "service/jt_messages.h"

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_label.h"
#include "core/jt_message.h"
#include "core/jt_outbox.h"
#include "state/jt_clock.h"
#include "state/jt_dbd.h"
#include "state/jt_log.h"
#include "state/jt_program.h"

APLOG_USE_MODULE(jiratoken);

/* Programs at one time, and messages that are listed at once. */
#define SLOTS 10

/* Seconds between two looks: at the audit, at what ends, at what can be
 * forgotten. */
#define TAKE 2
#define END 20
#define CLEAN 3600

/* Seconds for which rows of the audit may appear out of order, and a change may
 * be under way. A statement takes two at most, as conf/sql says. */
#define SETTLES 120
#define LONE 30

/* Rows of the audit that are looked at in one step. */
#define SPAN 20000

/* Seconds for which what was told is remembered. */
#define REMEMBERED 86400

/* The most milliseconds that one step asks for what ends, and that it looks
 * whether a program has ended, while more messages wait than may be told at one
 * time; and between two such looks. */
#define STEP 500
#define CROWDED_PAUSE apr_time_from_msec(5)

/* A program that is running, and what it tells. */
typedef struct telling_t {
    jt_program_t program;
    apr_pool_t *pool;   /* NULL: the slot is free */
    jt_outbox_row_t row;
    char holder[JT_OUTBOX_HOLDER_SIZE];
    int is_over;        /* it has ended, which is not yet noted */
    int was_told;
} telling_t;

struct jt_messages_t {
    server_rec *server;
    volatile apr_uint32_t *is_awaited;
    apr_pool_t *pool;
    telling_t tellings[SLOTS];
    apr_int64_t took, ended, cleaned; /* when, in epoch seconds */
    apr_int64_t newest;  /* row of the audit at the instant `seen`; 0: none */
    apr_int64_t seen;
    int is_more;         /* ends */
    int is_unclean;      /* there is more to forget */
    int is_behind;       /* there is more to take */
    apr_int64_t reached; /* by this round; 0: the next step begins one */
    apr_int64_t began;   /* it, when */
    apr_int64_t listed;  /* messages, when */
    int is_crowded;      /* there may be more of them */
};

/* Baton of the database work. */
typedef struct work_t {
    jt_messages_t *messages;
    apr_int64_t now;
    telling_t *telling;
    apr_array_header_t *rows;
    int is_claimed;
    int is_locked;
    apr_pool_t *pool; /* of results */
} work_t;

jt_messages_t *jt_messages_make(server_rec *s,
                                volatile apr_uint32_t *is_awaited,
                                apr_pool_t *pool)
{
    jt_messages_t *made = apr_pcalloc(pool, sizeof(*made));

    made->server = s;
    made->is_awaited = is_awaited;
    made->pool = pool;
    return made;
}

/* @return APR_EBUSY: another server writes to SQLite's file. As that is no
 *         outage, it is not logged as one. */
static apr_status_t run(jt_messages_t *messages, jt_dbd_work_t *work,
                        work_t *baton, apr_pool_t *pool)
{
    jt_patience_t patience = { 0 };
    apr_status_t status;

    baton->messages = messages;
    baton->now = apr_time_sec(apr_time_now());
    baton->is_locked = 0;
    baton->pool = pool;
    status = jt_dbd_run(messages->server, &patience, work, baton, pool);
    return status == APR_SUCCESS && baton->is_locked ? APR_EBUSY : status;
}

/* What all work returns. @param status of the store */
static apr_status_t end_work(work_t *work, const jt_store_t *store,
                             apr_status_t status)
{
    work->is_locked = status != APR_SUCCESS && jt_store_is_locked(store);
    return work->is_locked ? APR_SUCCESS : status;
}

/* A clock that was set back makes it due as well. */
static int is_due(const jt_messages_t *messages, apr_int64_t *last,
                  int interval)
{
    apr_int64_t now = apr_time_sec(apr_time_now());

    if ((now - *last < interval && now >= *last)
        || apr_atomic_read32(messages->is_awaited)) {
        return 0;
    }
    *last = now;
    return 1;
}

/* ---- what has happened */

/* Only to what was the newest row a while before this round: all rows up to it
 * were there when it came to them, and were taken. */
static apr_status_t move_horizon(jt_store_t *store, const work_t *work,
                                 apr_pool_t *pool)
{
    jt_messages_t *messages = work->messages;
    apr_status_t status = APR_SUCCESS;

    if (messages->seen && messages->began >= messages->seen
        && messages->began - messages->seen < SETTLES) {
        return APR_SUCCESS;
    }
    if (messages->newest) {
        status = jt_outbox_advance(store, messages->newest, pool);
    }
    if (status == APR_SUCCESS) {
        status = jt_outbox_newest(store, &messages->newest, pool);
        messages->seen = work->now;
    }
    return status;
}

/* @param horizon where a round begins */
static apr_status_t take_span(jt_store_t *store, const work_t *work,
                              apr_int64_t horizon, apr_pool_t *pool)
{
    jt_messages_t *messages = work->messages;
    apr_int64_t next = 0;
    apr_status_t status;

    if (!messages->reached) {
        messages->reached = horizon;
        messages->began = work->now;
    }
    status = jt_outbox_take(store, messages->reached, messages->reached + SPAN,
                            work->now - LONE, &messages->is_behind, pool);
    if (status != APR_SUCCESS || messages->is_behind) {
        return status;
    }
    status = jt_outbox_next(store, messages->reached + SPAN, &next, pool);
    if (status == APR_SUCCESS && next) {
        messages->reached = next - 1;
        messages->is_behind = 1;
    }
    return status;
}

static apr_status_t take(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;
    jt_messages_t *messages = work->messages;
    apr_int64_t horizon = 0;
    apr_int64_t since = 0;
    apr_status_t status = jt_outbox_begin(store, work->now, &horizon, &since,
                                          pool);

    if (status == APR_SUCCESS) {
        status = take_span(store, work, horizon, pool);
    }
    if (status == APR_SUCCESS && !messages->is_behind) {
        messages->reached = 0;
        status = move_horizon(store, work, pool);
    }
    return end_work(work, store, status);
}

static apr_status_t add_ending(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    work_t *work = baton;
    const jt_config_server_t *config = jt_config_server(
        work->messages->server);
    apr_int64_t horizon = 0;
    apr_int64_t since = 0;
    apr_status_t status = jt_outbox_begin(store, work->now, &horizon, &since,
                                          pool);

    if (status == APR_SUCCESS) {
        status = jt_outbox_add_ending(store, config->notices, since, work->now,
                                      &work->messages->is_more, pool);
    }
    return end_work(work, store, status);
}

static apr_status_t clean(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;
    apr_int64_t horizon = 0;
    apr_int64_t since = 0;
    apr_status_t status = jt_outbox_begin(store, work->now, &horizon, &since,
                                          pool);

    if (status == APR_SUCCESS) {
        status = jt_outbox_clean(store, work->now - REMEMBERED, horizon,
                                 &work->messages->is_unclean, pool);
    }
    return end_work(work, store, status);
}

/* After a failure it is tried again when it is due, whatever is left.
 * @param is_more set by `work` when something is */
static int has_more(jt_messages_t *messages, jt_dbd_work_t *work, int *is_more,
                    apr_pool_t *pool)
{
    work_t baton = { 0 };

    *is_more = 0;
    return run(messages, work, &baton, pool) == APR_SUCCESS && *is_more;
}

static int is_within_step(jt_ticks_t begun)
{
    return jt_ticks_is_within(begun, jt_clock_ticks(), STEP);
}

static void look(jt_messages_t *messages, apr_pool_t *pool)
{
    jt_ticks_t begun = jt_clock_ticks();
    int is_more;

    if (is_due(messages, &messages->took, TAKE)
        && has_more(messages, take, &messages->is_behind, pool)) {
        messages->took -= TAKE;
    }
    if (is_due(messages, &messages->ended, END)) {
        do {
            is_more = has_more(messages, add_ending, &messages->is_more, pool);
        } while (is_more && is_within_step(begun)
                 && !apr_atomic_read32(messages->is_awaited));
        messages->ended -= is_more ? END : 0;
    }
    if (is_due(messages, &messages->cleaned, CLEAN)
        && has_more(messages, clean, &messages->is_unclean, pool)) {
        messages->cleaned -= CLEAN;
    }
}

/* ---- programs that end */

static apr_status_t note_end(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;
    const telling_t *telling = work->telling;

    return end_work(work, store, telling->was_told
        ? jt_outbox_note_sent(store, telling->row.name, telling->holder,
                              work->now, pool)
        : jt_outbox_put_off(store, telling->row.name, telling->holder,
                            work->now + jt_message_pause(
                                telling->row.tries + 1), pool));
}

/* What a program has said, on one line. */
static const char *join_lines(const jt_program_t *program, apr_pool_t *pool)
{
    char *text = apr_pstrdup(pool, program->said);
    char *c;

    for (c = text; *c; c++) {
        if (apr_isspace(*c)) {
            *c = ' ';
        }
    }
    while (c > text && c[-1] == ' ') {
        *--c = '\0';
    }
    return jt_label_clean(text, pool);
}

static void log_failure(jt_messages_t *messages, const telling_t *telling,
                        int code)
{
    static volatile apr_uint32_t logged;
    const jt_config_server_t *config = jt_config_server(messages->server);
    int level = jt_log_level(APLOG_ERR, &logged);

    ap_log_error(APLOG_MARK, level, 0, messages->server,
                 "a message was not told, and is tried again in %d seconds: "
                 "command=%s event=%s id=%" APR_INT64_T_FMT " %s=%d tries=%d "
                 "said=\"%s\"", jt_message_pause(telling->row.tries + 1),
                 APR_ARRAY_IDX(config->message_cmd, 0, const char *),
                 telling->row.event, telling->row.token_id,
                 telling->program.is_killed ? "timeout, code" : "code", code,
                 telling->row.tries + 1,
                 join_lines(&telling->program, telling->pool));
}

/* If this fails, it is told again when the lease is over; while the file is
 * locked, it is tried again. */
static void close_telling(jt_messages_t *messages, telling_t *telling)
{
    work_t work = { 0 };

    work.telling = telling;
    if (run(messages, note_end, &work, telling->pool) != APR_EBUSY) {
        apr_pool_destroy(telling->pool);
        telling->pool = NULL;
    }
}

static void end_telling(jt_messages_t *messages, telling_t *telling, int code)
{
    telling->is_over = 1;
    telling->was_told = code == 0 && !telling->program.is_killed;
    if (!telling->was_told) {
        log_failure(messages, telling, code);
    }
    close_telling(messages, telling);
}

/* @return how many are still running */
static int poll_all(jt_messages_t *messages)
{
    int running = 0;
    int code;
    int i;

    for (i = 0; i < SLOTS; i++) {
        telling_t *telling = &messages->tellings[i];

        if (telling->pool && telling->is_over) {
            close_telling(messages, telling);
        }
        else if (telling->pool
                 && jt_program_poll(&telling->program, apr_time_now(),
                                    &code)) {
            end_telling(messages, telling, code);
        }
        running += telling->pool != NULL;
    }
    return running;
}

/* ---- programs that begin */

static apr_status_t list_due(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;

    (void)pool;
    return jt_outbox_list_due(store, work->now, &work->rows, work->pool);
}

static apr_status_t claim(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;

    return end_work(work, store, jt_outbox_claim(
        store, &work->telling->row, work->telling->holder, work->now,
        &work->is_claimed, pool));
}

static telling_t *find_free(jt_messages_t *messages)
{
    int i;

    for (i = 0; i < SLOTS; i++) {
        if (!messages->tellings[i].pool) {
            return &messages->tellings[i];
        }
    }
    return NULL;
}

static const char *copy(const char *text, apr_pool_t *pool)
{
    return text ? apr_pstrdup(pool, text) : NULL;
}

static apr_status_t name_holder(telling_t *telling)
{
    unsigned char bytes[(JT_OUTBOX_HOLDER_SIZE - 1) / 2];
    apr_status_t status = apr_generate_random_bytes(bytes, sizeof(bytes));
    apr_size_t i;

    for (i = 0; i < sizeof(bytes); i++) {
        apr_snprintf(telling->holder + 2 * i, 3, "%02x", bytes[i]);
    }
    return status;
}

static char *const *make_command(const jt_config_server_t *config,
                                 const char *event, apr_pool_t *pool)
{
    const apr_array_header_t *words = config->message_cmd;
    char **made = apr_pcalloc(pool, ((apr_size_t)words->nelts + 2)
                                        * sizeof(*made));
    int i;

    for (i = 0; i < words->nelts; i++) {
        made[i] = apr_pstrdup(pool, APR_ARRAY_IDX(words, i, const char *));
    }
    made[i] = apr_pstrdup(pool, event);
    return made;
}

/* A program that cannot be begun is one that has failed. */
static void begin_program(jt_messages_t *messages, telling_t *telling)
{
    const jt_config_server_t *config = jt_config_server(messages->server);
    const char *text = jt_message_make(&telling->row,
                                       apr_time_sec(apr_time_now()),
                                       telling->pool);
    apr_status_t status = APR_EINVAL;

    if (text) {
        status = jt_program_start(&telling->program,
                                  make_command(config, telling->row.event,
                                               telling->pool),
                                  text, strlen(text), telling->pool);
    }
    if (status != APR_SUCCESS) {
        apr_strerror(status, telling->program.said,
                     sizeof(telling->program.said));
        end_telling(messages, telling, 127);
    }
}

/* @return APR_SUCCESS also when another server was first */
static apr_status_t begin_telling(jt_messages_t *messages, telling_t *telling,
                                  const jt_outbox_row_t *row)
{
    work_t work = { 0 };
    apr_status_t status;
    apr_pool_t *pool;

    apr_pool_create(&pool, messages->pool);
    memset(telling, 0, sizeof(*telling));
    telling->pool = pool;
    telling->row = *row;
    telling->row.name = copy(row->name, pool);
    telling->row.event = copy(row->event, pool);
    telling->row.user = copy(row->user, pool);
    telling->row.label = copy(row->label, pool);
    telling->row.actor = copy(row->actor, pool);
    telling->row.from = copy(row->from, pool);
    telling->row.detail = copy(row->detail, pool);
    work.telling = telling;
    status = name_holder(telling);
    if (status == APR_SUCCESS) {
        status = run(messages, claim, &work, pool);
    }
    if (status == APR_SUCCESS && work.is_claimed) {
        begin_program(messages, telling);
        return APR_SUCCESS;
    }
    apr_pool_destroy(pool);
    telling->pool = NULL;
    return status;
}

static void begin_all(jt_messages_t *messages, apr_pool_t *pool)
{
    telling_t *telling = find_free(messages);
    work_t work = { 0 };
    int i;

    if (!telling
        || (!is_due(messages, &messages->listed, 1) && !messages->is_crowded)) {
        return;
    }
    messages->is_crowded = 0; /* a failure is tried again when it is due */
    if (run(messages, list_due, &work, pool) != APR_SUCCESS) {
        return;
    }
    for (i = 0; telling && i < work.rows->nelts
                && !apr_atomic_read32(messages->is_awaited); i++) {
        if (begin_telling(messages, telling,
                          &APR_ARRAY_IDX(work.rows, i, jt_outbox_row_t))
                != APR_SUCCESS) {
            return;
        }
        telling = find_free(messages);
    }
    messages->is_crowded = work.rows->nelts == SLOTS;
}

/* While messages wait, for one of the programs may have ended. */
static int is_worth_another_look(const jt_messages_t *messages,
                                 jt_ticks_t begun)
{
    if (!messages->is_crowded || apr_atomic_read32(messages->is_awaited)
        || !is_within_step(begun)) {
        return 0;
    }
    apr_sleep(CROWDED_PAUSE);
    return 1;
}

void jt_messages_step(jt_messages_t *messages, apr_pool_t *pool)
{
    jt_ticks_t begun = jt_clock_ticks();
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    do {
        apr_pool_clear(scratch);
        poll_all(messages);
        look(messages, scratch);
        begin_all(messages, scratch);
    } while (is_worth_another_look(messages, begun));
    apr_pool_destroy(scratch);
}

static apr_status_t put_back(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;

    return end_work(work, store, jt_outbox_put_off(
        store, work->telling->row.name, work->telling->holder, work->now,
        pool));
}

void jt_messages_stop(jt_messages_t *messages, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < 50 && poll_all(messages); i++) {
        apr_sleep(apr_time_from_msec(20));
    }
    for (i = 0; i < SLOTS; i++) {
        telling_t *telling = &messages->tellings[i];
        work_t work = { 0 };

        if (!telling->pool) {
            continue;
        }
        if (!telling->is_over) {
            jt_program_kill(&telling->program);
        }
        work.telling = telling;
        run(messages, telling->is_over ? note_end : put_back, &work, pool);
        apr_pool_destroy(telling->pool);
        telling->pool = NULL;
    }
}

void jt_messages_kill(jt_messages_t *messages)
{
    int i;

    for (i = 0; i < SLOTS; i++) {
        if (messages->tellings[i].pool && messages->tellings[i].program.pid) {
            jt_program_kill(&messages->tellings[i].program);
        }
    }
}
