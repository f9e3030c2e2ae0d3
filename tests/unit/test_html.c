/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_html.c: what a template may ask for, and that a value never
 * becomes markup. The shipped pages are test_web.c's; the engine's corners
 * need templates that no page should have, so its source is compiled here once
 * more, under the names in sample.h, over a few files of its own. How what is
 * rendered arrives is test_html_output.c's.
 */
#include "sample.h"
#include "units.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "html/jt_web.h"

const char *sample_text;

/* What it can include: parts, and texts of a catalogue. */
static const char *const sample_files[][2] = {
    { "p.html", "<{{a}}>" },
    { "open.html", "{{#a}}x" },
    { "close.html", "x{{/a}}" },
    { "tag.html", "x{{a" },
    { "own.html", "o{{>own}}" },
    { "ping.html", "i{{>pong}}" },
    { "pong.html", "o{{>ping}}" },
    { "one.html", "1{{>two}}" },
    { "two.html", "2{{>three}}" },
    { "three.html", "3{{>four}}" },
    { "four.html", "4{{>p}}" },
    { "v.words", "V" },
    { "w.words", "W{{a}}" },
    { "part.words", "{{>p}}{{#off}}x{{/off}}" },
    { "other.words", "o{{>*kind}}" },
    { "open.words", "x{{#a}}" },
    { "lost.words", "x{{>none}}" },
    { "again.words", "a{{>*key}}" },
    { "each.words", "e{{#keys}}{{>*each}}{{/keys}}" },
    { "empty.words", "" },
    /* With forms: f has one that English has not, o has none. */
    { "f.words", "{{n}} F" },
    { "f.one.words", "one F" },
    { "f.two.words", "two F" },
    { "o.words", "{{n}} O" },
    { "g.one.words", "one G" },
    { "in.words", "{{>=f n}}" },
    { "bad.words", "B" },
    { "bad.one.words", "{{#a}}" }
};

/* Those of another language. */
static const char *const sample_foreign[][2] = {
    { "xx/f.words", "{{n}} X" }, { "xx/f.two.words", "two X" },
    { "xx/w.words", "xW" }, { "xx/p.html", "x<{{a}}>" },
    { "xx/x.html", "{{>p}}{{>*k}}{{>=f n}}" }
};

static const char *find_foreign(const char *name)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(sample_foreign); i++) {
        if (!strcmp(name, sample_foreign[i][0])) {
            return sample_foreign[i][1];
        }
    }
    return NULL;
}

static const char *find_text(const char *name)
{
    size_t i;

    if (!strcmp(name, "x.html")) {
        return sample_text;
    }
    for (i = 0; i < UNITS_COUNT(sample_files); i++) {
        if (!strcmp(name, sample_files[i][0])) {
            return sample_files[i][1];
        }
    }
    return NULL;
}

/* How often each text was looked for. */
static int sample_lookups;

static const jt_web_folder_t *sample_find_folder(const char *tag)
{
    static const jt_web_folder_t folders[] = {
        { "", 0, NULL, 0 }, { "xx/", 3, NULL, 0 }
    };

    return !strcmp(tag, "en") ? &folders[0]
           : !strcmp(tag, "xx") ? &folders[1] : NULL;
}

/* The engine keeps what it finds no longer than until it looks again. */
static const jt_web_file_t *sample_find(const jt_web_name_t *name)
{
    static jt_web_file_t file;
    char full[400];

    sample_lookups++;
    if (!name->folder) {
        return NULL;
    }
    apr_snprintf(full, sizeof(full), "%s%.*s%s", name->folder->name,
                 (int)name->length, name->stem, name->ending);
    file.text = *name->folder->name ? find_foreign(full) : find_text(full);
    file.length = file.text ? strlen(file.text) : 0;
    return file.text ? &file : NULL;
}

