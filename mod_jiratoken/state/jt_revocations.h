/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOCATIONS_H
#define JT_REVOCATIONS_H

#include <apr_general.h>

/* Which answers of the table a revocation has made untrue: a generation for
 * each of some thousand ranges of ids. An id is a token's hash: the same for
 * each key file, table and virtual host that the token is known to. Lies in
 * shared memory. Nothing here blocks or has a lock. */

/** Ranges of ids. */
#define JT_REVOCATIONS_RANGES 4096

/** A range of ids. */
typedef struct jt_revocations_range_t {
    volatile apr_uint32_t generation; /* counts revocations */
    volatile apr_uint32_t last_at;    /* the last, in seconds since base; 0:
                                         there was none */
} jt_revocations_range_t;

typedef struct jt_revocations_t {
    apr_uint64_t epoch; /* of this httpd: no other start has it */
    apr_int64_t base;   /* epoch seconds, before the first revocation */
    jt_revocations_range_t ranges[JT_REVOCATIONS_RANGES];
} jt_revocations_t;

/** Begin, in memory of any content. Not while anybody uses it.
 * @param epoch a random number @param now epoch seconds */
void jt_revocations_init(jt_revocations_t *revocations, apr_uint64_t epoch,
                         apr_int64_t now);

/** What a revocation of this id changes: read it before the table is asked,
 * keep it with the answer. @param id at least 2 bytes, the first of which
 * choose the range */
apr_uint32_t jt_revocations_generation(jt_revocations_t *revocations,
                                       const unsigned char *id);

/** A token is revoked: what was asked about it before is no longer true.
 * @param now epoch seconds */
void jt_revocations_add(jt_revocations_t *revocations,
                        const unsigned char *id, apr_int64_t now);

/** When an answer was asked for. */
typedef struct jt_revocations_stamp_t {
    apr_uint64_t epoch;      /* of the httpd that asked, and its */
    apr_uint32_t generation; /* then, read before */
    apr_int64_t asked_at;    /* epoch seconds */
} jt_revocations_stamp_t;

/** Whether nothing that this httpd revoked makes an answer untrue. */
int jt_revocations_is_current(jt_revocations_t *revocations,
                              const unsigned char *id,
                              const jt_revocations_stamp_t *stamp);

#endif
