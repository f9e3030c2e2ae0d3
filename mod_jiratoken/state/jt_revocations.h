/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOCATIONS_H
#define JT_REVOCATIONS_H

#include <apr_general.h>

/* Which cached answers are still current after revocations: one generation for
 * each of 4096 ranges of ids. An id is a token's hash: the same for each table
 * and virtual host that knows the token by one key. Lies in shared memory.
 * Lock-free; nothing blocks. */

/** The number of ranges. */
#define JT_REVOCATIONS_RANGES 4096

/** A range of ids. */
typedef struct jt_revocations_range_t {
    volatile apr_uint32_t generation; /* incremented by each revocation */
    volatile apr_uint32_t last_at;    /* of the last one, in seconds since base;
                                         0: none yet */
} jt_revocations_range_t;

typedef struct jt_revocations_t {
    apr_uint64_t epoch; /* random, for each start of httpd */
    apr_int64_t base;   /* epoch seconds, before the first revocation */
    apr_uint32_t is_distrusted; /* no answer is current */
    jt_revocations_range_t ranges[JT_REVOCATIONS_RANGES];
} jt_revocations_t;

/**
 * Initialise memory of any content. Not while it is in use.
 * @param epoch a random number
 * @param now epoch seconds
 */
void jt_revocations_init(jt_revocations_t *revocations, apr_uint64_t epoch,
                         apr_int64_t now);

/**
 * The generation of an id, which a revocation changes: read it before the
 * query, and store it with the answer.
 * @param id at least 2 bytes, the first of which choose the range
 */
apr_uint32_t jt_revocations_generation(jt_revocations_t *revocations,
                                       const unsigned char *id);

/**
 * Record a revocation: answers from before are no longer current.
 * @param now epoch seconds
 */
void jt_revocations_add(jt_revocations_t *revocations,
                        const unsigned char *id, apr_int64_t now);

/** When an answer was queried. */
typedef struct jt_revocations_stamp_t {
    apr_uint64_t epoch;      /* of the httpd that queried, and its */
    apr_uint32_t generation; /* generation before that */
    apr_int64_t asked_at;    /* epoch seconds */
} jt_revocations_stamp_t;

/** From now on no answer of this httpd is current: others revoke without being
 * seen here. Nobody uses the memory yet. */
void jt_revocations_distrust(jt_revocations_t *revocations);

/** Whether no revocation by this httpd is newer than an answer. */
int jt_revocations_is_current(jt_revocations_t *revocations,
                              const unsigned char *id,
                              const jt_revocations_stamp_t *stamp);

#endif
