/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ENTRY_H
#define JT_ENTRY_H

#include "core/jt_secret.h"
#include "core/jt_token.h"

/** The most bytes that an entry takes, its seal included. A grant of more,
 * which only another program can have made, is not remembered. */
#define JT_ENTRY_SIZE 2048

/** What is remembered of a token, and when the table was asked. A tombstone
 * says of a revoked one that it was. */
typedef struct jt_entry_t {
    int is_tombstone;        /* non-zero: nothing below but asked_at says
                                anything */
    apr_int64_t asked_at;    /* epoch seconds, before the table was asked */
    apr_uint64_t epoch;      /* of the httpd that asked, and its */
    apr_uint32_t generation; /* then, see state/jt_revocations.h */
    jt_grant_t grant;
} jt_entry_t;

/** How far an entry is believed. Zero: not at all. */
typedef enum jt_entry_belief_t {
    JT_ENTRY_MISS,  /* ask the table */
    JT_ENTRY_STALE, /* only while the database cannot answer */
    JT_ENTRY_FRESH
} jt_entry_belief_t;

/**
 * What an entry's age says. Its owner, expiry, limits and generation are still
 * to be checked.
 * @param now epoch seconds; an entry may be up to 2 s younger than `now`: the
 *        request may have begun before the one whose answer it finds
 * @param timeout seconds for which it is fresh; 0: never
 * @param grace seconds more, for which it is stale
 */
jt_entry_belief_t jt_entry_believe(const jt_entry_t *entry, apr_int64_t now,
                                   int timeout, int grace);

/**
 * Write an entry as bytes that do not depend on the machine.
 * @param id what it is kept under: sealed with it, so that nobody can keep it
 *        under another
 * @param ring seals it; NULL: without a seal, for memory that nobody else can
 *        write
 * @return how many bytes, or 0 when it takes more than JT_ENTRY_SIZE or cannot
 *         be sealed
 */
apr_size_t jt_entry_write(const jt_entry_t *entry,
                          const unsigned char id[JT_SECRET_HASH_SIZE],
                          const jt_secret_ring_t *ring,
                          unsigned char bytes[JT_ENTRY_SIZE]);

/**
 * Read what jt_entry_write() wrote, wherever it has been meanwhile.
 * @param ring as then; NULL: nobody else can have written it
 * @return APR_SUCCESS, the grant's strings are copies in pool; APR_EINVAL for
 *         anything else, which is not to be believed in any part
 */
apr_status_t jt_entry_parse(const unsigned char *bytes, apr_size_t length,
                            const unsigned char id[JT_SECRET_HASH_SIZE],
                            const jt_secret_ring_t *ring, jt_entry_t *entry,
                            apr_pool_t *pool);

#endif
