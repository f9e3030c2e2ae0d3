/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 by OpenSSL's EVP: by the provider that its configuration chooses, as
 * one for FIPS. It must not know what is hashed.
 *
 * The algorithm is fetched when a hash is begun. To finish one, its context is
 * copied into the thread's, which is made once.
 */
#include "core/jt_sha256.h"

#include <openssl/evp.h>

#include "core/jt_contexts.h"

struct jt_sha256_t {
    EVP_MD_CTX *context;
};

static apr_status_t free_begun(void *data)
{
    jt_sha256_t *begun = data;

    EVP_MD_CTX_free(begun->context);
    begun->context = NULL;
    jt_contexts_leave();
    return APR_SUCCESS;
}

apr_status_t jt_sha256_begin(const unsigned char block[JT_SHA256_BLOCK],
                             jt_sha256_t **begun, apr_pool_t *pool)
{
    jt_sha256_t *made = apr_pcalloc(pool, sizeof(*made));

    *begun = made;
    if (!jt_contexts_use()) {
        return APR_EGENERAL;
    }
    apr_pool_cleanup_register(pool, made, free_begun, apr_pool_cleanup_null);
    made->context = EVP_MD_CTX_new();
    return made->context
                   && EVP_DigestInit_ex(made->context, EVP_sha256(), NULL) == 1
                   && EVP_DigestUpdate(made->context, block, JT_SHA256_BLOCK)
                          == 1
               ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t jt_sha256_finish(const jt_sha256_t *begun, const void *message,
                              apr_size_t length,
                              unsigned char hash[JT_SHA256_SIZE])
{
    jt_contexts_t *mine = jt_contexts_get();

    return mine && EVP_MD_CTX_copy_ex(mine->digest, begun->context) == 1
                   && EVP_DigestUpdate(mine->digest, message, length) == 1
                   && EVP_DigestFinal_ex(mine->digest, hash, NULL) == 1
               ? APR_SUCCESS : APR_EGENERAL;
}
