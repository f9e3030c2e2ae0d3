/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_digest.c, and of what it hashes with. What is right comes from
 * RFC 4231. The functions of OpenSSL's that may fail are wrapped by the linker,
 * see Makefile.am: the program calls these instead, OpenSSL itself does not.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "units.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <string.h>

#include "core/jt_digest.h"
#include "crowd.h"

#define SIZE JT_SHA256_SIZE

/* How many calls are still to succeed; below zero: all. */
static int left = -1;

static int may_succeed(void)
{
    if (left == 0) {
        ERR_put_error(ERR_LIB_EVP, 0, ERR_R_MALLOC_FAILURE, __FILE__, __LINE__);
        return 0;
    }
    if (left > 0) {
        left--;
    }
    return 1;
}

#define WRAPPED(type, name, parameters, arguments)      \
    type __real_##name parameters;                      \
    type __wrap_##name parameters;                      \
    type __wrap_##name parameters                       \
    {                                                   \
        return may_succeed() ? __real_##name arguments : 0; \
    }

WRAPPED(EVP_MD_CTX *, EVP_MD_CTX_new, (void), ())
WRAPPED(int, EVP_MD_CTX_copy_ex, (EVP_MD_CTX *to, const EVP_MD_CTX *from),
        (to, from))
WRAPPED(int, EVP_DigestInit_ex, (EVP_MD_CTX *context, const EVP_MD *type,
                                 ENGINE *engine), (context, type, engine))
WRAPPED(int, EVP_DigestUpdate, (EVP_MD_CTX *context, const void *bytes,
                                size_t length), (context, bytes, length))
WRAPPED(int, EVP_DigestFinal_ex, (EVP_MD_CTX *context, unsigned char *hash,
                                  unsigned *size), (context, hash, size))
WRAPPED(int, SHA256_Init, (SHA256_CTX *context), (context))
WRAPPED(int, SHA256_Update, (SHA256_CTX *context, const void *bytes,
                             size_t length), (context, bytes, length))
WRAPPED(int, SHA256_Final, (unsigned char *hash, SHA256_CTX *context),
        (hash, context))

/* Whether nothing is left of a failure. */
static void check_failed(apr_status_t status)
{
    ck_assert_int_eq(status, APR_EGENERAL);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}

static jt_digest_key_t *make_key(const char *bytes, size_t length,
                                 apr_pool_t *pool)
{
    jt_digest_key_t *key;

    UNITS_OK(jt_digest_key_make((const unsigned char *)bytes, length, &key,
                                pool));
    return key;
}

static const char *in_hex(const unsigned char *hash)
{
    char *hex = apr_palloc(units_pool, JT_SECRET_DIGEST_SIZE);

    jt_secret_hex(hash, hex);
    return hex;
}

static const char *digest(const jt_digest_key_t *key, const char *message)
{
    unsigned char hash[SIZE];

    UNITS_OK(jt_digest_make(key, message, strlen(message), hash));
    return in_hex(hash);
}

#define JEFE "Jefe"
#define JEFE_ASKS "what do ya want for nothing?"
#define JEFE_DIGEST \
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

