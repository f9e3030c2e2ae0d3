/* SPDX-License-Identifier: Apache-2.0
 *
 * The programs that tell messages: which run, how each ended, and what of that
 * is noted in the outbox. It must not know SQL; what a crash leaves at each
 * step is in core/jt_outbox.c.
 */
#include "service/jt_telling.h"

#include <apr_atomic.h>
#include <apr_file_info.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_label.h"
#include "core/jt_message.h"
#include "state/jt_children.h"
#include "state/jt_clock.h"
#include "state/jt_log.h"

APLOG_USE_MODULE(jiratoken);

/* The most milliseconds that programs get to end, when httpd does. */
#define STOP 1000
/* And for how long their ends are noted then. */
#define STOP_NOTES 2000

/* Baton of the database work. */
typedef struct work_t {
    jt_outlet_work_t base;
    jt_telling_t *telling;
    apr_array_header_t *rows;
    int is_claimed;
} work_t;

/* ---- programs that end */

static apr_status_t note_end(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;
    const jt_telling_t *telling = work->telling;

    work->base.has_written = 1;
    return jt_outlet_end(&work->base, store, telling->was_told
        ? jt_outbox_note_sent(store, telling->row.name, telling->holder,
                              work->base.now, pool)
        : jt_outbox_put_off(store, telling->row.name, telling->holder,
                            work->base.now + jt_message_pause(
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

static const char *get_path(const jt_tellings_t *all)
{
    return APR_ARRAY_IDX(jt_config_server(all->outlet->server)->message_cmd, 0,
                         const char *);
}

/* The system says of a script as well that it is not there. */
static const char *explain_fault(const char *path, apr_status_t fault,
                                 apr_pool_t *pool)
{
    apr_finfo_t facts;
    char reason[120];

    if (APR_STATUS_IS_ENOENT(fault)
        && apr_stat(&facts, path, APR_FINFO_TYPE, pool) == APR_SUCCESS) {
        return "the interpreter that its first line names is not there";
    }
    return apr_pstrdup(pool, apr_strerror(fault, reason, sizeof(reason)));
}

/* What the program has said, or why there was none to say anything. */
static const char *explain_failure(const jt_tellings_t *all,
                                   const jt_telling_t *telling)
{
    apr_pool_t *pool = telling->pool;

    if (telling->program.fault == APR_SUCCESS) {
        return apr_psprintf(pool, "said=\"%s\"",
                            join_lines(&telling->program, pool));
    }
    return apr_psprintf(pool, "account=%s reason=%s", jt_children_name(pool),
                        explain_fault(get_path(all), telling->program.fault,
                                      pool));
}

static void log_failure(jt_tellings_t *all, const jt_telling_t *telling,
                        int code)
{
    static volatile apr_uint32_t logged;
    int level = jt_log_level(APLOG_ERR, &logged);

    ap_log_error(APLOG_MARK, level, 0, all->outlet->server,
                 "a message was not told, and is tried again in %d seconds: "
                 "command=%s event=%s id=%" APR_INT64_T_FMT " %s=%d tries=%d "
                 "%s", jt_message_pause(telling->row.tries + 1), get_path(all),
                 telling->row.event, telling->row.token_id,
                 telling->program.is_killed ? "timeout, code" : "code", code,
                 telling->row.tries + 1, explain_failure(all, telling));
}

/* If this fails, it is told again when the lease is over; while the file is
 * locked, it is tried again.
 * @return APR_EBUSY: that is so; or what else has failed */
static apr_status_t close_telling(jt_tellings_t *all, jt_telling_t *telling,
                                  apr_pool_t *pool)
{
    work_t work = { 0 };
    apr_status_t status;

    work.telling = telling;
    status = jt_outlet_run(all->outlet, note_end, &work.base, pool);
    if (status != APR_EBUSY) {
        apr_pool_destroy(telling->pool);
        telling->pool = NULL;
    }
    return status;
}

static void end_program(jt_tellings_t *all, jt_telling_t *telling, int code)
{
    telling->is_over = 1;
    telling->was_told = code == 0 && !telling->program.is_killed;
    if (!telling->was_told) {
        log_failure(all, telling, code);
    }
}

static void go_on(jt_telling_notes_t *notes, apr_status_t status)
{
    notes->is_over = status != APR_SUCCESS
                     || !jt_ticks_is_within(notes->begun, jt_clock_ticks(),
                                            notes->span);
}

int jt_telling_poll(jt_tellings_t *all, jt_telling_notes_t *notes,
                    apr_pool_t *pool)
{
    int running = 0;
    int code;
    int i;

    for (i = 0; i < JT_TELLING_SLOTS; i++) {
        jt_telling_t *telling = &all->of[i];

        if (telling->pool && !telling->is_over
            && jt_program_poll(&telling->program, apr_time_now(), &code)) {
            end_program(all, telling, code);
        }
        running += telling->pool && !telling->is_over;
        if (telling->pool && telling->is_over && !notes->is_over) {
            go_on(notes, close_telling(all, telling, pool));
        }
    }
    return running;
}

/* ---- programs that begin */

static apr_status_t list_due(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;

    (void)pool;
    return jt_outlet_end(&work->base, store, jt_outbox_list_due(
        store, work->base.now, &work->rows, work->base.pool));
}

static apr_status_t claim(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;

    work->base.has_written = 1;
    return jt_outlet_end(&work->base, store, jt_outbox_claim(
        store, &work->telling->row, work->telling->holder, work->base.now,
        &work->is_claimed, pool));
}

static jt_telling_t *find_free(jt_tellings_t *all)
{
    int i;

    for (i = 0; i < JT_TELLING_SLOTS; i++) {
        if (!all->of[i].pool) {
            return &all->of[i];
        }
    }
    return NULL;
}

static const char *copy(const char *text, apr_pool_t *pool)
{
    return text ? apr_pstrdup(pool, text) : NULL;
}

static apr_status_t name_holder(jt_telling_t *telling)
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

/* A program that cannot be begun is one that has failed, which the next look
 * notes. */
static void begin_program(jt_tellings_t *all, jt_telling_t *telling)
{
    const jt_config_server_t *config = jt_config_server(all->outlet->server);
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
        telling->program.fault = status;
        end_program(all, telling, JT_PROGRAM_NOT_RUN);
    }
}

/* @return APR_SUCCESS also when another server was first */
static apr_status_t begin_telling(jt_tellings_t *all, jt_telling_t *telling,
                                  const jt_outbox_row_t *row)
{
    work_t work = { 0 };
    apr_status_t status;
    apr_pool_t *pool;

    apr_pool_create(&pool, all->pool);
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
        status = jt_outlet_run(all->outlet, claim, &work.base, pool);
    }
    if (status == APR_SUCCESS && work.is_claimed) {
        begin_program(all, telling);
        return APR_SUCCESS;
    }
    apr_pool_destroy(pool);
    telling->pool = NULL;
    return status;
}

/* What was told and is not noted may be due again. */
static int has_unnoted(const jt_tellings_t *all)
{
    int i;

    for (i = 0; i < JT_TELLING_SLOTS; i++) {
        if (all->of[i].pool && all->of[i].is_over) {
            return 1;
        }
    }
    return 0;
}

void jt_telling_begin(jt_tellings_t *all, apr_pool_t *pool)
{
    jt_telling_t *telling = find_free(all);
    work_t work = { 0 };
    int i;

    if (!telling || has_unnoted(all)
        || apr_atomic_read32(all->outlet->is_awaited)
        || (!jt_outlet_is_due(all->outlet, &all->listed, 1)
            && !all->is_crowded)) {
        return;
    }
    all->is_crowded = 0; /* a failure is tried again when it is due */
    if (jt_outlet_run(all->outlet, list_due, &work.base, pool) != APR_SUCCESS) {
        return;
    }
    for (i = 0; telling && i < work.rows->nelts
                && !apr_atomic_read32(all->outlet->is_awaited); i++) {
        if (begin_telling(all, telling,
                          &APR_ARRAY_IDX(work.rows, i, jt_outbox_row_t))
                != APR_SUCCESS) {
            return;
        }
        telling = find_free(all);
    }
    all->is_crowded = work.rows->nelts == JT_TELLING_SLOTS;
}

static apr_status_t put_back(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    work_t *work = baton;

    work->base.has_written = 1;
    return jt_outlet_end(&work->base, store, jt_outbox_put_off(
        store, work->telling->row.name, work->telling->holder, work->base.now,
        pool));
}

/* What is not noted is told again when the lease is over. */
static void drop_telling(jt_tellings_t *all, jt_telling_t *telling,
                         jt_telling_notes_t *notes, apr_pool_t *pool)
{
    work_t work = { 0 };

    work.telling = telling;
    if (!notes->is_over) {
        go_on(notes, jt_outlet_run(all->outlet, telling->is_over ? note_end
                                                                 : put_back,
                                   &work.base, pool));
    }
    apr_pool_destroy(telling->pool);
    telling->pool = NULL;
}

/* To note the ends of others may have taken long. */
static void end_or_kill(jt_tellings_t *all, jt_telling_t *telling)
{
    int code;

    if (jt_program_poll(&telling->program, apr_time_now(), &code)) {
        end_program(all, telling, code);
    }
    else {
        jt_program_kill(&telling->program);
    }
}

void jt_telling_stop(jt_tellings_t *all, jt_ticks_t begun, apr_pool_t *pool)
{
    jt_telling_notes_t notes = { begun, STOP_NOTES, 0 };
    int i;

    while (jt_telling_poll(all, &notes, pool)
           && jt_ticks_is_within(begun, jt_clock_ticks(), STOP)) {
        apr_sleep(apr_time_from_msec(20));
    }
    for (i = 0; i < JT_TELLING_SLOTS; i++) {
        jt_telling_t *telling = &all->of[i];

        if (telling->pool && !telling->is_over) {
            end_or_kill(all, telling);
        }
    }
    for (i = 0; i < JT_TELLING_SLOTS; i++) {
        if (all->of[i].pool) {
            drop_telling(all, &all->of[i], &notes, pool);
        }
    }
}

void jt_telling_kill(jt_tellings_t *all)
{
    int i;

    for (i = 0; i < JT_TELLING_SLOTS; i++) {
        if (all->of[i].pool && all->of[i].program.pid) {
            jt_program_kill(&all->of[i].program);
        }
    }
}
