/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_label.c: what may stand in a label or a user name.
 */
#include "units.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_label.h"

#define EMOJI "\xF0\x9F\x98\x80"     /* U+1F600 */
#define REPLACEMENT "\xEF\xBF\xBD"   /* U+FFFD */
#define CHECK_MARK "\xE2\x9C\x85"    /* U+2705, three bytes */

typedef struct trimmed_t {
    const char *text;
    const char *label;
} trimmed_t;

static void check_fine(const trimmed_t *cases, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const char *label = NULL;

        ck_assert_msg(jt_label_parse(cases[i].text, &label, units_pool)
                          == JT_LABEL_FINE, "case %d: \"%s\" was refused",
                      (int)i, cases[i].text);
        ck_assert_str_eq(label, cases[i].label);
    }
}

/* Each text alone, inside a word, and at both ends of one: where it stands
 * must not matter. */
static void check_fault(const char *text, jt_label_fault_t expected)
{
    const char *const around[][2] = {
        { "", "" }, { "a", "b" }, { "", "b" }, { "a", "" }, { " ", " a" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(around); i++) {
        const char *whole = apr_pstrcat(units_pool, around[i][0], text,
                                        around[i][1], NULL);
        const char *label = "untouched";
        jt_label_fault_t fault = jt_label_parse(whole, &label, units_pool);

        ck_assert_msg(fault == expected, "%s: %d, not %d",
                      apr_pescape_echo(units_pool, whole, 0), (int)fault,
                      (int)expected);
        ck_assert_str_eq(label, "untouched");
    }
}

/* Written after RFC 3629's table, not after the code under test. */
static const char *encode(unsigned c)
{
    char *made = apr_pcalloc(units_pool, 5);

    if (c < 0x80) {
        made[0] = (char)c;
    }
    else if (c < 0x800) {
        made[0] = (char)(0xC0 | c >> 6);
        made[1] = (char)(0x80 | (c & 0x3F));
    }
    else if (c < 0x10000) {
        made[0] = (char)(0xE0 | c >> 12);
        made[1] = (char)(0x80 | (c >> 6 & 0x3F));
        made[2] = (char)(0x80 | (c & 0x3F));
    }
    else {
        made[0] = (char)(0xF0 | c >> 18);
        made[1] = (char)(0x80 | (c >> 12 & 0x3F));
        made[2] = (char)(0x80 | (c >> 6 & 0x3F));
        made[3] = (char)(0x80 | (c & 0x3F));
    }
    return made;
}

static void check_range(unsigned first, unsigned last,
                        jt_label_fault_t expected)
{
    unsigned c;

    for (c = first; c <= last; c++) {
        check_fault(encode(c), expected);
    }
}

START_TEST(test_letters_of_any_script_are_a_label)
{
    /* I09: plain Arabic and Hebrew read from the right by themselves. */
    static const trimmed_t cases[] = {
        { "ci", "ci" },
        { "a", "a" },
        { "0", "0" },
        { "Looker Studio", "Looker Studio" },
        { "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7",
          "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7" },
        { "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
          "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D" },
        { "\xE4\xB8\xAD\xE6\x96\x87\xE4\xBB\xA4\xE7\x89\x8C",
          "\xE4\xB8\xAD\xE6\x96\x87\xE4\xBB\xA4\xE7\x89\x8C" },
        { "e\xCC\x81t\xC3\xA9", "e\xCC\x81t\xC3\xA9" },
        { "\xF0\xA0\x9C\x8E", "\xF0\xA0\x9C\x8E" },
        { "' OR 1=1--", "' OR 1=1--" },
        { "%s %n \\ ;", "%s %n \\ ;" },
        { "<script>alert(1)</script>", "<script>alert(1)</script>" }
    };

    check_fine(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_emoji_are_a_label)
{
    static const trimmed_t cases[] = {
        { EMOJI, EMOJI },
        /* A family: three emoji joined by U+200D, as one glyph. */
        { "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\xE2\x80\x8D"
          "\xF0\x9F\x91\xA6",
          "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\xE2\x80\x8D"
          "\xF0\x9F\x91\xA6" },
        /* A heart with U+FE0F, a flag, a skin tone. */
        { "\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4\xEF\xB8\x8F" },
        { "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
          "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA" },
        { "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
          "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD" }
    };

    check_fine(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_spaces_are_cut_from_both_ends_only)
{
    static const trimmed_t cases[] = {
        { " a", "a" }, { "a ", "a" }, { "  a b  ", "a b" },
        { "a  b", "a  b" },
        { "\xC2\xA0" "a\xC2\xA0", "a" },
        { "\xE3\x80\x80\xE4\xB8\xAD\xE3\x80\x80", "\xE4\xB8\xAD" },
        { "\xE2\x80\x83 \xE2\x80\xAF" "a\xC2\xA0" "b \xE1\x9A\x80",
          "a\xC2\xA0" "b" },
        { " " EMOJI " ", EMOJI }
    };

    check_fine(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_label_that_nobody_can_see_is_refused)
{
    /* I06 */
    static const char *const texts[] = {
        "", " ", "     ", "\xC2\xA0", "\xC2\xA0\xC2\xA0 ", "\xE3\x80\x80",
        "\xE2\x80\x80\xE2\x80\x8A", "\xE2\x80\xAF", "\xE2\x81\x9F",
        "\xE1\x9A\x80", "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D",
        "\xE2\x80\x8B \xE2\x80\x8B", "\xE2\x81\xA0", "\xEF\xBB\xBF",
        "\xC2\xAD", "\xCD\x8F", "\xE1\x85\x9F", "\xE3\x85\xA4",
        "\xEF\xBE\xA0", "\xE2\xA0\x80", "\xEF\xB8\x8F", "\xE1\xA0\x8E",
        "\xF3\xA0\x81\x81", "\xF3\xA0\x84\x80"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        const char *label = "untouched";

        ck_assert_msg(jt_label_parse(texts[i], &label, units_pool)
                          == JT_LABEL_EMPTY, "case %d", (int)i);
        ck_assert_str_eq(label, "untouched");
    }
}
END_TEST

START_TEST(test_a_label_of_100_code_points_is_taken)
{
    /* I05 */
    static const char *const parts[] = {
        "x", "\xC3\xA9", "\xE4\xB8\xAD", CHECK_MARK, EMOJI
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(parts); i++) {
        const char *text = units_repeat(parts[i], JT_LABEL_MAX);
        const char *padded = apr_pstrcat(units_pool, units_repeat(" ", 300), text,
                                         units_repeat("\xC2\xA0", 300), NULL);
        const char *label;

        ck_assert_int_eq(jt_label_parse(text, &label, units_pool),
                         JT_LABEL_FINE);
        ck_assert_str_eq(label, text);
        ck_assert_int_eq(jt_label_parse(padded, &label, units_pool),
                         JT_LABEL_FINE);
        ck_assert_str_eq(label, text);
    }
}
END_TEST

START_TEST(test_a_label_of_101_code_points_is_refused)
{
    /* I05 */
    const char *const texts[] = {
        units_repeat("x", 101), units_repeat("\xC3\xA9", 101), units_repeat(EMOJI, 101),
        apr_pstrcat(units_pool, units_repeat("x", 99), " y", NULL),
        apr_pstrcat(units_pool, "x", units_repeat(" ", 99), "y", NULL),
        apr_pstrcat(units_pool, units_repeat("x", 100), "\xE2\x80\x8D", NULL),
        units_repeat("e\xCC\x81", 51), units_repeat("x", 1024 * 1024)
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        const char *label = "untouched";

        ck_assert_msg(jt_label_parse(texts[i], &label, units_pool)
                          == JT_LABEL_TOO_LONG, "case %d", (int)i);
        ck_assert_str_eq(label, "untouched");
    }
}
END_TEST

START_TEST(test_bytes_that_are_not_utf_8_are_refused)
{
    /* I07 */
    static const char *const texts[] = {
        "\x80", "\xBF", "\xFE", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98",
        "\xE2", "\xF0", "\xC3(", "\xE2\x28\xA1", "\xF0\x28\x8C\xBC",
        "\xF0\x9F\x28\xBC",
        /* longer than they need be */
        "\xC0\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF",
        "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF",
        /* halves of UTF-16 pairs, and a pair of them (CESU-8) */
        "\xED\xA0\x80", "\xED\xAF\xBF", "\xED\xB0\x80", "\xED\xBF\xBF",
        "\xED\xA0\xBD\xED\xB8\x80",
        /* beyond U+10FFFF, and the old five and six bytes */
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80",
        "\xFC\x84\x80\x80\x80\x80",
        /* Latin-1, UTF-16 marks, and the wide-byte quote of GBK */
        "caf\xE9 x", "\xFF\xFE", "\xBF\x27", "\xA1\xA1"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        check_fault(texts[i], JT_LABEL_ENCODING);
    }
}
END_TEST

START_TEST(test_noncharacters_are_refused)
{
    /* I07 */
    unsigned plane;

    check_range(0xFDD0, 0xFDEF, JT_LABEL_ENCODING);
    for (plane = 0; plane <= 0x10; plane++) {
        check_range(plane << 16 | 0xFFFE, plane << 16 | 0xFFFF,
                    JT_LABEL_ENCODING);
    }
}
END_TEST

START_TEST(test_controls_and_line_separators_are_refused)
{
    /* I08; U12: no CR LF reaches anything that is built of lines. */
    check_range(0x01, 0x1F, JT_LABEL_CONTROL);
    check_range(0x7F, 0x9F, JT_LABEL_CONTROL);
    check_range(0x2028, 0x2029, JT_LABEL_CONTROL);
    check_fault("x\r\nSet-Cookie: a=b", JT_LABEL_CONTROL);
    check_fault("\t", JT_LABEL_CONTROL);
}
END_TEST

START_TEST(test_bidi_controls_are_refused)
{
    /* I09 (CVE-2021-42574) */
    check_range(0x61C, 0x61C, JT_LABEL_BIDI);
    check_range(0x200E, 0x200F, JT_LABEL_BIDI);
    check_range(0x202A, 0x202E, JT_LABEL_BIDI);
    check_range(0x2066, 0x2069, JT_LABEL_BIDI);
}
END_TEST

START_TEST(test_neighbours_of_refused_ranges_are_taken)
{
    static const unsigned points[] = {
        0x21, 0x7E, 0xA1, 0x61B, 0x61D, 0x2010, 0x2027, 0x2030, 0x2070,
        0xD7FF, 0xE000, 0xFDCF, 0xFDF0, 0xFFFC, 0xFFFD, 0x10000, 0x1F600,
        0x10FFFD
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(points); i++) {
        const char *text = encode(points[i]);
        const char *label = NULL;

        ck_assert_msg(jt_label_parse(text, &label, units_pool)
                          == JT_LABEL_FINE, "U+%04X", points[i]);
        ck_assert_str_eq(label, text);
    }
}
END_TEST

START_TEST(test_every_code_point_is_read_back)
{
    unsigned c;

    for (c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 251) {
        const char *text = encode(c);
        const char *next = text;
        int lawful = c < 0xD800 || c > 0xDFFF;

        ck_assert_int_eq(jt_label_next(&next), lawful ? (int)c : -1);
        ck_assert_msg(next == text + (lawful ? strlen(text) : 0),
                      "U+%04X moved %d", c, (int)(next - text));
        apr_pool_clear(units_pool);
    }
}
END_TEST

START_TEST(test_cleaned_text_keeps_what_is_lawful)
{
    static const trimmed_t cases[] = {
        { "", "" }, { "ci", "ci" }, { " a ", " a " }, { EMOJI, EMOJI },
        { "a\nb", "a" REPLACEMENT "b" },
        { "\xE2\x80\xAE" "abc", REPLACEMENT "abc" },
        { "caf\xE9", "caf" REPLACEMENT },
        { "\xE2\x82", REPLACEMENT REPLACEMENT },
        { "\xC0\xAF", REPLACEMENT REPLACEMENT },
        { "\xF0\x9F\x98" "a", REPLACEMENT REPLACEMENT REPLACEMENT "a" },
        { "\xEF\xBF\xBF!", REPLACEMENT "!" },
        { "\xC2\x85", REPLACEMENT },
        { "\xE2\x80\xA8", REPLACEMENT }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(jt_label_clean(cases[i].text, units_pool),
                         cases[i].label);
    }
}
END_TEST

/* Whether every character of a cleaned text could stand in a label. */
static int is_lawful(const char *text)
{
    while (*text) {
        apr_int32_t c = jt_label_next(&text);

        if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0)
            || (c >= 0xD800 && c <= 0xDFFF) || (c & 0xFFFE) == 0xFFFE) {
            return 0;
        }
    }
    return 1;
}

START_TEST(test_cleaned_text_is_always_utf_8)
{
    /* Every pair of bytes, before and behind lawful text: what malformed
     * bytes swallow is where a lenient reader goes wrong. */
    int a;
    int b;

    for (a = 1; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            char text[] = { 'x', (char)a, (char)b, 'y', '\x80', 0 };
            const char *clean = jt_label_clean(text, units_pool);

            ck_assert_msg(is_lawful(clean), "%02x %02x", a, b);
            ck_assert(clean[0] == 'x');
            ck_assert_str_eq(jt_label_clean(clean, units_pool), clean);
        }
        apr_pool_clear(units_pool);
    }
}
END_TEST

Suite *units_label(void)
{
    Suite *suite = suite_create("label");
    TCase *parse = units_case(suite, "parse");
    TCase *clean = units_case(suite, "clean");

    tcase_set_timeout(parse, 60);
    tcase_set_timeout(clean, 60);
    tcase_add_test(parse, test_letters_of_any_script_are_a_label);
    tcase_add_test(parse, test_emoji_are_a_label);
    tcase_add_test(parse, test_spaces_are_cut_from_both_ends_only);
    tcase_add_test(parse, test_a_label_that_nobody_can_see_is_refused);
    tcase_add_test(parse, test_a_label_of_100_code_points_is_taken);
    tcase_add_test(parse, test_a_label_of_101_code_points_is_refused);
    tcase_add_test(parse, test_bytes_that_are_not_utf_8_are_refused);
    tcase_add_test(parse, test_noncharacters_are_refused);
    tcase_add_test(parse, test_controls_and_line_separators_are_refused);
    tcase_add_test(parse, test_bidi_controls_are_refused);
    tcase_add_test(parse, test_neighbours_of_refused_ranges_are_taken);
    tcase_add_test(parse, test_every_code_point_is_read_back);
    tcase_add_test(clean, test_cleaned_text_keeps_what_is_lawful);
    tcase_add_test(clean, test_cleaned_text_is_always_utf_8);
    return suite;
}
