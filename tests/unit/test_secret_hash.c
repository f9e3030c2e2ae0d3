/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_secret.c's hashes as bytes: their hex, marks, and the seal. What
 * is right was computed by Python's hmac and hashlib.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_secret.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TOKEN "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgxxxxxx"

static const char token_digest[] =
    "79c820d72dc347eac664a7b4cba4e9cd287c0b2ad41590be683e1af3fa16c20c";

static const char *hash_in_hex(const jt_secret_ring_t *ring, int nth,
                               const char *token)
{
    unsigned char hash[JT_SECRET_HASH_SIZE];
    char *digest = apr_palloc(units_pool, JT_SECRET_DIGEST_SIZE);

    UNITS_OK(jt_secret_hash(ring, nth, token, hash));
    jt_secret_hex(hash, digest);
    return digest;
}

static const char *seal_in_hex(const jt_secret_ring_t *ring, const void *bytes,
                               apr_size_t length)
{
    unsigned char seal[JT_SECRET_HASH_SIZE];
    char *digest = apr_palloc(units_pool, JT_SECRET_DIGEST_SIZE);

    UNITS_OK(jt_secret_seal(ring, bytes, length, seal));
    jt_secret_hex(seal, digest);
    return digest;
}

START_TEST(test_hashes_of_each_key_are_kept_once_computed)
{
    jt_secret_ring_t *ring = units_ring(OTHER "\n" KEY);
    jt_secret_hashes_t hashes;
    unsigned char expected[JT_SECRET_HASH_SIZE];
    char token[] = TOKEN;
    int nth;

    jt_secret_hashes_init(&hashes, ring, token);
    for (nth = 0; nth < 2; nth++) {
        UNITS_OK(jt_secret_hash(ring, nth, TOKEN, expected));
        ck_assert_mem_eq(jt_secret_hashes_get(&hashes, nth), expected,
                         sizeof(expected));
    }
    token[0] = 'x';
    ck_assert_mem_eq(jt_secret_hashes_get(&hashes, 1), expected,
                     sizeof(expected));
}
END_TEST

START_TEST(test_a_hash_is_what_others_compute)
{
    jt_secret_ring_t *ring = units_ring(OTHER "\n" KEY);
    char digest[JT_SECRET_DIGEST_SIZE];

    ck_assert_str_eq(hash_in_hex(ring, 1, TOKEN), token_digest);
    ck_assert_str_eq(hash_in_hex(ring, 1, ""),
                     "49f7d87dba406288bff865eea0fa16ad"
                     "9ebdadd0d9868b9b9f478b3f7ca15624");
    UNITS_OK(jt_secret_digest(ring, 1, TOKEN, digest));
    ck_assert_str_eq(digest, token_digest);
    ck_assert_str_ne(hash_in_hex(ring, 0, TOKEN), token_digest);
}
END_TEST

/* Of the keys KEY, OTHER and one that is longer than a block. Computed by
 * Python's hmac and `openssl mac`. */
static const struct {
    const char *token;
    const char *marks[3];
} marks[] = {
    { TOKEN, { "50265154a7ae2fe9899c6b9e4b3b1a32",
               "fb70b396bc82404a5c9b7a0304295631",
               "580af35dd24d63a9c9df38c1b1d37d70" } },
    { "", { "1d8b9198f57abb9decb9042279e3a623",
            "dbf4d80f0128daf567566a41c48b5275",
            "5a593b9cac0f0af360ae58a4f7827119" } },
    { "jt_x", { "35f71ab2b74472c4877ab32e73d58ab5",
                "6961db4efb67ca8f60a3e60bc131d227",
                "db13d3ad5b6cada9bb759d467f4b20e7" } }
};

static const char *mark_in_hex(const jt_secret_ring_t *ring, int nth,
                               const char *token)
{
    unsigned char mark[JT_SECRET_HASH_SIZE] = { 0 };
    char digest[JT_SECRET_DIGEST_SIZE];

    UNITS_OK(jt_secret_mark(ring, nth, token, mark));
    jt_secret_hex(mark, digest);
    return apr_pstrndup(units_pool, digest, 2 * JT_SECRET_MARK_SIZE);
}

START_TEST(test_a_mark_is_what_others_compute)
{
    static const int orders[][3] = {
        { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 2, 0, 1 }, { 1, 1, 1 }
    };
    jt_secret_ring_t *ring = units_ring(KEY "\n" OTHER "\n" KEY KEY KEY);
    size_t i;
    size_t order;
    int n;

    for (i = 0; i < UNITS_COUNT(marks); i++) {
        for (order = 0; order < UNITS_COUNT(orders); order++) {
            for (n = 0; n < 3; n++) {
                int nth = orders[order][n];

                ck_assert_str_eq(mark_in_hex(ring, nth, marks[i].token),
                                 marks[i].marks[nth]);
            }
        }
    }
}
END_TEST

/* Wherever it stands among others. */
START_TEST(test_a_mark_depends_on_its_key_alone)
{
    ck_assert_str_eq(mark_in_hex(units_ring(OTHER "\n" KEY), 1, TOKEN),
                     mark_in_hex(units_ring(KEY), 0, TOKEN));
}
END_TEST

