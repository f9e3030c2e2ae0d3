/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_entry.c: what is written is read back, and of what somebody else
 * has written, cut or changed nothing is believed. Bytes are given in memory
 * that ends where they end, so that valgrind sees a reader that goes on.
 */
#include "units.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/jt_entry.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Kind, asked_at, epoch, mark; lease, id, expires_at, last_used_at,
 * created_at. */
#define HEAD (1 + 8 + 8 + 4)
#define NUMBERS (8 + 8 + 8 + 8 + 8)
/* Texts, their NULs and the byte before the last. */
#define TEXTS (JT_ENTRY_SIZE - HEAD - NUMBERS - JT_SECRET_HASH_SIZE)

static const unsigned char id[JT_SECRET_HASH_SIZE] =
    "an id of thirty-two bytes, so it";
static const unsigned char other_id[JT_SECRET_HASH_SIZE] =
    "an id of thirty-two bytes, so IT";

static jt_entry_t make_entry(void)
{
    jt_entry_t entry = { 0 };

    entry.asked_at = 1800000000;
    entry.epoch = APR_UINT64_C(0xfedcba9876543210);
    entry.generation = 0x89abcdef;
    entry.lease = APR_UINT64_C(0x1122334455667788);
    entry.ends_at = 1800003600;
    entry.grant.id = 7;
    entry.grant.user = "alice";
    entry.grant.label = "report";
    entry.grant.expires_at = JT_TOKEN_NEVER;
    entry.grant.last_used_at = JT_TOKEN_NEVER;
    entry.grant.created_at = 1700000000;
    return entry;
}

/* The same bytes, where the next one is nobody's. */
static apr_status_t parse(const unsigned char *bytes, apr_size_t length,
                          const unsigned char *under,
                          const jt_secret_ring_t *ring, jt_entry_t *entry)
{
    unsigned char *exact = malloc(length + !length);
    apr_status_t status;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, length);
    status = jt_entry_parse(exact, length, under, ring, entry, units_pool);
    free(exact);
    return status;
}

static void assert_same_text(const char *a, const char *b)
{
    if (a && b) {
        ck_assert_str_eq(a, b);
    }
    else {
        ck_assert_ptr_eq(a, b);
    }
}

static void assert_same(const jt_entry_t *a, const jt_entry_t *b)
{
    ck_assert_int_eq(!a->is_tombstone, !b->is_tombstone);
    ck_assert_int_eq(a->asked_at, b->asked_at);
    ck_assert_uint_eq(a->epoch, b->epoch);
    ck_assert_uint_eq(a->generation, b->generation);
    ck_assert_int_eq(!a->is_lease, !b->is_lease);
    if (a->is_tombstone) {
        return;
    }
    ck_assert_uint_eq(a->lease, b->lease);
    if (a->is_lease) {
        ck_assert_int_eq(a->ends_at, b->ends_at);
        return;
    }
    ck_assert_int_eq(a->grant.id, b->grant.id);
    ck_assert_int_eq(a->grant.expires_at, b->grant.expires_at);
    ck_assert_int_eq(a->grant.last_used_at, b->grant.last_used_at);
    ck_assert_int_eq(a->grant.created_at, b->grant.created_at);
    assert_same_text(a->grant.user, b->grant.user);
    assert_same_text(a->grant.label, b->grant.label);
    assert_same_text(a->grant.restrictions, b->grant.restrictions);
}

static void check_round_trip(const jt_entry_t *entry)
{
    const jt_secret_ring_t *const rings[] = { NULL, units_ring(KEY) };
    size_t i;

    for (i = 0; i < UNITS_COUNT(rings); i++) {
        unsigned char bytes[JT_ENTRY_SIZE];
        jt_entry_t back;
        apr_size_t length = jt_entry_write(entry, id, rings[i], bytes);

        ck_assert_uint_gt(length, 0);
        ck_assert_uint_le(length, JT_ENTRY_SIZE);
        UNITS_OK(parse(bytes, length, id, rings[i], &back));
        assert_same(entry, &back);
    }
}

START_TEST(test_what_is_written_is_read_back)
{
    static const char *const texts[] = {
        "", "a", "full", "al\303\255ce \xF0\x9F\xA6\x8A", "\x01\xFF\x7F"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        jt_entry_t entry = make_entry();

        entry.grant.user = texts[i];
        check_round_trip(&entry);
        entry.grant.label = texts[i];
        check_round_trip(&entry);
        entry.grant.restrictions = texts[i];
        check_round_trip(&entry);
    }
}
END_TEST

