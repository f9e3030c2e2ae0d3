/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SECRET_H
#define JT_SECRET_H

#include <apr_general.h>
#include <apr_pools.h>

#include "core/jt_cmac.h"
#include "core/jt_sha256.h"

/* A token is PREFIX_ + 43 characters of base62 (256 random bits) + 6
 * characters of base62 (CRC-32, ISO 3309, of all that precedes). */
#define JT_SECRET_PREFIX_MIN 2
#define JT_SECRET_PREFIX_MAX 16
#define JT_SECRET_RANDOM 43
#define JT_SECRET_CHECKSUM 6
#define JT_SECRET_SIZE \
    (JT_SECRET_PREFIX_MAX + 1 + JT_SECRET_RANDOM + JT_SECRET_CHECKSUM + 1)

/* HMAC-SHA-256: in bytes, and in lower-case hex with a NUL. */
#define JT_SECRET_HASH_SIZE JT_SHA256_SIZE
#define JT_SECRET_DIGEST_SIZE 65

/* Keys are 32 to 1024 bytes each, 1 to 16 of them. */
#define JT_SECRET_KEY_MIN 32
#define JT_SECRET_KEY_MAX 1024
#define JT_SECRET_KEYS_MAX 16

/* What the text of a password says, before any lookup. */
typedef enum jt_secret_shape_t {
    JT_SECRET_FOREIGN,  /* not a token: for the next provider */
    JT_SECRET_MISTYPED, /* our prefix, length and alphabet; wrong checksum */
    JT_SECRET_TOKEN     /* a token, as far as the text says */
} jt_secret_shape_t;

typedef struct jt_secret_ring_t jt_secret_ring_t;

/** Whether text is a valid prefix: 2 to 16 of [a-z0-9]. */
int jt_secret_is_prefix(const char *text);

/** Distinguish a token from any other password by its text alone. A token with
 * another prefix and a correct checksum is accepted, so that tokens survive a
 * change of JiraTokenPrefix. */
jt_secret_shape_t jt_secret_shape(const char *prefix, const char *password);

/**
 * Write a new token into a fixed buffer, which the caller wipes.
 * @return APR_SUCCESS; APR_EGENERAL when OpenSSL's private generator fails:
 *         text is then empty
 */
apr_status_t jt_secret_make(const char *prefix, char text[JT_SECRET_SIZE]);

/** Overwrite a secret; the compiler cannot optimise it away. */
void jt_secret_wipe(void *secret, apr_size_t size);

/**
 * Compare strings in a time that depends on the lengths alone.
 * @return non-zero when they are equal
 */
int jt_secret_equal(const char *a, const char *b);

/**
 * Parse a key file: one key a line in hex; blank lines and lines that begin
 * with '#' are skipped. The first key makes digests, all verify them.
 * @param ring set to the keys, which are wiped when pool is cleared
 * @param fault set, on failure, to a message that names the line and never
 *        quotes it
 * @return APR_SUCCESS or APR_EINVAL
 */
apr_status_t jt_secret_ring_parse(const char *text, jt_secret_ring_t **ring,
                                  const char **fault, apr_pool_t *pool);

/** How many keys the ring holds: 1 to JT_SECRET_KEYS_MAX. */
int jt_secret_ring_count(const jt_secret_ring_t *ring);

/**
 * HMAC-SHA-256 (RFC 2104) of a token by the ring's nth key, from 0. This and
 * the functions below are thread-safe for a shared ring, and do not block.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails
 */
apr_status_t jt_secret_hash(const jt_secret_ring_t *ring, int nth,
                            const char *token,
                            unsigned char hash[JT_SECRET_HASH_SIZE]);

/** A password's hashes, one for each key, computed on demand. For one thread at
 * a time. */
typedef struct jt_secret_hashes_t {
    const jt_secret_ring_t *ring;
    const char *token;
    int known;
    unsigned char of[JT_SECRET_KEYS_MAX][JT_SECRET_HASH_SIZE];
} jt_secret_hashes_t;

/** Start without any hash. @param token not copied */
void jt_secret_hashes_init(jt_secret_hashes_t *hashes,
                           const jt_secret_ring_t *ring, const char *token);

/**
 * The hash by the ring's nth key, computed at the first call.
 * @param nth from 0; those before it are computed, too
 * @return NULL when OpenSSL fails
 */
const unsigned char *jt_secret_hashes_get(jt_secret_hashes_t *hashes, int nth);

/** What a token is known by in this server's memory. */
#define JT_SECRET_MARK_SIZE JT_CMAC_SIZE

/**
 * AES-CMAC of a token by a key that is derived from the ring's nth. It costs a
 * tenth of the hash, and is no digest of the table's.
 * @return as jt_secret_hash()
 */
apr_status_t jt_secret_mark(const jt_secret_ring_t *ring, int nth,
                            const char *token,
                            unsigned char mark[JT_SECRET_MARK_SIZE]);

/** Format a hash in hex: a digest, as in the table. */
void jt_secret_hex(const unsigned char hash[JT_SECRET_HASH_SIZE],
                   char digest[JT_SECRET_DIGEST_SIZE]);

/**
 * Parse a digest in hex.
 * @return APR_SUCCESS, or APR_EINVAL for anything else
 */
apr_status_t jt_secret_unhex(const char *digest,
                             unsigned char hash[JT_SECRET_HASH_SIZE]);

/**
 * jt_secret_hash() in hex.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails: digest is then empty
 */
apr_status_t jt_secret_digest(const jt_secret_ring_t *ring, int nth,
                              const char *token,
                              char digest[JT_SECRET_DIGEST_SIZE]);

/**
 * A seal: HMAC-SHA-256 of bytes that leave this server. Its key is derived from
 * the ring's first, so that no digest of a password is a valid seal.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails
 */
apr_status_t jt_secret_seal(const jt_secret_ring_t *ring, const void *bytes,
                            apr_size_t length,
                            unsigned char seal[JT_SECRET_HASH_SIZE]);

/** Compare hashes in constant time. @return non-zero when they are equal */
int jt_secret_equal_hash(const unsigned char a[JT_SECRET_HASH_SIZE],
                         const unsigned char b[JT_SECRET_HASH_SIZE]);

#endif
