/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_plural.c: each language's forms, by the samples of CLDR 44
 * (common/supplemental/plurals.xml), and numbers as pages have them.
 */
#include "units.h"

#include "html/jt_plural.h"

#define MILLION APR_UINT64_C(1000000)
#define MOST_SAMPLES 20

/* "3~10" of CLDR is { 3, 10 }; a single number stands twice. */
typedef struct range_t {
    apr_uint64_t from;
    apr_uint64_t to;
} range_t;

typedef struct sample_t {
    jt_plural_rule_t *rule;
    const char *language;
    jt_plural_t form;
    range_t ranges[MOST_SAMPLES]; /* ends with { 0, 0 } that is not first */
} sample_t;

#define N(number) { number, number }
#define POWERS N(100), N(1000), N(10000), N(100000)

static const sample_t samples[] = {
    { jt_plural_en, "en", JT_PLURAL_ONE, { N(1) } },
    { jt_plural_en, "en", JT_PLURAL_OTHER,
      { N(0), { 2, 16 }, POWERS, N(MILLION) } },
    { jt_plural_de, "de", JT_PLURAL_ONE, { N(1) } },
    { jt_plural_de, "de", JT_PLURAL_OTHER,
      { N(0), { 2, 16 }, POWERS, N(MILLION) } },
    { jt_plural_fr, "fr", JT_PLURAL_ONE, { { 0, 1 } } },
    { jt_plural_fr, "fr", JT_PLURAL_MANY, { N(MILLION), N(3 * MILLION) } },
    { jt_plural_fr, "fr", JT_PLURAL_OTHER,
      { { 2, 17 }, POWERS, N(MILLION + 1), N(1500000) } },
    { jt_plural_es, "es", JT_PLURAL_ONE, { N(1) } },
    { jt_plural_es, "es", JT_PLURAL_MANY, { N(MILLION), N(3 * MILLION) } },
    { jt_plural_es, "es", JT_PLURAL_OTHER,
      { N(0), { 2, 16 }, POWERS, N(MILLION + 1), N(1500000) } },
    { jt_plural_pt, "pt", JT_PLURAL_ONE, { { 0, 1 } } },
    { jt_plural_pt, "pt", JT_PLURAL_MANY, { N(MILLION), N(3 * MILLION) } },
    { jt_plural_pt, "pt", JT_PLURAL_OTHER,
      { { 2, 17 }, POWERS, N(MILLION + 1), N(1500000) } },
    { jt_plural_ja, "ja", JT_PLURAL_OTHER,
      { { 0, 15 }, POWERS, N(MILLION) } },
    { jt_plural_zh, "zh", JT_PLURAL_OTHER,
      { { 0, 15 }, POWERS, N(MILLION) } },
    { jt_plural_ar, "ar", JT_PLURAL_ZERO, { N(0) } },
    { jt_plural_ar, "ar", JT_PLURAL_ONE, { N(1) } },
    { jt_plural_ar, "ar", JT_PLURAL_TWO, { N(2) } },
    { jt_plural_ar, "ar", JT_PLURAL_FEW,
      { { 3, 10 }, { 103, 110 }, N(1003), N(100000000003) } },
    { jt_plural_ar, "ar", JT_PLURAL_MANY,
      { { 11, 26 }, { 99, 99 }, N(111), { 111, 199 }, N(1011) } },
    { jt_plural_ar, "ar", JT_PLURAL_OTHER,
      { { 100, 102 }, { 200, 202 }, { 300, 302 }, N(400), N(500), N(600),
        N(1000), N(10000), N(100000), N(MILLION) } }
};

START_TEST(test_each_language_has_the_forms_of_cldr)
{
    size_t i;
    size_t j;

    for (i = 0; i < UNITS_COUNT(samples); i++) {
        const range_t *range = samples[i].ranges;

        for (j = 0; j < MOST_SAMPLES && (!j || range[j].to); j++) {
            apr_uint64_t n;

            for (n = range[j].from; n <= range[j].to; n++) {
                ck_assert_msg(samples[i].rule(n) == samples[i].form,
                              "%s: %llu", samples[i].language,
                              (unsigned long long)n);
            }
        }
    }
}
END_TEST