START_TEST(test_numbers_of_any_size_are_read_back)
{
    static const apr_int64_t numbers[] = {
        JT_TOKEN_NEVER, 0, 1, 255, 256, APR_INT64_C(0x0102030405060708),
        APR_INT64_MAX, APR_INT64_MIN
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(numbers); i++) {
        jt_entry_t entry = make_entry();

        entry.asked_at = numbers[i];
        entry.epoch = (apr_uint64_t)numbers[i];
        entry.generation = (apr_uint32_t)numbers[i];
        entry.lease = (apr_uint64_t)numbers[i];
        entry.grant.id = numbers[i];
        check_round_trip(&entry);
        entry.grant.expires_at = numbers[i];
        check_round_trip(&entry);
        entry.grant.last_used_at = numbers[i];
        check_round_trip(&entry);
    }
}
END_TEST

START_TEST(test_a_revocation_says_nothing_of_a_row)
{
    jt_entry_t entry = make_entry();
    unsigned char bytes[JT_ENTRY_SIZE];
    jt_entry_t back;

    entry.is_tombstone = 1;
    check_round_trip(&entry);
    memset(&entry.grant, 0, sizeof(entry.grant));
    check_round_trip(&entry);
    ck_assert_uint_eq(jt_entry_write(&entry, id, NULL, bytes), HEAD);
    UNITS_OK(parse(bytes, HEAD, id, NULL, &back));
    ck_assert_ptr_null(back.grant.user);
}
END_TEST

START_TEST(test_a_lease_says_nothing_of_a_row)
{
    static const char expected[] =
        "\x14" "\0\0\0\0\x6b\x49\xd2\0" "\xfe\xdc\xba\x98\x76\x54\x32\x10"
        "\x89\xab\xcd\xef" "\x11\x22\x33\x44\x55\x66\x77\x88"
        "\0\0\0\0\x6b\x49\xe0"; /* and \x10 */
    jt_entry_t entry = make_entry();
    unsigned char bytes[JT_ENTRY_SIZE];
    jt_entry_t back;

    entry.is_lease = 1;
    check_round_trip(&entry);
    ck_assert_uint_eq(jt_entry_write(&entry, id, NULL, bytes), HEAD + 16);
    ck_assert_mem_eq(bytes, expected, sizeof(expected) - 1);
    UNITS_OK(parse(bytes, HEAD + 16, id, NULL, &back));
    ck_assert_ptr_null(back.grant.user);
    entry.is_tombstone = 1;
    ck_assert_uint_eq(jt_entry_write(&entry, id, NULL, bytes), HEAD);
}
END_TEST

START_TEST(test_a_grant_belongs_to_one_lease)
{
    jt_entry_t grant = make_entry();
    jt_entry_t lease = make_entry();

    ck_assert(!jt_entry_is_under(&grant, &lease)); /* another grant */
    lease.is_lease = 1;
    ck_assert(jt_entry_is_under(&grant, &lease));
    lease.lease ^= 1;
    ck_assert(!jt_entry_is_under(&grant, &lease));
    lease.lease = grant.lease ^ APR_UINT64_C(0x8000000000000000);
    ck_assert(!jt_entry_is_under(&grant, &lease));
    grant.lease = lease.lease = 0; /* none is not a lease */
    ck_assert(!jt_entry_is_under(&grant, &lease));
    grant = lease = make_entry();
    lease.is_tombstone = 1;
    ck_assert(!jt_entry_is_under(&grant, &lease));
}
END_TEST

START_TEST(test_a_lease_lasts_until_its_end)
{
    jt_entry_t lease = make_entry();

    ck_assert(!jt_entry_is_lasting(&lease, 0)); /* a grant */
    lease.is_lease = 1;
    ck_assert(jt_entry_is_lasting(&lease, 0));
    ck_assert(jt_entry_is_lasting(&lease, lease.ends_at));
    ck_assert(!jt_entry_is_lasting(&lease, lease.ends_at + 1));
    lease.ends_at = APR_INT64_MIN;
    ck_assert(!jt_entry_is_lasting(&lease, 0));
}
END_TEST

/* Texts that take so many bytes with what goes with them. */
static void fill(jt_entry_t *entry, apr_size_t size, int is_limited)
{
    apr_size_t label = size - strlen(entry->grant.user) - 3
                       - (is_limited ? strlen("::1") + 1 : 0);
    char *text = apr_palloc(units_pool, label + 1);

    memset(text, 'x', label);
    text[label] = '\0';
    entry->grant.label = text;
    entry->grant.restrictions = is_limited ? "::1" : NULL;
}

