/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_GATE_H
#define JT_GATE_H

#include <apr_errno.h>

#include "state/jt_ticks.h"

/* A gate has N permits: so many may be inside at once. It lies in memory of a
 * child, or in memory that children share. Nothing here blocks, allocates or
 * has a lock, which would die with a child that is killed: a permit is held by
 * a process's id. All functions may be called by any thread of any process. */

/** No permit: no gate has so many. */
#define JT_GATE_NONE 0xffffffff

/** Who holds a permit. */
typedef struct jt_permit_t {
    volatile apr_uint32_t holder; /* a process's id; 0: nobody */
    volatile jt_ticks_t since;    /* 0: about to enter or to leave */
} jt_permit_t;

typedef struct jt_gate_t {
    apr_uint32_t count;
    volatile jt_ticks_t moved; /* when somebody last entered or left */
    jt_permit_t permits[];
} jt_gate_t;

/** The bytes that a gate of so many permits takes. */
apr_size_t jt_gate_size(apr_uint32_t count);

/** Make a gate, with all permits free. @param memory of jt_gate_size() bytes,
 * aligned for an apr_uint32_t. Not while anybody uses it. */
jt_gate_t *jt_gate_make(void *memory, apr_uint32_t count);

/** On which terms somebody enters. */
typedef struct jt_gate_terms_t {
    apr_uint32_t self;        /* this process's id */
    apr_uint32_t most;        /* the first so many permits are for them; the
                                 gate's count where that is less */
    apr_int32_t stuck_after;  /* milliseconds after which a holder is stuck,
                                 and others do without; 0: nobody ever is */
    apr_int32_t stuck_until;  /* milliseconds after which a stuck holder keeps
                                 but its own permit: it may be its call alone
                                 that hangs */
    int is_urgent;            /* enter although somebody is stuck */
} jt_gate_terms_t;

/**
 * Take any free permit. Where holders can be stuck, permits of processes that
 * have ended are taken back first (kill(2), once for each that is late).
 * @param permit set to the permit's number, for jt_gate_leave()
 * @return APR_SUCCESS; APR_EBUSY: all are held, for a moment; APR_TIMEUP:
 *         somebody is stuck, do without
 */
apr_status_t jt_gate_enter(jt_gate_t *gate, const jt_gate_terms_t *terms,
                           jt_ticks_t now, apr_uint32_t *permit);

/**
 * Take one certain permit; from a process that has ended, too.
 * @param permit its number, below the gate's count
 * @return APR_SUCCESS, or APR_EBUSY
 */
apr_status_t jt_gate_enter_at(jt_gate_t *gate, apr_uint32_t permit,
                              apr_uint32_t self, jt_ticks_t now);

/** Give a permit back. @param permit of jt_gate_enter(), held by the caller */
void jt_gate_leave(jt_gate_t *gate, apr_uint32_t permit, jt_ticks_t now);

/** Take back the permits of processes that have ended: a system call (kill(2))
 * for each that is held. */
void jt_gate_reclaim(jt_gate_t *gate);

/**
 * Whether waiting for a permit is worthwhile: not beyond `wait` milliseconds,
 * nor while nobody has entered or left for `still` milliseconds.
 * @param begun when the caller began to wait
 */
int jt_gate_is_worth_waiting(jt_gate_t *gate, jt_ticks_t begun,
                             jt_ticks_t now, apr_int32_t wait,
                             apr_int32_t still);

#endif
