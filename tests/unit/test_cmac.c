/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_cmac.c. What is right comes from RFC 4493. The functions of
 * OpenSSL's that may fail are wrapped by the linker, see Makefile.am: the
 * program calls these instead, OpenSSL itself does not.
 */
#include "units.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/jt_cmac.h"
#include "crowd.h"

#define SIZE JT_CMAC_SIZE

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

WRAPPED(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ())
WRAPPED(int, EVP_EncryptInit_ex, (EVP_CIPHER_CTX *context,
                                  const EVP_CIPHER *type, ENGINE *engine,
                                  const unsigned char *key,
                                  const unsigned char *iv),
        (context, type, engine, key, iv))
WRAPPED(int, EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX *context, int pad),
        (context, pad))
WRAPPED(int, EVP_EncryptUpdate, (EVP_CIPHER_CTX *context, unsigned char *out,
                                 int *made, const unsigned char *in, int size),
        (context, out, made, in, size))

/* Section 4. */
static const unsigned char bytes[JT_CMAC_KEY_SIZE] = {
    0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
    0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c
};

static const unsigned char message[64] = {
    0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
    0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
    0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c,
    0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
    0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11,
    0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef,
    0xf6, 0x9f, 0x24, 0x45, 0xdf, 0x4f, 0x9b, 0x17,
    0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10
};

static const struct {
    apr_size_t length;
    unsigned char mac[SIZE];
} vectors[] = {
    { 0, { 0xbb, 0x1d, 0x69, 0x29, 0xe9, 0x59, 0x37, 0x28,
           0x7f, 0xa3, 0x7d, 0x12, 0x9b, 0x75, 0x67, 0x46 } },
    { 16, { 0x07, 0x0a, 0x16, 0xb4, 0x6b, 0x4d, 0x41, 0x44,
            0xf7, 0x9b, 0xdd, 0x9d, 0xd0, 0x4a, 0x28, 0x7c } },
    { 40, { 0xdf, 0xa6, 0x67, 0x47, 0xde, 0x9a, 0xe6, 0x30,
            0x30, 0xca, 0x32, 0x61, 0x14, 0x97, 0xc8, 0x27 } },
    { 64, { 0x51, 0xf0, 0xbe, 0xbf, 0x7e, 0x3b, 0x9d, 0x92,
            0xfc, 0x49, 0x74, 0x17, 0x79, 0x36, 0x3c, 0xfe } }
};

static jt_cmac_key_t *make_key(unsigned char last, apr_pool_t *pool)
{
    unsigned char made[JT_CMAC_KEY_SIZE];
    jt_cmac_key_t *key;

    memcpy(made, bytes, sizeof(made));
    made[sizeof(made) - 1] = last;
    UNITS_OK(jt_cmac_key_make(made, &key, pool));
    return key;
}

static jt_cmac_key_t *make_known_key(apr_pool_t *pool)
{
    return make_key(bytes[sizeof(bytes) - 1], pool);
}

static void check_vector(const jt_cmac_key_t *key, size_t nth)
{
    unsigned char mac[SIZE];

    UNITS_OK(jt_cmac_make(key, message, vectors[nth].length, mac));
    ck_assert_mem_eq(mac, vectors[nth].mac, SIZE);
}

/* A context goes on from one message to the next. */
START_TEST(test_a_mac_is_that_of_rfc_4493_whatever_came_before)
{
    jt_cmac_key_t *key = make_known_key(units_pool);
    size_t before;
    size_t i;

    for (before = 0; before < UNITS_COUNT(vectors); before++) {
        for (i = 0; i < UNITS_COUNT(vectors); i++) {
            check_vector(key, before);
            check_vector(key, i);
        }
    }
}
END_TEST

/* By the definition: block after block, each from zeros. */
static void make_slowly(const unsigned char *text, size_t length,
                        unsigned char *mac)
{
    static const unsigned char keys[2][SIZE] = { /* section 4, K1 and K2 */
        { 0xfb, 0xee, 0xd6, 0x18, 0x35, 0x71, 0x33, 0x66,
          0x7c, 0x85, 0xe0, 0x8f, 0x72, 0x36, 0xa8, 0xde },
        { 0xf7, 0xdd, 0xac, 0x30, 0x6a, 0xe2, 0x66, 0xcc,
          0xf9, 0x0b, 0xc1, 0x1e, 0xe4, 0x6d, 0x51, 0x3b }
    };
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    size_t from = 0;
    int is_last;
    int made;
    int i;

    EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, bytes, NULL);
    memset(mac, 0, SIZE);
    do {
        size_t rest = length - from;

        is_last = rest <= SIZE;
        for (i = 0; i < SIZE; i++) {
            mac[i] ^= (size_t)i < rest ? text[from + (size_t)i]
                                       : (size_t)i == rest ? 0x80 : 0;
            mac[i] ^= is_last ? keys[rest < SIZE][i] : 0;
        }
        EVP_EncryptUpdate(context, mac, &made, mac, SIZE);
        from += SIZE;
    } while (!is_last);
    EVP_CIPHER_CTX_free(context);
}

START_TEST(test_a_message_may_have_any_length)
{
    jt_cmac_key_t *key = make_known_key(units_pool);
    unsigned char text[600];
    size_t length;

    for (length = 0; length < sizeof(text); length++) {
        text[length] = (unsigned char)(31 * length + 7);
    }
    for (length = 0; length <= sizeof(text); length++) {
        unsigned char expected[SIZE];
        unsigned char mac[SIZE];

        make_slowly(text, length, expected);
        UNITS_OK(jt_cmac_make(key, text, length, mac));
        ck_assert_mem_eq(mac, expected, SIZE);
    }
}
END_TEST

