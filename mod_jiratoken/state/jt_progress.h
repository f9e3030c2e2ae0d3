/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PROGRESS_H
#define JT_PROGRESS_H

#include "state/jt_ticks.h"

/** How a database gets on: one for each, in memory of a child, or in memory
 * that children share; zeroed memory has seen nothing. Lock-free; nothing
 * blocks, and all functions are thread-safe. */
typedef struct jt_progress_t {
    volatile jt_ticks_t moved;   /* when a call last succeeded, or a connection
                                    was opened; 0: never */
    volatile jt_ticks_t opening; /* since when a child opens its first
                                    connection; 0: none does */
    volatile apr_uint32_t held_up; /* calls that have succeeded, and cannot
                                      return their connection yet, */
    volatile jt_ticks_t held_since; /* start of the opening that holds up the
                                       latest of them */
} jt_progress_t;

/** A call has succeeded, or a connection was opened. Never for what failed:
 * that must prolong nobody's wait. Writes at most once in two milliseconds. */
void jt_progress_note(jt_progress_t *progress, jt_ticks_t now);

/** A call has succeeded, and is about to return its connection while another
 * one is being opened: until that ends it is held up. jt_progress_let_go() must
 * follow. Never where children share the memory: one that is killed would hold
 * up all.
 * @param opening when that began; after a second it no longer counts, as then
 *        nothing moves */
void jt_progress_hold_up(jt_progress_t *progress, jt_ticks_t opening);

/** It has returned its connection. */
void jt_progress_let_go(jt_progress_t *progress, jt_ticks_t now);

/** A child begins to open its first connection. jt_progress_land() must
 * follow. */
void jt_progress_open(jt_progress_t *progress, jt_ticks_t now);

/** The end of that, however it went. @param begun of jt_progress_open() */
void jt_progress_land(jt_progress_t *progress, jt_ticks_t begun);

/** Whether a call succeeded in the last tenth of a second, or has been held up,
 * or a child has been opening its first connection, for less than a second. */
int jt_progress_is_moving(jt_progress_t *progress, jt_ticks_t now);

/** Whether a call succeeded in the last second. */
int jt_progress_is_alive(jt_progress_t *progress, jt_ticks_t now);

#endif
