/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_tokenlike.c: what is, or was, a token, whatever has happened
 * to it on its way, and what is none.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_tokenlike.h"

static char token[JT_SECRET_SIZE];
static char other[JT_SECRET_SIZE]; /* with another prefix */

static void make_tokens(void)
{
    UNITS_OK(jt_secret_make("jt", token));
    UNITS_OK(jt_secret_make("abcdefghijklmnop", other));
}

/* @param form has %s where the token goes */
static jt_tokenlike_t classify(const char *form, const char *secret)
{
    const char *start;
    apr_size_t length;
    const char *mark = strstr(form, "%s");
    const char *text = mark ? apr_pstrcat(
                                  units_pool,
                                  apr_pstrndup(units_pool, form,
                                               (apr_size_t)(mark - form)),
                                  secret, mark + 2, NULL)
                            : form;
    jt_tokenlike_t kind = jt_tokenlike_classify("jt", text, &start, &length);

    if (kind == JT_TOKENLIKE_TOKEN) {
        ck_assert_uint_eq(length, strlen(secret));
        ck_assert(!strncmp(start, secret, length));
    }
    return kind;
}

START_TEST(test_a_token_is_one_with_white_space_around_it)
{
    static const char *const forms[] = {
        "%s", "%s\n", "%s\r\n", " %s", "%s ", "\t%s\t", "\n\n %s \v\f\r"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(forms); i++) {
        ck_assert_int_eq(classify(forms[i], token), JT_TOKENLIKE_TOKEN);
        ck_assert_int_eq(classify(forms[i], other), JT_TOKENLIKE_TOKEN);
    }
}
END_TEST

START_TEST(test_a_token_within_a_text_is_malformed)
{
    static const char *const forms[] = {
        "\"%s\"", "'%s'", "`%s`", "\"%s", "%s\"", "Bearer %s", "x%sx", "%sx",
        "alice:%s", "%s:", "a b %s c", "\xC2\xA0%s", "\xEF\xBB\xBF%s", "_%s",
        "%s_", "jt_%s", "%s,", "\xFF%s\xFF", "JIRA_TOKEN=%s", "__%s__"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(forms); i++) {
        ck_assert_msg(classify(forms[i], token) == JT_TOKENLIKE_MALFORMED,
                      "%s", forms[i]);
    }
    ck_assert_int_eq(classify("\"%s\"", other), JT_TOKENLIKE_MALFORMED);
    ck_assert_int_eq(classify("my %s.", other), JT_TOKENLIKE_MALFORMED);
}
END_TEST

#define B10 "0123456789"
#define B24 "0123456789ABCDEFGHIJKLMN"

START_TEST(test_the_beginning_of_a_token_is_malformed)
{
    static const struct {
        const char *text;
        jt_tokenlike_t kind;
    } cases[] = {
        { "jt_" B24, JT_TOKENLIKE_MALFORMED },
        { "JT_" B24, JT_TOKENLIKE_MALFORMED },
        { "jT_" B24 "!", JT_TOKENLIKE_MALFORMED },
        { "\"jt_" B24, JT_TOKENLIKE_MALFORMED },
        { " '\tjt_" B24, JT_TOKENLIKE_MALFORMED },
        { "Bearer jt_" B24, JT_TOKENLIKE_MALFORMED },
        { "BEARER  \"jt_" B24, JT_TOKENLIKE_MALFORMED },
        { "bearer bearer jt_" B24, JT_TOKENLIKE_MALFORMED },
        { "\xE2\x80\x9Cjt_" B24, JT_TOKENLIKE_MALFORMED },
        { "\xE2\x80\x8B\xC2\xADjt_" B24, JT_TOKENLIKE_MALFORMED },
        { "\xA0jt_" B24, JT_TOKENLIKE_MALFORMED }, /* Latin-1 */
        { "jt_" B10 "-" B10 B10 B10 "12345678", JT_TOKENLIKE_MALFORMED },
        { " JT_-" B10 B10 B10 B10 "12345678\n", JT_TOKENLIKE_MALFORMED },
        { "jt_\xC3\xA9" B10 B10 B10 B10 "12345678", JT_TOKENLIKE_MALFORMED },
        { "jt_" B10 "-" B10 B10 B10 "1234567", JT_TOKENLIKE_NO },
        { "jt_" B10 "-" B10 B10 B10 "123456789", JT_TOKENLIKE_NO },
        { "ab_" B10 "-" B10 B10 B10 "12345678", JT_TOKENLIKE_NO },
        { "jt_0123456789ABCDEFGHIJKLM", JT_TOKENLIKE_NO }, /* 23 */
        { "jt_0123456789ABCDEFGHIJKLM-N", JT_TOKENLIKE_NO },
        { "ab_" B24, JT_TOKENLIKE_NO }, { "jt-" B24, JT_TOKENLIKE_NO },
        { "jt" B24, JT_TOKENLIKE_NO }, { "xjt_" B24, JT_TOKENLIKE_NO },
        { "Bearerjt_" B24, JT_TOKENLIKE_NO }, { "Bearer", JT_TOKENLIKE_NO },
        { "Bearer ", JT_TOKENLIKE_NO }, { "", JT_TOKENLIKE_NO },
        { " ", JT_TOKENLIKE_NO }, { "jt_", JT_TOKENLIKE_NO },
        { "_", JT_TOKENLIKE_NO }, { "\"'", JT_TOKENLIKE_NO },
        { "wonderland", JT_TOKENLIKE_NO }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(classify(cases[i].text, "") == cases[i].kind, "%s",
                      cases[i].text);
    }
}
END_TEST

