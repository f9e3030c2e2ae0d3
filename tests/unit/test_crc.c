/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_crc.c. What is right was computed by Python's zlib, or follows from
 * the polynomial.
 */
#include "units.h"

#include <string.h>

#include "core/jt_crc.h"

#define MANY 4096

/* Bytes of every kind. */
static void fill(char *bytes, size_t length)
{
    apr_uint32_t x = 1;
    size_t i;

    for (i = 0; i < length; i++) {
        x = x * 1103515245 + 12345;
        bytes[i] = (char)(x >> 24);
    }
}

START_TEST(test_a_checksum_is_crc_32)
{
    static const struct {
        const char *text;
        apr_size_t length;
        apr_uint32_t crc;
    } cases[] = {
        { "", 0, 0 },
        { "123456789", 9, 0xcbf43926 }, /* the check value of ISO 3309 */
        { "a", 1, 0xe8b7be43 },
        { "", 1, 0xd202ef8d }, /* one NUL */
        { "\xff\xff\xff\xff", 4, 0xffffffff }
    };
    char bytes[MANY];
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_uint_eq(jt_crc_make(cases[i].text, cases[i].length),
                          cases[i].crc);
    }
    fill(bytes, sizeof(bytes));
    ck_assert_uint_eq(jt_crc_make(bytes, sizeof(bytes)), 0x831f81de);
}
END_TEST

/* Bit by bit, as the polynomial is defined. */
static apr_uint32_t make_slowly(const char *text, size_t length)
{
    apr_uint32_t crc = 0xffffffff;
    int bit;

    for (; length; length--) {
        crc ^= (unsigned char)*text++;
        for (bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}

/* Each row of each table, alone and behind others. */
START_TEST(test_each_byte_counts_where_it_stands)
{
    char bytes[8];
    size_t length;
    size_t place;
    int byte;

    for (length = 1; length <= sizeof(bytes); length++) {
        for (place = 0; place < length; place++) {
            memset(bytes, 'x', sizeof(bytes));
            for (byte = 0; byte < 256; byte++) {
                bytes[place] = (char)byte;
                ck_assert_uint_eq(jt_crc_make(bytes, length),
                                  make_slowly(bytes, length));
            }
        }
    }
}
END_TEST

START_TEST(test_a_text_of_any_length_may_begin_anywhere)
{
    char bytes[MANY];
    size_t from;
    size_t length;

    fill(bytes, sizeof(bytes));
    for (from = 0; from < 16; from++) {
        for (length = 0; length <= 130; length++) {
            ck_assert_uint_eq(jt_crc_make(bytes + from, length),
                              make_slowly(bytes + from, length));
        }
    }
    ck_assert_uint_eq(jt_crc_make(bytes, sizeof(bytes)),
                      make_slowly(bytes, sizeof(bytes)));
}
END_TEST

Suite *units_crc(void)
{
    Suite *suite = suite_create("crc");
    TCase *crc = units_case(suite, "crc");

    tcase_add_test(crc, test_a_checksum_is_crc_32);
    tcase_add_test(crc, test_each_byte_counts_where_it_stands);
    tcase_add_test(crc, test_a_text_of_any_length_may_begin_anywhere);
    return suite;
}
