/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LOANS_H
#define JT_LOANS_H

#include <apr_general.h>

#include "state/jt_ticks.h"

/** What a child knows of the connections in one pool: how many there are, how
 * many are on loan, and whether another may be opened. The pool that lends
 * them holds its lock while it opens one, also in vain, and nobody gets or
 * returns a connection meanwhile. So one caller at a time is told to open one,
 * and between two such openings there is a pause in which the connections can
 * be used. The pool also opens some unasked: for who takes one when all that
 * are idle have been so for DBDExptime, and for who returns one while fewer
 * than DBDMin are idle.
 *
 * Zeroed memory is a child without connections. Lock-free; nothing blocks or
 * allocates, and all functions are thread-safe. */
typedef struct jt_loans_t {
    volatile apr_uint32_t state;    /* three numbers: see state/jt_loans.c */
    volatile apr_uint32_t most;     /* connections that may be open; 0: not yet
                                       known */
    volatile apr_uint32_t is_free;  /* there is no pool: each caller opens a
                                       connection of its own at any time */
    volatile apr_uint32_t dropped;  /* connections that were closed so far */
    volatile jt_ticks_t opening;    /* when the last opening began, */
    volatile jt_ticks_t opened;     /* and when it ended; 0: never */
    volatile jt_ticks_t failed;     /* when one failed; 0: the last did not */
    volatile jt_ticks_t not_before; /* when the next may begin; 0: now */
} jt_loans_t;

/** What a caller may do. */
typedef enum jt_loans_right_t {
    JT_LOANS_NONE, /* nothing, at this moment */
    JT_LOANS_TAKE, /* take a connection that is idle */
    JT_LOANS_OPEN  /* open another one */
} jt_loans_right_t;

/** Ask for a connection. Unless the answer is JT_LOANS_NONE, jt_loans_succeed()
 * or jt_loans_fail() must follow. */
jt_loans_right_t jt_loans_begin(jt_loans_t *loans, jt_ticks_t now);

/** The caller has got a connection. jt_loans_end() must follow when it has been
 * returned. */
void jt_loans_succeed(jt_loans_t *loans, jt_loans_right_t right,
                      jt_ticks_t now);

/** The caller has got no connection. */
void jt_loans_fail(jt_loans_t *loans, jt_loans_right_t right, jt_ticks_t now);

/** A connection was returned. */
void jt_loans_end(jt_loans_t *loans);

/** The pool has opened a connection, for whomever. @param most how many it may
 * have open; 0: there is no pool */
void jt_loans_add(jt_loans_t *loans, apr_uint32_t most);

/** The pool has closed a connection, for whatever reason. */
void jt_loans_drop(jt_loans_t *loans);

/** How many connections there are, idle and on loan. */
apr_uint32_t jt_loans_count(jt_loans_t *loans);

/** Whether a connection is being opened. */
int jt_loans_is_locked(jt_loans_t *loans);

/** When the last opening began. */
jt_ticks_t jt_loans_opening(jt_loans_t *loans);

/** Whether a connection has been being opened for less than a second, or that
 * ended in the last tenth of one: those who return theirs were held up. */
int jt_loans_is_opening(jt_loans_t *loans, jt_ticks_t now);

/** Whether an opening has failed since a caller began to wait, and there is no
 * connection that could be returned. */
int jt_loans_is_hopeless(jt_loans_t *loans, jt_ticks_t begun);

#endif
