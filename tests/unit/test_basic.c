/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading Basic credentials: what mod_auth_basic would find, and whether a
 * strict reader agrees.
 */
#include "units.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_basic.h"

typedef struct case_t {
    const char *header;
    int found;
    const char *user;
    const char *password;
    int canonical;
} case_t;

/* YWxpY2U6c2VjcmV0 is alice:secret, YWxpY2U6c2VjcmV0AGp1bms= has \0junk. */
START_TEST(test_only_one_canonical_spelling_is_canonical) /* A07, A09 */
{
    static const case_t cases[] = {
        { "Basic YWxpY2U6c2VjcmV0", 1, "alice", "secret", 1 },
        { "bAsIc  YWxpY2U6c2VjcmV0", 1, "alice", "secret", 1 },
        { "Basic YWxpY2U6c2VjcmV0AGp1bms=", 1, "alice", "secret", 0 },
        { "Basic YWxpY2U6c2VjcmV0!!!junk", 1, "alice", "secret", 0 },
        { "Basic YWxpY2U6c2VjcmV0 ", 1, "alice", "secret", 0 },
        { "Basic YWxpY2U6c2VjcmV0, Basic Ym9iOng=", 1, "alice", "secret", 0 },
        { "Basic YTpi", 1, "a", "b", 1 },
        { "Basic YTpiYw==", 1, "a", "bc", 1 },
        { "Basic YTpiYw=", 1, "a", "bc", 0 },
        { "Basic YTpiYw", 1, "a", "bc", 0 },
        { "Basic YTpiYx==", 1, "a", "bc", 0 },
        { "Basic YTpiYw===", 1, "a", "bc", 0 },
        { "Basic Om5vYm9keQ==", 1, "", "nobody", 1 },
        { "Basic bm9jb2xvbg==", 1, "nocolon", "", 1 },
        { "Basic YTpiOmM6", 1, "a", "b:c:", 1 },
        { "Basic !", 1, "", "", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_basic_t read;

        ck_assert_msg(jt_basic_parse(cases[i].header, &read, units_pool),
                      "%s is none", cases[i].header);
        ck_assert_str_eq(read.user, cases[i].user);
        ck_assert_str_eq(read.password, cases[i].password);
        ck_assert_msg(read.canonical == cases[i].canonical,
                      "%s is canonical: %d", cases[i].header, read.canonical);
    }
}
END_TEST

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

START_TEST(test_any_other_byte_in_any_place_is_not_canonical) /* A09 */
{
    char header[] = "Basic YTpiYTpiYTpi";
    char *group = header + strlen("Basic YTpi");
    int place;
    int byte;

    for (place = 0; place < 4; place++) {
        const char usual = group[place];

        for (byte = 1; byte < 256; byte++) {
            int known = strchr(alphabet, byte) != NULL;
            jt_basic_t read;

            group[place] = (char)byte;
            ck_assert(jt_basic_parse(header, &read, units_pool));
            ck_assert_msg(read.canonical == known, "%d in place %d", byte,
                          place);
            ck_assert_str_eq(read.user, "a");
        }
        group[place] = usual;
    }
}
END_TEST

/* Bytes of each value, but NUL, in each place of a group. */
START_TEST(test_what_was_encoded_is_decoded)
{
    char bytes[2 + 300 + 1] = "a:";
    char coded[500];
    int length;
    int i;

    for (length = 0; length <= 300; length++) {
        char *header;
        jt_basic_t read;

        for (i = 0; i < length; i++) {
            bytes[2 + i] = (char)(1 + (7 * i + length) % 255);
        }
        apr_base64_encode(coded, bytes, 2 + length);
        header = apr_pstrcat(units_pool, "Basic ", coded, NULL);
        bytes[2 + length] = '\0';
        ck_assert(jt_basic_parse(header, &read, units_pool));
        ck_assert(read.canonical);
        ck_assert_str_eq(read.user, "a");
        ck_assert_str_eq(read.password, bytes + 2);
    }
}
END_TEST

START_TEST(test_a_scheme_is_known_in_any_case_and_by_nothing_else)
{
    char header[] = "Basic YTpi";
    int place;
    int byte;

    for (place = 0; place < 5; place++) {
        const char usual = header[place];

        for (byte = 1; byte < 256; byte++) {
            header[place] = (char)byte;
            ck_assert_msg((jt_basic_after_scheme(header, "Basic") != NULL)
                              == (byte == usual || byte == (usual ^ 0x20)),
                          "%s", header);
        }
        header[place] = usual;
    }
}
END_TEST

START_TEST(test_other_schemes_and_empty_ones_are_no_basic_credentials) /* A11 */
{
    static const char *const headers[] = {
        "", "Basic", "Basic ", "Basic    ", "Basi YTpi", "BasicYTpi",
        "Basic\tYTpi", "Bearer YTpi", "Digest YTpi", " Basic YTpi"
    };
    jt_basic_t read = { 0 };
    size_t i;

    ck_assert(!jt_basic_parse(NULL, &read, units_pool));
    for (i = 0; i < UNITS_COUNT(headers); i++) {
        ck_assert_msg(!jt_basic_parse(headers[i], &read, units_pool),
                      "\"%s\" is one", headers[i]);
    }
    ck_assert_ptr_null(read.password);
}
END_TEST

START_TEST(test_a_wiped_password_is_gone)
{
    jt_basic_t read;

    ck_assert(jt_basic_parse("Basic YWxpY2U6c2VjcmV0", &read, units_pool));
    jt_basic_wipe(&read);
    ck_assert_str_eq(read.password, "");
    ck_assert_int_eq(read.password[5], 0);
    ck_assert_str_eq(read.user, "alice");
}
END_TEST

/* Both are aligned, and Ym9iOnNlY3JldHM= is bob:secrets. */
START_TEST(test_nothing_of_a_second_credential_is_left)
{
    static const char header[] = "Basic YTp4, Basic Ym9iOnNlY3JldHM=";
    jt_basic_t read;
    size_t i;

    ck_assert(jt_basic_parse(header, &read, units_pool));
    ck_assert_str_eq(read.user, "a");
    ck_assert_str_eq(read.password, "x");
    jt_basic_wipe(&read);
    for (i = 2; i < strlen("YTp4, Basic Ym9iOnNlY3JldHM="); i++) {
        ck_assert_msg(!read.user[i], "byte %d is left", (int)i);
    }
}
END_TEST

Suite *units_basic(void)
{
    Suite *suite = suite_create("basic");
    TCase *parse = units_case(suite, "parse");

    tcase_add_test(parse, test_only_one_canonical_spelling_is_canonical);
    tcase_add_test(parse,
                   test_any_other_byte_in_any_place_is_not_canonical);
    tcase_add_test(parse, test_what_was_encoded_is_decoded);
    tcase_add_test(parse,
                   test_a_scheme_is_known_in_any_case_and_by_nothing_else);
    tcase_add_test(parse,
                   test_other_schemes_and_empty_ones_are_no_basic_credentials);
    tcase_add_test(parse, test_a_wiped_password_is_gone);
    tcase_add_test(parse, test_nothing_of_a_second_credential_is_left);
    return suite;
}
