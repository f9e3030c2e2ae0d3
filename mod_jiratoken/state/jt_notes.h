/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_NOTES_H
#define JT_NOTES_H

#include <apr_pools.h>

#include "core/jt_secret.h"

/* Last uses of tokens that wait to be written down: a bounded queue of one
 * child. One thread at a time writes; the others leave their notes and go on.
 * A note of a token that waits already is dropped, and so is what the queue
 * has no room for: the next use after the interval is noted. */

/** How many notes wait at most. */
#define JT_NOTES_SIZE 256

typedef struct jt_note_t {
    void *server;   /* compared only: tokens of two servers may share an id */
    apr_int64_t id; /* the token's */
    apr_int64_t at; /* epoch seconds */
    unsigned char hash[JT_SECRET_HASH_SIZE];
    char from[64];  /* the client's address: as the table has room for */
} jt_note_t;

typedef struct jt_notes_t jt_notes_t;

/** Make a queue. @param pool the child's; its end destroys the lock
 * @return APR_SUCCESS, or why there is no lock */
apr_status_t jt_notes_make(jt_notes_t **notes, apr_pool_t *pool);

/**
 * Leave a note, which is copied. Blocks for a moment at most.
 * @return non-zero: nobody writes, and the caller is to, by jt_notes_take()
 *         until that says no
 */
int jt_notes_add(jt_notes_t *notes, const jt_note_t *note);

/**
 * The writer's next note.
 * @param written how many it has written in a row: after 64 it leaves the rest
 *        to the next writer
 * @return zero when the caller is no writer any more
 */
int jt_notes_take(jt_notes_t *notes, int written, jt_note_t *note);

/** Drop what waits: the database takes no notes. The writer goes on. */
void jt_notes_drop(jt_notes_t *notes);

#endif
