/* SPDX-License-Identifier: Apache-2.0
 *
 * The token's text, the keys and the digest: all code that handles secrets, and
 * nothing else. It must not log, store or print them.
 *
 * A digest costs two SHA-256 compressions. The contexts that have absorbed the
 * padded key (RFC 2104, section 4) are made once, when the key file is read,
 * and copied for each token. They use OpenSSL's API from before EVP, which is
 * deprecated: EVP allocates and frees a context for each half, which adds a
 * third to the cost of a digest.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/jt_secret.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

#define BLOCK 64
#define HASH JT_SECRET_HASH_SIZE

/* The message from which the sealing key is derived. It contains a NUL, so no
 * password can equal it. */
static const char seal_label[] = "mod_jiratoken\0seal 1";

/* The contexts after the padded key. */
typedef struct jt_secret_key_t {
    SHA256_CTX inner;
    SHA256_CTX outer;
} jt_secret_key_t;

struct jt_secret_ring_t {
    int count;
    jt_secret_key_t keys[JT_SECRET_KEYS_MAX];
    jt_secret_key_t seal;
};

static const apr_uint32_t crc_table[256] = {
    0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f,
    0xe963a535, 0x9e6495a3, 0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988,
    0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91, 0x1db71064, 0x6ab020f2,
    0xf3b97148, 0x84be41de, 0x1adad47d, 0x6ddde4eb, 0xf4d4b551, 0x83d385c7,
    0x136c9856, 0x646ba8c0, 0xfd62f97a, 0x8a65c9ec, 0x14015c4f, 0x63066cd9,
    0xfa0f3d63, 0x8d080df5, 0x3b6e20c8, 0x4c69105e, 0xd56041e4, 0xa2677172,
    0x3c03e4d1, 0x4b04d447, 0xd20d85fd, 0xa50ab56b, 0x35b5a8fa, 0x42b2986c,
    0xdbbbc9d6, 0xacbcf940, 0x32d86ce3, 0x45df5c75, 0xdcd60dcf, 0xabd13d59,
    0x26d930ac, 0x51de003a, 0xc8d75180, 0xbfd06116, 0x21b4f4b5, 0x56b3c423,
    0xcfba9599, 0xb8bda50f, 0x2802b89e, 0x5f058808, 0xc60cd9b2, 0xb10be924,
    0x2f6f7c87, 0x58684c11, 0xc1611dab, 0xb6662d3d, 0x76dc4190, 0x01db7106,
    0x98d220bc, 0xefd5102a, 0x71b18589, 0x06b6b51f, 0x9fbfe4a5, 0xe8b8d433,
    0x7807c9a2, 0x0f00f934, 0x9609a88e, 0xe10e9818, 0x7f6a0dbb, 0x086d3d2d,
    0x91646c97, 0xe6635c01, 0x6b6b51f4, 0x1c6c6162, 0x856530d8, 0xf262004e,
    0x6c0695ed, 0x1b01a57b, 0x8208f4c1, 0xf50fc457, 0x65b0d9c6, 0x12b7e950,
    0x8bbeb8ea, 0xfcb9887c, 0x62dd1ddf, 0x15da2d49, 0x8cd37cf3, 0xfbd44c65,
    0x4db26158, 0x3ab551ce, 0xa3bc0074, 0xd4bb30e2, 0x4adfa541, 0x3dd895d7,
    0xa4d1c46d, 0xd3d6f4fb, 0x4369e96a, 0x346ed9fc, 0xad678846, 0xda60b8d0,
    0x44042d73, 0x33031de5, 0xaa0a4c5f, 0xdd0d7cc9, 0x5005713c, 0x270241aa,
    0xbe0b1010, 0xc90c2086, 0x5768b525, 0x206f85b3, 0xb966d409, 0xce61e49f,
    0x5edef90e, 0x29d9c998, 0xb0d09822, 0xc7d7a8b4, 0x59b33d17, 0x2eb40d81,
    0xb7bd5c3b, 0xc0ba6cad, 0xedb88320, 0x9abfb3b6, 0x03b6e20c, 0x74b1d29a,
    0xead54739, 0x9dd277af, 0x04db2615, 0x73dc1683, 0xe3630b12, 0x94643b84,
    0x0d6d6a3e, 0x7a6a5aa8, 0xe40ecf0b, 0x9309ff9d, 0x0a00ae27, 0x7d079eb1,
    0xf00f9344, 0x8708a3d2, 0x1e01f268, 0x6906c2fe, 0xf762575d, 0x806567cb,
    0x196c3671, 0x6e6b06e7, 0xfed41b76, 0x89d32be0, 0x10da7a5a, 0x67dd4acc,
    0xf9b9df6f, 0x8ebeeff9, 0x17b7be43, 0x60b08ed5, 0xd6d6a3e8, 0xa1d1937e,
    0x38d8c2c4, 0x4fdff252, 0xd1bb67f1, 0xa6bc5767, 0x3fb506dd, 0x48b2364b,
    0xd80d2bda, 0xaf0a1b4c, 0x36034af6, 0x41047a60, 0xdf60efc3, 0xa867df55,
    0x316e8eef, 0x4669be79, 0xcb61b38c, 0xbc66831a, 0x256fd2a0, 0x5268e236,
    0xcc0c7795, 0xbb0b4703, 0x220216b9, 0x5505262f, 0xc5ba3bbe, 0xb2bd0b28,
    0x2bb45a92, 0x5cb36a04, 0xc2d7ffa7, 0xb5d0cf31, 0x2cd99e8b, 0x5bdeae1d,
    0x9b64c2b0, 0xec63f226, 0x756aa39c, 0x026d930a, 0x9c0906a9, 0xeb0e363f,
    0x72076785, 0x05005713, 0x95bf4a82, 0xe2b87a14, 0x7bb12bae, 0x0cb61b38,
    0x92d28e9b, 0xe5d5be0d, 0x7cdcefb7, 0x0bdbdf21, 0x86d3d2d4, 0xf1d4e242,
    0x68ddb3f8, 0x1fda836e, 0x81be16cd, 0xf6b9265b, 0x6fb077e1, 0x18b74777,
    0x88085ae6, 0xff0f6a70, 0x66063bca, 0x11010b5c, 0x8f659eff, 0xf862ae69,
    0x616bffd3, 0x166ccf45, 0xa00ae278, 0xd70dd2ee, 0x4e048354, 0x3903b3c2,
    0xa7672661, 0xd06016f7, 0x4969474d, 0x3e6e77db, 0xaed16a4a, 0xd9d65adc,
    0x40df0b66, 0x37d83bf0, 0xa9bcae53, 0xdebb9ec5, 0x47b2cf7f, 0x30b5ffe9,
    0xbdbdf21c, 0xcabac28a, 0x53b39330, 0x24b4a3a6, 0xbad03605, 0xcdd70693,
    0x54de5729, 0x23d967bf, 0xb3667a2e, 0xc4614ab8, 0x5d681b02, 0x2a6f2b94,
    0xb40bbe37, 0xc30c8ea1, 0x5a05df1b, 0x2d02ef8d
};

