/* SPDX-License-Identifier: Apache-2.0
 *
 * The contexts of OpenSSL's that each thread has. It must not know what they
 * are used for.
 */
#include "core/jt_contexts.h"

#include <openssl/crypto.h>
#include <pthread.h>

/* Held for a few steps, when a use begins or ends, and when a thread comes for
 * the first time or ends. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int users;
static jt_contexts_t *threads;

/* Of a thread: its contexts. It exists as long as there are users, so it is
 * read without the lock. */
static pthread_key_t slot;

static void free_contexts(jt_contexts_t *contexts)
{
    int i;

    if (!contexts) {
        return;
    }
    EVP_MD_CTX_free(contexts->digest);
    for (i = 0; i < JT_CONTEXTS_CIPHERS; i++) {
        EVP_CIPHER_CTX_free(contexts->ciphers[i].context);
    }
    OPENSSL_free(contexts);
}

/* The contexts are looked up, for they are freed already where the last user
 * left as the thread ended. */
static void end_thread(void *contexts)
{
    jt_contexts_t **at = &threads;
    jt_contexts_t *ended;

    pthread_mutex_lock(&lock);
    while (*at && *at != contexts) {
        at = &(*at)->next;
    }
    ended = *at;
    if (ended) {
        *at = ended->next;
    }
    pthread_mutex_unlock(&lock);
    free_contexts(ended);
}

static jt_contexts_t *make_contexts(void)
{
    jt_contexts_t *made = OPENSSL_zalloc(sizeof(*made));

    if (made) {
        made->digest = EVP_MD_CTX_new();
    }
    if (!made || !made->digest || pthread_setspecific(slot, made)) {
        free_contexts(made);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    made->next = threads;
    threads = made;
    pthread_mutex_unlock(&lock);
    return made;
}

jt_contexts_t *jt_contexts_get(void)
{
    jt_contexts_t *contexts = pthread_getspecific(slot);

    return contexts ? contexts : make_contexts();
}

int jt_contexts_use(void)
{
    int is_there;

    pthread_mutex_lock(&lock);
    is_there = users > 0 || !pthread_key_create(&slot, end_thread);
    users += is_there;
    pthread_mutex_unlock(&lock);
    return is_there;
}

void jt_contexts_leave(void)
{
    pthread_mutex_lock(&lock);
    if (!--users) {
        pthread_key_delete(slot);
        while (threads) {
            jt_contexts_t *next = threads->next;

            free_contexts(threads);
            threads = next;
        }
    }
    pthread_mutex_unlock(&lock);
}
