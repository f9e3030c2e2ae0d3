/* SPDX-License-Identifier: Apache-2.0
 *
 * Many at once: threads and forked processes that work on the same memory, and
 * a process that is killed in the middle of its work.
 */
#ifndef CROWD_H
#define CROWD_H

#include <apr_general.h>
#include <apr_pools.h>
#include <sys/types.h>

/** Seconds that a test of a crowd may take before Check ends it: no bound that
 * a busy machine reaches. */
#define CROWD_TIMEOUT 300

/** How many there are, for all loops over CROWD_KINDS. */
typedef struct crowd_kind_t {
    const char *name;
    int processes; /* forked ones, beside this */
    int threads;   /* in each process */
} crowd_kind_t;

/** Threads; processes; both. */
#define CROWD_KINDS 3
extern const crowd_kind_t crowd_kinds[CROWD_KINDS];

/** How many the crowd has in all. */
int crowd_size(const crowd_kind_t *kind);

/** Zeroed memory that forked processes share, at the same address. */
void *crowd_memory(apr_size_t size, apr_pool_t *from);

/**
 * What one of the crowd does. It asserts nothing, for it is no thread of
 * Check's: it counts what is wrong.
 * @param number 0 to crowd_size() - 1
 */
typedef void crowd_work_t(void *memory, int number);

/** Have a crowd work; back when all are done. A process of it that does not
 * end well fails the test. */
void crowd_meet(const crowd_kind_t *kind, crowd_work_t *work, void *memory);

/** Of the crowd at work: wait until all have come here. */
void crowd_wait(void);

/** A forked process. */
typedef struct crowd_victim_t {
    pid_t pid;
    int leash; /* closed: it ends by itself */
} crowd_victim_t;

/** Fork a process that works, and then does nothing more. Back when its work
 * is done. */
void crowd_fork(crowd_victim_t *victim, crowd_work_t *work, void *memory);

/** Kill it (SIGKILL). Back when it is dead, and a zombie. */
void crowd_kill(crowd_victim_t *victim);

/** Wait for a killed one, so that there is no such process any more. */
void crowd_bury(crowd_victim_t *victim);

#endif
