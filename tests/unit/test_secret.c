/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_secret.c: the token's text, the key file and the digest. What
 * is right comes from elsewhere: a slow CRC written from its definition, and
 * OpenSSL's own HMAC().
 */
/* RAND_set_rand_method() is how a broken generator is staged. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "units.h"

#include <apr_strings.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/jt_secret.h"

#define KEY32 "00112233445566778899aabbccddeeff0123456789abcdefFEDCBA9876543210"
#define BODY "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"
#define TOKENS 100000

static const char base62[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Bit by bit, as ISO 3309 defines it. */
static unsigned long slow_crc(const char *text)
{
    unsigned long crc = 0xffffffffUL;
    int bit;

    for (; *text; text++) {
        crc ^= (unsigned char)*text;
        for (bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? (crc >> 1) ^ 0xedb88320UL : crc >> 1;
        }
    }
    return crc ^ 0xffffffffUL;
}

/* What precedes, and its checksum in six digits. */
static char *seal(const char *text)
{
    unsigned long crc = slow_crc(text);
    char digits[7] = { 0 };
    int i;

    for (i = 5; i >= 0; i--) {
        digits[i] = base62[crc % 62];
        crc /= 62;
    }
    return apr_pstrcat(units_pool, text, digits, NULL);
}

static void check_shape(const char *prefix, const char *password,
                        jt_secret_shape_t expected)
{
    jt_secret_shape_t shape = jt_secret_shape(prefix, password);

    ck_assert_msg(shape == expected, "%s for %s: %d, not %d", password,
                  prefix, (int)shape, (int)expected);
}

START_TEST(test_a_prefix_is_2_to_16_of_a_z_0_9)
{
    static const struct {
        const char *text;
        int is_prefix;
    } cases[] = {
        { "jt", 1 }, { "a0", 1 }, { "00", 1 }, { "abcdefghijklmnop", 1 },
        { "", 0 }, { "j", 0 }, { "abcdefghijklmnopq", 0 }, { "JT", 0 },
        { "jT", 0 }, { "j_", 0 }, { "j-t", 0 }, { "jt ", 0 }, { " jt", 0 },
        { "jt\n", 0 }, { "j\xC3\xA9", 0 }, { "j%s", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_secret_is_prefix(cases[i].text)
                      == !cases[i].is_prefix, "\"%s\"", cases[i].text);
    }
}
END_TEST

