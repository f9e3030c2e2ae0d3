/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TELLING_H
#define JT_TELLING_H

#include "core/jt_outbox.h"
#include "service/jt_outlet.h"
#include "state/jt_program.h"
#include "state/jt_ticks.h"

/* For service/jt_messages.c alone. One thread's; nothing waits for a program,
 * and all but the last function block as the database does. */

/** Programs at one time, and messages that are listed at once. */
#define JT_TELLING_SLOTS 10

/** A program that is running, and what it tells. */
typedef struct jt_telling_t {
    jt_program_t program;
    apr_pool_t *pool;   /* NULL: the slot is free */
    jt_outbox_row_t row;
    char holder[JT_OUTBOX_HOLDER_SIZE];
    int is_over;        /* it has ended, which is not yet noted */
    int was_told;
} jt_telling_t;

/** Zeroed but for the first two members. */
typedef struct jt_tellings_t {
    jt_outlet_t *outlet;
    apr_pool_t *pool;
    jt_telling_t of[JT_TELLING_SLOTS];
    apr_int64_t listed; /* messages, when, in epoch seconds */
    int is_crowded;     /* there may be more of them */
} jt_tellings_t;

/** For how long ends are noted: until one cannot be, as the others could not
 * either, or time is over. They are noted later. */
typedef struct jt_telling_notes_t {
    jt_ticks_t begun;
    apr_int32_t span; /* milliseconds */
    int is_over;
} jt_telling_notes_t;

/**
 * Look which programs have ended, and note that.
 * @param pool scratch
 * @return how many are still running
 */
int jt_telling_poll(jt_tellings_t *all, jt_telling_notes_t *notes,
                    apr_pool_t *pool);

/** Begin programs for what is due, as many as there are slots. @param pool
 * scratch */
void jt_telling_begin(jt_tellings_t *all, apr_pool_t *pool);

/** Give programs a second to end, kill the others, and put back what these were
 * to tell. What cannot be noted is told again when the lease is over.
 * @param begun when that second began: it is the same for all outboxes */
void jt_telling_stop(jt_tellings_t *all, jt_ticks_t begun, apr_pool_t *pool);

/** Kill all programs. Does not block. */
void jt_telling_kill(jt_tellings_t *all);

#endif
