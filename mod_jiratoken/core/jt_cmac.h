/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CMAC_H
#define JT_CMAC_H

#include <apr_general.h>
#include <apr_pools.h>

#define JT_CMAC_KEY_SIZE 16
#define JT_CMAC_SIZE 16

/** A key of AES-CMAC (RFC 4493). */
typedef struct jt_cmac_key_t jt_cmac_key_t;

/**
 * Make a key from its bytes.
 * @param key wiped when pool is cleared. No thread may be making a MAC by it
 *        then.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails: key is NULL then,
 *         and OpenSSL's queue of errors empty
 */
apr_status_t jt_cmac_key_make(const unsigned char bytes[JT_CMAC_KEY_SIZE],
                              jt_cmac_key_t **key, apr_pool_t *pool);

/**
 * AES-CMAC of a message. Thread-safe for a shared key; does not block. A thread
 * that uses one key after another pays for each change.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails: mac is zeros then,
 *         and OpenSSL's queue of errors empty
 */
apr_status_t jt_cmac_make(const jt_cmac_key_t *key, const void *message,
                          apr_size_t length, unsigned char mac[JT_CMAC_SIZE]);

#endif