START_TEST(test_the_checksum_is_crc_32)
{
    /* The slow one is right on the check value that all catalogues give. */
    ck_assert_uint_eq(slow_crc("123456789"), 0xcbf43926UL);
    check_shape("jt", seal("jt_" BODY), JT_SECRET_TOKEN);
    check_shape("jt", seal("jt_0000000000000000000000000000000000000000000"),
                JT_SECRET_TOKEN);
    check_shape("jt", seal("jt_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
                JT_SECRET_TOKEN);
    check_shape("abcdefghijklmnop", seal("abcdefghijklmnop_" BODY),
                JT_SECRET_TOKEN);
}
END_TEST

START_TEST(test_a_made_token_has_the_shape_of_one)
{
    static const char *const prefixes[] = { "jt", "a0", "abcdefghijklmnop" };
    size_t i;

    for (i = 0; i < UNITS_COUNT(prefixes); i++) {
        char text[JT_SECRET_SIZE];
        size_t head = strlen(prefixes[i]);
        char *signed_part;

        ck_assert_int_eq(jt_secret_make(prefixes[i], text), APR_SUCCESS);
        ck_assert_uint_eq(strlen(text), head + 1 + 43 + 6);
        ck_assert_int_eq(strncmp(text, prefixes[i], head), 0);
        ck_assert_int_eq(text[head], '_');
        ck_assert_uint_eq(strspn(text + head + 1, base62), 43 + 6);
        signed_part = apr_pstrndup(units_pool, text, head + 1 + 43);
        ck_assert_str_eq(text, seal(signed_part));
        check_shape(prefixes[i], text, JT_SECRET_TOKEN);
    }
}
END_TEST

START_TEST(test_an_unlawful_prefix_makes_no_token)
{
    static const char *const prefixes[] = {
        "", "j", "JT", "j_t", "abcdefghijklmnopq",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(prefixes); i++) {
        char text[JT_SECRET_SIZE] = "old";

        ck_assert_int_eq(jt_secret_make(prefixes[i], text), APR_EGENERAL);
        ck_assert_str_eq(text, "");
    }
}
END_TEST

START_TEST(test_a_password_of_another_shape_is_foreign)
{
    static const char *const passwords[] = {
        "", "secret", "jt", "jt_", "_", "__", "hunter2", "correct horse",
        "jt_" BODY, "jt_" BODY "00000", "jt_" BODY "0000000",
        "j_" BODY "000000", "jt" BODY "000000", "jt-" BODY "000000",
        "JT_" BODY "000000", "jt__" BODY "00000",
        "jt_" BODY "00000-", "jt_" BODY "00000 ", "jt_" BODY "000000 ",
        " jt_" BODY "000000", "jt_" BODY "000000\n",
        "jt_" BODY "00000\xC3", "jt_" BODY "0000\xC3\xA9",
        "abcdefghijklmnopq_" BODY "000000", "_" BODY "000000",
        "ghp_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "\xFF\xFE"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(passwords); i++) {
        check_shape("jt", passwords[i], JT_SECRET_FOREIGN);
    }
}
END_TEST

START_TEST(test_a_right_checksum_alone_is_foreign)
{
    /* Sealed correctly, but one character short, long or out of place. */
    static const char *const texts[] = {
        "j_" BODY, "JT_" BODY, "jt_" BODY "0",
        "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef",
        "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcde-f",
        "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcde_f",
        "abcdefghijklmnopq_" BODY
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        check_shape("jt", seal(texts[i]), JT_SECRET_FOREIGN);
    }
}
END_TEST

START_TEST(test_another_prefix_rightly_sealed_is_a_token)
{
    /* Changing JiraTokenPrefix breaks no token. */
    check_shape("jt", seal("old_" BODY), JT_SECRET_TOKEN);
    check_shape("jt", seal("jtx_" BODY), JT_SECRET_TOKEN);
    check_shape("jtx", seal("jt_" BODY), JT_SECRET_TOKEN);
}
END_TEST

START_TEST(test_only_our_prefix_can_be_mistyped)
{
    /* Another product's token may be this long: it is the next provider's. */
    check_shape("jt", "jt_" BODY "000000", JT_SECRET_MISTYPED);
    check_shape("jt", "jt_" BODY "zzzzzz", JT_SECRET_MISTYPED);
    check_shape("abcdefghijklmnop", "abcdefghijklmnop_" BODY "000000",
                JT_SECRET_MISTYPED);
    check_shape("jt", "old_" BODY "000000", JT_SECRET_FOREIGN);
    check_shape("jt", "jtx_" BODY "000000", JT_SECRET_FOREIGN);
    check_shape("jtx", "jt_" BODY "000000", JT_SECRET_FOREIGN);
    check_shape("jt", "jj_" BODY "000000", JT_SECRET_FOREIGN);
}
END_TEST

START_TEST(test_a_token_with_any_character_changed_is_none)
{
    /* A02: each position once, by each other character of the alphabet. */
    char *token = seal("jt_" BODY);
    char *c;
    size_t i;

    for (c = token; *c; c++) {
        char was = *c;

        for (i = 0; i < 62; i++) {
            if (base62[i] != was) {
                *c = base62[i];
                ck_assert_msg(jt_secret_shape("jt", token)
                                  != JT_SECRET_TOKEN, "%s", token);
            }
        }
        *c = was;
    }
    check_shape("jt", token, JT_SECRET_TOKEN);
}
END_TEST

/* Rightly sealed where the character is before the checksum. */
START_TEST(test_a_character_that_is_no_letter_or_digit_is_foreign)
{
    const size_t head = strlen("jt_");
    const char *token = seal("jt_" BODY);
    size_t place;
    int c;

    for (place = head; place < strlen(token); place++) {
        for (c = 1; c < 256; c++) {
            char *text = apr_pstrdup(units_pool, token);

            text[place] = (char)c;
            if (place < head + JT_SECRET_RANDOM) {
                text = seal(apr_pstrndup(units_pool, text,
                                         head + JT_SECRET_RANDOM));
            }
            if (!strchr(base62, c)) {
                check_shape("jt", text, JT_SECRET_FOREIGN);
            }
            else if (place < head + JT_SECRET_RANDOM) {
                check_shape("jt", text, JT_SECRET_TOKEN);
            }
        }
    }
}
END_TEST

START_TEST(test_a_token_cut_or_continued_is_foreign)
{
    char *token = seal("jt_" BODY);
    size_t length;

    check_shape("jt", apr_pstrcat(units_pool, token, "0", NULL),
                JT_SECRET_FOREIGN);
    check_shape("jt", apr_pstrcat(units_pool, token, token, NULL),
                JT_SECRET_FOREIGN);
    for (length = 0; length < strlen(token); length++) {
        check_shape("jt", apr_pstrndup(units_pool, token, length),
                    JT_SECRET_FOREIGN);
    }
}
END_TEST

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Of 61 degrees of freedom, 160 has a chance of about 1 in 10^10. */
static void check_spread(const int counts[62], int position)
{
    double expected = TOKENS / 62.0;
    double sum = 0;
    int i;

    for (i = 0; i < 62; i++) {
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    ck_assert_msg(sum < 160, "position %d: chi-square %f", position, sum);
    ck_assert_msg(sum > 10, "position %d is too even: %f", position, sum);
}

START_TEST(test_100000_tokens_differ_and_are_even)
{
    /* S03. 2^256 is a little less than 62^43: the first two characters
     * cannot be even, and all the others are. */
    char (*tokens)[JT_SECRET_SIZE] = calloc(TOKENS, JT_SECRET_SIZE);
    int counts[62];
    int at;
    int i;

    ck_assert_ptr_nonnull(tokens);
    for (i = 0; i < TOKENS; i++) {
        ck_assert_int_eq(jt_secret_make("jt", tokens[i]), APR_SUCCESS);
    }
    for (at = 3 + 2; at < 3 + JT_SECRET_RANDOM; at++) {
        memset(counts, 0, sizeof(counts));
        for (i = 0; i < TOKENS; i++) {
            counts[strchr(base62, tokens[i][at]) - base62]++;
        }
        check_spread(counts, at);
    }
    qsort(tokens, TOKENS, JT_SECRET_SIZE, by_text);
    for (i = 1; i < TOKENS; i++) {
        ck_assert_str_ne(tokens[i - 1], tokens[i]);
    }
    free(tokens);
}
END_TEST

static void make_in_child(char text[JT_SECRET_SIZE])
{
    int ends[2];
    pid_t child;
    int status;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char made[JT_SECRET_SIZE] = { 0 };
        int fine = jt_secret_make("jt", made) == APR_SUCCESS
                   && write(ends[1], made, sizeof(made)) == sizeof(made);

        _exit(fine ? 0 : 1);
    }
    ck_assert_int_eq(read(ends[0], text, JT_SECRET_SIZE), JT_SECRET_SIZE);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(ends[0]);
    close(ends[1]);
}

START_TEST(test_forked_children_make_different_tokens)
{
    /* S03: the generator has run before the fork, as in httpd's parent. */
    char parent[JT_SECRET_SIZE];
    char first[JT_SECRET_SIZE];
    char second[JT_SECRET_SIZE];

    ck_assert_int_eq(jt_secret_make("jt", parent), APR_SUCCESS);
    make_in_child(first);
    make_in_child(second);
    ck_assert_int_eq(jt_secret_make("jt", parent), APR_SUCCESS);
    check_shape("jt", first, JT_SECRET_TOKEN);
    check_shape("jt", second, JT_SECRET_TOKEN);
    ck_assert_str_ne(first, second);
    ck_assert_str_ne(first, parent);
    ck_assert_str_ne(second, parent);
}
END_TEST

static int no_bytes(unsigned char *bytes, int count)
{
    memset(bytes, 0, (size_t)count);
    return 0;
}

START_TEST(test_a_failing_generator_makes_no_token)
{
    /* S03 */
    RAND_METHOD broken = { 0 };
    char text[JT_SECRET_SIZE] = "old";
    apr_status_t status;

    broken.bytes = no_bytes;
    broken.pseudorand = no_bytes;
    ck_assert_int_eq(RAND_set_rand_method(&broken), 1);
    status = jt_secret_make("jt", text);
    RAND_set_rand_method(NULL);
    ck_assert_int_eq(status, APR_EGENERAL);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(jt_secret_make("jt", text), APR_SUCCESS);
}
END_TEST

START_TEST(test_strings_are_equal_only_byte_for_byte)
{
    static const struct {
        const char *a;
        const char *b;
        int equal;
    } cases[] = {
        { "", "", 1 }, { "a", "a", 1 }, { "alice", "alice", 1 },
        { "a", "", 0 }, { "", "a", 0 }, { "alice", "Alice", 0 },
        { "alice", "alice ", 0 }, { "alice", "alic", 0 },
        { "alice", "alicf", 0 }, { "xlice", "alice", 0 },
        { "jos\xC3\xA9", "jose\xCC\x81", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_secret_equal(cases[i].a, cases[i].b)
                      == !cases[i].equal, "case %d", (int)i);
    }
}
END_TEST

START_TEST(test_a_wiped_buffer_is_zero)
{
    unsigned char secret[64];
    size_t i;

    memset(secret, 0xA5, sizeof(secret));
    jt_secret_wipe(secret, 48);
    for (i = 0; i < sizeof(secret); i++) {
        ck_assert_int_eq(secret[i], i < 48 ? 0 : 0xA5);
    }
}
END_TEST

static jt_secret_ring_t *parse_ring(const char *text)
{
    jt_secret_ring_t *ring = NULL;
    const char *fault = NULL;

    ck_assert_msg(jt_secret_ring_parse(text, &ring, &fault, units_pool)
                      == APR_SUCCESS, "refused: %s", fault ? fault : "");
    ck_assert_ptr_nonnull(ring);
    return ring;
}

static const char *digits(int count, char digit)
{
    char *made = apr_palloc(units_pool, (size_t)count + 1);

    memset(made, digit, (size_t)count);
    made[count] = '\0';
    return made;
}

START_TEST(test_a_key_file_has_one_key_a_line)
{
    static const struct {
        const char *text;
        int count;
    } cases[] = {
        { KEY32, 1 }, { KEY32 "\n", 1 }, { KEY32 "\r\n", 1 },
        { KEY32 "\n\n\n", 1 }, { "\n" KEY32, 1 },
        { "# made in 2026\n" KEY32 "\n", 1 }, { "#\n#" KEY32 "\n" KEY32, 1 },
        { KEY32 "\n" KEY32, 2 }, { KEY32 "\r\n\r\n" KEY32 "\r\n", 2 },
        { "  " KEY32 "\t\n   # indented\n \t \n" KEY32 "  ", 2 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(jt_secret_ring_count(parse_ring(cases[i].text))
                      == cases[i].count, "case %d", (int)i);
    }
    parse_ring(digits(64, 'a'));
    parse_ring(digits(2048, 'F'));
}
END_TEST

static void check_ring_fault(const char *text, const char *words,
                             const char *key)
{
    jt_secret_ring_t *ring = NULL;
    const char *fault = NULL;

    ck_assert_int_eq(jt_secret_ring_parse(text, &ring, &fault, units_pool),
                     APR_EINVAL);
    ck_assert_ptr_null(ring);
    ck_assert_msg(fault && strstr(fault, words), "\"%s\" lacks \"%s\"",
                  fault ? fault : "", words);
    /* S04: the words go to the error log; the key must not. */
    ck_assert_msg(!strstr(fault, key), "\"%s\" holds the key", fault);
}

START_TEST(test_a_key_fault_names_the_line_and_never_the_key)
{
    const char *odd = digits(65, 'a');
    const char *tiny = digits(62, 'a');
    const char *huge = digits(2050, 'a');

    check_ring_fault(odd, "line 1 has an odd number", "aaaa");
    check_ring_fault(apr_pstrcat(units_pool, "# c\n\n", odd, NULL),
                     "line 3 has an odd number", "aaaa");
    check_ring_fault(tiny, "line 1 is too short", "aaaa");
    check_ring_fault("ab", "line 1 is too short", "ab ");
    check_ring_fault(huge, "line 1 is too long", "aaaa");
    check_ring_fault(digits(2049, 'a'), "line 1 is too long", "aaaa");
    check_ring_fault(apr_pstrcat(units_pool, KEY32 "\r\n", tiny, NULL),
                     "line 2 is too short", "aaaa");
    check_ring_fault(KEY32 "g0", "line 1 has a character", KEY32);
    check_ring_fault("hunter2", "line 1 has a character", "hunter2");
    check_ring_fault(KEY32 " " KEY32, "line 1 has a character", KEY32);
    check_ring_fault("0x" KEY32, "line 1 has a character", KEY32);
    check_ring_fault("\xEF\xBB\xBF" KEY32, "line 1 has a character", KEY32);
}
END_TEST

START_TEST(test_a_ring_holds_1_to_16_keys)
{
    const char *text = "# the ring\n";
    int i;

    for (i = 0; i < 16; i++) {
        text = apr_pstrcat(units_pool, text, KEY32 "\n", NULL);
    }
    ck_assert_int_eq(jt_secret_ring_count(parse_ring(text)), 16);
    text = apr_pstrcat(units_pool, text, KEY32 "\n", NULL);
    check_ring_fault(text, "line 18 is one key too many", KEY32);
    check_ring_fault("", "no key", "#");
    check_ring_fault("\n\r\n  \n", "no key", "#");
    check_ring_fault("# " KEY32 "\n", "no key", KEY32);
}
END_TEST

/* The digest as OpenSSL makes it in one go. */
static const char *expected_digest(const unsigned char *key, int length,
                                   const char *token)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    unsigned i;
    const char *made = "";

    ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key, length,
                               (const unsigned char *)token, strlen(token),
                               hash, &count));
    for (i = 0; i < count; i++) {
        made = apr_psprintf(units_pool, "%s%02x", made, hash[i]);
    }
    return made;
}

