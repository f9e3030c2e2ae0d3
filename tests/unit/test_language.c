/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_language.c: what Accept-Language chooses, whatever it contains.
 */
#include "units.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "html/jt_language.h"

/* More than are embedded, perhaps, and two of one primary subtag. */
static const jt_language_t languages[] = {
    { "en", jt_plural_en }, { "de", jt_plural_de }, { "fr", jt_plural_fr },
    { "es", jt_plural_es }, { "pt-BR", jt_plural_pt }, { "ja", jt_plural_ja },
    { "zh-CN", jt_plural_zh }, { "ar", jt_plural_ar },
    { "de-CH-1996", jt_plural_de }
};

typedef struct choice_t {
    const char *accept;
    const char *tag;
} choice_t;

static const char *choose(const char *accept)
{
    return jt_language_choose_among(languages, UNITS_COUNT(languages), accept)
        ->tag;
}

static void check_choices(const choice_t *choices, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        ck_assert_msg(!strcmp(choose(choices[i].accept), choices[i].tag),
                      "\"%s\" is %s, not %s", choices[i].accept,
                      choose(choices[i].accept), choices[i].tag);
    }
}

START_TEST(test_a_language_is_chosen_by_its_tag)
{
    static const choice_t choices[] = {
        { "en", "en" }, { "de", "de" }, { "fr", "fr" }, { "es", "es" },
        { "pt-BR", "pt-BR" }, { "ja", "ja" }, { "zh-CN", "zh-CN" },
        { "ar", "ar" },
        /* in any case */
        { "DE", "de" }, { "pt-br", "pt-BR" }, { "ZH-cn", "zh-CN" },
        /* or by what it begins with */
        { "de-AT", "de" }, { "de-Latn-DE-1996", "de" }, { "en-GB", "en" },
        { "ar-EG", "ar" }, { "fr-CA-x-private", "fr" }, { "ja-JP", "ja" },
        { "de-CH", "de" }, { "de-CH-1996", "de-CH-1996" },
        { "de-ch-1996-x-y", "de-CH-1996" }, { "pt-BR-x-y", "pt-BR" },
        /* or by its primary subtag */
        { "pt", "pt-BR" }, { "pt-PT", "pt-BR" }, { "PT-pt", "pt-BR" },
        { "zh", "zh-CN" }, { "zh-TW", "zh-CN" }, { "zh-Hans", "zh-CN" },
        { "zh-Hans-CN", "zh-CN" }, { "zh-Hant-TW", "zh-CN" }
    };

    check_choices(choices, UNITS_COUNT(choices));
}
END_TEST

START_TEST(test_what_has_no_language_is_english)
{
    static const choice_t choices[] = {
        { NULL, "en" }, { "", "en" }, { "*", "en" }, { "nl", "en" },
        { "it, nl;q=0.5", "en" }, { "d", "en" }, { "deu", "en" },
        { "p", "en" }, { "z-CN", "en" }, { "x-de", "en" }, { "i-de", "en" },
        { "den-DE", "en" }, { " ", "en" }, { ",,,", "en" }
    };

    check_choices(choices, UNITS_COUNT(choices));
}
END_TEST

START_TEST(test_the_heaviest_comes_first_and_of_equals_the_first)
{
    static const choice_t choices[] = {
        { "de, fr", "de" }, { "fr, de", "fr" }, { "nl, de, fr", "de" },
        { "de;q=0.5, fr", "fr" }, { "de;q=0.5, fr;q=0.6", "fr" },
        { "de;q=0.5, fr;q=0.4", "de" }, { "de;q=0.501, fr;q=0.5", "de" },
        { "de;q=0.5, fr;q=0.501", "fr" }, { "de;q=0.001", "de" },
        { "de;q=1, fr;q=1.0", "de" }, { "de;q=0.999, fr;q=1.000", "fr" },
        { "nl, it;q=0.9, de;q=0.1", "de" }, { "de;q=0.3, *;q=0.5", "en" },
        { "de, *;q=0.5", "de" }, { "nl, *;q=0.5", "en" }, { "*, de", "en" },
        { "de-CH,de;q=0.9,en;q=0.8", "de" },
        { "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr" },
        { "nl-BE,nl;q=0.9,fr;q=0.7,en;q=0.3", "fr" },
        { "en-US,en;q=0.5", "en" }, { "zh-TW,zh;q=0.8,en;q=0.6", "zh-CN" }
    };

    check_choices(choices, UNITS_COUNT(choices));
}
END_TEST

