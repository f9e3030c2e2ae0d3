/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells what has happened by JiraTokenMessageCmd: what is looked for when. The
 * programs are in service/jt_telling.c. It must not know SQL; what a crash
 * leaves at each step is in core/jt_outbox.c.
 */
#include "service/jt_messages.h"

#include <apr_atomic.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_outbox.h"
#include "service/jt_outlet.h"
#include "service/jt_telling.h"
#include "state/jt_clock.h"

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

/* The most milliseconds that one step asks for what ends, notes which programs
 * have ended, and looks for such, while more messages wait than may be told at
 * one time; and between two such looks. */
#define STEP 500
#define CROWDED_PAUSE apr_time_from_msec(5)

struct jt_messages_t {
    jt_outlet_t outlet;
    jt_tellings_t tellings;
    apr_int64_t took, ended, cleaned; /* when, in epoch seconds */
    apr_int64_t newest;  /* row of the audit at the instant `seen`; 0: none */
    apr_int64_t seen;
    int is_more;         /* ends */
    int is_unclean;      /* there is more to forget */
    int is_behind;       /* there is more to take */
    apr_int64_t reached; /* by this round; 0: the next step begins one */
    apr_int64_t began;   /* it, when */
};

/* Baton of the database work. */
typedef struct work_t {
    jt_outlet_work_t base;
    jt_messages_t *messages;
} work_t;

jt_messages_t *jt_messages_make(server_rec *s,
                                volatile apr_uint32_t *is_awaited,
                                apr_pool_t *pool)
{
    jt_messages_t *made = apr_pcalloc(pool, sizeof(*made));

    made->outlet.server = s;
    made->outlet.is_awaited = is_awaited;
    made->tellings.outlet = &made->outlet;
    made->tellings.pool = pool;
    return made;
}

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
        messages->seen = work->base.now;
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
        messages->began = work->base.now;
    }
    status = jt_outbox_take(store, messages->reached, messages->reached + SPAN,
                            work->base.now - LONE, &messages->is_behind, pool);
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
    apr_status_t status = jt_outbox_begin(store, work->base.now, &horizon,
                                          &since, pool);

    work->base.has_written = 1;
    if (status == APR_SUCCESS) {
        status = take_span(store, work, horizon, pool);
    }
    if (status == APR_SUCCESS && !messages->is_behind) {
        messages->reached = 0;
        status = move_horizon(store, work, pool);
    }
    return jt_outlet_end(&work->base, store, status);
}

static apr_status_t add_ending(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    work_t *work = baton;
    const jt_config_server_t *config = jt_config_server(
        work->messages->outlet.server);
    apr_int64_t horizon = 0;
    apr_int64_t since = 0;
    apr_status_t status = jt_outbox_begin(store, work->base.now, &horizon,
                                          &since, pool);

    if (status == APR_SUCCESS) {
        status = jt_outbox_add_ending(store, config->notices, since,
                                      work->base.now,
                                      &work->messages->is_more, pool);
    }
    return jt_outlet_end(&work->base, store, status);
}

static apr_status_t clean(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;
    apr_int64_t horizon = 0;
    apr_int64_t since = 0;
    apr_status_t status = jt_outbox_begin(store, work->base.now, &horizon,
                                          &since, pool);

    work->base.has_written = 1;
    if (status == APR_SUCCESS) {
        status = jt_outbox_clean(store, work->base.now - REMEMBERED, horizon,
                                 &work->messages->is_unclean, pool);
    }
    return jt_outlet_end(&work->base, store, status);
}

/* After a failure it is tried again when it is due, whatever is left.
 * @param is_more set by `work` when something is */
static int has_more(jt_messages_t *messages, jt_dbd_work_t *work, int *is_more,
                    apr_pool_t *pool)
{
    work_t baton = { 0 };

    baton.messages = messages;
    *is_more = 0;
    return jt_outlet_run(&messages->outlet, work, &baton.base, pool)
               == APR_SUCCESS && *is_more;
}

static int is_within_step(jt_ticks_t begun)
{
    return jt_ticks_is_within(begun, jt_clock_ticks(), STEP);
}

static void look(jt_messages_t *messages, apr_pool_t *pool)
{
    jt_ticks_t begun = jt_clock_ticks();
    int is_more;

    if (jt_outlet_is_due(&messages->outlet, &messages->took, TAKE)
        && has_more(messages, take, &messages->is_behind, pool)) {
        messages->took -= TAKE;
    }
    if (jt_outlet_is_due(&messages->outlet, &messages->ended, END)) {
        do {
            is_more = has_more(messages, add_ending, &messages->is_more, pool);
        } while (is_more && is_within_step(begun)
                 && !apr_atomic_read32(messages->outlet.is_awaited));
        messages->ended -= is_more ? END : 0;
    }
    if (jt_outlet_is_due(&messages->outlet, &messages->cleaned, CLEAN)
        && has_more(messages, clean, &messages->is_unclean, pool)) {
        messages->cleaned -= CLEAN;
    }
}

/* While messages wait, for one of the programs may have ended. */
static int is_worth_another_look(const jt_messages_t *messages,
                                 jt_ticks_t begun)
{
    if (!messages->tellings.is_crowded
        || apr_atomic_read32(messages->outlet.is_awaited)
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
    jt_telling_notes_t notes = { begun, STEP, 0 };

    apr_pool_create(&scratch, pool);
    do {
        apr_pool_clear(scratch);
        jt_telling_poll(&messages->tellings, &notes, scratch);
        look(messages, scratch);
        jt_telling_begin(&messages->tellings, scratch);
    } while (is_worth_another_look(messages, begun));
    apr_pool_destroy(scratch);
}

void jt_messages_stop(jt_messages_t *messages, jt_ticks_t begun,
                      apr_pool_t *pool)
{
    jt_telling_stop(&messages->tellings, begun, pool);
}

void jt_messages_kill(jt_messages_t *messages)
{
    jt_telling_kill(&messages->tellings);
}
