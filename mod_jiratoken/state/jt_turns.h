/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TURNS_H
#define JT_TURNS_H

#include "state/jt_ticks.h"

/** In which order callers try, who all look again and again whether they may
 * enter somewhere: any, until one has waited for half a second; from then on
 * the one who has waited longest, until it has entered, or has not looked for a
 * moment. Before that an order would only delay them: each would wait for
 * another one to look.
 *
 * Lies in memory of a child, or in memory that children share; zeroed memory
 * has nobody who waits. Lock-free; nothing blocks, and all functions are
 * thread-safe. */
typedef struct jt_turns_t {
    volatile jt_ticks_t first; /* since when the first in turn waits; 0: there
                                  is none */
    volatile jt_ticks_t seen;  /* when it last looked */
} jt_turns_t;

/** Whether a caller may try now. @param since when it began to wait */
int jt_turns_allows(jt_turns_t *turns, jt_ticks_t since, jt_ticks_t now);

/** A caller no longer waits, for it has entered, or given up.
 * @param since of jt_turns_allows() */
void jt_turns_leave(jt_turns_t *turns, jt_ticks_t since);

#endif