static const char alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#define CRC_BEGIN 0xffffffff

/* CRC-32 (ISO 3309), one byte. */
static apr_uint32_t update_checksum(apr_uint32_t crc, char c)
{
    return (crc >> 8) ^ crc_table[(crc ^ (unsigned char)c) & 255];
}

static apr_uint32_t compute_checksum(const char *text, apr_size_t length)
{
    apr_uint32_t crc = CRC_BEGIN;

    while (length--) {
        crc = update_checksum(crc, *text++);
    }
    return ~crc;
}

static void write_checksum(apr_uint32_t crc, char *out)
{
    int i;

    for (i = JT_SECRET_CHECKSUM - 1; i >= 0; i--) {
        out[i] = alphabet[crc % 62];
        crc /= 62;
    }
}

/* Non-zero for the 62 characters of the alphabet. */
static const char is_base62[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0
};

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

/* @return zero when a character is not in the alphabet */
static int add_characters(const char *text, apr_size_t length,
                          apr_uint32_t *crc)
{
    int good = 1;
    apr_size_t i;

/* Runs for each token; loop overhead would be a third of the time. */
#pragma GCC unroll 8
    for (i = 0; i < length; i++) {
        good &= is_base62[(unsigned char)text[i]];
        *crc = update_checksum(*crc, text[i]);
    }
    return good;
}

jt_secret_shape_t jt_secret_shape(const char *prefix, const char *password)
{
    apr_size_t head = measure_prefix(password);
    const char *body = password + head + 1;
    char expected[JT_SECRET_CHECKSUM];
    apr_uint32_t crc = CRC_BEGIN;

    if (!head || password[head] != '_'
        || strlen(body) != JT_SECRET_RANDOM + JT_SECRET_CHECKSUM) {
        return JT_SECRET_FOREIGN;
    }
    add_characters(password, head + 1, &crc);
    if (!add_characters(body, JT_SECRET_RANDOM, &crc)) {
        return JT_SECRET_FOREIGN;
    }
    write_checksum(~crc, expected);
    /* The checksum is no secret, so the comparison need not be constant-time:
     * anybody can compute it. */
    if (!memcmp(expected, body + JT_SECRET_RANDOM, sizeof(expected))) {
        return JT_SECRET_TOKEN;
    }
    return add_characters(body + JT_SECRET_RANDOM, JT_SECRET_CHECKSUM, &crc)
                   && strlen(prefix) == head
                   && !strncmp(prefix, password, head)
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
    write_checksum(compute_checksum(text, (apr_size_t)(end - text)), end);
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

static int begin_padded_hash(SHA256_CTX *context, const unsigned char *block,
                             unsigned char pad)
{
    unsigned char padded[BLOCK];
    int done;
    int i;

    for (i = 0; i < BLOCK; i++) {
        padded[i] = block[i] ^ pad;
    }
    done = SHA256_Init(context) == 1
           && SHA256_Update(context, padded, BLOCK) == 1;
    OPENSSL_cleanse(padded, sizeof(padded));
    return done;
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
        done = SHA256(key, length, block) != NULL;
    }
    done = done && begin_padded_hash(&made->inner, block, 0x36)
           && begin_padded_hash(&made->outer, block, 0x5c);
    OPENSSL_cleanse(block, sizeof(block));
    return done ? APR_SUCCESS : APR_EGENERAL;
}

