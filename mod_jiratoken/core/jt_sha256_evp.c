/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 by OpenSSL's EVP: by the provider that its configuration chooses, as
 * one for FIPS. It must not know what is hashed.
 *
 * The algorithm is fetched when a hash is begun. To finish one, its context is
 * copied into the thread's, which is made once. As the module may be unloaded
 * before a thread ends, the contexts of all threads go with the last of the
 * begun hashes.
 */
#include "core/jt_sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

struct jt_sha256_t {
    EVP_MD_CTX *context;
};

/* A thread that has hashed. */
typedef struct thread_t {
    EVP_MD_CTX *work;
    struct thread_t *next;
} thread_t;

/* Held for a few steps, when a hash is begun or freed, and when a thread hashes
 * for the first time or ends. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count; /* of the begun hashes */
static thread_t *threads;

/* Of a thread: its work. It exists as long as there is a begun hash, so it is
 * read without the lock. */
static pthread_key_t slot;

static void free_thread(thread_t *thread)
{
    if (thread) {
        EVP_MD_CTX_free(thread->work);
        OPENSSL_free(thread);
    }
}

/* The work is looked up, for it is freed already where the last begun hash went
 * as the thread ended. */
static void end_thread(void *work)
{
    thread_t **at = &threads;
    thread_t *ended;

    pthread_mutex_lock(&lock);
    while (*at && (*at)->work != work) {
        at = &(*at)->next;
    }
    ended = *at;
    if (ended) {
        *at = ended->next;
    }
    pthread_mutex_unlock(&lock);
    free_thread(ended);
}

/* @return NULL when there is no memory */
static EVP_MD_CTX *add_thread(void)
{
    thread_t *added = OPENSSL_zalloc(sizeof(*added));

    if (added) {
        added->work = EVP_MD_CTX_new();
    }
    if (!added || !added->work || pthread_setspecific(slot, added->work)) {
        free_thread(added);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    added->next = threads;
    threads = added;
    pthread_mutex_unlock(&lock);
    return added->work;
}

/* @return zero when there can be no slot */
static int add_begun(void)
{
    int added;

    pthread_mutex_lock(&lock);
    added = count > 0 || !pthread_key_create(&slot, end_thread);
    count += added;
    pthread_mutex_unlock(&lock);
    return added;
}

static apr_status_t free_begun(void *data)
{
    jt_sha256_t *begun = data;

    EVP_MD_CTX_free(begun->context);
    begun->context = NULL;
    pthread_mutex_lock(&lock);
    if (!--count) {
        pthread_key_delete(slot);
        while (threads) {
            thread_t *next = threads->next;

            free_thread(threads);
            threads = next;
        }
    }
    pthread_mutex_unlock(&lock);
    return APR_SUCCESS;
}

apr_status_t jt_sha256_begin(const unsigned char block[JT_SHA256_BLOCK],
                             jt_sha256_t **begun, apr_pool_t *pool)
{
    jt_sha256_t *made = apr_pcalloc(pool, sizeof(*made));

    *begun = made;
    if (!add_begun()) {
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
    EVP_MD_CTX *work = pthread_getspecific(slot);

    if (!work) {
        work = add_thread();
    }
    return work && EVP_MD_CTX_copy_ex(work, begun->context) == 1
                   && EVP_DigestUpdate(work, message, length) == 1
                   && EVP_DigestFinal_ex(work, hash, NULL) == 1
               ? APR_SUCCESS : APR_EGENERAL;
}
