/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the last uses of tokens to the table: by which thread, and for how
 * long it pauses after a failure. The queue is in state/jt_notes.c. It must not
 * know how a token was checked.
 *
 * One thread of a child writes at a time, so that a slow database blocks only
 * one.
 */
#include "service/jt_last_use.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_log.h>
#include <unistd.h>

#include "jt_config.h"
#include "core/jt_secret.h"
#include "state/jt_clock.h"
#include "state/jt_dbd.h"
#include "state/jt_notes.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds for which nothing is written after a failure. */
#define PAUSE 60

/* Permits are found by the token's hash, so that two tokens can share one: how
 * many are tried. */
#define TRIES 16

/* One per child; set before its threads start. */
static jt_notes_t *notes;
static apr_uint32_t self;

/* One per child: epoch seconds, which wrap in 2106; 0: never. */
static volatile apr_uint32_t failed_at;

void jt_last_use_child_init(apr_pool_t *pool, server_rec *main_server)
{
    apr_status_t status = jt_notes_make(&notes, pool);

    self = (apr_uint32_t)getpid();
    if (status != APR_SUCCESS) {
        notes = NULL;
        ap_log_error(APLOG_MARK, APLOG_ERR, status, main_server,
                     "this child notes no last use: its lock could not be "
                     "made");
    }
}

int jt_last_use_is_available(const jt_actor_t *actor)
{
    apr_uint32_t then = apr_atomic_read32(&failed_at);

    return notes && (!then || (apr_uint32_t)actor->now - then >= PAUSE);
}

static apr_status_t touch_row(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    const jt_note_t *note = baton;
    int interval = jt_config_server(note->server)->last_used_interval;

    return jt_store_touch(store, note->id, note->at, note->from,
                          note->at - interval + 1, pool);
}

static apr_uint32_t get_number(const unsigned char *hash)
{
    return (apr_uint32_t)hash[0] << 24 | (apr_uint32_t)hash[1] << 16
           | (apr_uint32_t)hash[2] << 8 | hash[3];
}

/* Who finds another child at the same token need not write: the other does.
 * One that stands at a later place, as the first was taken, may be missed; then
 * the statement's own condition decides. Nobody waits for another token's
 * writer. */
static apr_status_t take_permit(const jt_note_t *note, apr_uint32_t *permit)
{
    jt_gate_t *gate = jt_shared_get()->last_uses;
    apr_uint32_t token = get_number(note->hash);
    apr_status_t status = APR_EBUSY;
    apr_uint32_t i;

    for (i = 0; status == APR_EBUSY && i < TRIES; i++) {
        *permit = (token + i) % gate->count;
        status = jt_gate_enter_at(gate, *permit, token ? token : 1, self,
                                  jt_clock_ticks());
    }
    return status;
}

/* The queued notes would only wait for a database that cannot record them. */
static void pause_writing(const jt_note_t *note)
{
    apr_atomic_set32(&failed_at, (apr_uint32_t)note->at);
    jt_notes_drop(notes);
}

static void write_note(jt_note_t *note, apr_pool_t *pool)
{
    apr_uint32_t permit;

    if (take_permit(note, &permit) != APR_SUCCESS) {
        return;
    }
    if (jt_dbd_run_without_permit(note->server, touch_row, note, pool)
            != APR_SUCCESS) {
        pause_writing(note);
    }
    jt_gate_leave(jt_shared_get()->last_uses, permit);
}

static void write_notes(apr_pool_t *parent)
{
    apr_pool_t *pool;
    jt_note_t note;
    int written = 0;

    apr_pool_create(&pool, parent);
    while (jt_notes_take(notes, written++, &note)) {
        write_note(&note, pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

void jt_last_use_note(const jt_actor_t *actor, apr_int64_t id,
                      const char *digest)
{
    jt_note_t note;

    note.server = actor->server;
    note.id = id;
    note.at = actor->now;
    apr_cpystrn(note.from, actor->address, sizeof(note.from));
    if (notes && jt_secret_unhex(digest, note.hash) == APR_SUCCESS
        && jt_notes_add(notes, &note)) {
        write_notes(actor->pool);
    }
}
