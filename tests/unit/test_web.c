/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_web.c and of what build/embed gives it: every file and every
 * text is found by its name, and each renders as HTML whatever the values are.
 */
#include "units.h"

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "html/jt_template.h"
#include "html/jt_web.h"

/* One by one: what the binary search is held to. */
static const jt_web_file_t *look_through(const char *name)
{
    const jt_web_file_t *file = jt_web_files;

    while (file->name && strcmp(file->name, name)) {
        file++;
    }
    return file->name ? file : NULL;
}

/* What is before a "/", and what is after it. */
static const char *split_name(const char *full, const char **name)
{
    const char *slash = strchr(full, '/');

    *name = slash ? slash + 1 : full;
    return slash ? apr_pstrmemdup(units_pool, full, (apr_size_t)(slash - full))
                 : "";
}

static const jt_web_file_t *find_file(const char *full, size_t stem)
{
    jt_web_name_t name = { NULL, NULL, stem, NULL };

    name.folder = jt_web_find_folder(split_name(full, &name.stem));
    name.ending = name.stem + stem;
    return jt_web_find(&name);
}

static void check_found(const char *full)
{
    const char *name;
    size_t length;
    size_t i;

    split_name(full, &name);
    length = strlen(name);
    /* However the name is split into a stem and an ending. */
    for (i = 0; i <= length; i++) {
        ck_assert_msg(find_file(full, i) == look_through(full),
                      "%s, split at %d", full, (int)i);
    }
}

/* By folders first. */
static int compare_files(const jt_web_file_t *a, const jt_web_file_t *b)
{
    const char *name;
    int order = strcmp(split_name(a->name, &name), split_name(b->name, &name));

    return order ? order : strcmp(a->name, b->name);
}

START_TEST(test_files_stand_in_the_order_of_their_names)
{
    apr_size_t i;

    ck_assert_ptr_null(jt_web_files[jt_web_count].name);
    ck_assert_uint_ge(jt_web_count, 150);
    for (i = 0; i < jt_web_count; i++) {
        const jt_web_file_t *file = &jt_web_files[i];

        ck_assert_msg(!i || compare_files(&file[-1], file) < 0, "%s",
                      file->name);
        ck_assert_uint_eq(strlen(file->text), file->length);
        ck_assert_msg(*file->tag && strspn(file->tag, "0123456789")
                                        == strlen(file->tag),
                      "%s", file->name);
    }
}
END_TEST

START_TEST(test_a_file_is_found_by_its_whole_name)
{
    const jt_web_file_t *file;

    for (file = jt_web_files; file->name; file++) {
        ck_assert_ptr_eq(find_file(file->name, 0), file);
        check_found(file->name);
        ck_assert_ptr_eq(jt_web_find_asset(file->name),
                         strchr(file->name, '/') ? NULL : file);
    }
    /* The stem ends where its length says. */
    ck_assert_ptr_nonnull(find_file("en/list.html", 4));
    ck_assert_ptr_nonnull(find_file("en/never-used.words", 10));
    ck_assert_ptr_nonnull(find_file("de/never-used.words", 5));
    ck_assert_ptr_nonnull(jt_web_find_asset("style.css"));
}
END_TEST

START_TEST(test_a_name_that_is_nearly_one_finds_nothing)
{
    static const char *const names[] = {
        "", ".", ".html", ".words", "list", "list.", "list.htm", "LIST.html",
        "list.html.", "List.html", "list..html", " list.html", "list.html ",
        "list.words", "a", "~", "zzz", "\xFF", "words.en", "web/list.html",
        "../list.html", "Never.words", "never_used.words", "label-.words",
        "list.html", "never.words", "head.html", "en", "en/", "de/", "/",
        "/list.html", "/en/list.html", "en//list.html", "xx/list.html",
        "e/list.html", "enn/list.html", "EN/list.html", "en/style.css",
        "en/words.en", "en/list", "en/de/list.html", "en/days-past.two.words",
        "en/days-past.one", "style", "en/never.one.words"
    };
    const jt_web_file_t *file;
    size_t i;

    for (i = 0; i < UNITS_COUNT(names); i++) {
        ck_assert_ptr_null(look_through(names[i]));
        check_found(names[i]);
    }
    for (file = jt_web_files; file->name; file++) {
        size_t length = strlen(file->name);
        char *near = apr_pstrcat(units_pool, file->name, "x", NULL);

        check_found(near);
        near[length - 1]++;
        near[length] = '\0';
        check_found(near);
        near[length - 1] = '\0';
        check_found(near);
        check_found(near + 1);
        near[0] = (char)apr_toupper(near[0]);
        check_found(near);
    }
}
END_TEST

/* The name of a file without its folder and this ending, or NULL for another
 * file. */
static const char *stem_of(const jt_web_file_t *file, const char *ending)
{
    const char *name;
    const char *found;

    split_name(file->name, &name);
    found = strstr(name, ending);
    return found && !found[strlen(ending)]
               ? apr_pstrmemdup(units_pool, name, (apr_size_t)(found - name))
               : NULL;
}