START_TEST(test_a_weight_of_zero_excludes)
{
    static const choice_t choices[] = {
        { "de;q=0, fr;q=0.1", "fr" }, { "fr;q=0.1, de;q=0", "fr" },
        { "de, de;q=0", "en" }, { "de;q=0.0, de-CH, fr;q=0.1", "fr" },
        { "de;q=0.000, *", "en" }, { "en;q=0, *", "de" },
        { "en;q=0, de;q=0, *;q=0.1", "fr" },
        /* what it is the beginning of, and nothing more */
        { "pt;q=0, pt-BR, fr;q=0.1", "fr" }, { "pt-PT;q=0, pt", "pt-BR" },
        { "de-CH;q=0, de", "de" }, { "zh-TW;q=0, zh", "zh-CN" },
        { "de-CH-1996;q=0, de-CH-1996", "de" },
        /* There has to be one. */
        { "en;q=0", "en" }, { "*;q=0", "en" }, { "en;q=0, nl", "en" },
        { "*;q=0, de", "de" }, { "de, *;q=0", "de" }
    };

    check_choices(choices, UNITS_COUNT(choices));
}
END_TEST

START_TEST(test_blanks_may_stand_where_the_standard_has_them)
{
    static const choice_t choices[] = {
        { " de", "de" }, { "de ", "de" }, { "\tde\t", "de" },
        { "de ;q=0.5", "de" }, { "de; q=0.5", "de" }, { "de \t; \tQ=0.5 ", "de" },
        { "nl , de", "de" }, { "nl,,de", "de" }, { ",de,", "de" },
        { "de;q=0.5 , fr;q=0.6 ", "fr" }
    };

    check_choices(choices, UNITS_COUNT(choices));
}
END_TEST

START_TEST(test_what_is_not_well_formed_is_passed_over)
{
    static const char *const junk[] = {
        "de;", "de;q", "de;q=", "de;q=x", "de;q=2", "de;q=1.1", "de;q=1.001",
        "de;q=-1", "de;q=.5", "de;q=0.1234", "de;q=0,5", "de;q =1", "de;q= 1",
        "de;q=0.5;q=1", "de;level=1", "de q=1", "d e", "de fr", "-de", "de-",
        "de--CH", "de_DE", "de.UTF-8", "**", "*-DE", "de-*", "*de", "\"de\"",
        "<de>", "d\xC3\xA9", "\xFF", "de\x01", "de/fr", "de=1", "=de", ";",
        ";q=1", "q=1;de", "../de", "de%00", "{{de}}", "'", "\\de"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(junk); i++) {
        const char *before = apr_pstrcat(units_pool, junk[i], ", fr;q=0.1", NULL);
        const char *after = apr_pstrcat(units_pool, "fr;q=0.1,", junk[i], NULL);

        ck_assert_msg(!strcmp(choose(before), "fr"), "%s", before);
        ck_assert_msg(!strcmp(choose(after), "fr"), "%s", after);
    }
}
END_TEST

/* So many times the same text. */
static char *repeat(const char *text, int times)
{
    apr_size_t length = strlen(text);
    char *made = apr_palloc(units_pool, length * (apr_size_t)times + 1);
    int i;

    for (i = 0; i < times; i++) {
        memcpy(made + length * (apr_size_t)i, text, length);
    }
    made[length * (apr_size_t)times] = '\0';
    return made;
}

