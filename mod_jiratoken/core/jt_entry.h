/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ENTRY_H
#define JT_ENTRY_H

#include "core/jt_secret.h"
#include "core/jt_token.h"

/** The largest entry in bytes, with its seal. A larger grant, which only
 * another program can have inserted, is not cached. */
#define JT_ENTRY_SIZE 2048

/** A cache entry: a grant and when the table was queried; or, under an id of
 * its own in a cache outside, the lease that a grant was stored under, or the
 * tombstone that has ended a token's leases. */
typedef struct jt_entry_t {
    int is_tombstone;        /* non-zero: only asked_at is defined below */
    int is_lease;            /* non-zero: only asked_at, lease and ends_at */
    apr_int64_t asked_at;    /* epoch seconds, before the query */
    apr_uint64_t epoch;      /* of the httpd that queried, and its */
    apr_uint32_t generation; /* generation then: state/jt_revocations.h */
    apr_uint64_t lease;      /* its number; 0: a grant without one */
    apr_int64_t ends_at;     /* epoch seconds: the cache keeps it until then */
    jt_grant_t grant;
} jt_entry_t;

/** How an entry may be used. Zero: not at all. */
typedef enum jt_entry_freshness_t {
    JT_ENTRY_MISS,  /* query the table */
    JT_ENTRY_STALE, /* only while the database cannot answer */
    JT_ENTRY_FRESH
} jt_entry_freshness_t;

/**
 * Check an entry's age. Owner, expiry, restrictions and generation must still
 * be checked.
 * @param now epoch seconds; an entry may be up to 2 s younger, as the request
 *        may have begun before the one whose answer it finds
 * @param timeout seconds for which an entry is fresh; 0: never
 * @param grace further seconds, for which it is stale
 */
jt_entry_freshness_t jt_entry_check_freshness(const jt_entry_t *entry,
                                              apr_int64_t now,
                                              int timeout, int grace);

/** Whether a grant was stored under this lease. Never under a tombstone. */
int jt_entry_is_under(const jt_entry_t *grant, const jt_entry_t *lease);

/** Whether what is a lease lasts at least until then. @param until epoch
 * seconds */
int jt_entry_is_lasting(const jt_entry_t *lease, apr_int64_t until);

/**
 * Serialise an entry, independently of the machine.
 * @param id the cache's id, which the seal covers: an entry cannot be moved to
 *        another id
 * @param ring seals the entry; NULL: no seal, for memory that nobody else can
 *        write, and for leases and tombstones
 * @return the number of bytes; 0 when there are more than JT_ENTRY_SIZE or
 *         OpenSSL fails
 */
apr_size_t jt_entry_write(const jt_entry_t *entry,
                          const unsigned char id[JT_SECRET_HASH_SIZE],
                          const jt_secret_ring_t *ring,
                          unsigned char bytes[JT_ENTRY_SIZE]);

/**
 * Parse the bytes of an entry, which may be any.
 * @param ring as for jt_entry_write()
 * @return APR_SUCCESS, with the grant's strings copied into pool; APR_EINVAL
 *         for anything else: no part of entry may then be used
 */
apr_status_t jt_entry_parse(const unsigned char *bytes, apr_size_t length,
                            const unsigned char id[JT_SECRET_HASH_SIZE],
                            const jt_secret_ring_t *ring, jt_entry_t *entry,
                            apr_pool_t *pool);

#endif