/* Whether nothing is left of a failure. */
static void check_failed(apr_status_t status)
{
    ck_assert_int_eq(status, APR_EGENERAL);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}

/* Whichever call it is that fails, also within a message: the next one is
 * right. */
START_TEST(test_a_mac_that_fails_is_none)
{
    static const unsigned char zeros[SIZE];
    jt_cmac_key_t *key = make_known_key(units_pool);
    unsigned char text[600] = { 0 };
    apr_status_t status = APR_EGENERAL;
    int calls;

    for (calls = 0; status != APR_SUCCESS; calls++) {
        unsigned char mac[SIZE];

        memset(mac, 0xa5, sizeof(mac));
        left = calls;
        status = jt_cmac_make(key, text, sizeof(text), mac);
        left = -1;
        if (status != APR_SUCCESS) {
            check_failed(status);
            ck_assert_mem_eq(mac, zeros, sizeof(mac));
            if (calls % 2) {
                check_vector(key, 2);
            }
        }
    }
    ck_assert_int_gt(calls, 4);
}
END_TEST

START_TEST(test_a_key_that_fails_is_none)
{
    jt_cmac_key_t *before = make_known_key(units_pool);
    apr_status_t status = APR_EGENERAL;
    int calls;

    for (calls = 0; status != APR_SUCCESS; calls++) {
        jt_cmac_key_t *key = before;

        left = calls;
        status = jt_cmac_key_make(bytes, &key, units_pool);
        left = -1;
        if (status != APR_SUCCESS) {
            check_failed(status);
            ck_assert_ptr_null(key);
        }
        else {
            check_vector(key, 2);
        }
        check_vector(before, 1);
    }
    ck_assert_int_gt(calls, 3);
}
END_TEST

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
/* With a configuration that no provider satisfies. */
START_TEST(test_a_key_is_made_as_openssl_is_configured)
{
    jt_cmac_key_t *key = make_known_key(units_pool);
    jt_cmac_key_t *other;
    apr_status_t status;

    ck_assert_int_eq(EVP_set_default_properties(NULL, "provider=none"), 1);
    status = jt_cmac_key_make(bytes, &other, units_pool);
    ck_assert_int_eq(EVP_set_default_properties(NULL, ""), 1);
    check_failed(status);
    check_vector(key, 2);
}
END_TEST
#endif

/* More than a thread has contexts for. */
#define KEYS 40
#define ROUNDS 50
#define MOST 16 /* in a crowd */

typedef struct shared_t {
    jt_cmac_key_t *keys[KEYS];
    unsigned char macs[KEYS][SIZE];
    int faults[MOST];
} shared_t;

static void make_macs(void *memory, int number)
{
    shared_t *shared = memory;
    int i;

    for (i = 0; i < KEYS * ROUNDS; i++) {
        int nth = i * (number + 1) % KEYS;
        unsigned char mac[SIZE];

        shared->faults[number] +=
            jt_cmac_make(shared->keys[nth], message, sizeof(message), mac)
                != APR_SUCCESS
            || memcmp(mac, shared->macs[nth], SIZE) != 0;
    }
}

static shared_t *share(apr_pool_t *pool)
{
    shared_t *shared = crowd_memory(sizeof(*shared), pool);
    int i;

    for (i = 0; i < KEYS; i++) {
        shared->keys[i] = make_key((unsigned char)i, pool);
        UNITS_OK(jt_cmac_make(shared->keys[i], message, sizeof(message),
                              shared->macs[i]));
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

START_TEST(test_many_make_macs_by_many_keys)
{
    shared_t *shared = share(units_pool);
    int i;

    for (i = 1; i < KEYS; i++) {
        ck_assert_mem_ne(shared->macs[i - 1], shared->macs[i], SIZE);
    }
    ck_assert_int_le(crowd_size(&crowd_kinds[_i]), MOST);
    crowd_meet(&crowd_kinds[_i], make_macs, shared);
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
        make_macs(restart->shared, number);
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

/* Also while there is a key of somebody else's, so that what threads have
 * stays. */
START_TEST(test_threads_outlive_keys)
{
    restart_t restart = { 0 };

    if (_i) {
        make_known_key(units_pool);
    }
    apr_pool_create(&restart.pool, units_pool);
    restart.shared = share(restart.pool);
    crowd_meet(&crowd_kinds[0], live_on, &restart);
    ck_assert_int_eq(restart.faults, 0);
    check_vector(make_known_key(units_pool), 2);
}
END_TEST

Suite *units_cmac(void)
{
    Suite *suite = suite_create("cmac");
    TCase *cmac = units_case(suite, "cmac");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(cmac, test_a_mac_is_that_of_rfc_4493_whatever_came_before);
    tcase_add_test(cmac, test_a_message_may_have_any_length);
    tcase_add_test(cmac, test_a_mac_that_fails_is_none);
    tcase_add_test(cmac, test_a_key_that_fails_is_none);
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    tcase_add_test(cmac, test_a_key_is_made_as_openssl_is_configured);
#endif
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd, test_many_make_macs_by_many_keys, 0,
                        CROWD_KINDS);
    tcase_add_loop_test(crowd, test_threads_outlive_keys, 0, 2);
    return suite;
}
