/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_html.c about its sink: however much is rendered, and however
 * its pieces lie about the end of the bytes that it gathers, all of it arrives
 * once, in order and escaped.
 */
#include "sample.h"
#include "units.h"

#include <apr_strings.h>
#include <string.h>

/* What the engine gathers before the sink is called. */
#define GATHERED 8192

/* What the sink got. */
typedef struct taken_t {
    char bytes[200000];
    apr_size_t length;
    int calls;
    int empty; /* calls without a byte */
} taken_t;

static taken_t taken;

static void take(void *baton, const char *bytes, apr_size_t length)
{
    taken_t *to = baton;

    ck_assert_uint_le(length, sizeof(to->bytes) - to->length);
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
    to->calls++;
    to->empty += length == 0;
}

/* The lengths about which something could go wrong, and some beside. */
static const int lengths[] = {
    0, 1, GATHERED - 2, GATHERED - 1, GATHERED, GATHERED + 1, GATHERED + 2,
    2 * GATHERED - 1, 2 * GATHERED, 2 * GATHERED + 1, 20000
};

/* Bytes that are all alike only after 26 of them: a piece that is lost,
 * doubled or moved is seen. */
static char *letters(int count)
{
    char *made = apr_palloc(units_pool, (apr_size_t)count + 1);
    int i;

    for (i = 0; i < count; i++) {
        made[i] = (char)('a' + i % 26);
    }
    made[count] = '\0';
    return made;
}

/* The same with a character to escape at every so many. */
static char *specials(int count, int distance)
{
    char *made = letters(count);
    int i;

    for (i = 0; i < count; i += distance) {
        made[i] = "&<>\"'"[i / distance % 5];
    }
    return made;
}

/* As one would write it who need not be quick. */
static const char *expect(const char *text)
{
    char *made = apr_palloc(units_pool, 6 * strlen(text) + 1);
    char *out = made;

    for (; *text; text++) {
        char plain[] = { *text, '\0' };
        const char *safe = *text == '&' ? "&amp;"
                           : *text == '<' ? "&lt;"
                           : *text == '>' ? "&gt;"
                           : *text == '"' ? "&quot;"
                           : *text == '\'' ? "&#39;"
                                           : plain;

        out = apr_cpystrn(out, safe, strlen(safe) + 1);
    }
    *out = '\0';
    return made;
}

static void check_taken(const char *expected, const char *about, int count)
{
    apr_size_t length = strlen(expected);
    apr_size_t i;

    for (i = 0; i < length && i < taken.length
                && taken.bytes[i] == expected[i]; i++) {
    }
    ck_assert_msg(i == length && i == taken.length, "%s of %d: %d bytes of "
                  "%d, the first wrong one at %d", about, count,
                  (int)taken.length, (int)length, (int)i);
    ck_assert_msg(!taken.empty, "%s of %d: nothing was sent", about, count);
}

/* Renders a template with `a` and compares. */
static void check_render(const char *text, const char *a,
                         const char *expected, const char *about, int count)
{
    jt_html_t *scope = sample_make(units_english(), units_pool);

    memset(&taken, 0, sizeof(taken));
    sample_text = text;
    sample_set(scope, "a", a);
    UNITS_OK(sample_render("x", scope, take, &taken));
    check_taken(expected, about, count);
}

static void check_escape(const char *text, const char *about, int count)
{
    memset(&taken, 0, sizeof(taken));
    jt_html_escape(text, take, &taken);
    check_taken(expect(text), about, count);
}

START_TEST(test_a_long_value_arrives_whole)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(lengths); i++) {
        const char *plain = letters(lengths[i]);

        check_render("{{a}}", plain, plain, "a value", lengths[i]);
        check_render("<{{a}}{{a}}>", plain,
                     apr_pstrcat(units_pool, "<", plain, plain, ">", NULL),
                     "a value between", lengths[i]);
        check_escape(plain, "a text", lengths[i]);
    }
}
END_TEST

START_TEST(test_a_long_piece_of_a_template_arrives_whole)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(lengths); i++) {
        /* A template's own markup is not escaped. */
        const char *markup = specials(lengths[i], 7);

        check_render(markup, "v", markup, "a template", lengths[i]);
        check_render(apr_pstrcat(units_pool, "{{a}}", markup, "{{a}}",
                                 markup, NULL), "v",
                     apr_pstrcat(units_pool, "v", markup, "v", markup, NULL),
                     "a template between", lengths[i]);
    }
}
END_TEST