#define jt_html_make sample_make
#define jt_html_set_made sample_set_made
#define jt_html_get sample_get
#define jt_html_flag sample_flag
#define jt_html_add sample_add
#define jt_html_add_made sample_add_made
#define jt_html_render sample_render
#define jt_html_escape sample_escape
#define jt_template_find sample_template
#define jt_template_prepare sample_prepare
#define jt_web_find sample_find
#define jt_web_find_folder sample_find_folder
#include "html/jt_html.c"
#include "html/jt_template.c"
#undef jt_html_make
#undef jt_html_set_made
#undef jt_html_get
#undef jt_html_flag
#undef jt_html_add
#undef jt_html_add_made
#undef jt_html_render
#undef jt_html_escape
#undef jt_template_find
#undef jt_template_prepare
#undef jt_web_find
#undef jt_web_find_folder

typedef struct page_t {
    apr_pool_t *from;
    const char *text;
} page_t;

static void take(void *baton, const char *bytes, apr_size_t length)
{
    page_t *page = baton;

    page->text = apr_pstrcat(page->from, page->text,
                             apr_pstrmemdup(page->from, bytes, length), NULL);
}

const char *units_render(const char *file, const jt_html_t *scope,
                         apr_pool_t *from)
{
    page_t page = { from, "" };

    ck_assert_msg(jt_html_render(file, scope, take, &page) == APR_SUCCESS,
                  "%s.html was not rendered", file);
    return page.text;
}

int units_occurrences(const char *text, const char *part)
{
    int count = 0;

    for (; (text = strstr(text, part)); text += strlen(part)) {
        count++;
    }
    return count;
}

typedef struct sample_t {
    const char *text;
    const char *expected;
} sample_t;

/* a = 1, b = "", c is unknown; r has rows with a = 2 and without; s has one
 * row, and in it t has two. k names a text, and so does kind, by turns, in the
 * rows of m. */
static jt_html_t *make_scope(void)
{
    jt_html_t *scope = sample_make(units_english(), units_pool);
    jt_html_t *row;

    sample_set(scope, "a", "1");
    sample_set(scope, "b", "");
    sample_set(scope, "n", NULL);
    sample_flag(scope, "on", 1);
    sample_flag(scope, "off", 0);
    row = sample_add(scope, "r");
    sample_set(row, "a", "2");
    sample_set(row, "id", "x");
    row = sample_add(scope, "r");
    sample_set(row, "id", "y");
    row = sample_add(scope, "s");
    sample_set(row, "id", "s");
    sample_set(sample_add(row, "t"), "u", "7");
    sample_set(sample_add(row, "t"), "u", "8");
    sample_set(scope, "k", "w");
    sample_set(sample_add(scope, "m"), "kind", "w");
    sample_set(sample_add(scope, "m"), "kind", "v");
    sample_set(sample_add(scope, "m"), "kind", "w");
    sample_set(sample_add(scope, "m"), "kind", NULL);
    sample_set(sample_add(scope, "m"), "kind", "v");
    return scope;
}

static apr_status_t render_text(const char *text, const char **made)
{
    page_t page = { units_pool, "" };
    apr_status_t status;

    sample_text = text;
    status = sample_render("x", make_scope(), take, &page);
    *made = page.text;
    return status;
}

static void check_samples(const sample_t *cases, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const char *made;

        ck_assert_msg(render_text(cases[i].text, &made) == APR_SUCCESS,
                      "%s failed", cases[i].text);
        ck_assert_str_eq(made, cases[i].expected);
    }
}

/* A page is whole or not there: nothing of these is ever written. */
static void check_invalid(const char *const *texts, size_t count,
                          apr_status_t expected)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const char *made;

        ck_assert_msg(render_text(texts[i], &made) == expected, "\"%s\"",
                      texts[i]);
        ck_assert_str_eq(made, "");
    }
}

static const char *escaped(const char *text)
{
    page_t page = { units_pool, "" };

    sample_escape(text, take, &page);
    return page.text;
}

