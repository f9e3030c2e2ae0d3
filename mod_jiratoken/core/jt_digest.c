/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA-256 (RFC 2104), and its keys. It must not know whose keys they are,
 * nor which of OpenSSL's functions hash.
 *
 * A digest costs two SHA-256 compressions: the hashes that have absorbed the
 * padded key (section 4) are begun once, when the key is made.
 */
#include "core/jt_digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#define BLOCK JT_SHA256_BLOCK
#define HASH JT_SHA256_SIZE

/* The hashes after the padded key. */
struct jt_digest_key_t {
    jt_sha256_t *inner;
    jt_sha256_t *outer;
};

static apr_status_t begin_padded(const unsigned char *block, unsigned char pad,
                                 jt_sha256_t **begun, apr_pool_t *pool)
{
    unsigned char padded[BLOCK];
    apr_status_t status;
    int i;

    for (i = 0; i < BLOCK; i++) {
        padded[i] = block[i] ^ pad;
    }
    status = jt_sha256_begin(padded, begun, pool);
    OPENSSL_cleanse(padded, sizeof(padded));
    return status;
}

/* @param block zeros; set to the key, or to its hash where it is longer */
static apr_status_t fill_block(const unsigned char *bytes, apr_size_t length,
                               unsigned char *block)
{
    if (length <= BLOCK) {
        memcpy(block, bytes, length);
    }
    else if (EVP_Digest(bytes, length, block, NULL, EVP_sha256(), NULL) != 1) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t jt_digest_key_make(const unsigned char *bytes, apr_size_t length,
                                jt_digest_key_t **key, apr_pool_t *pool)
{
    jt_digest_key_t *made = apr_pcalloc(pool, sizeof(*made));
    unsigned char block[BLOCK] = { 0 };
    apr_status_t status = fill_block(bytes, length, block);

    if (status == APR_SUCCESS) {
        status = begin_padded(block, 0x36, &made->inner, pool);
    }
    if (status == APR_SUCCESS) {
        status = begin_padded(block, 0x5c, &made->outer, pool);
    }
    OPENSSL_cleanse(block, sizeof(block));
    if (status != APR_SUCCESS) {
        ERR_clear_error();
    }
    *key = status == APR_SUCCESS ? made : NULL;
    return status;
}

apr_status_t jt_digest_key_derive(const jt_digest_key_t *from,
                                  const void *message, apr_size_t length,
                                  jt_digest_key_t **key, apr_pool_t *pool)
{
    unsigned char bytes[HASH];
    apr_status_t status = jt_digest_make(from, message, length, bytes);

    *key = NULL;
    if (status == APR_SUCCESS) {
        status = jt_digest_key_make(bytes, HASH, key, pool);
    }
    /* Another digest also takes the key's place in OpenSSL's memory. */
    (void)jt_digest_make(from, "", 0, bytes);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return status;
}

/* @param begun the key's hash that the message follows */
static apr_status_t finish_half(const jt_sha256_t *begun, const void *message,
                                apr_size_t length, unsigned char hash[HASH])
{
    apr_status_t status = jt_sha256_finish(begun, message, length, hash);

    if (status != APR_SUCCESS) {
        OPENSSL_cleanse(hash, HASH);
        ERR_clear_error();
    }
    return status;
}

apr_status_t jt_digest_make(const jt_digest_key_t *key, const void *message,
                            apr_size_t length, unsigned char hash[HASH])
{
    apr_status_t status = finish_half(key->inner, message, length, hash);

    return status == APR_SUCCESS ? finish_half(key->outer, hash, HASH, hash)
                                 : status;
}
