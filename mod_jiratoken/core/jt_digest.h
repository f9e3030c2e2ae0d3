/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_DIGEST_H
#define JT_DIGEST_H

#include "core/jt_sha256.h"

/** A key of HMAC-SHA-256 (RFC 2104). */
typedef struct jt_digest_key_t jt_digest_key_t;

/**
 * Make a key from its bytes.
 * @param length any; more than 64 are hashed, as the RFC says
 * @param key wiped when pool is cleared. No thread may be making a digest by it
 *        then.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails: key is NULL then,
 *         and OpenSSL's queue of errors empty
 */
apr_status_t jt_digest_key_make(const unsigned char *bytes, apr_size_t length,
                                jt_digest_key_t **key, apr_pool_t *pool);

/** Make a key whose bytes are the HMAC of a message by another key. */
apr_status_t jt_digest_key_derive(const jt_digest_key_t *from,
                                  const void *message, apr_size_t length,
                                  jt_digest_key_t **key, apr_pool_t *pool);

/**
 * HMAC-SHA-256 of a message. Thread-safe for a shared key; does not block.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails: hash is zeros then,
 *         and OpenSSL's queue of errors empty
 */
apr_status_t jt_digest_make(const jt_digest_key_t *key, const void *message,
                            apr_size_t length,
                            unsigned char hash[JT_SHA256_SIZE]);

#endif