START_TEST(test_a_digest_is_hmac_sha_256)
{
    static const int sizes[] = { 32, 63, 64, 65, 100, 1024 };
    const char *const tokens[] = {
        seal("jt_" BODY), seal("abcdefghijklmnop_" BODY), "",
        digits(1000, 'x')
    };
    unsigned char key[1024];
    size_t i;
    size_t j;

    for (i = 0; i < sizeof(key); i++) {
        key[i] = (unsigned char)(i * 7 + 3);
    }
    for (i = 0; i < UNITS_COUNT(sizes); i++) {
        const char *hex = "";
        jt_secret_ring_t *ring;

        for (j = 0; j < (size_t)sizes[i]; j++) {
            hex = apr_psprintf(units_pool, "%s%02x", hex, key[j]);
        }
        ring = parse_ring(hex);
        for (j = 0; j < UNITS_COUNT(tokens); j++) {
            char digest[JT_SECRET_DIGEST_SIZE];

            ck_assert_int_eq(jt_secret_digest(ring, 0, tokens[j], digest),
                             APR_SUCCESS);
            ck_assert_str_eq(digest, expected_digest(key, sizes[i],
                                                     tokens[j]));
        }
    }
}
END_TEST

START_TEST(test_each_key_has_its_own_digest_and_repeats_it)
{
    const char *other = digits(64, 'b');
    jt_secret_ring_t *ring = parse_ring(apr_pstrcat(units_pool, KEY32 "\n",
                                                    other, "\n", NULL));
    char first[JT_SECRET_DIGEST_SIZE];
    char second[JT_SECRET_DIGEST_SIZE];
    char again[JT_SECRET_DIGEST_SIZE];

    jt_secret_digest(ring, 0, "jt_x", first);
    jt_secret_digest(ring, 1, "jt_x", second);
    jt_secret_digest(ring, 0, "jt_x", again);
    ck_assert_str_ne(first, second);
    ck_assert_str_eq(first, again);
    jt_secret_digest(parse_ring(other), 0, "jt_x", again);
    ck_assert_str_eq(second, again);
}
END_TEST

