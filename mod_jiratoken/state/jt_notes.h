/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_NOTES_H
#define JT_NOTES_H

#include <apr_pools.h>

#include "core/jt_secret.h"

/* The bounded queue of one child's last uses that are still to be written to
 * the table. One thread at a time is the writer; the others add their notes and
 * go on. A note of a token that is queued already is dropped, as is one that
 * finds the queue full: the next use after the interval is recorded. All
 * functions are thread-safe and hold a lock for a moment. */

/** The most notes in the queue. */
#define JT_NOTES_SIZE 256

typedef struct jt_note_t {
    void *server;   /* only compared; tokens of two servers may share an id */
    apr_int64_t id; /* the token's */
    apr_int64_t at; /* epoch seconds */
    unsigned char hash[JT_SECRET_HASH_SIZE];
    char from[64];  /* the client's address, as long as the table's column */
} jt_note_t;

typedef struct jt_notes_t jt_notes_t;

/**
 * Make a queue.
 * @param pool the child's; destroys the lock
 * @return APR_SUCCESS, or why there is no lock
 */
apr_status_t jt_notes_make(jt_notes_t **notes, apr_pool_t *pool);

/**
 * Add a note, which is copied.
 * @return non-zero: the caller is the writer now, and must call jt_notes_take()
 *         until that returns zero
 */
int jt_notes_add(jt_notes_t *notes, const jt_note_t *note);

/**
 * Take the writer's next note.
 * @param written how many it has written: after 64 it is done, and the next
 *        caller of jt_notes_add() is the writer
 * @return zero when the caller is no longer the writer
 */
int jt_notes_take(jt_notes_t *notes, int written, jt_note_t *note);

/** Drop all notes: the database cannot record them. The writer stays the
 * writer. */
void jt_notes_drop(jt_notes_t *notes);

#endif
