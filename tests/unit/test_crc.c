/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_crc.c. What is right was computed by Python's zlib.
 */
#include "units.h"

#include "core/jt_crc.h"

#define MANY 4096

/* Bytes of every kind: the checksum of all looks at each row of the table. */
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

START_TEST(test_a_text_in_parts_has_the_checksum_of_the_whole)
{
    char bytes[MANY];
    apr_uint32_t crc = JT_CRC_BEGIN;
    size_t i;

    fill(bytes, sizeof(bytes));
    for (i = 0; i < sizeof(bytes); i++) {
        ck_assert_uint_eq((apr_uint32_t)~crc, jt_crc_make(bytes, i));
        crc = jt_crc_add(crc, bytes[i]);
    }
    ck_assert_uint_eq((apr_uint32_t)~crc, jt_crc_make(bytes, i));
}
END_TEST

Suite *units_crc(void)
{
    Suite *suite = suite_create("crc");
    TCase *crc = units_case(suite, "crc");

    tcase_add_test(crc, test_a_checksum_is_crc_32);
    tcase_add_test(crc, test_a_text_in_parts_has_the_checksum_of_the_whole);
    return suite;
}
