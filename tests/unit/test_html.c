/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_html.c: what a template may ask for, and that a value never
 * becomes markup. The shipped pages are rendered by the library; the engine's
 * corners need templates that no page should have, so its source is compiled
 * here once more, under other names, over a few files of its own.
 */
#include "units.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "jt_web.h"

/* What the second engine is called here. The first declaration is static, so
 * the definition that follows in jt_html.c is, too. */
static jt_html_t *sample_make(apr_pool_t *from);
static void sample_set(jt_html_t *scope, const char *name, const char *text);
static void sample_flag(jt_html_t *scope, const char *name, int on);
static jt_html_t *sample_add(jt_html_t *scope, const char *name);
static apr_status_t sample_render(const char *file, const jt_html_t *scope,
                                  jt_html_sink_t *sink, void *baton);
static void sample_escape(const char *text, jt_html_sink_t *sink,
                          void *baton);

/* The one file x.html of the case at hand, and a part for it to include. */
static const char *sample_text;

static const jt_web_file_t *sample_find(const char *stem, apr_size_t length,
                                        const char *ending)
{
    static jt_web_file_t file;

    if (strcmp(ending, ".html") || length != 1 || !strchr("xp", *stem)) {
        return NULL;
    }
    file.text = *stem == 'x' ? sample_text : "<{{a}}>";
    file.length = strlen(file.text);
    return &file;
}

#define jt_html_make sample_make
#define jt_html_set sample_set
#define jt_html_flag sample_flag
#define jt_html_add sample_add
#define jt_html_render sample_render
#define jt_html_escape sample_escape
#define jt_web_find sample_find
#include "jt_html.c"
#undef jt_html_make
#undef jt_html_set
#undef jt_html_flag
#undef jt_html_add
#undef jt_html_render
#undef jt_html_escape
#undef jt_web_find

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
 * row, and in it t has two. */
static jt_html_t *make_scope(void)
{
    jt_html_t *scope = sample_make(units_pool);
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

static void check_invalid(const char *const *texts, size_t count,
                          apr_status_t expected)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const char *made;

        ck_assert_msg(render_text(texts[i], &made) == expected, "\"%s\"",
                      texts[i]);
    }
}

static const char *escaped(const char *text)
{
    page_t page = { units_pool, "" };

    jt_html_escape(text, take, &page);
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
        { "{{#off}}{{>p}}{{/off}}", "" }
    };

    check_samples(cases, UNITS_COUNT(cases));
}
END_TEST

