/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_quote.c: a hostile name stays a name in whatever reads it. The
 * shell is asked itself; the others are held to their manuals.
 */
#include "units.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "html/jt_quote.h"

typedef struct quoted_t {
    const char *text;
    const char *quoted;
} quoted_t;

typedef const char *quote_t(const char *text, apr_pool_t *pool);

static void check_quoted(quote_t *quote, const quoted_t *cases, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        ck_assert_str_eq(quote(cases[i].text, units_pool), cases[i].quoted);
    }
}

static const char *const names[] = {
    "alice", "", " ", "a b", "  lead and trail  ", "o'brien", "'", "''",
    "'''", "a'b'c", "\\", "\\'", "'\\''", "\"", "\"\"", "$(reboot)",
    "`reboot`", "$HOME", "${IFS}", "%s", "%n%d", "!!", "!-1", "*", "?[a-z]*",
    "~root", "a;b", "a&b", "a|b", "a>b", "a<b", "#a", "-n", "--", "-e \\n",
    "a\\nb", "EXAMPLE\\alice", "a\nb", "a\tb", "jos\xC3\xA9",
    "\xF0\x9F\x98\x80", "\xFF", "'; touch /tmp/pwned; '", "' OR 1=1--",
    "{{7*7}}", "<script>", "&amp;", "alice@example.org"
};

/* What a shell makes of a word: its bytes, by way of printf. */
static const char *ask_shell(const char *word)
{
    static char answer[256];
    const char *command = apr_pstrcat(units_pool, "printf '<%s>' ", word,
                                      NULL);
    FILE *shell = popen(command, "r");
    size_t length;

    ck_assert_ptr_nonnull(shell);
    length = fread(answer, 1, sizeof(answer) - 1, shell);
    answer[length] = '\0';
    ck_assert_msg(pclose(shell) == 0, "the shell refused %s", command);
    return answer;
}

START_TEST(test_a_shell_reads_any_name_as_that_one_word)
{
    size_t i;

    /* "<" and ">" show that it was one word, and that it was there. */
    for (i = 0; i < UNITS_COUNT(names); i++) {
        const char *word = jt_quote_shell(names[i], units_pool);

        ck_assert_str_eq(ask_shell(word), apr_psprintf(units_pool, "<%s>",
                                                       names[i]));
    }
}
END_TEST