static int finish_hash(SHA256_CTX *work, const SHA256_CTX *padded,
                       const void *message, apr_size_t length,
                       unsigned char hash[HASH])
{
    *work = *padded;
    return SHA256_Update(work, message, length) == 1
           && SHA256_Final(hash, work) == 1;
}

/* Both halves leave nothing of the key in their context: it holds the hash. */
static apr_status_t begin_hmac(const jt_secret_key_t *key, const void *message,
                               apr_size_t length, unsigned char inner[HASH])
{
    SHA256_CTX work;

    return finish_hash(&work, &key->inner, message, length, inner)
               ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t finish_hmac(const jt_secret_key_t *key,
                                const unsigned char inner[HASH],
                                unsigned char hash[HASH])
{
    SHA256_CTX work;

    return finish_hash(&work, &key->outer, inner, HASH, hash)
               ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t make_hmac(const jt_secret_key_t *key, const void *message,
                              apr_size_t length, unsigned char hash[HASH])
{
    unsigned char inner[HASH];
    apr_status_t status = begin_hmac(key, message, length, inner);

    return status == APR_SUCCESS ? finish_hmac(key, inner, hash) : status;
}

static apr_status_t add_key(jt_secret_ring_t *ring, const unsigned char *key,
                            apr_size_t length)
{
    unsigned char derived[HASH];
    apr_status_t status = make_key(key, length, &ring->keys[ring->count++]);

    if (status == APR_SUCCESS && ring->count == 1) {
        status = make_hmac(&ring->keys[0], seal_label, sizeof(seal_label),
                           derived);
        if (status == APR_SUCCESS) {
            status = make_key(derived, HASH, &ring->seal);
        }
        OPENSSL_cleanse(derived, sizeof(derived));
    }
    return status;
}

static apr_status_t wipe_ring(void *ring)
{
    OPENSSL_cleanse(ring, sizeof(jt_secret_ring_t));
    return APR_SUCCESS;
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

    apr_pool_cleanup_register(pool, made, wipe_ring, apr_pool_cleanup_null);
    for (number = 1; *text; number++) {
        apr_size_t span = strcspn(text, "\n");
        const char *line = text;
        apr_size_t length = trim_line(&line, span);
        const char *words = NULL;

        if (length && *line != '#') {
            words = parse_key(line, length, made);
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
    return make_hmac(&ring->keys[nth], token, strlen(token), hash);
}

void jt_secret_hashes_init(jt_secret_hashes_t *hashes,
                           const jt_secret_ring_t *ring, const char *token)
{
    hashes->ring = ring;
    hashes->token = token;
    hashes->begun = 0;
    hashes->known = 0;
}

const unsigned char *jt_secret_hashes_begin(jt_secret_hashes_t *hashes,
                                            int nth)
{
    for (; hashes->begun <= nth; hashes->begun++) {
        if (begin_hmac(&hashes->ring->keys[hashes->begun], hashes->token,
                       strlen(hashes->token), hashes->inner[hashes->begun])
                != APR_SUCCESS) {
            return NULL;
        }
    }
    return hashes->inner[nth];
}

const unsigned char *jt_secret_hashes_get(jt_secret_hashes_t *hashes, int nth)
{
    for (; hashes->known <= nth; hashes->known++) {
        const unsigned char *inner = jt_secret_hashes_begin(hashes,
                                                            hashes->known);

        if (!inner || finish_hmac(&hashes->ring->keys[hashes->known], inner,
                                  hashes->of[hashes->known]) != APR_SUCCESS) {
            return NULL;
        }
    }
    return hashes->of[nth];
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
    return make_hmac(&ring->seal, bytes, length, seal);
}

int jt_secret_equal_hash(const unsigned char a[HASH],
                         const unsigned char b[HASH])
{
    return CRYPTO_memcmp(a, b, HASH) == 0;
}