static void add_shape_tests(Suite *suite)
{
    TCase *shape = units_case(suite, "shape");

    tcase_add_test(shape, test_a_prefix_is_2_to_16_of_a_z_0_9);
    tcase_add_test(shape, test_the_checksum_is_crc_32);
    tcase_add_test(shape, test_a_made_token_has_the_shape_of_one);
    tcase_add_test(shape, test_an_unlawful_prefix_makes_no_token);
    tcase_add_test(shape, test_a_password_of_another_shape_is_foreign);
    tcase_add_test(shape, test_a_right_checksum_alone_is_foreign);
    tcase_add_test(shape, test_another_prefix_rightly_sealed_is_a_token);
    tcase_add_test(shape, test_only_our_prefix_can_be_mistyped);
    tcase_add_test(shape, test_a_token_with_any_character_changed_is_none);
    tcase_add_test(shape,
                   test_a_character_that_is_no_letter_or_digit_is_foreign);
    tcase_add_test(shape, test_a_token_cut_or_continued_is_foreign);
}

static void add_key_tests(Suite *suite)
{
    TCase *key = units_case(suite, "key");

    tcase_add_test(key, test_a_key_file_has_one_key_a_line);
    tcase_add_test(key, test_a_key_fault_names_the_line_and_never_the_key);
    tcase_add_test(key, test_a_ring_holds_1_to_16_keys);
    tcase_add_test(key, test_a_digest_is_hmac_sha_256);
    tcase_add_test(key, test_each_key_has_its_own_digest_and_repeats_it);
}

Suite *units_secret(void)
{
    Suite *suite = suite_create("secret");
    TCase *random = units_case(suite, "random");

    add_shape_tests(suite);
    add_key_tests(suite);
    tcase_set_timeout(random, 120);
    tcase_add_test(random, test_100000_tokens_differ_and_are_even);
    tcase_add_test(random, test_forked_children_make_different_tokens);
    tcase_add_test(random, test_a_failing_generator_makes_no_token);
    tcase_add_test(random, test_strings_are_equal_only_byte_for_byte);
    tcase_add_test(random, test_a_wiped_buffer_is_zero);
    return suite;
}
