/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of last uses. Knows neither the database nor when a use is noted:
 * that is service/jt_last_use.c's.
 */
#include "state/jt_notes.h"

#include <apr_thread_mutex.h>

/* A thread writes so many, and leaves the rest to the next one. */
#define MOST 64

struct jt_notes_t {
    apr_thread_mutex_t *mutex;
    int is_written; /* by a thread, right now */
    int first;
    int count;
    jt_note_t notes[JT_NOTES_SIZE];
};

apr_status_t jt_notes_make(jt_notes_t **notes, apr_pool_t *pool)
{
    *notes = apr_pcalloc(pool, sizeof(**notes));
    return apr_thread_mutex_create(&(*notes)->mutex, APR_THREAD_MUTEX_DEFAULT,
                                   pool);
}

static jt_note_t *note_at(jt_notes_t *notes, int place)
{
    return &notes->notes[(notes->first + place) % JT_NOTES_SIZE];
}

static void put(jt_notes_t *notes, const jt_note_t *note)
{
    int i;

    for (i = 0; i < notes->count; i++) {
        if (note_at(notes, i)->id == note->id
            && note_at(notes, i)->server == note->server) {
            return;
        }
    }
    if (notes->count < JT_NOTES_SIZE) {
        *note_at(notes, notes->count++) = *note;
    }
}

int jt_notes_add(jt_notes_t *notes, const jt_note_t *note)
{
    int is_writer;

    apr_thread_mutex_lock(notes->mutex);
    put(notes, note);
    is_writer = !notes->is_written;
    notes->is_written = 1;
    apr_thread_mutex_unlock(notes->mutex);
    return is_writer;
}

int jt_notes_take(jt_notes_t *notes, int written, jt_note_t *note)
{
    int is_writer;

    apr_thread_mutex_lock(notes->mutex);
    is_writer = notes->count && written < MOST;
    if (is_writer) {
        *note = *note_at(notes, 0);
        notes->first = (notes->first + 1) % JT_NOTES_SIZE;
        notes->count--;
    }
    else {
        notes->is_written = 0;
    }
    apr_thread_mutex_unlock(notes->mutex);
    return is_writer;
}

void jt_notes_drop(jt_notes_t *notes)
{
    apr_thread_mutex_lock(notes->mutex);
    notes->count = 0;
    apr_thread_mutex_unlock(notes->mutex);
}