START_TEST(test_the_five_special_characters_are_escaped)
{
    static const sample_t cases[] = {
        { "", "" }, { "plain", "plain" },
        { "&<>\"'", "&amp;&lt;&gt;&quot;&#39;" },
        { "&amp;", "&amp;amp;" }, { "&#39;", "&amp;#39;" },
        { "<script>alert(1)</script>",
          "&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "a<b", "a&lt;b" }, { "<", "&lt;" }, { "a&", "a&amp;" },
        { "{{7*7}}", "{{7*7}}" }, { "`$(x)`", "`$(x)`" },
        { "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(escaped(cases[i].text), cases[i].expected);
    }
}
END_TEST

START_TEST(test_every_other_byte_is_left_as_it_is)
{
    int c;

    for (c = 1; c < 256; c++) {
        char text[] = { 'x', (char)c, 'y', 0 };

        if (!strchr("&<>\"'", c)) {
            ck_assert_str_eq(escaped(text), text);
        }
    }
}
END_TEST

START_TEST(test_a_value_stands_where_its_name_stood)
{
    static const sample_t cases[] = {
        { "", "" }, { "x", "x" }, { "{{a}}", "1" }, { "x{{a}}y", "x1y" },
        { "{{a}}{{a}}", "11" }, { "{{b}}", "" }, { "{{c}}", "" },
        { "{{n}}", "" }, { "{{}}", "" }, { "{{ a }}", "" }, { "{{A}}", "" },
        { "{a}", "{a}" }, { "}}", "}}" }, { "{ {a}}", "{ {a}}" },
        { "<a href=\"{{a}}\">", "<a href=\"1\">" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_section_is_there_once_for_a_value)
{
    static const sample_t cases[] = {
        { "{{#a}}x{{/a}}", "x" }, { "{{#a}}{{a}}{{/a}}", "1" },
        { "{{#b}}x{{/b}}", "" }, { "{{#c}}x{{/c}}", "" },
        { "{{#n}}x{{/n}}", "" }, { "{{#on}}x{{/on}}", "x" },
        { "{{#off}}x{{/off}}", "" }, { "{{#a}}{{/a}}", "" },
        { "1{{#a}}2{{/a}}3{{#a}}4{{/a}}5", "12345" },
        { "{{#a}}{{#on}}x{{/on}}{{/a}}", "x" },
        { "{{#a}}{{#off}}x{{/off}}y{{/a}}", "y" },
        { "{{#off}}{{#a}}x{{/a}}{{/off}}y", "y" },
        /* one name may be the beginning of another */
        { "{{#o}}x{{/o}}{{#on}}y{{/on}}", "y" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_an_inverted_section_is_there_for_nothing)
{
    static const sample_t cases[] = {
        { "{{^a}}x{{/a}}", "" }, { "{{^b}}x{{/b}}", "x" },
        { "{{^c}}x{{/c}}", "x" }, { "{{^n}}x{{/n}}", "x" },
        { "{{^on}}x{{/on}}", "" }, { "{{^off}}x{{/off}}", "x" },
        { "{{^r}}x{{/r}}", "" },
        { "{{#a}}x{{/a}}{{^a}}y{{/a}}", "x" },
        { "{{#c}}x{{/c}}{{^c}}y{{/c}}", "y" },
        { "{{^c}}{{a}}{{/c}}", "1" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_section_is_there_once_for_each_row)
{
    static const sample_t cases[] = {
        { "{{#r}}x{{/r}}", "xx" },
        { "{{#r}}{{id}}{{/r}}", "xy" },
        /* in the row first, then outside it */
        { "{{#r}}{{id}}{{a}} {{/r}}", "x2 y1 " },
        { "{{#r}}{{/r}}{{id}}", "" },
        { "{{#r}}{{#a}}{{a}}{{/a}}{{^a}}-{{/a}}{{/r}}", "21" },
        { "{{#s}}{{#t}}{{id}}{{u}}{{a}};{{/t}}{{/s}}", "s71;s81;" },
        { "{{#t}}x{{/t}}", "" },
        { "{{r}}", "" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_section_inside_one_of_its_name_ends_first)
{
    static const sample_t cases[] = {
        { "{{#a}}{{#a}}x{{/a}}y{{/a}}z", "xyz" },
        { "{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}y{{/a}}", "xy" },
        { "{{#c}}{{#c}}x{{/c}}y{{/c}}z", "z" },
        { "{{^c}}{{^c}}x{{/c}}y{{/c}}", "xy" },
        { "{{#a}}{{^a}}x{{/a}}y{{/a}}", "y" },
        { "{{^a}}{{#a}}x{{/a}}y{{/a}}z", "z" },
        { "{{#c}}{{^c}}x{{/c}}y{{/c}}", "" },
        /* the rows of r are seen from each of them */
        { "{{#r}}{{id}}{{#r}}{{id}}{{/r}};{{/r}}", "xxy;yxy;" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_name_is_found_among_many_that_look_like_it)
{
    jt_html_t *scope = make_scope();
    jt_html_t *row = sample_add(scope, "long");
    page_t page = { units_pool, "" };
    char name[300];
    int i;

    for (i = 0; i < 26; i++) {
        const char *text = apr_psprintf(units_pool, "a%cxbyc", 'a' + i);

        sample_set(scope, text, apr_psprintf(units_pool, "%d,", i));
        sample_set(row, text, apr_psprintf(units_pool, "%d;", i));
    }
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    sample_set(row, name, "long");
    sample_text = apr_pstrcat(units_pool, "{{aaxbyc}}{{azxbyc}}{{amxbyc}}"
                              "{{#long}}{{aaxbyc}}{{azxbyc}}{{ahxbyc}}{{",
                              name, "}}{{", name + 1, "}}{{/long}}{{a_xbyc}}",
                              NULL);
    ck_assert_int_eq(sample_render("x", scope, take, &page), APR_SUCCESS);
    ck_assert_str_eq(page.text, "0,25,12,0;25;7;long");
}
END_TEST

START_TEST(test_a_value_set_again_is_the_later_one)
{
    jt_html_t *scope = make_scope();
    page_t page = { units_pool, "" };

    sample_text = "{{a}}{{#on}}x{{/on}}";
    sample_set(scope, "a", "9");
    sample_flag(scope, "on", 0);
    ck_assert_int_eq(sample_render("x", scope, take, &page), APR_SUCCESS);
    ck_assert_str_eq(page.text, "9");
}
END_TEST

START_TEST(test_a_part_sees_the_scope_where_it_stands)
{
    static const sample_t cases[] = {
        { "{{>p}}", "<1>" }, { "x{{>p}}y{{>p}}", "x<1>y<1>" },
        { "{{#r}}{{>p}}{{/r}}", "<2><1>" },
        { "{{#off}}{{>p}}{{/off}}", "" },
        { "{{>one}}", "1234<1>" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_words_are_chosen_by_a_names_value)
{
    static const sample_t cases[] = {
        { "{{>*k}}", "W1" }, { "x{{>*k}}y{{>*k}}", "xW1yW1" },
        { "{{#r}}{{>*k}}{{/r}}", "W2W1" },
        { "{{#m}}{{>*kind}};{{/m}}", "W1;V;W1;;V;" },
        { "{{#m}}{{#kind}}{{>*kind}}{{/kind}}{{^kind}}-{{/kind}}{{/m}}",
          "W1VW1-V" },
        /* no value, no words */
        { "x{{>*c}}y", "xy" }, { "{{>*b}}{{>*n}}{{>*}}", "" },
        { "{{>*r}}", "" }, { "{{>* k}}", "" }, { "{{>*K}}", "" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

/* n is this number, as it stands there. */
static const char *render_number(const char *text, const char *number)
{
    jt_html_t *scope = make_scope();
    jt_html_t *row = sample_add(scope, "inner");
    page_t page = { units_pool, "" };

    sample_text = text;
    sample_set(scope, "n", number);
    sample_set(scope, "f", "f");
    sample_set(scope, "o", "o");
    sample_set(row, "m", "1");
    sample_set(row, "g", "g");
    UNITS_OK(sample_render("x", scope, take, &page));
    return page.text;
}

START_TEST(test_words_have_the_form_for_a_number)
{
    static const struct {
        const char *text;
        const char *number;
        const char *expected;
    } cases[] = {
        { "{{>*f n}}", "1", "one F" }, { "{{>*f n}}", "0", "0 F" },
        { "{{>*f n}}", "2", "2 F" }, { "{{>*f n}}", "1,001", "1,001 F" },
        { "{{>=f n}}", "1", "one F" }, { "{{>=f n}}", "7", "7 F" },
        { "{{>*f}}", "1", "1 F" },
        /* without a number, or without that form */
        { "{{>*f c}}", "1", "1 F" }, { "{{>*f n}}", NULL, " F" },
        { "{{>*f n}}", "x", "x F" }, { "{{>=f c}}", "1", "1 F" },
        { "{{>*f }}", "1", "1 F" }, { "{{>*f n n}}", "1", "1 F" },
        { "{{>*o n}}", "1", "1 O" }, { "{{>=o n}}", "1", "1 O" },
        { "{{>*c n}}", "1", "" },
        /* each in its own place, both forms more than once */
        { "{{>*f n}}{{>*f c}}{{>*f n}}{{>=f n}}{{>=f c}}", "1",
          "one F1 Fone Fone F1 F" },
        { "{{#inner}}{{>*f m}},{{>*g m}},{{>=f n}}{{/inner}}", "3",
          "one F,one G,3 F" },
        { "{{>=in n}}", "1", "one F" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(render_number(cases[i].text, cases[i].number),
                         cases[i].expected);
    }
}
END_TEST

START_TEST(test_a_broken_form_is_told_and_left_out)
{
    jt_html_t *scope = make_scope();
    page_t page = { units_pool, "" };

    sample_text = "({{>=bad n}})";
    sample_set(scope, "n", "1");
    ck_assert_int_eq(sample_render("x", scope, take, &page), APR_EINVAL);
    ck_assert_str_eq(page.text, "()");
}
END_TEST

START_TEST(test_words_are_looked_for_once_a_page)
{
    int once;

    sample_lookups = 0;
    render_number("{{>*f n}}", "1");
    once = sample_lookups;
    sample_lookups = 0;
    render_number("{{#r}}{{>*f n}}{{>*f n}}{{/r}}{{>*f n}}", "1");
    ck_assert_int_eq(sample_lookups, once);
    sample_lookups = 0;
    render_number("{{#r}}{{>=f n}}{{/r}}", "1");
    ck_assert_int_eq(sample_lookups, once);
}
END_TEST

START_TEST(test_a_page_is_of_the_language_of_its_scope)
{
    static const jt_language_t xx = { "xx", jt_plural_ar };
    static const char *const numbers[][2] = {
        { "1", "x<1>xW1 X" }, { "2", "x<1>xWtwo X" }, { "3", "x<1>xW3 X" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(numbers); i++) {
        jt_html_t *scope = sample_make(&xx, units_pool);
        page_t page = { units_pool, "" };

        sample_set(scope, "a", "1");
        sample_set(scope, "k", "w");
        sample_set(scope, "n", numbers[i][0]);
        UNITS_OK(sample_render("x", scope, take, &page));
        ck_assert_str_eq(page.text, numbers[i][1]);
        /* English has this text, and this language has not. */
        page.text = "";
        sample_set(scope, "k", "v");
        ck_assert_int_eq(sample_render("x", scope, take, &page), APR_ENOENT);
    }
}
END_TEST

START_TEST(test_a_language_without_files_has_no_page)
{
    static const jt_language_t none = { "yy", jt_plural_en };
    page_t page = { units_pool, "" };

    sample_text = "x";
    ck_assert_int_eq(sample_render("x", sample_make(&none, units_pool), take,
                                   &page), APR_ENOENT);
    ck_assert_str_eq(page.text, "");
}
END_TEST

static apr_status_t render_words_of(const char *key, const char *text,
                                    const char **made)
{
    jt_html_t *scope = make_scope();
    page_t page = { units_pool, "" };
    apr_status_t status;

    sample_text = text;
    sample_set(scope, "key", key);
    sample_set(sample_add(scope, "keys"), "each", key);
    sample_set(sample_add(scope, "keys"), "each", "v");
    status = sample_render("x", scope, take, &page);
    *made = page.text;
    return status;
}

START_TEST(test_words_may_have_all_that_a_template_has)
{
    static const sample_t cases[] = {
        { "part", "(<1>)" }, { "empty", "()" }, { "other", "(o)" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *made;

        ck_assert_int_eq(render_words_of(cases[i].text, "({{>*key}})", &made),
                         APR_SUCCESS);
        ck_assert_str_eq(made, cases[i].expected);
    }
}
END_TEST

START_TEST(test_words_that_are_missing_or_broken_are_told_and_left_out)
{
    static const struct {
        const char *key;
        apr_status_t status;
    } cases[] = {
        { "none", APR_ENOENT }, { "lost", APR_ENOENT }, { "g", APR_ENOENT },
        { "open", APR_EINVAL }, { "p", APR_ENOENT }, { "W", APR_ENOENT },
        { "w.words", APR_ENOENT }, { "wx", APR_ENOENT }, { " ", APR_ENOENT },
        { "../w", APR_ENOENT }, { "{{>p}}", APR_ENOENT }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *made;

        ck_assert_msg(render_words_of(cases[i].key, "a{{>*key}}z", &made)
                          == cases[i].status, "%s", cases[i].key);
        ck_assert_str_eq(made, "az");
        /* Good ones that follow are there, and do not make up for it. */
        ck_assert_msg(render_words_of(cases[i].key, "{{#keys}}({{>*each}})"
                                      "{{/keys}}", &made)
                          == cases[i].status, "%s", cases[i].key);
        ck_assert_str_eq(made, "()(V)");
        /* What is not shown is not looked for. */
        ck_assert_int_eq(render_words_of(cases[i].key, "{{#off}}{{>*key}}"
                                         "{{/off}}x", &made), APR_SUCCESS);
        ck_assert_str_eq(made, "x");
    }
}
END_TEST

START_TEST(test_a_value_is_never_read_as_a_template)
{
    static const char *const values[] = {
        "{{7*7}}", "{{a}}", "{{#a}}", "{{/a}}", "{{>p}}", "{{", "}}"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(values); i++) {
        jt_html_t *scope = sample_make(units_english(), units_pool);
        page_t page = { units_pool, "" };

        sample_text = "{{#a}}[{{a}}]{{/a}}";
        sample_set(scope, "a", values[i]);
        ck_assert_int_eq(sample_render("x", scope, take, &page),
                         APR_SUCCESS);
        ck_assert_str_eq(page.text, apr_pstrcat(units_pool, "[",
                                                escaped(values[i]), "]",
                                                NULL));
    }
}
END_TEST

START_TEST(test_words_that_include_themselves_come_to_an_end)
{
    const char *made;

    ck_assert_int_eq(render_words_of("again", "({{>*key}})", &made),
                     APR_ENOENT);
    ck_assert_int_eq(units_occurrences(made, ")"), 1);
    ck_assert_int_eq(render_words_of("each", "({{>*key}})", &made),
                     APR_ENOENT);
    ck_assert_int_eq(units_occurrences(made, ")"), 1);
}
END_TEST

START_TEST(test_a_tag_without_its_end_is_invalid)
{
    static const char *const texts[] = {
        "{{", "{{a", "{{a}", "x{{a", "{{#a}}", "{{#a}}x", "{{^c}}x",
        "{{#c}}x", "{{#a}}x{{/b}}", "{{#a}}x{{/ab}}", "{{#ab}}x{{/a}}",
        "{{#a}}x{{/a", "{{/a}}", "x{{/a}}", "{{#a}}{{#on}}{{/a}}{{/on}}",
        "{{#r}}{{/r}}{{/r}}", "{{#a}}{{x{{/a}}", "{{#r}}{{#a}}{{/r}}",
        "x{{a}}y{{/a}}z", "{{a}}{{#a}}{{#a}}x{{/a}}", "x{{a}b}}", "{{a}}{{}",
        "{{^a}}{{#b}}{{/a}}{{/b}}", "{{#}}", "{{/}}", "{{>*k", "x{{>p",
        /* a key alone is [[key]] */
        "x{{>=f}}", "x{{>= n}}", "x{{>=}}", "x{{>=f n",
        /* a section is whole within its file, shown or not */
        "x{{>open}}", "x{{>open}}{{/a}}", "{{#a}}x{{>close}}", "x{{>tag}}",
        "x{{#off}}{{>open}}{{/off}}", "x{{#off}}{{#a}}{{/off}}"
    };

    check_invalid(texts, UNITS_COUNT(texts), APR_EINVAL);
}
END_TEST

START_TEST(test_an_unknown_file_is_not_there)
{
    static const char *const parts[] = {
        "{{>none}}", "{{>}}", "{{>../x}}", "{{>p}}{{>none}}", "{{>x.html}}",
        "{{>w}}", "{{>P}}", "x{{a}}{{#off}}{{>none}}{{/off}}"
    };
    static const char *const files[] = {
        "", "none", "list.html", "LIST", "lis", "list ", "../list", "style",
        "app", "style.css", "web/list", "never", "label-empty"
    };
    size_t i;

    check_invalid(parts, UNITS_COUNT(parts), APR_ENOENT);
    for (i = 0; i < UNITS_COUNT(files); i++) {
        page_t page = { units_pool, "" };

        ck_assert_msg(jt_html_render(files[i], jt_html_make(units_english(),
                                                  units_pool),
                                     take, &page) == APR_ENOENT,
                      "%s", files[i]);
        ck_assert_str_eq(page.text, "");
    }
}
END_TEST

START_TEST(test_a_part_that_includes_itself_comes_to_an_end)
{
    static const char *const texts[] = {
        "{{>x}}", "a{{#a}}{{>x}}{{/a}}", "{{#off}}{{>x}}{{/off}}",
        "x{{>own}}", "x{{>ping}}", "{{>x}}{{>x}}"
    };

    check_invalid(texts, UNITS_COUNT(texts), APR_ENOENT);
}
END_TEST

Suite *units_html(void)
{
    Suite *suite = suite_create("html");
    TCase *engine = units_case(suite, "engine");
    TCase *words = units_case(suite, "words");
    TCase *fault = units_case(suite, "fault");

    tcase_add_test(engine, test_the_five_special_characters_are_escaped);
    tcase_add_test(engine, test_every_other_byte_is_left_as_it_is);
    tcase_add_test(engine, test_a_value_stands_where_its_name_stood);
    tcase_add_test(engine, test_a_section_is_there_once_for_a_value);
    tcase_add_test(engine, test_an_inverted_section_is_there_for_nothing);
    tcase_add_test(engine, test_a_section_is_there_once_for_each_row);
    tcase_add_test(engine, test_a_section_inside_one_of_its_name_ends_first);
    tcase_add_test(engine, test_a_name_is_found_among_many_that_look_like_it);
    tcase_add_test(engine, test_a_value_set_again_is_the_later_one);
    tcase_add_test(engine, test_a_part_sees_the_scope_where_it_stands);
    tcase_add_test(engine, test_a_value_is_never_read_as_a_template);
    tcase_add_test(words, test_words_are_chosen_by_a_names_value);
    tcase_add_test(words, test_words_have_the_form_for_a_number);
    tcase_add_test(words, test_a_broken_form_is_told_and_left_out);
    tcase_add_test(words, test_words_are_looked_for_once_a_page);
    tcase_add_test(words, test_a_page_is_of_the_language_of_its_scope);
    tcase_add_test(words, test_a_language_without_files_has_no_page);
    tcase_add_test(words, test_words_may_have_all_that_a_template_has);
    tcase_add_test(words,
                   test_words_that_are_missing_or_broken_are_told_and_left_out);
    tcase_add_test(words,
                   test_words_that_include_themselves_come_to_an_end);
    tcase_add_test(fault, test_a_tag_without_its_end_is_invalid);
    tcase_add_test(fault, test_an_unknown_file_is_not_there);
    tcase_add_test(fault, test_a_part_that_includes_itself_comes_to_an_end);
    return suite;
}
