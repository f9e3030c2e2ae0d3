/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of last uses. It must not know the database, or when a use is due:
 * that is in service/jt_last_use.c.
 */
#include "state/jt_notes.h"

#include <apr_thread_mutex.h>

/* How many notes a writer takes before it leaves the rest to the next one. */
#define BATCH 64

struct jt_notes_t {
    apr_thread_mutex_t *mutex;
    int has_writer; /* a thread is writing */
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

static jt_note_t *get_note(jt_notes_t *notes, int position)
{
    return &notes->notes[(notes->first + position) % JT_NOTES_SIZE];
}

static void add_note(jt_notes_t *notes, const jt_note_t *note)
{
    int i;

    for (i = 0; i < notes->count; i++) {
        if (get_note(notes, i)->id == note->id
            && get_note(notes, i)->server == note->server) {
            return;
        }
    }
    if (notes->count < JT_NOTES_SIZE) {
        *get_note(notes, notes->count++) = *note;
    }
}

int jt_notes_add(jt_notes_t *notes, const jt_note_t *note)
{
    int is_writer;

    apr_thread_mutex_lock(notes->mutex);
    add_note(notes, note);
    is_writer = !notes->has_writer;
    notes->has_writer = 1;
    apr_thread_mutex_unlock(notes->mutex);
    return is_writer;
}

int jt_notes_take(jt_notes_t *notes, int written, jt_note_t *note)
{
    int is_writer;

    apr_thread_mutex_lock(notes->mutex);
    is_writer = notes->count && written < BATCH;
    if (is_writer) {
        *note = *get_note(notes, 0);
        notes->first = (notes->first + 1) % JT_NOTES_SIZE;
        notes->count--;
    }
    else {
        notes->has_writer = 0;
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
