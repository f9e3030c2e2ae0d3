/* SPDX-License-Identifier: Apache-2.0
 *
 * The token's text, the keys and the digest: everything that touches a secret,
 * and nothing else. It never logs, stores or prints one.
 *
 * A digest costs two SHA-256 compressions: the contexts that have already
 * taken in the padded key (RFC 2104, section 4) are made when the key file is
 * read, and copied for each token.
 */
#include "jt_secret.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define BLOCK 64
#define HASH JT_SECRET_HASH_SIZE

/* What the key that seals is derived from. No password can be this, for it has
 * a NUL within. */
static const char sealing[] = "mod_jiratoken\0seal 1";

typedef struct jt_secret_key_t {
    EVP_MD_CTX *inner;
    EVP_MD_CTX *outer;
} jt_secret_key_t;

struct jt_secret_ring_t {
    int count;
    jt_secret_key_t keys[JT_SECRET_KEYS_MAX];
    jt_secret_key_t seal;
};

static const char alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* CRC-32 of ISO 3309, four bits a step. */
static apr_uint32_t checksum(const char *text, apr_size_t length)
{
    static const apr_uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
    };
    apr_uint32_t crc = 0xffffffff;

    while (length--) {
        crc ^= (unsigned char)*text++;
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

static void write_checksum(const char *text, apr_size_t length, char *out)
{
    apr_uint32_t crc = checksum(text, length);
    int i;

    for (i = JT_SECRET_CHECKSUM - 1; i >= 0; i--) {
        out[i] = alphabet[crc % 62];
        crc /= 62;
    }
}

static int is_prefix_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static apr_size_t prefix_length(const char *text)
{
    apr_size_t n = 0;

    while (n <= JT_SECRET_PREFIX_MAX && is_prefix_character(text[n])) {
        n++;
    }
    return n >= JT_SECRET_PREFIX_MIN && n <= JT_SECRET_PREFIX_MAX ? n : 0;
}

int jt_secret_is_prefix(const char *text)
{
    apr_size_t n = prefix_length(text);

    return n > 0 && text[n] == '\0';
}

jt_secret_shape_t jt_secret_shape(const char *prefix, const char *password)
{
    apr_size_t head = prefix_length(password);
    apr_size_t signed_length = head + 1 + JT_SECRET_RANDOM;
    char expected[JT_SECRET_CHECKSUM];
    const char *c;

    if (!head || password[head] != '_') {
        return JT_SECRET_FOREIGN;
    }
    for (c = password + head + 1; apr_isascii(*c) && apr_isalnum(*c); c++) {
    }
    if (*c || c != password + signed_length + JT_SECRET_CHECKSUM) {
        return JT_SECRET_FOREIGN;
    }
    write_checksum(password, signed_length, expected);
    /* A typo's checksum is no secret: anybody can compute it. */
    if (!memcmp(expected, password + signed_length, sizeof(expected))) {
        return JT_SECRET_TOKEN;
    }
    return strlen(prefix) == head && !strncmp(prefix, password, head)
               ? JT_SECRET_MISTYPED : JT_SECRET_FOREIGN;
}

/* Long division by 62, digit after digit: 256 bits always fit in 43. */
static void write_base62(unsigned char *bits, char *out)
{
    int i;
    int digit;

    for (digit = JT_SECRET_RANDOM - 1; digit >= 0; digit--) {
        unsigned remainder = 0;

        for (i = 0; i < HASH; i++) {
            unsigned value = (remainder << 8) | bits[i];

            bits[i] = (unsigned char)(value / 62);
            remainder = value % 62;
        }
        out[digit] = alphabet[remainder];
    }
}

apr_status_t jt_secret_make(const char *prefix, char text[JT_SECRET_SIZE])
{
    unsigned char bits[HASH];
    apr_size_t head = strlen(prefix);
    char *end = text + head + 1 + JT_SECRET_RANDOM;

    text[0] = '\0';
    if (!jt_secret_is_prefix(prefix)
        || RAND_priv_bytes(bits, sizeof(bits)) != 1) {
        OPENSSL_cleanse(bits, sizeof(bits));
        ERR_clear_error();
        return APR_EGENERAL;
    }
    memcpy(text, prefix, head);
    text[head] = '_';
    write_base62(bits, text + head + 1);
    OPENSSL_cleanse(bits, sizeof(bits));
    write_checksum(text, (apr_size_t)(end - text), end);
    end[JT_SECRET_CHECKSUM] = '\0';
    return APR_SUCCESS;
}

void jt_secret_wipe(void *secret, apr_size_t size)
{
    OPENSSL_cleanse(secret, size);
}

int jt_secret_equal(const char *a, const char *b)
{
    apr_size_t length = strlen(a);

    return length == strlen(b) && CRYPTO_memcmp(a, b, length) == 0;
}

static EVP_MD_CTX *make_padded(const unsigned char *block, unsigned char pad)
{
    unsigned char padded[BLOCK];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int i;

    for (i = 0; i < BLOCK; i++) {
        padded[i] = block[i] ^ pad;
    }
    if (context && (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1
                    || EVP_DigestUpdate(context, padded, BLOCK) != 1)) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    OPENSSL_cleanse(padded, sizeof(padded));
    return context;
}

static apr_status_t make_key(const unsigned char *key, apr_size_t length,
                             jt_secret_key_t *made)
{
    unsigned char block[BLOCK] = { 0 };
    int done = 1;

    if (length <= BLOCK) {
        memcpy(block, key, length);
    }
    else {
        done = EVP_Digest(key, length, block, NULL, EVP_sha256(), NULL) == 1;
    }
    if (done) {
        made->inner = make_padded(block, 0x36);
        made->outer = make_padded(block, 0x5c);
    }
    OPENSSL_cleanse(block, sizeof(block));
    return made->inner && made->outer ? APR_SUCCESS : APR_EGENERAL;
}

static int hash_from(EVP_MD_CTX *work, const EVP_MD_CTX *padded,
                     const void *message, apr_size_t length,
                     unsigned char hash[HASH])
{
    return EVP_MD_CTX_copy_ex(work, padded) == 1
           && EVP_DigestUpdate(work, message, length) == 1
           && EVP_DigestFinal_ex(work, hash, NULL) == 1;
}

static apr_status_t hash_by(const jt_secret_key_t *key, const void *message,
                            apr_size_t length, unsigned char hash[HASH])
{
    EVP_MD_CTX *work = EVP_MD_CTX_new();
    int done = work && hash_from(work, key->inner, message, length, hash)
               && hash_from(work, key->outer, hash, HASH, hash);

    EVP_MD_CTX_free(work);
    if (!done) {
        ERR_clear_error();
    }
    return done ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t add_key(jt_secret_ring_t *ring, const unsigned char *key,
                            apr_size_t length)
{
    unsigned char derived[HASH];
    apr_status_t status = make_key(key, length, &ring->keys[ring->count++]);

    if (status == APR_SUCCESS && ring->count == 1) {
        status = hash_by(&ring->keys[0], sealing, sizeof(sealing), derived);
        if (status == APR_SUCCESS) {
            status = make_key(derived, HASH, &ring->seal);
        }
        OPENSSL_cleanse(derived, sizeof(derived));
    }
    return status;
}

static void free_key(jt_secret_key_t *key)
{
    EVP_MD_CTX_free(key->inner);
    EVP_MD_CTX_free(key->outer);
    key->inner = NULL;
    key->outer = NULL;
}

/* EVP_MD_CTX_free() cleanses the state that the key went into. */
static apr_status_t free_ring(void *data)
{
    jt_secret_ring_t *ring = data;
    int i;

    for (i = 0; i < ring->count; i++) {
        free_key(&ring->keys[i]);
    }
    free_key(&ring->seal);
    ring->count = 0;
    return APR_SUCCESS;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The words for what is wrong with a line, or NULL. */
static const char *read_key(const char *line, apr_size_t length,
                            jt_secret_ring_t *ring)
{
    unsigned char key[JT_SECRET_KEY_MAX];
    const char *fault = NULL;
    apr_size_t i;

    if (ring->count == JT_SECRET_KEYS_MAX) {
        return "is one key too many: at most 16 are taken";
    }
    if (length > 2 * sizeof(key)) {
        return "is too long: a key has at most 1024 bytes (2048 hex digits)";
    }
    for (i = 0; i < length; i++) {
        int value = hex_value(line[i]);

        if (value < 0) {
            OPENSSL_cleanse(key, sizeof(key));
            return "has a character that is no hex digit";
        }
        key[i / 2] = (unsigned char)(i % 2 ? key[i / 2] | value : value << 4);
    }
    if (length % 2) {
        fault = "has an odd number of hex digits";
    }
    else if (length / 2 < JT_SECRET_KEY_MIN) {
        fault = "is too short: a key has at least 32 bytes (64 hex digits)";
    }
    else if (add_key(ring, key, length / 2) != APR_SUCCESS) {
        fault = "could not be set up by OpenSSL";
    }
    OPENSSL_cleanse(key, sizeof(key));
    return fault;
}

static apr_size_t trim_line(const char **line, apr_size_t length)
{
    while (length && apr_isspace((*line)[length - 1])) {
        length--;
    }
    while (length && apr_isspace(**line)) {
        (*line)++;
        length--;
    }
    return length;
}

apr_status_t jt_secret_ring_parse(const char *text, jt_secret_ring_t **ring,
                                  const char **fault, apr_pool_t *pool)
{
    jt_secret_ring_t *made = apr_pcalloc(pool, sizeof(*made));
    int number;

    apr_pool_cleanup_register(pool, made, free_ring, apr_pool_cleanup_null);
    for (number = 1; *text; number++) {
        apr_size_t span = strcspn(text, "\n");
        const char *line = text;
        apr_size_t length = trim_line(&line, span);
        const char *words = NULL;

        if (length && *line != '#') {
            words = read_key(line, length, made);
        }
        if (words) {
            *fault = apr_psprintf(pool, "line %d %s", number, words);
            return APR_EINVAL;
        }
        text += span + (text[span] == '\n');
    }
    if (!made->count) {
        *fault = "there is no key in it";
        return APR_EINVAL;
    }
    *ring = made;
    return APR_SUCCESS;
}

int jt_secret_ring_count(const jt_secret_ring_t *ring)
{
    return ring->count;
}

apr_status_t jt_secret_hash(const jt_secret_ring_t *ring, int nth,
                            const char *token, unsigned char hash[HASH])
{
    return hash_by(&ring->keys[nth], token, strlen(token), hash);
}

void jt_secret_hex(const unsigned char hash[HASH],
                   char digest[JT_SECRET_DIGEST_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    int i;

    for (i = 0; i < HASH; i++) {
        digest[2 * i] = hex[hash[i] >> 4];
        digest[2 * i + 1] = hex[hash[i] & 15];
    }
    digest[2 * HASH] = '\0';
}

apr_status_t jt_secret_unhex(const char *digest, unsigned char hash[HASH])
{
    int i;

    if (strlen(digest) != 2 * HASH) {
        return APR_EINVAL;
    }
    for (i = 0; i < HASH; i++) {
        int high = hex_value(digest[2 * i]);
        int low = hex_value(digest[2 * i + 1]);

        if (high < 0 || low < 0) {
            return APR_EINVAL;
        }
        hash[i] = (unsigned char)(high << 4 | low);
    }
    return APR_SUCCESS;
}

apr_status_t jt_secret_digest(const jt_secret_ring_t *ring, int nth,
                              const char *token,
                              char digest[JT_SECRET_DIGEST_SIZE])
{
    unsigned char hash[HASH];
    apr_status_t status = jt_secret_hash(ring, nth, token, hash);

    digest[0] = '\0';
    if (status == APR_SUCCESS) {
        jt_secret_hex(hash, digest);
    }
    return status;
}

apr_status_t jt_secret_seal(const jt_secret_ring_t *ring, const void *bytes,
                            apr_size_t length, unsigned char seal[HASH])
{
    return hash_by(&ring->seal, bytes, length, seal);
}

int jt_secret_equal_hash(const unsigned char a[HASH],
                         const unsigned char b[HASH])
{
    return CRYPTO_memcmp(a, b, HASH) == 0;
}