START_TEST(test_a_value_is_never_read_as_a_template)
{
    static const char *const values[] = {
        "{{7*7}}", "{{a}}", "{{#a}}", "{{/a}}", "{{>p}}", "{{", "}}"
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(values); i++) {
        jt_html_t *scope = sample_make(units_pool);
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

START_TEST(test_a_tag_without_its_end_is_invalid)
{
    static const char *const texts[] = {
        "{{", "{{a", "{{a}", "x{{a", "{{#a}}", "{{#a}}x", "{{^c}}x",
        "{{#c}}x", "{{#a}}x{{/b}}", "{{#a}}x{{/ab}}", "{{#ab}}x{{/a}}",
        "{{#a}}x{{/a", "{{/a}}", "x{{/a}}", "{{#a}}{{#on}}{{/a}}{{/on}}",
        "{{#r}}{{/r}}{{/r}}", "{{#a}}{{x{{/a}}", "{{#r}}{{#a}}{{/r}}"
    };

    check_invalid(texts, UNITS_COUNT(texts), APR_EINVAL);
}
END_TEST

START_TEST(test_an_unknown_file_is_not_there)
{
    static const char *const parts[] = {
        "{{>none}}", "{{>}}", "{{>../x}}", "{{>p}}{{>none}}", "{{>x.html}}"
    };
    static const char *const files[] = {
        "", "none", "list.html", "LIST", "lis", "list ", "../list", "style",
        "app", "style.css", "web/list"
    };
    size_t i;

    check_invalid(parts, UNITS_COUNT(parts), APR_ENOENT);
    for (i = 0; i < UNITS_COUNT(files); i++) {
        page_t page = { units_pool, "" };

        ck_assert_msg(jt_html_render(files[i], jt_html_make(units_pool),
                                     take, &page) == APR_ENOENT,
                      "%s", files[i]);
        ck_assert_str_eq(page.text, "");
    }
}
END_TEST

START_TEST(test_a_part_that_includes_itself_comes_to_an_end)
{
    static const char *const texts[] = { "{{>x}}", "a{{#a}}{{>x}}{{/a}}" };

    check_invalid(texts, UNITS_COUNT(texts), APR_ENOENT);
}
END_TEST

START_TEST(test_what_precedes_a_fault_has_been_written)
{
    const char *made;

    ck_assert_int_eq(render_text("x{{a}}y{{/a}}z", &made), APR_EINVAL);
    ck_assert_str_eq(made, "x1y");
}
END_TEST

/* Every name that any template asks for. A section's are in its rows, too. */
static const char *const all_names[] = {
    "base", "user", "scheme", "host", "css", "js", "title", "text",
    "on_tokens", "on_connect", "form_fault", "typed_label", "typed_expires",
    "label_fault", "expires_fault", "expiry_required", "first_day",
    "last_day", "full", "revoked", "count", "max", "label", "created",
    "created_at", "expires", "expires_at", "used", "used_at", "used_from",
    "state", "state_class", "id", "token", "recipe_token", "shell_both",
    "url_user", "python_user", "powershell_user"
};

static jt_html_t *make_full(const char *value)
{
    jt_html_t *scope = jt_html_make(units_pool);
    size_t i;

    for (i = 0; i < UNITS_COUNT(all_names); i++) {
        jt_html_set(scope, all_names[i], value);
    }
    jt_html_add(scope, "rows");
    jt_html_add(scope, "rows");
    return scope;
}

/* The name of a template without its ending, or NULL for another file. */
static const char *stem_of(const jt_web_file_t *file)
{
    const char *ending = strstr(file->name, ".html");

    return ending && !ending[5]
               ? apr_pstrmemdup(units_pool, file->name,
                                (apr_size_t)(ending - file->name))
               : NULL;
}

START_TEST(test_every_shipped_template_renders_empty_and_full)
{
    const jt_web_file_t *file;
    int count = 0;

    for (file = jt_web_files; file->name; file++) {
        const char *stem = stem_of(file);
        const char *made;

        ck_assert_uint_eq(strlen(file->text), file->length);
        if (!stem) {
            continue;
        }
        made = units_render(stem, jt_html_make(units_pool), units_pool);
        ck_assert_msg(!strstr(made, "{{"), "%s, empty", stem);
        made = units_render(stem, make_full("v"), units_pool);
        ck_assert_msg(!strstr(made, "{{"), "%s, full", stem);
        count++;
    }
    ck_assert_int_ge(count, 9);
}
END_TEST

/* No tag, no quote and no bare ampersand more than a harmless value makes. */
static void check_markup(const char *stem, const char *value)
{
    static const char *const marks[] = { "<", ">", "\"", "'" };
    const char *plain = units_render(stem, make_full("v"), units_pool);
    const char *made = units_render(stem, make_full(value), units_pool);
    size_t i;

    for (i = 0; i < UNITS_COUNT(marks); i++) {
        ck_assert_msg(units_occurrences(made, marks[i])
                          == units_occurrences(plain, marks[i]),
                      "%s.html: %s adds %s", stem, value, marks[i]);
    }
    ck_assert_msg(strstr(plain, ">v<") == NULL
                      || strstr(made, escaped(value)) != NULL,
                  "%s.html has lost %s", stem, value);
}

START_TEST(test_a_hostile_value_stays_text_on_every_page)
{
    /* U13 */
    static const char *const values[] = {
        "<script>alert(1)</script>", "\"onmouseover=alert(1) x=\"",
        "'onmouseover=alert(1) x='", "</pre><img src=x>", "</title><b>",
        "<!--", "]]>", "&amp;"
    };
    const jt_web_file_t *file;
    size_t i;

    for (file = jt_web_files; file->name; file++) {
        const char *stem = stem_of(file);

        for (i = 0; stem && i < UNITS_COUNT(values); i++) {
            check_markup(stem, values[i]);
        }
    }
}
END_TEST

START_TEST(test_a_value_in_braces_stays_text_on_every_page)
{
    /* U13 */
    static const char *const values[] = { "{{7*7}}", "{{label}}",
                                          "javascript:alert(1)" };
    size_t i;

    for (i = 0; i < UNITS_COUNT(values); i++) {
        const char *made = units_render("revoke", make_full(values[i]),
                                        units_pool);

        ck_assert_ptr_nonnull(strstr(made, apr_psprintf(units_pool,
                                     "<bdi>%s</bdi>", values[i])));
        ck_assert_ptr_null(strstr(made, ">49<"));
    }
}
END_TEST

START_TEST(test_a_file_is_found_by_its_whole_name_only)
{
    const jt_web_file_t *file;

    for (file = jt_web_files; file->name; file++) {
        ck_assert_ptr_eq(jt_web_find(file->name, strlen(file->name), ""),
                         file);
        ck_assert_ptr_null(jt_web_find(file->name, strlen(file->name) - 1,
                                       ""));
        ck_assert_msg(*file->tag && strspn(file->tag, "0123456789")
                                        == strlen(file->tag),
                      "%s", file->name);
    }
    ck_assert_ptr_null(jt_web_find("", 0, ""));
    ck_assert_ptr_null(jt_web_find("list", 4, ""));
    ck_assert_ptr_nonnull(jt_web_find("listen", 4, ".html"));
}
END_TEST

Suite *units_html(void)
{
    Suite *suite = suite_create("html");
    TCase *engine = units_case(suite, "engine");
    TCase *pages = units_case(suite, "pages");

    tcase_add_test(engine, test_the_five_special_characters_are_escaped);
    tcase_add_test(engine, test_every_other_byte_is_left_as_it_is);
    tcase_add_test(engine, test_a_value_stands_where_its_name_stood);
    tcase_add_test(engine, test_a_section_is_there_once_for_a_value);
    tcase_add_test(engine, test_an_inverted_section_is_there_for_nothing);
    tcase_add_test(engine, test_a_section_is_there_once_for_each_row);
    tcase_add_test(engine, test_a_value_set_again_is_the_later_one);
    tcase_add_test(engine, test_a_part_sees_the_scope_where_it_stands);
    tcase_add_test(engine, test_a_value_is_never_read_as_a_template);
    tcase_add_test(engine, test_a_tag_without_its_end_is_invalid);
    tcase_add_test(engine, test_an_unknown_file_is_not_there);
    tcase_add_test(engine, test_a_part_that_includes_itself_comes_to_an_end);
    tcase_add_test(engine, test_what_precedes_a_fault_has_been_written);
    tcase_set_timeout(pages, 60);
    tcase_add_test(pages, test_every_shipped_template_renders_empty_and_full);
    tcase_add_test(pages, test_a_hostile_value_stays_text_on_every_page);
    tcase_add_test(pages, test_a_value_in_braces_stays_text_on_every_page);
    tcase_add_test(pages, test_a_file_is_found_by_its_whole_name_only);
    return suite;
}
