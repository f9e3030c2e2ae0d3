/* SPDX-License-Identifier: Apache-2.0
 *
 * The token's text, the keys and what is made by them: all code that handles
 * secrets, and nothing else. It must not log, store or print them.
 */
#include "core/jt_secret.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

#include "core/jt_cmac.h"
#include "core/jt_crc.h"
#include "core/jt_digest.h"

#define HASH JT_SECRET_HASH_SIZE

/* The message from which the sealing key is derived. It contains a NUL, so no
 * password can equal it. */
static const char seal_label[] = "mod_jiratoken\0seal 1";

/* The same, for the keys of marks. */
static const char mark_label[] = "mod_jiratoken\0mark 1";

struct jt_secret_ring_t {
    int count;
    jt_digest_key_t *keys[JT_SECRET_KEYS_MAX];
    jt_cmac_key_t *marks[JT_SECRET_KEYS_MAX];
    jt_digest_key_t *seal;
};

static const char alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void write_checksum(apr_uint32_t crc, char *out)
{
    int i;

    for (i = JT_SECRET_CHECKSUM - 1; i >= 0; i--) {
        out[i] = alphabet[crc % 62];
        crc /= 62;
    }
}

/* Whether a character is not of the alphabet. Without branches, so that a loop
 * over many becomes one of vectors. */
static unsigned char is_foreign(char c)
{
    unsigned char digit = (unsigned char)(c - '0');
    unsigned char letter = (unsigned char)((c | 0x20) - 'a');

    return (digit > 9) & (letter > 25);
}

static int is_prefix_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static apr_size_t measure_prefix(const char *text)
{
    apr_size_t n = 0;

    while (n <= JT_SECRET_PREFIX_MAX && is_prefix_character(text[n])) {
        n++;
    }
    return n >= JT_SECRET_PREFIX_MIN && n <= JT_SECRET_PREFIX_MAX ? n : 0;
}

int jt_secret_is_prefix(const char *text)
{
    apr_size_t n = measure_prefix(text);

    return n > 0 && text[n] == '\0';
}

/* The random characters and the checksum. */
#define BODY (JT_SECRET_RANDOM + JT_SECRET_CHECKSUM)

/* Runs for each token: compilers make three steps of the loop, as it is a
 * multiple of the width of vectors. */
static int is_body(const char *text)
{
    unsigned char foreign = is_foreign(text[BODY - 1]);
    int i;

    for (i = 0; i < BODY - 1; i++) {
        foreign |= is_foreign(text[i]);
    }
    return !foreign;
}

jt_secret_shape_t jt_secret_shape(const char *prefix, const char *password)
{
    apr_size_t head = measure_prefix(password);
    const char *body = password + head + 1;
    char expected[JT_SECRET_CHECKSUM];

    if (!head || password[head] != '_' || strlen(body) != BODY
        || !is_body(body)) {
        return JT_SECRET_FOREIGN;
    }
    write_checksum(jt_crc_make(password, head + 1 + JT_SECRET_RANDOM),
                   expected);
    /* The checksum is no secret, so the comparison need not be constant-time:
     * anybody can compute it. */
    if (!memcmp(expected, body + JT_SECRET_RANDOM, sizeof(expected))) {
        return JT_SECRET_TOKEN;
    }
    return strlen(prefix) == head && !strncmp(prefix, password, head)
               ? JT_SECRET_MISTYPED : JT_SECRET_FOREIGN;
}

/* Long division by 62, digit by digit. 256 bits always fit into 43 digits. */
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
    write_checksum(jt_crc_make(text, (apr_size_t)(end - text)), end);
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

static apr_status_t derive_mark_key(const jt_digest_key_t *from,
                                    jt_cmac_key_t **key, apr_pool_t *pool)
{
    unsigned char bytes[HASH];
    apr_status_t status = jt_digest_make(from, mark_label, sizeof(mark_label),
                                         bytes);

    if (status == APR_SUCCESS) {
        status = jt_cmac_key_make(bytes, key, pool);
    }
    /* Another digest also takes the key's place in OpenSSL's memory. */
    (void)jt_digest_make(from, "", 0, bytes);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return status;
}

static apr_status_t add_key(jt_secret_ring_t *ring, const unsigned char *key,
                            apr_size_t length, apr_pool_t *pool)
{
    int nth = ring->count++;
    apr_status_t status = jt_digest_key_make(key, length, &ring->keys[nth],
                                             pool);

    if (status == APR_SUCCESS) {
        status = derive_mark_key(ring->keys[nth], &ring->marks[nth], pool);
    }
    if (status == APR_SUCCESS && nth == 0) {
        status = jt_digest_key_derive(ring->keys[0], seal_label,
                                      sizeof(seal_label), &ring->seal, pool);
    }
    return status;
}

static int parse_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* @return NULL, or what is wrong with a line */
static const char *parse_key(const char *line, apr_size_t length,
                             jt_secret_ring_t *ring, apr_pool_t *pool)
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
        int value = parse_hex_digit(line[i]);

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
    else if (add_key(ring, key, length / 2, pool) != APR_SUCCESS) {
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

    for (number = 1; *text; number++) {
        apr_size_t span = strcspn(text, "\n");
        const char *line = text;
        apr_size_t length = trim_line(&line, span);
        const char *words = NULL;

        if (length && *line != '#') {
            words = parse_key(line, length, made, pool);
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
    return jt_digest_make(ring->keys[nth], token, strlen(token), hash);
}

void jt_secret_hashes_init(jt_secret_hashes_t *hashes,
                           const jt_secret_ring_t *ring, const char *token)
{
    hashes->ring = ring;
    hashes->token = token;
    hashes->known = 0;
}

const unsigned char *jt_secret_hashes_get(jt_secret_hashes_t *hashes, int nth)
{
    for (; hashes->known <= nth; hashes->known++) {
        if (jt_secret_hash(hashes->ring, hashes->known, hashes->token,
                           hashes->of[hashes->known])
                != APR_SUCCESS) {
            return NULL;
        }
    }
    return hashes->of[nth];
}

apr_status_t jt_secret_mark(const jt_secret_ring_t *ring, int nth,
                            const char *token,
                            unsigned char mark[JT_SECRET_MARK_SIZE])
{
    return jt_cmac_make(ring->marks[nth], token, strlen(token), mark);
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
        int high = parse_hex_digit(digest[2 * i]);
        int low = parse_hex_digit(digest[2 * i + 1]);

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
    return jt_digest_make(ring->seal, bytes, length, seal);
}

int jt_secret_equal_hash(const unsigned char a[HASH],
                         const unsigned char b[HASH])
{
    return CRYPTO_memcmp(a, b, HASH) == 0;
}
