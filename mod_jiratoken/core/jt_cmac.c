/* SPDX-License-Identifier: Apache-2.0
 *
 * AES-CMAC (RFC 4493, NIST SP 800-38B) by OpenSSL's AES in CBC mode, by the
 * provider that its configuration chooses. It must not know what it is made
 * of, nor whose the keys are.
 *
 * CMAC is the last block of CBC from zeros, with a key of its own XORed with
 * the last block of the message. To begin from zeros again costs twice as much
 * as all else, so a thread's context goes on: it would XOR the first block with
 * the last one of the message before, which is known and taken out beforehand.
 */
#include "core/jt_cmac.h"

#include <apr_atomic.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/jt_contexts.h"

#define BLOCK JT_CMAC_SIZE
#define ROOM (8 * BLOCK) /* encrypted at once; most messages fit */

struct jt_cmac_key_t {
    apr_uint32_t number; /* not zero; no other key's */
    unsigned char bytes[JT_CMAC_KEY_SIZE];
    unsigned char whole[BLOCK];  /* K1, for a last block that is full */
    unsigned char padded[BLOCK]; /* K2, for one that is not */
};

static volatile apr_uint32_t made_keys;

static void xor_block(unsigned char *restrict block,
                      const unsigned char *restrict other)
{
    int i;

    for (i = 0; i < BLOCK; i++) {
        block[i] ^= other[i];
    }
}

/* @return zero when OpenSSL fails */
static int set_key(jt_contexts_cipher_t *cipher, const jt_cmac_key_t *key)
{
    if (!cipher->context) {
        cipher->context = EVP_CIPHER_CTX_new();
    }
    cipher->key = 0;
    memset(cipher->last, 0, BLOCK);
    if (!cipher->context
        || EVP_EncryptInit_ex(cipher->context, EVP_aes_128_cbc(), NULL,
                              key->bytes, cipher->last) != 1
        || EVP_CIPHER_CTX_set_padding(cipher->context, 0) != 1) {
        return 0;
    }
    cipher->key = key->number;
    return 1;
}

/* The thread's own for this key, as long as it has no more keys than places.
 * @return NULL when OpenSSL fails */
static jt_contexts_cipher_t *get_cipher(const jt_cmac_key_t *key)
{
    jt_contexts_t *mine = jt_contexts_get();
    jt_contexts_cipher_t *cipher;

    if (!mine) {
        return NULL;
    }
    cipher = &mine->ciphers[key->number % JT_CONTEXTS_CIPHERS];
    return cipher->key == key->number || set_key(cipher, key) ? cipher : NULL;
}

/* @param blocks encrypted in their place
 * @return zero when OpenSSL fails; the key is to be set again then */
static int encrypt(jt_contexts_cipher_t *cipher, unsigned char *blocks,
                   apr_size_t size)
{
    int made = 0;

    if (EVP_EncryptUpdate(cipher->context, blocks, &made, blocks, (int)size)
            != 1 || made != (int)size) {
        cipher->key = 0;
        return 0;
    }
    memcpy(cipher->last, blocks + size - BLOCK, BLOCK);
    return 1;
}

/* Doubles in the field of 2^128 elements (RFC 4493, section 2.3). */
static void double_block(const unsigned char from[BLOCK],
                         unsigned char to[BLOCK])
{
    int i;

    for (i = 0; i < BLOCK - 1; i++) {
        to[i] = (unsigned char)(from[i] << 1 | from[i + 1] >> 7);
    }
    to[i] = (unsigned char)(from[i] << 1 ^ (from[0] >> 7) * 0x87);
}

static int derive_keys(jt_cmac_key_t *key)
{
    unsigned char zeros[BLOCK] = { 0 };
    jt_contexts_cipher_t *cipher = get_cipher(key);
    int is_made = cipher && encrypt(cipher, zeros, BLOCK);

    double_block(zeros, key->whole);
    double_block(key->whole, key->padded);
    OPENSSL_cleanse(zeros, sizeof(zeros));
    return is_made;
}

static apr_status_t wipe_key(void *key)
{
    OPENSSL_cleanse(key, sizeof(jt_cmac_key_t));
    jt_contexts_leave();
    return APR_SUCCESS;
}

apr_status_t jt_cmac_key_make(const unsigned char bytes[JT_CMAC_KEY_SIZE],
                              jt_cmac_key_t **key, apr_pool_t *pool)
{
    jt_cmac_key_t *made = apr_pcalloc(pool, sizeof(*made));

    *key = NULL;
    if (!jt_contexts_use()) {
        return APR_EGENERAL;
    }
    apr_pool_cleanup_register(pool, made, wipe_key, apr_pool_cleanup_null);
    do {
        made->number = apr_atomic_inc32(&made_keys) + 1;
    } while (!made->number);
    memcpy(made->bytes, bytes, JT_CMAC_KEY_SIZE);
    if (!derive_keys(made)) {
        ERR_clear_error();
        return APR_EGENERAL;
    }
    *key = made;
    return APR_SUCCESS;
}

/* @return the size of the last blocks */
static apr_size_t finish_blocks(const jt_cmac_key_t *key, apr_size_t length,
                                unsigned char *blocks)
{
    apr_size_t size = length ? (length + BLOCK - 1) / BLOCK * BLOCK : BLOCK;

    if (length == size) {
        xor_block(blocks + size - BLOCK, key->whole);
        return size;
    }
    memset(blocks + length, 0, size - length);
    blocks[length] = 0x80;
    xor_block(blocks + size - BLOCK, key->padded);
    return size;
}

/* @return zero when OpenSSL fails */
static int encrypt_message(jt_contexts_cipher_t *cipher,
                           const jt_cmac_key_t *key, const void *message,
                           apr_size_t length)
{
    unsigned char blocks[ROOM];
    const unsigned char *rest = message;
    int is_last;
    int is_made;

    do {
        apr_size_t part = length < ROOM ? length : ROOM;
        apr_size_t size = part;

        is_last = part == length;
        memcpy(blocks, rest, part);
        if (is_last) {
            size = finish_blocks(key, part, blocks);
        }
        if (rest == message) {
            xor_block(blocks, cipher->last);
        }
        is_made = encrypt(cipher, blocks, size);
        rest += part;
        length -= part;
    } while (is_made && !is_last);
    if (!is_made) {
        OPENSSL_cleanse(blocks, sizeof(blocks));
    }
    return is_made;
}

apr_status_t jt_cmac_make(const jt_cmac_key_t *key, const void *message,
                          apr_size_t length, unsigned char mac[JT_CMAC_SIZE])
{
    jt_contexts_cipher_t *cipher = get_cipher(key);

    if (!cipher || !encrypt_message(cipher, key, message, length)) {
        memset(mac, 0, JT_CMAC_SIZE);
        ERR_clear_error();
        return APR_EGENERAL;
    }
    memcpy(mac, cipher->last, JT_CMAC_SIZE);
    return APR_SUCCESS;
}