START_TEST(test_a_shell_word_stands_in_single_quotes)
{
    static const quoted_t cases[] = {
        { "alice", "'alice'" }, { "", "''" }, { "o'brien", "'o'\\''brien'" },
        { "$(reboot)", "'$(reboot)'" }, { "\\", "'\\'" }
    };

    check_quoted(jt_quote_shell, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_string_in_double_quotes_cannot_be_left)
{
    /* Of Python, JavaScript, Go and C#: only \ and the quote are special. */
    static const quoted_t cases[] = {
        { "alice", "\"alice\"" }, { "", "\"\"" },
        { "o'brien", "\"o'brien\"" }, { "\"", "\"\\\"\"" },
        { "\\", "\"\\\\\"" }, { "\\\"", "\"\\\\\\\"\"" },
        { "EXAMPLE\\new", "\"EXAMPLE\\\\new\"" },
        { "\\N{DIGIT ONE}", "\"\\\\N{DIGIT ONE}\"" },
        { "\"); import os; (\"", "\"\\\"); import os; (\\\"\"" },
        { "{x}%s", "\"{x}%s\"" }, { "jos\xC3\xA9", "\"jos\xC3\xA9\"" },
        { "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"" }
    };

    check_quoted(jt_quote_string, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_powershell_string_cannot_be_left)
{
    /* about_Quoting_Rules: a single quote is written twice. */
    static const quoted_t cases[] = {
        { "alice", "'alice'" }, { "", "''" }, { "o'brien", "'o''brien'" },
        { "''", "''''''" }, { "$(reboot)", "'$(reboot)'" },
        { "$env:PATH", "'$env:PATH'" }, { "a`nb", "'a`nb'" },
        { "\"", "'\"'" }, { "EXAMPLE\\alice", "'EXAMPLE\\alice'" },
        { "'; reboot; '", "'''; reboot; '''" },
        { "jos\xC3\xA9", "'jos\xC3\xA9'" }
    };

    check_quoted(jt_quote_powershell, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_powershell_string_is_not_left_by_a_typographic_quote)
{
    /* PowerShell takes U+2018 to U+201B for single quotes, too: each ends
     * the string unless it is written twice. */
    static const quoted_t cases[] = {
        { "o\xE2\x80\x99" "brien", "'o\xE2\x80\x99\xE2\x80\x99" "brien'" },
        { "\xE2\x80\x98", "'\xE2\x80\x98\xE2\x80\x98'" },
        { "\xE2\x80\x9A", "'\xE2\x80\x9A\xE2\x80\x9A'" },
        { "\xE2\x80\x9B", "'\xE2\x80\x9B\xE2\x80\x9B'" },
        { "\xE2\x80\x97\xE2\x80\x9C", "'\xE2\x80\x97\xE2\x80\x9C'" }
    };

    check_quoted(jt_quote_powershell, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_url_part_keeps_the_unreserved_and_encodes_the_rest)
{
    /* RFC 3986, section 2.3 */
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    int c;

    for (c = 1; c < 256; c++) {
        char text[] = { (char)c, 0 };
        const char *expected = strchr(unreserved, c)
                                   ? text
                                   : apr_psprintf(units_pool, "%%%02X", c);

        ck_assert_str_eq(jt_quote_url(text, units_pool), expected);
    }
}
END_TEST

START_TEST(test_a_url_part_cannot_become_another_part)
{
    static const quoted_t cases[] = {
        { "", "" }, { "alice", "alice" },
        { "alice@example.org", "alice%40example.org" },
        { "a:b", "a%3Ab" }, { "a/b?c#d", "a%2Fb%3Fc%23d" },
        { "EXAMPLE\\alice", "EXAMPLE%5Calice" }, { "a b", "a%20b" },
        { "100%", "100%25" }, { "%40", "%2540" },
        { "a+b&c=d", "a%2Bb%26c%3Dd" }, { "jos\xC3\xA9", "jos%C3%A9" },
        { "\xF0\x9F\x98\x80", "%F0%9F%98%80" },
        { "'\"<>;", "%27%22%3C%3E%3B" }
    };

    check_quoted(jt_quote_url, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_netrc_word_cannot_be_left)
{
    static const quoted_t cases[] = {
        { "alice", "alice" }, { "a.b-c_d@e.org", "a.b-c_d@e.org" },
        { "jos\xC3\xA9", "jos\xC3\xA9" }, { "o'brien", "o'brien" },
        { "", "\"\"" }, { "a b", "\"a b\"" }, { "a\tb", "\"a\tb\"" },
        { "a#b", "\"a#b\"" }, { "#", "\"#\"" },
        { "a\"b", "\"a\\\"b\"" }, { "a\\", "\"a\\\\\"" },
        { "a\\b", "\"a\\\\b\"" }
    };

    check_quoted(jt_quote_netrc, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_java_string_is_ascii_and_cannot_be_left)
{
    /* JLS 3.3: a backslash after an odd number of them begins no escape. */
    static const quoted_t cases[] = {
        { "alice", "\"alice\"" }, { "", "\"\"" }, { "o'brien", "\"o'brien\"" },
        { "\"", "\"\\\"\"" }, { "\\", "\"\\\\\"" },
        { "\\u0022", "\"\\\\u0022\"" }, { "$(id) %USER% ${HOME}",
                                            "\"$(id) %USER% ${HOME}\"" },
        { "jos\xC3\xA9", "\"jos\\u00e9\"" },
        { "\\\xC3\xA9", "\"\\\\\\u00e9\"" },
        { "\xE6\x97\xA5\xE6\x9C\xAC", "\"\\u65e5\\u672c\"" },
        { "\xF0\x9F\x98\x80", "\"\\ud83d\\ude00\"" },
        { "\xF4\x8F\xBF\xBF", "\"\\udbff\\udfff\"" },
        { "\xFF", "\"\\ufffd\"" }, { "\xC3", "\"\\ufffd\"" },
        { "\"); run(\"", "\"\\\"); run(\\\"\"" }
    };

    check_quoted(jt_quote_java, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_value_of_properties_is_ascii_and_one_line)
{
    static const quoted_t cases[] = {
        { "alice", "alice" }, { "", "" }, { "o'brien", "o'brien" },
        { "a=b:c#d!e", "a=b:c#d!e" }, { "EXAMPLE\\new", "EXAMPLE\\\\new" },
        { "ends\\", "ends\\\\" }, { "a b", "a b" }, { "${HOME}", "${HOME}" },
        { "jos\xC3\xA9", "jos\\u00e9" },
        { "\xF0\x9F\x98\x80", "\\ud83d\\ude00" }
    };

    check_quoted(jt_quote_properties, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_text_of_xml_is_no_markup)
{
    static const quoted_t cases[] = {
        { "alice", "alice" }, { "", "" }, { "o'brien \"x\"", "o'brien \"x\"" },
        { "</username>", "&lt;/username&gt;" }, { "a&b", "a&amp;b" },
        { "&lt;", "&amp;lt;" }, { "]]>", "]]&gt;" },
        { "jos\xC3\xA9", "jos\xC3\xA9" }
    };

    check_quoted(jt_quote_xml, cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_name_that_is_hostile_to_all_stays_a_name_in_each)
{
    static const char hostile[] =
        "o'brien $(id) `id` \"x\" \\ %USER% ${HOME} <a>";

    ck_assert_str_eq(ask_shell(jt_quote_shell(hostile, units_pool)),
                     apr_psprintf(units_pool, "<%s>", hostile));
    ck_assert_str_eq(jt_quote_string(hostile, units_pool),
                     "\"o'brien $(id) `id` \\\"x\\\" \\\\ %USER% ${HOME} "
                     "<a>\"");
    ck_assert_str_eq(jt_quote_java(hostile, units_pool),
                     jt_quote_string(hostile, units_pool));
    ck_assert_str_eq(jt_quote_powershell(hostile, units_pool),
                     "'o''brien $(id) `id` \"x\" \\ %USER% ${HOME} <a>'");
    ck_assert_str_eq(jt_quote_properties(hostile, units_pool),
                     "o'brien $(id) `id` \"x\" \\\\ %USER% ${HOME} <a>");
    ck_assert_str_eq(jt_quote_xml(hostile, units_pool),
                     "o'brien $(id) `id` \"x\" \\ %USER% ${HOME} &lt;a&gt;");
    ck_assert_str_eq(jt_quote_netrc(hostile, units_pool),
                     jt_quote_string(hostile, units_pool));
    ck_assert_str_eq(jt_quote_url(hostile, units_pool),
                     "o%27brien%20%24%28id%29%20%60id%60%20%22x%22%20%5C%20"
                     "%25USER%25%20%24%7BHOME%7D%20%3Ca%3E");
}
END_TEST

Suite *units_quote(void)
{
    Suite *suite = suite_create("quote");
    TCase *quote = units_case(suite, "quote");

    tcase_set_timeout(quote, 60);
    tcase_add_test(quote, test_a_shell_reads_any_name_as_that_one_word);
    tcase_add_test(quote, test_a_shell_word_stands_in_single_quotes);
    tcase_add_test(quote, test_a_string_in_double_quotes_cannot_be_left);
    tcase_add_test(quote, test_a_netrc_word_cannot_be_left);
    tcase_add_test(quote, test_a_powershell_string_cannot_be_left);
    tcase_add_test(quote,
                   test_a_powershell_string_is_not_left_by_a_typographic_quote);
    tcase_add_test(quote,
                   test_a_url_part_keeps_the_unreserved_and_encodes_the_rest);
    tcase_add_test(quote, test_a_url_part_cannot_become_another_part);
    tcase_add_test(quote, test_a_java_string_is_ascii_and_cannot_be_left);
    tcase_add_test(quote, test_a_value_of_properties_is_ascii_and_one_line);
    tcase_add_test(quote, test_a_text_of_xml_is_no_markup);
    tcase_add_test(quote,
                   test_a_name_that_is_hostile_to_all_stays_a_name_in_each);
    return suite;
}