static const struct {
    const char *key; /* repeated so many times */
    int key_count;
    const char *message;
    int message_count;
    const char *digest; /* or how it begins */
} vectors[] = {
    { "\x0b", 20, "Hi There", 1,
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { JEFE, 1, JEFE_ASKS, 1, JEFE_DIGEST },
    { "\xaa", 20, "\xdd", 50,
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12"
      "\x13\x14\x15\x16\x17\x18\x19", 1, "\xcd", 50,
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    { "\x0c", 20, "Test With Truncation", 1,
      "a3b6167473100ee06e0c796c2955552b" },
    { "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 1,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "\xaa", 131, "This is a test using a larger than block-size key and a "
      "larger than block-size data. The key needs to be hashed before being "
      "used by the HMAC algorithm.", 1,
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" }
};

START_TEST(test_a_digest_is_that_of_rfc_4231)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(vectors); i++) {
        const char *bytes = units_repeat(vectors[i].key, vectors[i].key_count);
        jt_digest_key_t *key = make_key(bytes, strlen(bytes), units_pool);
        const char *message = units_repeat(vectors[i].message,
                                           vectors[i].message_count);
        int again;

        for (again = 0; again < 2; again++) {
            const char *made = digest(key, message);

            ck_assert_msg(!strncmp(made, vectors[i].digest,
                                   strlen(vectors[i].digest)),
                          "no. %d: %s", (int)i + 1, made);
        }
    }
}
END_TEST

/* RFC 2104, section 2. A key of up to a block is padded with zeros. */
START_TEST(test_only_a_key_longer_than_a_block_is_hashed)
{
    unsigned char hash[SIZE];
    char bytes[65] = { 0 };
    const char *padded;
    jt_digest_key_t *derived;

    memset(bytes, 'k', 63);
    padded = digest(make_key(bytes, 64, units_pool), "m");
    ck_assert_str_eq(digest(make_key(bytes, 63, units_pool), "m"), padded);
    ck_assert_str_ne(digest(make_key(bytes, 65, units_pool), "m"), padded);
    ck_assert_int_eq(EVP_Digest(bytes, 65, hash, NULL, EVP_sha256(), NULL), 1);
    UNITS_OK(jt_digest_key_make(hash, SIZE, &derived, units_pool));
    ck_assert_str_eq(digest(make_key(bytes, 65, units_pool), "m"),
                     digest(derived, "m"));
}
END_TEST

START_TEST(test_a_derived_key_is_the_digest_of_a_message)
{
    jt_digest_key_t *from = make_key(JEFE, strlen(JEFE), units_pool);
    jt_digest_key_t *derived;
    jt_digest_key_t *key;
    unsigned char hash[SIZE];

    UNITS_OK(jt_digest_make(from, "label", 5, hash));
    UNITS_OK(jt_digest_key_make(hash, SIZE, &key, units_pool));
    UNITS_OK(jt_digest_key_derive(from, "label", 5, &derived, units_pool));
    ck_assert_str_eq(digest(derived, "m"), digest(key, "m"));
    ck_assert_str_eq(digest(from, JEFE_ASKS), JEFE_DIGEST);
}
END_TEST

START_TEST(test_a_digest_may_take_the_place_of_its_message)
{
    jt_digest_key_t *key = make_key(JEFE, strlen(JEFE), units_pool);
    unsigned char bytes[SIZE] = JEFE_ASKS;

    UNITS_OK(jt_digest_make(key, bytes, strlen(JEFE_ASKS), bytes));
    ck_assert_str_eq(in_hex(bytes), JEFE_DIGEST);
}
END_TEST

/* Whichever call it is that fails. The thread has hashed before or has not. */
START_TEST(test_a_digest_that_fails_is_none)
{
    jt_digest_key_t *key = make_key(JEFE, strlen(JEFE), units_pool);
    static const unsigned char zeros[SIZE];
    apr_status_t status = APR_EGENERAL;
    int calls;

    for (calls = 0; status != APR_SUCCESS; calls++) {
        unsigned char hash[SIZE];

        memset(hash, 0xa5, sizeof(hash));
        left = calls;
        status = jt_digest_make(key, JEFE_ASKS, strlen(JEFE_ASKS), hash);
        left = -1;
        if (status != APR_SUCCESS) {
            check_failed(status);
            ck_assert_mem_eq(hash, zeros, sizeof(hash));
            /* The next one is right. */
            if (calls % 2) {
                ck_assert_str_eq(digest(key, JEFE_ASKS), JEFE_DIGEST);
            }
        }
    }
    ck_assert_int_gt(calls, 4);
}
END_TEST

START_TEST(test_a_key_that_fails_is_none)
{
    jt_digest_key_t *from = make_key(JEFE, strlen(JEFE), units_pool);
    jt_digest_key_t *key = from;
    apr_status_t status = APR_EGENERAL;
    int calls;

    for (calls = 0; status != APR_SUCCESS; calls++) {
        left = calls;
        status = jt_digest_key_make((const unsigned char *)JEFE, strlen(JEFE),
                                    &key, units_pool);
        left = -1;
        if (status != APR_SUCCESS) {
            check_failed(status);
            ck_assert_ptr_null(key);
        }
    }
    ck_assert_int_gt(calls, 4);
    ck_assert_str_eq(digest(key, JEFE_ASKS), JEFE_DIGEST);
    left = 0;
    check_failed(jt_digest_key_derive(from, "label", 5, &key, units_pool));
    left = -1;
    ck_assert_ptr_null(key);
}
END_TEST

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
/* With a configuration that no provider satisfies, as fips=yes without one. The
 * SHA256_* functions obey none. */
START_TEST(test_a_key_is_made_as_openssl_is_configured)
{
    char bytes[65] = { 0 };
    jt_digest_key_t *key = make_key(JEFE, strlen(JEFE), units_pool);
    jt_digest_key_t *other;
    apr_status_t status;
    apr_status_t hashed;
    int clean;

    ck_assert_int_eq(EVP_set_default_properties(NULL, "provider=none"), 1);
    status = jt_digest_key_make((const unsigned char *)JEFE, strlen(JEFE),
                                &other, units_pool);
    hashed = jt_digest_key_make((const unsigned char *)bytes, sizeof(bytes),
                                &other, units_pool);
    clean = !ERR_peek_error();
    ck_assert_int_eq(EVP_set_default_properties(NULL, ""), 1);
    ck_assert_int_eq(status, JT_DIGEST_EVP ? APR_EGENERAL : APR_SUCCESS);
    ck_assert_int_eq(hashed, APR_EGENERAL);
    ck_assert(clean);
    ck_assert_str_eq(digest(key, JEFE_ASKS), JEFE_DIGEST);
}
END_TEST
#endif

#define KEYS 5
#define ROUNDS 50
#define MOST 16 /* in a crowd */

/* What a crowd makes digests by: each key's of one message, and how many were
 * others. */
typedef struct shared_t {
    jt_digest_key_t *keys[KEYS];
    unsigned char hashes[KEYS][SIZE];
    int faults[MOST];
} shared_t;

static void make_digests(void *memory, int number)
{
    shared_t *shared = memory;
    int i;

    for (i = 0; i < KEYS * ROUNDS; i++) {
        int nth = (i + number) % KEYS;
        unsigned char hash[SIZE];

        shared->faults[number] +=
            jt_digest_make(shared->keys[nth], JEFE_ASKS, strlen(JEFE_ASKS),
                           hash) != APR_SUCCESS
            || memcmp(hash, shared->hashes[nth], SIZE) != 0;
    }
}

static shared_t *share(apr_pool_t *pool)
{
    shared_t *shared = crowd_memory(sizeof(*shared), pool);
    int i;

    for (i = 0; i < KEYS; i++) {
        char byte = (char)('a' + i);

        shared->keys[i] = make_key(&byte, 1, pool);
        UNITS_OK(jt_digest_make(shared->keys[i], JEFE_ASKS, strlen(JEFE_ASKS),
                                shared->hashes[i]));
    }
    return shared;
}

static int count_faults(const shared_t *shared)
{
    int count = 0;
    int i;

    for (i = 0; i < MOST; i++) {
        count += shared->faults[i];
    }
    return count;
}

START_TEST(test_many_make_digests_by_many_keys)
{
    shared_t *shared = share(units_pool);

    ck_assert_int_le(crowd_size(&crowd_kinds[_i]), MOST);
    crowd_meet(&crowd_kinds[_i], make_digests, shared);
    ck_assert_int_eq(count_faults(shared), 0);
}
END_TEST

/* The keys at hand, and what becomes of them between two rounds. */
typedef struct restart_t {
    apr_pool_t *pool;
    shared_t *shared;
    int faults;
} restart_t;

static void live_on(void *memory, int number)
{
    restart_t *restart = memory;
    int round;

    for (round = 0; round < 3; round++) {
        make_digests(restart->shared, number);
        crowd_wait();
        if (number == 0) {
            restart->faults += count_faults(restart->shared);
            apr_pool_clear(restart->pool);
            restart->shared = share(restart->pool);
        }
        crowd_wait();
    }
    if (number == 0) {
        apr_pool_clear(restart->pool);
    }
}

/* The keys are read again while threads live on that have made digests by the
 * former ones, and all keys are gone when the threads end. */
START_TEST(test_threads_outlive_keys)
{
    restart_t restart = { 0 };

    apr_pool_create(&restart.pool, units_pool);
    restart.shared = share(restart.pool);
    crowd_meet(&crowd_kinds[0], live_on, &restart);
    ck_assert_int_eq(restart.faults, 0);
    ck_assert_str_eq(digest(make_key(JEFE, strlen(JEFE), units_pool),
                            JEFE_ASKS), JEFE_DIGEST);
}
END_TEST

static void *make_one(void *key)
{
    unsigned char hash[SIZE];

    return jt_digest_make(key, "", 0, hash) == APR_SUCCESS ? key : NULL;
}

/* As the children of httpd come and go; what they leave shows under valgrind. */
START_TEST(test_keys_outlive_threads)
{
    jt_digest_key_t *key = make_key(JEFE, strlen(JEFE), units_pool);
    int i;

    for (i = 0; i < 20; i++) {
        pthread_t thread;
        void *made = NULL;

        ck_assert_int_eq(pthread_create(&thread, NULL, make_one, key), 0);
        ck_assert_int_eq(pthread_join(thread, &made), 0);
        ck_assert_ptr_eq(made, key);
    }
}
END_TEST

/* There are about a thousand slots for a process's threads' data. */
START_TEST(test_keys_are_made_and_wiped_any_number_of_times)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, units_pool);
    for (i = 0; i < 3000; i++) {
        jt_digest_key_t *key = make_key(JEFE, strlen(JEFE), pool);

        if (i % 1500 == 0) {
            ck_assert_str_eq(digest(key, JEFE_ASKS), JEFE_DIGEST);
        }
        if (i < 1500) {
            apr_pool_clear(pool);
        }
    }
}
END_TEST

Suite *units_digest(void)
{
    Suite *suite = suite_create("digest");
    TCase *hmac = units_case(suite, "digest");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(hmac, test_a_digest_is_that_of_rfc_4231);
    tcase_add_test(hmac, test_only_a_key_longer_than_a_block_is_hashed);
    tcase_add_test(hmac, test_a_derived_key_is_the_digest_of_a_message);
    tcase_add_test(hmac, test_a_digest_may_take_the_place_of_its_message);
    tcase_add_test(hmac, test_a_digest_that_fails_is_none);
    tcase_add_test(hmac, test_a_key_that_fails_is_none);
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    tcase_add_test(hmac, test_a_key_is_made_as_openssl_is_configured);
#endif
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd, test_many_make_digests_by_many_keys, 0,
                        CROWD_KINDS);
    tcase_add_test(crowd, test_threads_outlive_keys);
    tcase_add_test(crowd, test_keys_outlive_threads);
    tcase_add_test(crowd, test_keys_are_made_and_wiped_any_number_of_times);
    return suite;
}