START_TEST(test_a_header_of_any_length_has_a_language)
{
    static const char *const parts[] = {
        "nl,", "de;q=0.5,", ",", " ", ";", "a", "a-", "de-", "-", "*", "de;q=0,",
        "nl;q=0.1234567,", "\xFF,", ";q=0.1,", "\t"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(parts); i++) {
        const char *text = repeat(parts[i], 100000);
        const char *found = choose(text);

        ck_assert_msg(!strcmp(found, "en") || !strcmp(found, "de"), "%s: %s",
                      parts[i], found);
    }
}
END_TEST

START_TEST(test_what_comes_after_many_ranges_is_not_looked_at)
{
    ck_assert_str_eq(choose(apr_pstrcat(units_pool, repeat("nl,", 40), "de",
                                        NULL)), "de");
    ck_assert_str_eq(choose(apr_pstrcat(units_pool, repeat("nl,", 40),
                                        "de,de;q=0", NULL)), "en");
    ck_assert_str_eq(choose(apr_pstrcat(units_pool, repeat("nl,", 9000), "de",
                                        NULL)), "en");
}
END_TEST

static const char *uppercase(const char *text)
{
    char *made = apr_pstrdup(units_pool, text);
    char *c;

    for (c = made; *c; c++) {
        *c = (char)apr_toupper(*c);
    }
    return made;
}

START_TEST(test_every_embedded_language_is_found_by_its_tag)
{
    char *tags = apr_pstrdup(units_pool, jt_language_tags());
    char *state = NULL;
    char *tag = apr_strtok(tags, ", ", &state);
    int count = 0;

    ck_assert_str_eq(tag, "en");
    for (; tag; tag = apr_strtok(NULL, ", ", &state)) {
        const jt_language_t *found = jt_language_find(tag);

        ck_assert_ptr_nonnull(found);
        ck_assert_str_eq(found->tag, tag);
        ck_assert_ptr_nonnull(found->rule);
        ck_assert_ptr_eq(jt_language_choose(tag), found);
        ck_assert_ptr_eq(jt_language_find(uppercase(tag)), found);
        count++;
    }
    ck_assert_int_ge(count, 2);
    ck_assert_ptr_eq(jt_language_choose(NULL), jt_language_find("EN"));
}
END_TEST

START_TEST(test_a_tag_that_is_nearly_one_finds_no_language)
{
    static const char *const tags[] = {
        "", " ", "e", "en ", " en", "en-GB", "de-CH", "d", "deu", "nl", "*",
        "auto", "en,de", "en/", "\xFF"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(tags); i++) {
        ck_assert_msg(!jt_language_find(tags[i]), "%s", tags[i]);
    }
}
END_TEST

Suite *units_language(void)
{
    Suite *suite = suite_create("language");
    TCase *choice = units_case(suite, "choice");
    TCase *hostile = units_case(suite, "hostile");
    TCase *table = units_case(suite, "table");

    tcase_add_test(choice, test_a_language_is_chosen_by_its_tag);
    tcase_add_test(choice, test_what_has_no_language_is_english);
    tcase_add_test(choice,
                   test_the_heaviest_comes_first_and_of_equals_the_first);
    tcase_add_test(choice, test_a_weight_of_zero_excludes);
    tcase_add_test(choice,
                   test_blanks_may_stand_where_the_standard_has_them);
    tcase_add_test(hostile, test_what_is_not_well_formed_is_passed_over);
    tcase_add_test(hostile, test_a_header_of_any_length_has_a_language);
    tcase_add_test(hostile,
                   test_what_comes_after_many_ranges_is_not_looked_at);
    tcase_add_test(table, test_every_embedded_language_is_found_by_its_tag);
    tcase_add_test(table, test_a_tag_that_is_nearly_one_finds_no_language);
    return suite;
}
