/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_GATE_H
#define JT_GATE_H

#include <apr_errno.h>

#include "state/jt_ticks.h"

/* A gate has N permits: so many callers may be inside at once. Lies in memory
 * of a child, or in memory that children share. Nothing blocks or allocates.
 * There is no lock, which a killed child would hold for ever: a permit is held
 * by a process id, and can be taken back. All functions are safe for any thread
 * of any process. */

/** Not a permit; no gate has so many. */
#define JT_GATE_NONE 0xffffffff

/** A permit and its holder. */
typedef struct jt_permit_t {
    volatile apr_uint32_t holder; /* a process id; 0: free */
    volatile jt_ticks_t since;    /* 0: being taken or given back */
    volatile apr_uint32_t kind;   /* see jt_gate_terms_t; 0: not yet said */
} jt_permit_t;

typedef struct jt_gate_t {
    apr_uint32_t count;
    jt_permit_t permits[];
} jt_gate_t;

/** The size of a gate in bytes. */
apr_size_t jt_gate_size(apr_uint32_t count);

/**
 * Make a gate with all permits free. Not while it is in use.
 * @param memory of jt_gate_size() bytes, aligned for an apr_uint32_t
 */
jt_gate_t *jt_gate_make(void *memory, apr_uint32_t count);

/** The terms on which a caller enters. */
typedef struct jt_gate_terms_t {
    apr_uint32_t self;        /* this process's id */
    apr_uint32_t most;        /* only the first so many permits may be used; at
                                 most the gate's count */
    apr_int32_t stuck_after;  /* milliseconds after which a holder is stuck, and
                                 others are refused; 0: never */
    apr_int32_t stuck_until;  /* milliseconds after which a stuck holder no
                                 longer refuses others, and only keeps its
                                 permit: its own connection may be the cause */
    int is_urgent;            /* enter although a holder is stuck */
    apr_uint32_t kind;        /* what the permit is for, for
                                 jt_gate_is_held_for(); 0: that is not asked */
} jt_gate_terms_t;

/**
 * Take any free permit. If holders can be stuck, permits of dead processes are
 * reclaimed first (one kill(2) for each that is late).
 * @param permit set to its number, for jt_gate_leave()
 * @return APR_SUCCESS; APR_EBUSY: all are held; APR_TIMEUP: a holder is stuck,
 *         do without
 */
apr_status_t jt_gate_enter(jt_gate_t *gate, const jt_gate_terms_t *terms,
                           jt_ticks_t now, apr_uint32_t *permit);

/**
 * Look at a gate without entering it, as jt_gate_enter() does first.
 * @param status_if_full set to what jt_gate_enter() returns if no permit is
 *        free
 * @return APR_SUCCESS: a permit may be taken; APR_TIMEUP: a holder is stuck, do
 *         without
 */
apr_status_t jt_gate_inspect(jt_gate_t *gate, const jt_gate_terms_t *terms,
                             jt_ticks_t now, apr_status_t *status_if_full);

/**
 * Take one particular permit, also from a dead process.
 * @param permit its number, below the gate's count
 * @param kind what the permit is for; 0: that is not asked
 * @return APR_SUCCESS; APR_EEXIST: it is held for this kind; APR_EBUSY: it is
 *         held for another, or its holder has not yet said what for
 */
apr_status_t jt_gate_enter_at(jt_gate_t *gate, apr_uint32_t permit,
                              apr_uint32_t kind, apr_uint32_t self,
                              jt_ticks_t now);

/** Give back a permit. @param permit held by the caller */
void jt_gate_leave(jt_gate_t *gate, apr_uint32_t permit);

/**
 * Reclaim the permits of dead processes: one system call, kill(2), for each
 * permit that is held.
 * @return how many it freed; others may take them first
 */
apr_uint32_t jt_gate_reclaim(jt_gate_t *gate);

/**
 * Whether all permits have been held for `span` milliseconds: what is behind
 * the gate seems to hang. A permit that is being taken or given back is none of
 * those.
 */
int jt_gate_is_still(jt_gate_t *gate, jt_ticks_t now, apr_int32_t span);

/** Whether somebody holds a permit of this kind. @param kind not 0 */
int jt_gate_is_held_for(jt_gate_t *gate, apr_uint32_t kind);

#endif