START_TEST(test_a_word_of_a_header_may_be_a_token)
{
    static const struct {
        const char *text;
        int found;
    } cases[] = {
        { "Basic jt_" B24, 1 }, { "Basic alice:JT_" B24, 1 },
        { "Digest username=\"jt_" B24 "\", realm=\"x\"", 1 },
        { "Token token=jt_" B24 ";", 1 }, { "a,b,jt_" B24, 1 },
        { "a:jt_" B10 "-" B10 B10 B10 "12345678", 1 }, { "jt_" B24, 1 },
        { "Bearer eyJ.ab-jt_" B24, 0 }, { "Bearer xjt_" B24, 0 },
        { "Basic jt_0123456789ABCDEFGHIJKLM", 0 }, { "Basic ab_" B24, 0 },
        { "username=\"jt_" B10 "-" B10 B10 B10 "12345678\", realm=\"x\"", 1 },
        { "jt_abc, " B10 B10 B10 B10 "123", 0 }, { "\xA0\xC2\xA0 jt_" B24, 1 },
        { "Bearer \"\xE2\x80\x9C" "JT_" B24, 1 },
        { "", 0 }, { " ", 0 }, { ":::", 0 }, { "Basic YWxpY2U6eA==", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_tokenlike_is_within("jt", cases[i].text)
                          == !cases[i].found, "%s", cases[i].text);
    }
    ck_assert(jt_tokenlike_is_within("jt", apr_pstrcat(units_pool, "x.", other,
                                                       ".y", NULL)));
}
END_TEST

START_TEST(test_each_cut_of_a_token_is_malformed_down_to_24_characters)
{
    size_t length;

    for (length = strlen(token) - 1; length; length--) {
        const char *cut = apr_pstrndup(units_pool, token, length);

        ck_assert_int_eq(classify(cut, ""), length >= 3 + 24
                             ? JT_TOKENLIKE_MALFORMED : JT_TOKENLIKE_NO);
    }
}
END_TEST

START_TEST(test_a_wrong_checksum_is_mistyped)
{
    char *end = token + strlen(token) - 1;

    *end = *end == 'x' ? 'y' : 'x';
    ck_assert_int_eq(classify("%s", token), JT_TOKENLIKE_MISTYPED);
    ck_assert_int_eq(classify(" %s\n", token), JT_TOKENLIKE_MISTYPED);
}
END_TEST

/* A header has 8 KiB: what is looked at is bounded. */
START_TEST(test_many_underscores_are_looked_at_once)
{
    char text[8192];

    memset(text, '_', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(classify(text, ""), JT_TOKENLIKE_NO);
    memset(text, 'a', sizeof(text) - 1);
    ck_assert_int_eq(classify(text, ""), JT_TOKENLIKE_NO);
}
END_TEST

/* Longer than any header, so that looking at the rest for each word would not
 * end in time. */
START_TEST(test_many_words_are_looked_at_once)
{
    static const char *const words[] = { "bearer ", "jt_:", "jt_a ", "\" ",
                                         "x\xA0 ", "\xA0" };
    size_t i;

    for (i = 0; i < UNITS_COUNT(words); i++) {
        const char *text = units_repeat(words[i], 200000);

        ck_assert_msg(!jt_tokenlike_is_within("jt", text), "%s", words[i]);
    }
}
END_TEST

Suite *units_tokenlike(void)
{
    Suite *suite = suite_create("tokenlike");
    TCase *rules = units_case(suite, "rules");

    tcase_add_checked_fixture(rules, make_tokens, NULL);
    tcase_add_test(rules, test_a_token_is_one_with_white_space_around_it);
    tcase_add_test(rules, test_a_token_within_a_text_is_malformed);
    tcase_add_test(rules, test_the_beginning_of_a_token_is_malformed);
    tcase_add_test(rules, test_a_word_of_a_header_may_be_a_token);
    tcase_add_test(
        rules, test_each_cut_of_a_token_is_malformed_down_to_24_characters);
    tcase_add_test(rules, test_a_wrong_checksum_is_mistyped);
    tcase_add_test(rules, test_many_underscores_are_looked_at_once);
    tcase_add_test(rules, test_many_words_are_looked_at_once);
    return suite;
}
