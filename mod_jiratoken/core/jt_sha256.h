/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SHA256_H
#define JT_SHA256_H

#include <apr_general.h>
#include <apr_pools.h>

#define JT_SHA256_BLOCK 64
#define JT_SHA256_SIZE 32

/** A hash that has absorbed its first block, and is not changed any more. */
typedef struct jt_sha256_t jt_sha256_t;

/**
 * Absorb the block that many messages have in common.
 * @param begun what OpenSSL keeps of the block is wiped when pool is cleared.
 *        No thread may be hashing with it then.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails: its queue of errors
 *         is the caller's then
 */
apr_status_t jt_sha256_begin(const unsigned char block[JT_SHA256_BLOCK],
                             jt_sha256_t **begun, apr_pool_t *pool);

/**
 * SHA-256 (FIPS 180-4) of the block and what follows it. Thread-safe for a
 * shared begun; does not block.
 * @param hash may be the message; undefined when OpenSSL fails
 * @return as jt_sha256_begin()
 */
apr_status_t jt_sha256_finish(const jt_sha256_t *begun, const void *message,
                              apr_size_t length,
                              unsigned char hash[JT_SHA256_SIZE]);

#endif