START_TEST(test_a_long_value_arrives_escaped)
{
    static const int distances[] = { 1, 2, 13, 1024, 8191, 8192 };
    size_t i;
    size_t j;

    for (i = 0; i < UNITS_COUNT(lengths); i++) {
        for (j = 0; j < UNITS_COUNT(distances); j++) {
            const char *text = specials(lengths[i], distances[j]);

            check_render("{{a}}", text, expect(text), "a value", lengths[i]);
            check_escape(text, "a text", lengths[i]);
        }
    }
}
END_TEST

START_TEST(test_an_entity_is_whole_where_the_gathered_bytes_end)
{
    /* Each entity begins at each of the last bytes, and behind them. */
    int before;
    int c;

    for (before = GATHERED - 7; before <= GATHERED + 1; before++) {
        for (c = 0; c < 5; c++) {
            char last[] = { "&<>\"'"[c], 'z', '\0' };
            const char *text = apr_pstrcat(units_pool, letters(before), last,
                                           NULL);

            check_escape(text, "an entity after", before);
            check_render(apr_pstrcat(units_pool, letters(before), "{{a}}",
                                     NULL), last, expect(text),
                         "an entity after a template", before);
        }
    }
}
END_TEST

START_TEST(test_pieces_of_any_two_lengths_arrive_in_order)
{
    size_t i;
    size_t j;

    for (i = 0; i < UNITS_COUNT(lengths); i++) {
        for (j = 0; j < UNITS_COUNT(lengths); j++) {
            const char *value = letters(lengths[i]);
            const char *markup = specials(lengths[j], 11);

            check_render(apr_pstrcat(units_pool, "{{a}}", markup, "{{a}}",
                                     NULL), value,
                         apr_pstrcat(units_pool, value, markup, value, NULL),
                         "a pair", lengths[i] + lengths[j]);
        }
    }
}
END_TEST

START_TEST(test_small_pieces_are_gathered)
{
    jt_html_t *scope = sample_make(units_english(), units_pool);
    char *expected = apr_pcalloc(units_pool, sizeof(taken.bytes));
    char *end = expected;
    int i;

    memset(&taken, 0, sizeof(taken));
    sample_text = "{{#r}}{{#on}}<{{n}}>{{/on}}{{/r}}";
    sample_flag(scope, "on", 1);
    for (i = 0; i < 4000; i++) {
        sample_set(sample_add(scope, "r"), "n", apr_itoa(units_pool, i));
        end += apr_snprintf(end, 10, "<%d>", i);
    }
    UNITS_OK(sample_render("x", scope, take, &taken));
    check_taken(expected, "rows", 4000);
    ck_assert_int_le(taken.calls, (int)taken.length / 1000);
    check_escape(specials(20000, 1), "entities", 20000);
    ck_assert_int_le(taken.calls, (int)taken.length / 1000);
}
END_TEST

START_TEST(test_a_sink_is_not_called_for_nothing)
{
    check_escape("", "nothing", 0);
    ck_assert_int_eq(taken.calls, 0);
    check_render("", "", "", "nothing", 0);
    ck_assert_int_eq(taken.calls, 0);
    check_render("{{a}}{{^a}}{{/a}}", "", "", "no value", 0);
    ck_assert_int_eq(taken.calls, 0);
}
END_TEST

START_TEST(test_what_came_before_missing_words_arrives_whole)
{
    jt_html_t *scope = sample_make(units_english(), units_pool);
    const char *value = specials(GATHERED + 1, 3);
    const char *safe = expect(value);

    memset(&taken, 0, sizeof(taken));
    sample_text = "{{a}}({{>*a}}){{a}}";
    sample_set(scope, "a", value);
    ck_assert_int_ne(sample_render("x", scope, take, &taken), APR_SUCCESS);
    check_taken(apr_pstrcat(units_pool, safe, "()", safe, NULL), "a value",
                GATHERED + 1);
}
END_TEST

Suite *units_html_output(void)
{
    Suite *suite = suite_create("html_output");
    TCase *whole = units_case(suite, "whole");
    TCase *sink = units_case(suite, "sink");

    tcase_set_timeout(whole, 60);
    tcase_set_timeout(sink, 60);
    tcase_add_test(whole, test_a_long_value_arrives_whole);
    tcase_add_test(whole, test_a_long_piece_of_a_template_arrives_whole);
    tcase_add_test(whole, test_a_long_value_arrives_escaped);
    tcase_add_test(whole,
                   test_an_entity_is_whole_where_the_gathered_bytes_end);
    tcase_add_test(whole, test_pieces_of_any_two_lengths_arrive_in_order);
    tcase_add_test(sink, test_small_pieces_are_gathered);
    tcase_add_test(sink, test_a_sink_is_not_called_for_nothing);
    tcase_add_test(sink, test_what_came_before_missing_words_arrives_whole);
    return suite;
}
