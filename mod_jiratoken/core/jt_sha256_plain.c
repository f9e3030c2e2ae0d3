/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 by OpenSSL's API from before EVP, for --with-digest=sha256: contexts
 * are copied as structs, which costs less. It is deprecated, and heeds no
 * configuration of OpenSSL's. It must not know what is hashed.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/jt_sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct jt_sha256_t {
    SHA256_CTX context;
};

static apr_status_t wipe(void *begun)
{
    OPENSSL_cleanse(begun, sizeof(jt_sha256_t));
    return APR_SUCCESS;
}

apr_status_t jt_sha256_begin(const unsigned char block[JT_SHA256_BLOCK],
                             jt_sha256_t **begun, apr_pool_t *pool)
{
    jt_sha256_t *made = apr_pcalloc(pool, sizeof(*made));

    apr_pool_cleanup_register(pool, made, wipe, apr_pool_cleanup_null);
    *begun = made;
    return SHA256_Init(&made->context) == 1
                   && SHA256_Update(&made->context, block, JT_SHA256_BLOCK) == 1
               ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t jt_sha256_finish(const jt_sha256_t *begun, const void *message,
                              apr_size_t length,
                              unsigned char hash[JT_SHA256_SIZE])
{
    SHA256_CTX work = begun->context;

    return SHA256_Update(&work, message, length) == 1
                   && SHA256_Final(hash, &work) == 1
               ? APR_SUCCESS : APR_EGENERAL;
}