/* All forms of these words, as bits. */
static unsigned int read_forms(const char *words)
{
    static const char *const names[] = {
        [JT_PLURAL_OTHER] = "other", [JT_PLURAL_ZERO] = "zero",
        [JT_PLURAL_ONE] = "one", [JT_PLURAL_TWO] = "two",
        [JT_PLURAL_FEW] = "few", [JT_PLURAL_MANY] = "many"
    };
    unsigned int forms = 0;
    size_t i;

    for (i = 0; i < UNITS_COUNT(names); i++) {
        forms |= strstr(words, names[i]) ? 1U << i : 0;
    }
    return forms;
}

static unsigned int collect_forms(jt_plural_rule_t *rule)
{
    unsigned int forms = 0;
    apr_uint64_t n;

    for (n = 0; n < 1000; n++) {
        forms |= 1U << rule(n);
        forms |= 1U << rule(n * MILLION);
    }
    return forms;
}

START_TEST(test_a_catalogue_is_asked_for_the_forms_that_its_rule_has)
{
    static const struct {
        const char *language;
        jt_plural_rule_t *rule;
        const char *forms;
    } cases[] = {
#define ROW(language, has, may_have) \
        { #language, jt_plural_##language, "other " has " " may_have },
        JT_PLURAL_ROWS(ROW)
#undef ROW
    };
    size_t i;

    ck_assert_uint_eq(UNITS_COUNT(cases), 8);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(collect_forms(cases[i].rule)
                          == read_forms(cases[i].forms), "%s",
                      cases[i].language);
    }
}
END_TEST

static apr_uint64_t seen;

static jt_plural_t see(apr_uint64_t number)
{
    seen = number;
    return JT_PLURAL_FEW;
}

START_TEST(test_a_number_is_read_as_a_page_has_it)
{
    static const struct {
        const char *text;
        apr_uint64_t number;
    } cases[] = {
        { "0", 0 }, { "1", 1 }, { "25", 25 }, { "007", 7 }, { "-3", 3 },
        { "1,234", 1234 }, { "1.234.567", 1234567 }, { "1\xC2\xA0" "234", 1234 },
        { "1\xE2\x80\xAF" "234", 1234 }, { "12'345", 12345 },
        { "9223372036854775807", APR_UINT64_C(9223372036854775807) }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_int_eq(jt_plural_parse(see, cases[i].text), JT_PLURAL_FEW);
        ck_assert_msg(seen == cases[i].number, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(test_a_text_without_a_digit_is_no_number)
{
    static const char *const texts[] = { "", " ", "many", "-", ",.", "\xD9\xA3" };
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        ck_assert_int_eq(jt_plural_parse(see, texts[i]), JT_PLURAL_OTHER);
    }
}
END_TEST

START_TEST(test_more_digits_than_a_number_has_are_a_large_number)
{
    static const char digits[] = "99999999999999999999999999999999999999999";

    ck_assert_int_eq(jt_plural_parse(see, digits), JT_PLURAL_FEW);
    ck_assert(seen > APR_UINT64_C(1000000000000000000));
}
END_TEST

Suite *units_plural(void)
{
    Suite *suite = suite_create("plural");
    TCase *rule = units_case(suite, "rule");
    TCase *number = units_case(suite, "number");

    tcase_add_test(rule, test_each_language_has_the_forms_of_cldr);
    tcase_add_test(rule,
                   test_a_catalogue_is_asked_for_the_forms_that_its_rule_has);
    tcase_add_test(number, test_a_number_is_read_as_a_page_has_it);
    tcase_add_test(number, test_a_text_without_a_digit_is_no_number);
    tcase_add_test(number,
                   test_more_digits_than_a_number_has_are_a_large_number);
    return suite;
}