static const jt_language_t *language_of(const jt_web_file_t *file)
{
    const char *name;
    const jt_language_t *language = jt_language_find(
        split_name(file->name, &name));

    ck_assert_msg(language != NULL, "%s", file->name);
    return language;
}

/* The text that stands for words wherever a template asks for some. */
#define SOME_WORDS "done"

/* {{>*name number}} */
static void fill_words(jt_html_t *scope, const char *name)
{
    char *state = NULL;
    const char *word = apr_strtok(apr_pstrdup(units_pool, name), " ", &state);

    jt_html_set(scope, word, SOME_WORDS);
}

/* Give every name in one file a value; it begins behind "{{". */
static void fill_names(jt_html_t *scope, const char *text, const char *value)
{
    while ((text = strstr(text, "{{"))) {
        const char *close = strstr(text, "}}");
        const char *name;

        text += 2;
        ck_assert_ptr_nonnull(close);
        text += strspn(text, "#^/");
        name = apr_pstrmemdup(units_pool, text, (apr_size_t)(close - text));
        if (!strncmp(name, ">*", 2)) {
            fill_words(scope, name + 2);
        }
        else if (*name != '>' && value) {
            jt_html_set(scope, name, value);
        }
    }
}

/* Every name that any template asks for; a section's are in its rows, too.
 * Then, over these, the keys of words, which no value from outside is. */
static jt_html_t *make_full(const jt_language_t *language, const char *value)
{
    jt_html_t *scope = jt_html_make(language, units_pool);
    const jt_web_file_t *file;
    int pass;

    for (pass = 0; pass < 2; pass++) {
        for (file = jt_web_files; file->name; file++) {
            if ((stem_of(file, ".html") || stem_of(file, ".words"))
                && language_of(file) == language) {
                fill_names(scope, file->text, pass ? NULL : value);
            }
        }
    }
    jt_html_add(scope, "rows");
    jt_html_add(scope, "rows");
    jt_html_add(scope, "columns");
    return scope;
}

/* Where a tag ends; NULL for one that a quotation mark or another tag breaks.
 * A text for an attribute could do that. */
static const char *skip_tag(const char *c)
{
    for (; *c != '>'; c++) {
        if (!*c || strchr("<\"'", *c)) {
            return NULL;
        }
        if (c[0] == '=' && c[1] == '"') {
            c = strchr(c + 2, '"');
            if (!c || !strchr(" >", c[1])) {
                return NULL;
            }
        }
    }
    return c;
}

static void check_tags(const char *name, const char *page)
{
    while ((page = strchr(page, '<'))) {
        const char *end = skip_tag(page + 1);

        ck_assert_msg(end && (apr_isalpha(page[1]) || strchr("/!", page[1])),
                      "%s: %.60s", name, page);
        page = end;
    }
}

START_TEST(test_every_shipped_template_renders_empty_and_full)
{
    const jt_web_file_t *file;
    int count = 0;

    for (file = jt_web_files; file->name; file++) {
        const char *stem = stem_of(file, ".html");
        const char *made;

        if (!stem) {
            continue;
        }
        made = units_render(stem, jt_html_make(language_of(file),
                                               units_pool), units_pool);
        ck_assert_msg(!strstr(made, "{{"), "%s, empty", stem);
        check_tags(stem, made);
        made = units_render(stem, make_full(language_of(file), "v"), units_pool);
        ck_assert_msg(!strstr(made, "{{"), "%s, full", stem);
        check_tags(stem, made);
        count++;
    }
    ck_assert_int_ge(count, 14);
}
END_TEST

START_TEST(test_what_start_up_has_read_renders_the_same)
{
    const jt_web_file_t *file;
    apr_pool_t *pool;

    for (file = jt_web_files; file->name; file++) {
        const char *stem = stem_of(file, ".html");
        const char *made;

        if (!stem) {
            continue;
        }
        made = units_render(stem, make_full(language_of(file), "v"), units_pool);
        apr_pool_create(&pool, units_pool);
        jt_template_prepare(pool);
        jt_template_prepare(pool);
        ck_assert_str_eq(units_render(stem, make_full(language_of(file), "v"), units_pool), made);
        ck_assert_str_eq(units_render(stem, make_full(language_of(file), "v"), units_pool), made);
        apr_pool_destroy(pool);
        ck_assert_str_eq(units_render(stem, make_full(language_of(file), "v"), units_pool), made);
    }
}
END_TEST

START_TEST(test_no_text_of_the_catalogue_is_left_out_or_empty)
{
    const jt_web_file_t *file;
    int count = 0;

    for (file = jt_web_files; file->name; file++) {
        ck_assert_msg(!stem_of(file, ".html") || !strstr(file->text, "[["),
                      "%s", file->name);
        if (stem_of(file, ".words")) {
            ck_assert_msg(file->length > 0 && !strstr(file->text, "[[")
                              && !strchr(file->text, '\n'),
                          "%s", file->name);
            count++;
        }
    }
    ck_assert_int_ge(count, 130);
}
END_TEST

/* The scopes that get_full() has made. A test begins without. */
static const jt_language_t *made_for;
static apr_hash_t *scopes;