START_TEST(test_the_largest_entry_fits_and_one_byte_more_does_not)
{
    const jt_secret_ring_t *const rings[] = { NULL, units_ring(KEY) };
    size_t i;

    for (i = 0; i < 2 * UNITS_COUNT(rings); i++) {
        jt_entry_t entry = make_entry();
        unsigned char bytes[JT_ENTRY_SIZE];

        fill(&entry, TEXTS, i % 2);
        check_round_trip(&entry);
        ck_assert_uint_eq(jt_entry_write(&entry, id, rings[i / 2], bytes),
                          JT_ENTRY_SIZE
                              - (rings[i / 2] ? 0 : JT_SECRET_HASH_SIZE));
        fill(&entry, TEXTS + 1, i % 2);
        ck_assert_uint_eq(jt_entry_write(&entry, id, rings[i / 2], bytes), 0);
        fill(&entry, 100000, i % 2);
        ck_assert_uint_eq(jt_entry_write(&entry, id, rings[i / 2], bytes), 0);
    }
}
END_TEST

START_TEST(test_bytes_do_not_depend_on_the_machine)
{
    static const char expected[] =
        "\x16" "\0\0\0\0\x6b\x49\xd2\0" "\xfe\xdc\xba\x98\x76\x54\x32\x10"
        "\x89\xab\xcd\xef" "\x11\x22\x33\x44\x55\x66\x77\x88"
        "\0\0\0\0\0\0\0\x07"
        "\xff\xff\xff\xff\xff\xff\xff\xff" "\xff\xff\xff\xff\xff\xff\xff\xff"
        "\0\0\0\0\x65\x53\xf1\0" "alice\0" "report\0" "\x01" "::1"; /* and its NUL */
    jt_entry_t entry = make_entry();
    unsigned char bytes[JT_ENTRY_SIZE];

    entry.grant.restrictions = "::1";
    ck_assert_uint_eq(jt_entry_write(&entry, id, NULL, bytes),
                      sizeof(expected));
    ck_assert_mem_eq(bytes, expected, sizeof(expected));
}
END_TEST

#define SAMPLES 4

/* Of each kind, with and without what may be missing. */
static apr_size_t write_sample(int nth, const jt_secret_ring_t *ring,
                               unsigned char bytes[JT_ENTRY_SIZE])
{
    jt_entry_t entry = make_entry();

    entry.is_tombstone = nth == 2;
    entry.is_lease = nth == 3;
    entry.grant.restrictions = nth ? "::1" : NULL;
    return jt_entry_write(&entry, id, ring, bytes);
}

START_TEST(test_an_entry_cut_short_or_continued_is_none) /* F13 */
{
    const jt_secret_ring_t *const rings[] = { NULL, units_ring(KEY) };
    size_t i;

    for (i = 0; i < SAMPLES * UNITS_COUNT(rings); i++) {
        const jt_secret_ring_t *ring = rings[i / SAMPLES];
        unsigned char bytes[JT_ENTRY_SIZE];
        apr_size_t length = write_sample((int)(i % SAMPLES), ring, bytes);
        apr_size_t cut;
        jt_entry_t back;

        UNITS_OK(parse(bytes, length, id, ring, &back));
        for (cut = 0; cut < length; cut++) {
            ck_assert_msg(parse(bytes, cut, id, ring, &back) == APR_EINVAL,
                          "the first %d of %d bytes", (int)cut, (int)length);
        }
        bytes[length] = '\0';
        ck_assert_int_eq(parse(bytes, length + 1, id, ring, &back),
                         APR_EINVAL);
    }
}
END_TEST

