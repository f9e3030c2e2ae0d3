/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SIGHTINGS_H
#define JT_SIGHTINGS_H

#include <apr_pools.h>

#include "core/jt_user.h"

/* The owners whom one child has seen today, and the bounded queue of those that
 * are still to be written to the table. One thread at a time is the writer; the
 * others add theirs and go on. What is forgotten, or finds no room, is noted
 * again with the next request. All functions are thread-safe;
 * jt_sightings_has() takes no lock, the others hold one for a moment. */

/** The most sightings in the queue. */
#define JT_SIGHTINGS_SIZE 128

typedef struct jt_sighting_t {
    void *server;    /* only compared: two may have different tables */
    apr_int64_t day; /* since 1970-01-01 */
    char user[JT_USER_MAX + 1];
} jt_sighting_t;

typedef struct jt_sightings_t jt_sightings_t;

/**
 * Make an empty one.
 * @param pool the child's; destroys the lock
 * @return APR_SUCCESS, or why there is no lock
 */
apr_status_t jt_sightings_make(jt_sightings_t **sightings, apr_pool_t *pool);

/** Whether it was added before, and is written or about to be. No also where
 * there were too many others since. A yes is wrong less than once in 2^28
 * times. */
int jt_sightings_has(jt_sightings_t *sightings, const jt_sighting_t *sighting);

/**
 * Add a sighting, which is copied, unless it is there or the queue is full.
 * @return non-zero: the caller is the writer now, and must call
 *         jt_sightings_take() until that returns zero
 */
int jt_sightings_add(jt_sightings_t *sightings, const jt_sighting_t *sighting);

/** Take the writer's next sighting. @return zero when the caller is no longer
 * the writer */
int jt_sightings_take(jt_sightings_t *sightings, jt_sighting_t *sighting);

/** The database cannot record them: forget all, written or not. The writer
 * stays the writer. */
void jt_sightings_forget(jt_sightings_t *sightings);

#endif