/* As make_full(), but once for all texts of a language: there are thousands. */
static jt_html_t *get_full(const jt_language_t *language, const char *value)
{
    const char *key = value ? value : "";
    jt_html_t *scope;

    if (made_for != language) {
        scopes = apr_hash_make(units_pool);
        made_for = language;
    }
    scope = apr_hash_get(scopes, key, APR_HASH_KEY_STRING);
    if (!scope) {
        scope = make_full(language, value);
        apr_hash_set(scopes, key, APR_HASH_KEY_STRING, scope);
    }
    return scope;
}

/* A form by itself: its key and its name. */
static const char *render_text(const jt_web_file_t *file, const char *value)
{
    jt_html_t *scope = get_full(language_of(file), value);

    jt_html_set(scope, "text", stem_of(file, ".words"));
    return units_render("message", scope, units_pool);
}

/* No tag and no quote more than a harmless value makes, and it is there. */
static void check_markup(const char *name, const char *plain,
                         const char *made, const char *safe)
{
    static const char *const marks[] = { "<", ">", "\"", "'" };
    size_t i;

    for (i = 0; i < UNITS_COUNT(marks); i++) {
        ck_assert_msg(units_occurrences(made, marks[i])
                          == units_occurrences(plain, marks[i]),
                      "%s: %s adds %s", name, safe, marks[i]);
    }
    ck_assert_msg(strstr(plain, ">v<") == NULL || strstr(made, safe) != NULL,
                  "%s has lost %s", name, safe);
}

/* U13, and what it has to become. */
static const char *const hostile[][2] = {
    { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
    { "\"onmouseover=alert(1) x=\"", "&quot;onmouseover=alert(1) x=&quot;" },
    { "'onmouseover=alert(1) x='", "&#39;onmouseover=alert(1) x=&#39;" },
    { "</pre><img src=x>", "&lt;/pre&gt;&lt;img src=x&gt;" },
    { "</title><b>", "&lt;/title&gt;&lt;b&gt;" },
    { "<!--", "&lt;!--" }, { "]]>", "]]&gt;" }, { "&amp;", "&amp;amp;" },
    { "{{7*7}}", "{{7*7}}" }, { "{{label}}", "{{label}}" },
    { "{{>head}}", "{{&gt;head}}" }, { "[[never]]", "[[never]]" }
};

/* How many of them a language is tried with: build/words holds each catalogue
 * to the marks of English, which is tried with all. */
static size_t count_hostile(const jt_language_t *language)
{
    return language == jt_language_find("en") ? UNITS_COUNT(hostile) : 2;
}

START_TEST(test_a_hostile_value_stays_text_on_every_page)
{
    const jt_web_file_t *file;
    size_t i;

    made_for = NULL;
    for (file = jt_web_files; file->name; file++) {
        const char *stem = stem_of(file, ".html");

        for (i = 0; stem && i < count_hostile(language_of(file)); i++) {
            const jt_language_t *language = language_of(file);

            check_markup(stem,
                         units_render(stem, get_full(language, "v"), units_pool),
                         units_render(stem, get_full(language, hostile[i][0]),
                                      units_pool), hostile[i][1]);
        }
    }
}
END_TEST

START_TEST(test_a_hostile_value_stays_text_in_all_words)
{
    const jt_web_file_t *file;
    size_t i;

    made_for = NULL;
    for (file = jt_web_files; file->name; file++) {
        const char *key = stem_of(file, ".words");

        for (i = 0; key && strstr(file->text, "{{")
                    && i < count_hostile(language_of(file)); i++) {
            check_markup(file->name, render_text(file, "v"),
                         render_text(file, hostile[i][0]), hostile[i][1]);
        }
    }
}
END_TEST

START_TEST(test_every_text_renders_as_html)
{
    const jt_web_file_t *file;

    made_for = NULL;
    for (file = jt_web_files; file->name; file++) {
        const char *key = stem_of(file, ".words");

        if (key) {
            check_tags(file->name, render_text(file, "v"));
            check_tags(file->name, render_text(file, NULL));
        }
    }
}
END_TEST

Suite *units_web(void)
{
    Suite *suite = suite_create("web");
    TCase *names = units_case(suite, "names");
    TCase *pages = units_case(suite, "pages");

    tcase_add_test(names, test_files_stand_in_the_order_of_their_names);
    tcase_add_test(names, test_a_file_is_found_by_its_whole_name);
    tcase_add_test(names, test_a_name_that_is_nearly_one_finds_nothing);
    tcase_set_timeout(pages, 60);
    tcase_add_test(pages, test_every_shipped_template_renders_empty_and_full);
    tcase_add_test(pages, test_what_start_up_has_read_renders_the_same);
    tcase_add_test(pages, test_no_text_of_the_catalogue_is_left_out_or_empty);
    tcase_add_test(pages, test_a_hostile_value_stays_text_on_every_page);
    tcase_add_test(pages, test_a_hostile_value_stays_text_in_all_words);
    tcase_add_test(pages, test_every_text_renders_as_html);
    return suite;
}