START_TEST(test_a_sealed_entry_with_any_bit_changed_is_none) /* F13 */
{
    jt_secret_ring_t *ring = units_ring(KEY);
    int nth;

    for (nth = 0; nth < SAMPLES; nth++) {
        unsigned char bytes[JT_ENTRY_SIZE];
        apr_size_t length = write_sample(nth, ring, bytes);
        apr_size_t bit;
        jt_entry_t back;

        for (bit = 0; bit < 8 * length; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            ck_assert_msg(parse(bytes, length, id, ring, &back) == APR_EINVAL,
                          "bit %d of kind %d", (int)bit, nth);
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        UNITS_OK(parse(bytes, length, id, ring, &back));
    }
}
END_TEST

START_TEST(test_a_seal_is_of_one_id_and_one_ring) /* F13 */
{
    jt_secret_ring_t *ring = units_ring(KEY);
    unsigned char bytes[JT_ENTRY_SIZE];
    jt_entry_t back;
    apr_size_t length = write_sample(0, ring, bytes);

    ck_assert_int_eq(parse(bytes, length, other_id, ring, &back), APR_EINVAL);
    ck_assert_int_eq(parse(bytes, length, id, units_ring(OTHER), &back),
                     APR_EINVAL);
    ck_assert_int_eq(parse(bytes, length, id, units_ring(OTHER "\n" KEY),
                           &back), APR_EINVAL);
    UNITS_OK(parse(bytes, length, id, units_ring(KEY "\n" OTHER), &back));
    /* Without its seal, as whoever has no key would write it. */
    ck_assert_int_eq(parse(bytes, length - JT_SECRET_HASH_SIZE, id, ring,
                           &back), APR_EINVAL);
    length = write_sample(0, NULL, bytes);
    ck_assert_int_eq(parse(bytes, length, id, ring, &back), APR_EINVAL);
}
END_TEST

START_TEST(test_a_seal_around_other_bytes_does_not_make_them_an_entry)
{
    jt_secret_ring_t *ring = units_ring(KEY);
    unsigned char all[JT_SECRET_HASH_SIZE + 80] = { 0 };
    unsigned char seal[JT_SECRET_HASH_SIZE];
    apr_size_t length;
    jt_entry_t back;

    memcpy(all, id, sizeof(id));
    for (length = 0; length <= 80; length++) {
        unsigned char bytes[80 + JT_SECRET_HASH_SIZE];

        UNITS_OK(jt_secret_seal(ring, all, JT_SECRET_HASH_SIZE + length,
                                seal));
        memcpy(bytes, all + JT_SECRET_HASH_SIZE, length);
        memcpy(bytes + length, seal, sizeof(seal));
        ck_assert_int_eq(parse(bytes, length + sizeof(seal), id, ring, &back),
                         APR_EINVAL);
    }
}
END_TEST

START_TEST(test_bytes_of_any_kind_are_read_within_their_bounds)
{
    unsigned seed = 1;
    int round;

    for (round = 0; round < 20000; round++) {
        unsigned char bytes[HEAD + NUMBERS + 40];
        apr_size_t length;
        apr_size_t i;
        jt_entry_t back;

        for (i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1103515245 + 12345;
            /* Many a NUL, so that texts end within. */
            bytes[i] = (unsigned char)(seed >> 16 & 3 ? seed >> 20 : 0);
        }
        bytes[0] = (unsigned char)(0x10 + round % 8);
        length = seed % (sizeof(bytes) + 1);
        if (parse(bytes, length, id, NULL, &back) == APR_SUCCESS
            && !back.is_tombstone) {
            unsigned char again[JT_ENTRY_SIZE];

            /* Any byte but 0 says that restrictions are there. */
            ck_assert_uint_eq(jt_entry_write(&back, id, NULL, again), length);
        }
    }
}
END_TEST

START_TEST(test_another_version_of_an_entry_is_none)
{
    unsigned char bytes[JT_ENTRY_SIZE];
    apr_size_t length = write_sample(0, NULL, bytes);
    jt_entry_t back;
    int kind;

    for (kind = 0; kind < 256; kind++) {
        bytes[0] = (unsigned char)kind;
        ck_assert_int_eq(parse(bytes, length, id, NULL, &back),
                         kind == 0x16 ? APR_SUCCESS : APR_EINVAL);
    }
}
END_TEST

START_TEST(test_too_much_is_not_an_entry)
{
    static unsigned char bytes[100000];
    jt_secret_ring_t *ring = units_ring(KEY);
    jt_entry_t back;

    ck_assert_int_eq(parse(bytes, JT_ENTRY_SIZE + 1, id, ring, &back),
                     APR_EINVAL);
    ck_assert_int_eq(parse(bytes, sizeof(bytes), id, ring, &back),
                     APR_EINVAL);
}
END_TEST

Suite *units_entry(void)
{
    Suite *suite = suite_create("entry");
    TCase *own = units_case(suite, "own");
    TCase *forged = units_case(suite, "forged");

    tcase_add_test(own, test_what_is_written_is_read_back);
    tcase_add_test(own, test_numbers_of_any_size_are_read_back);
    tcase_add_test(own, test_a_revocation_says_nothing_of_a_row);
    tcase_add_test(own, test_a_lease_says_nothing_of_a_row);
    tcase_add_test(own, test_a_grant_belongs_to_one_lease);
    tcase_add_test(own, test_a_lease_lasts_until_its_end);
    tcase_add_test(own,
                   test_the_largest_entry_fits_and_one_byte_more_does_not);
    tcase_add_test(own, test_bytes_do_not_depend_on_the_machine);
    tcase_set_timeout(forged, 60);
    tcase_add_test(forged, test_an_entry_cut_short_or_continued_is_none);
    tcase_add_test(forged, test_a_sealed_entry_with_any_bit_changed_is_none);
    tcase_add_test(forged, test_a_seal_is_of_one_id_and_one_ring);
    tcase_add_test(forged,
                   test_a_seal_around_other_bytes_does_not_make_them_an_entry);
    tcase_add_test(forged,
                   test_bytes_of_any_kind_are_read_within_their_bounds);
    tcase_add_test(forged, test_another_version_of_an_entry_is_none);
    tcase_add_test(forged, test_too_much_is_not_an_entry);
    return suite;
}
