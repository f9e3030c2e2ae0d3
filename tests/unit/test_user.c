/* SPDX-License-Identifier: Apache-2.0
 *
 * Which user names can own tokens, and how a name from credentials is read.
 */
#include "units.h"

#include <apr_strings.h>

#include "core/jt_user.h"

#define EMOJI "\xF0\x9F\x98\x80"     /* U+1F600 */

START_TEST(test_a_user_name_has_1_to_255_bytes)
{
    ck_assert_int_eq(jt_user_is_valid(NULL), 0);
    ck_assert_int_eq(jt_user_is_valid(""), 0);
    ck_assert_int_ne(jt_user_is_valid("a"), 0);
    ck_assert_int_ne(jt_user_is_valid(units_repeat("a", 255)), 0);
    ck_assert_int_eq(jt_user_is_valid(units_repeat("a", 256)), 0);
    ck_assert_int_ne(jt_user_is_valid(units_repeat("\xC3\xA9", 127)), 0);
    ck_assert_int_eq(jt_user_is_valid(units_repeat("\xC3\xA9", 128)), 0);
    ck_assert_int_ne(jt_user_is_valid(units_repeat(EMOJI, 63)), 0);
    ck_assert_int_eq(jt_user_is_valid(units_repeat(EMOJI, 64)), 0);
}
END_TEST

START_TEST(test_a_user_name_is_utf_8_without_controls)
{
    static const struct {
        const char *name;
        int is_user;
    } cases[] = {
        { "alice", 1 }, { "o'brien", 1 }, { "EXAMPLE\\alice", 1 },
        { "alice@example.org", 1 }, { "alice b", 1 }, { "a  b", 1 }, { "$(reboot)", 1 },
        { "jos\xC3\xA9", 1 }, { "jose\xCC\x81", 1 },
        { "\xE4\xB8\xAD\xE6\x96\x87", 1 }, { "a\nb", 0 }, { "a\r", 0 },
        { "a\tb", 0 }, { "\x7F", 0 }, { "a\xC2\x85", 0 },
        { "a\xE2\x80\xA8", 0 }, { "jos\xE9", 0 }, { "\xC0\x80", 0 },
        { "\xED\xA0\x80", 0 }, { "a\xFF", 0 }, { "a\xE2\x82", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_user_is_valid(cases[i].name) == !cases[i].is_user,
                      "case %d", (int)i);
    }
}
END_TEST

/* The contract's list, at each place of a name. */
START_TEST(test_a_name_with_a_character_that_nobody_sees_is_nobodys)
{
    static const char *const hidden[] = {
        "\xC2\xAD", "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D",
        "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8", "\xE2\x80\xA9",
        "\xE2\x80\xAA", "\xE2\x80\xAE", "\xE2\x81\xA0", "\xE2\x81\xA6",
        "\xE2\x81\xA9", "\xEF\xBB\xBF"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(hidden); i++) {
        const char *c = hidden[i];

        ck_assert_msg(!jt_user_is_valid(c), "%d", (int)i);
        ck_assert_msg(!jt_user_is_valid(apr_pstrcat(units_pool, c, "al",
                                                    NULL)), "%d", (int)i);
        ck_assert_msg(!jt_user_is_valid(apr_pstrcat(units_pool, "a", c, "l",
                                                    NULL)), "%d", (int)i);
        ck_assert_msg(!jt_user_is_valid(apr_pstrcat(units_pool, "al", c,
                                                    NULL)), "%d", (int)i);
    }
    /* their neighbours */
    ck_assert(jt_user_is_valid("a\xE2\x80\x90z"));
    ck_assert(jt_user_is_valid("a\xE2\x80\xA7z"));
    ck_assert(jt_user_is_valid("a\xE2\x80\xAFz"));
    ck_assert(jt_user_is_valid("a\xE2\x81\x9Fz"));
    ck_assert(jt_user_is_valid("a\xE2\x81\xAAz"));
}
END_TEST

START_TEST(test_a_name_with_white_space_at_an_end_is_nobodys)
{
    static const char *const spaces[] = {
        " ", "  ", "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\x80",
        "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(spaces); i++) {
        const char *c = spaces[i];

        ck_assert_msg(!jt_user_is_valid(c), "%d", (int)i);
        ck_assert_msg(!jt_user_is_valid(apr_pstrcat(units_pool, c, "al",
                                                    NULL)), "%d", (int)i);
        ck_assert_msg(!jt_user_is_valid(apr_pstrcat(units_pool, "al", c,
                                                    NULL)), "%d", (int)i);
        ck_assert_msg(jt_user_is_valid(apr_pstrcat(units_pool, "a", c, "l",
                                                   NULL)), "%d", (int)i);
    }
}
END_TEST

START_TEST(test_a_name_is_read_as_utf_8_or_else_as_latin_1)
{
    static const struct {
        const char *sent;
        const char *read;
    } cases[] = {
        { "", "" }, { "alice", "alice" }, { "jos\xC3\xA9", "jos\xC3\xA9" },
        { "jos\xE9", "jos\xC3\xA9" }, { "\xFF", "\xC3\xBF" },
        { "\x80", "\xC2\x80" }, { "\xC3", "\xC3\x83" },
        /* one bad byte, and it is all Latin-1 */
        { "\xC3\xA9\xE9", "\xC3\x83\xC2\xA9\xC3\xA9" },
        { EMOJI, EMOJI }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        char *name = apr_pstrdup(units_pool, cases[i].sent);

        ck_assert_str_eq(jt_user_read(name, units_pool), cases[i].read);
        ck_assert_str_eq(name, cases[i].sent);
    }
}
END_TEST

START_TEST(test_ascii_letters_are_lowered_and_nothing_else)
{
    char name[] = "@AZ[`az{ \xC3\x89 09";

    jt_user_lower(name);
    ck_assert_str_eq(name, "@az[`az{ \xC3\x89 09");
}
END_TEST

Suite *units_user(void)
{
    Suite *suite = suite_create("user");
    TCase *valid = units_case(suite, "valid");
    TCase *read = units_case(suite, "read");

    tcase_add_test(valid, test_a_user_name_has_1_to_255_bytes);
    tcase_add_test(valid, test_a_user_name_is_utf_8_without_controls);
    tcase_add_test(valid,
                   test_a_name_with_a_character_that_nobody_sees_is_nobodys);
    tcase_add_test(valid, test_a_name_with_white_space_at_an_end_is_nobodys);
    tcase_add_test(read, test_a_name_is_read_as_utf_8_or_else_as_latin_1);
    tcase_add_test(read, test_ascii_letters_are_lowered_and_nothing_else);
    return suite;
}
