/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CONTEXTS_H
#define JT_CONTEXTS_H

#include <apr_general.h>
#include <openssl/evp.h>

#define JT_CONTEXTS_BLOCK 16 /* of AES */
#define JT_CONTEXTS_CIPHERS 16

/** One that encrypts, of core/jt_cmac.c. */
typedef struct jt_contexts_cipher_t {
    EVP_CIPHER_CTX *context; /* NULL: not yet made */
    apr_uint32_t key;        /* the number of the key that it has; 0: none */
    unsigned char last[JT_CONTEXTS_BLOCK]; /* what it has encrypted last */
} jt_contexts_cipher_t;

/** Contexts of OpenSSL's that are a thread's own: to make one costs more than
 * to use it. */
typedef struct jt_contexts_t {
    EVP_MD_CTX *digest; /* of core/jt_sha256_evp.c; has nothing between uses */
    jt_contexts_cipher_t ciphers[JT_CONTEXTS_CIPHERS]; /* by a key's number */
    struct jt_contexts_t *next;
} jt_contexts_t;

/** Begin to use them, for as long as keys are there. Not blocking beyond a few
 * steps, as all here. @return zero when OpenSSL or the system refuses */
int jt_contexts_use(void);

/** End a jt_contexts_use(). The contexts of all threads go with the last one,
 * as the module may be unloaded before a thread ends: none may be in use
 * then. */
void jt_contexts_leave(void);

/** This thread's, made at its first call. Between jt_contexts_use() and
 * jt_contexts_leave() only. @return NULL when there is no memory */
jt_contexts_t *jt_contexts_get(void);

#endif
