/* SPDX-License-Identifier: Apache-2.0
 *
 * Notes of last use: who writes them, and which wait for it. Knows when a
 * response has gone out, and not how a token was checked.
 *
 * One thread of a child writes at a time, so that a slow database keeps no more
 * of them busy; what the others have to note meanwhile waits in a queue, and
 * not they. What is more than the queue holds is forgotten: the next use after
 * the interval is noted.
 */
#include "service/jt_use.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "jt_config.h"
#include "state/jt_dbd.h"
#include "core/jt_secret.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

#define QUEUE 256

/* A thread writes so many, and leaves the rest to the next one. */
#define MOST 64

/* Seconds after a note could not be written. */
#define PAUSE 60

/* Another child may be writing the same note, or one of another token's that
 * shares its seat: how often that is looked for, a millisecond apart. */
#define TRIES 20

typedef struct note_t {
    server_rec *server;
    apr_int64_t id;
    apr_int64_t at; /* epoch seconds */
    unsigned char hash[JT_SECRET_HASH_SIZE];
    char from[64]; /* as the table has room for */
} note_t;

/* One a child; made before its threads start. */
typedef struct queue_t {
    apr_thread_mutex_t *mutex;
    int is_written; /* by a thread, right now */
    int first;
    int count;
    note_t notes[QUEUE];
} queue_t;

static queue_t *queue;

/* One a child: epoch seconds, which wrap in 2106; 0: never. */
static volatile apr_uint32_t failed_at;

void jt_use_child_init(apr_pool_t *pool, server_rec *main_server)
{
    queue_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t status = apr_thread_mutex_create(
        &made->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    queue = status == APR_SUCCESS ? made : NULL;
    if (!queue) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, main_server,
                     "this child notes no last use: its lock could not be "
                     "made");
    }
}

int jt_use_is_well(const request_rec *r)
{
    apr_uint32_t then = apr_atomic_read32(&failed_at);

    return queue
           && (!then
               || (apr_uint32_t)apr_time_sec(r->request_time) - then >= PAUSE);
}

static void put(const note_t *note)
{
    int i;

    for (i = 0; i < queue->count; i++) {
        if (queue->notes[(queue->first + i) % QUEUE].id == note->id
            && queue->notes[(queue->first + i) % QUEUE].server
                   == note->server) {
            return;
        }
    }
    if (queue->count < QUEUE) {
        queue->notes[(queue->first + queue->count++) % QUEUE] = *note;
    }
}

/* @return non-zero when nobody writes, and the caller is to */
static int add(const note_t *note)
{
    int is_writer;

    apr_thread_mutex_lock(queue->mutex);
    put(note);
    is_writer = !queue->is_written;
    queue->is_written = 1;
    apr_thread_mutex_unlock(queue->mutex);
    return is_writer;
}

/* @return zero when the caller is no writer any more */
static int take(note_t *note, int written)
{
    apr_thread_mutex_lock(queue->mutex);
    if (!queue->count || written >= MOST) {
        queue->is_written = 0;
    }
    else {
        *note = queue->notes[queue->first];
        queue->first = (queue->first + 1) % QUEUE;
        queue->count--;
        written = -1;
    }
    apr_thread_mutex_unlock(queue->mutex);
    return written < 0;
}

/* The database takes no notes: those that wait would only wait for that. */
static void give_up(const note_t *note)
{
    apr_atomic_set32(&failed_at, (apr_uint32_t)note->at);
    apr_thread_mutex_lock(queue->mutex);
    queue->count = 0;
    apr_thread_mutex_unlock(queue->mutex);
}

static apr_status_t touch(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    const note_t *note = baton;
    int interval = jt_config_server(note->server)->last_used_interval;

    return jt_store_touch(store, note->id, note->at, note->from,
                          note->at - interval + 1, pool);
}

static int claim(const unsigned char *hash)
{
    int tries = 1;

    while (!jt_shared_claim(hash)) {
        if (tries++ == TRIES) {
            return 0;
        }
        apr_sleep(apr_time_from_msec(1));
    }
    return 1;
}

static void write_note(note_t *note, apr_pool_t *pool)
{
    if (claim(note->hash)) {
        if (jt_dbd_run_aside(note->server, touch, note, pool)
                != APR_SUCCESS) {
            give_up(note);
        }
        jt_shared_release(note->hash);
    }
}

void jt_use_note(request_rec *r, apr_int64_t id, const char *digest)
{
    apr_pool_t *pool;
    int written = 0;
    note_t note;

    note.server = r->server;
    note.id = id;
    note.at = apr_time_sec(r->request_time);
    apr_cpystrn(note.from, r->useragent_ip, sizeof(note.from));
    if (!queue || jt_secret_unhex(digest, note.hash) != APR_SUCCESS
        || !add(&note)) {
        return;
    }
    apr_pool_create(&pool, r->pool);
    while (take(&note, written++)) {
        write_note(&note, pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}