START_TEST(test_a_seal_is_what_others_compute)
{
    jt_secret_ring_t *ring = units_ring(KEY);

    ck_assert_str_eq(seal_in_hex(ring, "", 0),
                     "3f99f109c193241ac24d2b15901206a2"
                     "3415cbb5bfec50a30ade6975a8869185");
    ck_assert_str_eq(seal_in_hex(ring, "bytes\0with\0NUL", 14),
                     "89ec30e48ed443adb8ece29d7a4706c5"
                     "601de6f989259a84612456f114b37858");
}
END_TEST

START_TEST(test_a_digest_is_never_a_seal) /* S02 */
{
    static const char *const texts[] = { "", "x", TOKEN };
    jt_secret_ring_t *ring = units_ring(KEY);
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        ck_assert_str_ne(hash_in_hex(ring, 0, texts[i]),
                         seal_in_hex(ring, texts[i], strlen(texts[i])));
    }
}
END_TEST

START_TEST(test_the_first_key_alone_seals)
{
    const char *seal = seal_in_hex(units_ring(KEY), "x", 1);

    ck_assert_str_eq(seal_in_hex(units_ring(KEY "\n" OTHER), "x", 1), seal);
    ck_assert_str_ne(seal_in_hex(units_ring(OTHER "\n" KEY), "x", 1), seal);
    ck_assert_str_ne(seal_in_hex(units_ring(KEY), "y", 1), seal);
    ck_assert_str_ne(seal_in_hex(units_ring(KEY), "x\0", 2), seal);
}
END_TEST

START_TEST(test_hex_is_read_back)
{
    unsigned char hash[JT_SECRET_HASH_SIZE];
    unsigned char back[JT_SECRET_HASH_SIZE];
    char digest[JT_SECRET_DIGEST_SIZE];
    int first;
    int i;

    for (first = 0; first < 256; first++) {
        for (i = 0; i < JT_SECRET_HASH_SIZE; i++) {
            hash[i] = (unsigned char)(first + 9 * i);
        }
        jt_secret_hex(hash, digest);
        ck_assert_uint_eq(strspn(digest, "0123456789abcdef"), 64);
        ck_assert_uint_eq(strlen(digest), 64);
        UNITS_OK(jt_secret_unhex(digest, back));
        ck_assert_mem_eq(hash, back, sizeof(hash));
    }
}
END_TEST

START_TEST(test_what_is_not_64_hex_digits_is_no_hash)
{
    static const char odd[] = { 'g', 'G', ' ', '-', '@', '`', '/', ':', '\n',
                                '\x80', '\xff', 'x', '\x10' };
    unsigned char hash[JT_SECRET_HASH_SIZE];
    size_t i;
    size_t place;

    for (i = 0; i < 64; i++) {
        char *cut = apr_pstrndup(units_pool, token_digest, i);

        ck_assert_int_eq(jt_secret_unhex(cut, hash), APR_EINVAL);
    }
    ck_assert_int_eq(jt_secret_unhex(apr_pstrcat(units_pool, token_digest,
                                                 "0", NULL), hash),
                     APR_EINVAL);
    for (i = 0; i < UNITS_COUNT(odd); i++) {
        for (place = 0; place < 64; place++) {
            char *digest = apr_pstrdup(units_pool, token_digest);

            digest[place] = odd[i];
            ck_assert_msg(jt_secret_unhex(digest, hash) == APR_EINVAL,
                          "%#x at %d", (unsigned char)odd[i], (int)place);
        }
    }
}
END_TEST

START_TEST(test_hashes_are_equal_only_in_every_bit)
{
    unsigned char a[JT_SECRET_HASH_SIZE];
    unsigned char b[JT_SECRET_HASH_SIZE];
    int bit;

    UNITS_OK(jt_secret_unhex(token_digest, a));
    memcpy(b, a, sizeof(b));
    ck_assert(jt_secret_equal_hash(a, b));
    for (bit = 0; bit < 8 * JT_SECRET_HASH_SIZE; bit++) {
        b[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert(!jt_secret_equal_hash(a, b));
        b[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}
END_TEST

Suite *units_secret_hash(void)
{
    Suite *suite = suite_create("secret_hash");
    TCase *hash = units_case(suite, "hash");

    tcase_add_test(hash, test_a_hash_is_what_others_compute);
    tcase_add_test(hash, test_hashes_of_each_key_are_kept_once_computed);
    tcase_add_test(hash, test_a_mark_is_what_others_compute);
    tcase_add_test(hash, test_a_mark_depends_on_its_key_alone);
    tcase_add_test(hash, test_a_seal_is_what_others_compute);
    tcase_add_test(hash, test_a_digest_is_never_a_seal);
    tcase_add_test(hash, test_the_first_key_alone_seals);
    tcase_add_test(hash, test_hex_is_read_back);
    tcase_add_test(hash, test_what_is_not_64_hex_digits_is_no_hash);
    tcase_add_test(hash, test_hashes_are_equal_only_in_every_bit);
    return suite;
}
