/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_view.c, read off the pages that its scopes give with the
 * shipped templates.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "jt_date.h"
#include "jt_view.h"

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)
#define TOKEN "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg012345"

static jt_token_rules_t rules = { "jt", 25, 0, 0 };

static jt_html_t *make_scope(const char *user)
{
    jt_view_frame_t frame = { 0 };

    frame.base = "../tokens/";
    frame.user = user;
    frame.scheme = "https";
    frame.host = "jira.example.org:8443";
    frame.now = NOW;
    rules.max = 25;
    rules.max_lifetime = 0;
    rules.default_lifetime = 0;
    return jt_view_make(&frame, units_pool);
}

static jt_store_row_t make_row(const char *label)
{
    jt_store_row_t row = { 0 };

    row.id = 42;
    row.user = "alice";
    row.label = label;
    row.digest = "d1935";
    row.created_at = NOW;
    row.expires_at = JT_STORE_NEVER;
    row.last_used_at = JT_STORE_NEVER;
    row.scope = "full";
    return row;
}

static const char *render_list(const jt_store_row_t *rows, int count)
{
    jt_html_t *scope = make_scope("alice");
    apr_array_header_t *list = apr_array_make(units_pool, 1,
                                              sizeof(jt_store_row_t));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, jt_store_row_t) = rows[i];
    }
    jt_view_list(scope, list, &rules, NOW, units_pool);
    return units_render("list", scope, units_pool);
}

static void check_has(const char *page, const char *part)
{
    ck_assert_msg(strstr(page, part) != NULL, "\"%s\" is not on\n%s", part,
                  page);
}

static void check_lacks(const char *page, const char *part)
{
    ck_assert_msg(strstr(page, part) == NULL, "\"%s\" is on\n%s", part, page);
}

START_TEST(test_every_message_has_a_status_a_title_and_a_text)
{
    static const struct {
        jt_view_message_t which;
        int status;
    } cases[] = {
        { JT_VIEW_BAD_REQUEST, 400 }, { JT_VIEW_BY_TOKEN, 403 },
        { JT_VIEW_NOBODY, 403 }, { JT_VIEW_USER_NAME, 403 },
        { JT_VIEW_FOREIGN_ORIGIN, 403 }, { JT_VIEW_NOT_FOUND, 404 },
        { JT_VIEW_METHOD, 405 }, { JT_VIEW_TOO_LARGE, 413 },
        { JT_VIEW_NOT_A_FORM, 415 }, { JT_VIEW_FAILED, 500 },
        { JT_VIEW_UNAVAILABLE, 503 }
    };
    size_t i;

    ck_assert_uint_eq(UNITS_COUNT(cases), JT_VIEW_UNAVAILABLE + 1);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_html_t *scope = make_scope(NULL);
        const char *page;

        ck_assert_int_eq(jt_view_message(scope, cases[i].which),
                         cases[i].status);
        page = units_render("message", scope, units_pool);
        check_lacks(page, "<h1></h1>");
        check_lacks(page, "<title> ");
        check_lacks(page, "<p class=\"lead\"></p>");
        /* Nobody is told that they are signed in, or where to go back to. */
        check_lacks(page, "Signed in as");
        check_lacks(page, "Back to the list");
    }
}
END_TEST

START_TEST(test_a_page_names_who_looks_and_where_it_stands)
{
    jt_html_t *scope = make_scope("o'brien");
    const char *page;

    jt_view_message(scope, JT_VIEW_NOT_FOUND);
    page = units_render("message", scope, units_pool);
    check_has(page, "Signed in as <bdi>o&#39;brien</bdi>");
    check_has(page, "<a href=\"../tokens/connect\"");
    check_has(page, "<a class=\"button\" href=\"../tokens/\"");
    /* The files' tags, so that a changed one is fetched. */
    check_has(page, "assets/style.css?v=");
    check_lacks(page, "style.css?v=\"");
    check_lacks(page, "app.js?v=\"");
}
END_TEST

START_TEST(test_an_old_row_is_listed_as_unknown_and_never)
{
    jt_store_row_t row = make_row("old");
    const char *page;

    row.created_at = JT_STORE_NEVER;
    page = render_list(&row, 1);
    check_has(page, "<td data-name=\"Created\">Unknown</td>");
    check_has(page, "<td data-name=\"Expires\">Never</td>");
    check_has(page, "<td data-name=\"Last used\">Never used</td>");
    check_has(page, "<span class=\"state active\">Active</span>");
    check_has(page, "<strong>1 of 25 tokens</strong>");
}
END_TEST

START_TEST(test_a_row_is_listed_with_its_instants)
{
    jt_store_row_t row = make_row("ci");
    const char *page;

    row.expires_at = 1806451200 + 86400;
    row.last_used_at = NOW - 60;
    row.last_used_from = "2001:db8::7";
    page = render_list(&row, 1);
    check_has(page, "<th scope=\"row\"><bdi>ci</bdi></th>");
    check_has(page, "<time datetime=\"2026-01-15T10:30:00Z\">"
                    "2026-01-15, 10:30 UTC</time>");
    check_has(page, "<time datetime=\"2027-04-01T00:00:00Z\">"
                    "2027-03-31, 24:00 UTC</time>");
    check_has(page, "<time datetime=\"2026-01-15T10:29:00Z\">"
                    "2026-01-15, 10:29 UTC</time> from 2001:db8::7");
    check_has(page, "href=\"../tokens/42/revoke\"");
    /* P02, U16: nothing that leads to the secret. */
    check_lacks(page, row.digest);
    row.last_used_from = NULL;
    check_has(render_list(&row, 1), "10:29 UTC</time></td>");
}
END_TEST

START_TEST(test_a_row_is_marked_by_how_much_is_left)
{
    static const struct {
        apr_int64_t expires_at;
        const char *mark;
    } cases[] = {
        { NOW - 1, "<span class=\"state expired\">Expired</span>" },
        { NOW, "<span class=\"state expired\">Expired</span>" },
        { 0, "<span class=\"state expired\">Expired</span>" },
        { NOW + 1, "<span class=\"state soon\">Expires soon</span>" },
        { NOW + 7 * 86400,
          "<span class=\"state soon\">Expires soon</span>" },
        { NOW + 7 * 86400 + 1, "<span class=\"state active\">Active</span>" },
        { JT_DATE_END, "<span class=\"state active\">Active</span>" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_store_row_t row = make_row("ci");

        row.expires_at = cases[i].expires_at;
        check_has(render_list(&row, 1), cases[i].mark);
    }
}
END_TEST

START_TEST(test_a_list_keeps_the_rows_apart)
{
    jt_store_row_t rows[2];
    const char *page;

    rows[0] = make_row("first");
    rows[0].expires_at = NOW + 1;
    rows[0].last_used_at = NOW;
    rows[0].last_used_from = "192.0.2.1";
    rows[1] = make_row("second");
    page = render_list(rows, 2);
    check_has(page, "2 of 25 tokens");
    ck_assert_int_eq(units_occurrences(page, "<tr>"), 3);
    ck_assert_int_eq(units_occurrences(page, "Never used"), 1);
    ck_assert_int_eq(units_occurrences(page, "192.0.2.1"), 1);
    ck_assert_int_eq(units_occurrences(page, ">Never<"), 1);
    ck_assert_ptr_nonnull(strstr(strstr(page, ">first<"), ">second<"));
}
END_TEST

START_TEST(test_a_list_says_when_it_is_empty_or_full)
{
    static const struct {
        int count;
        int max;
        int may_create;
    } cases[] = { { 0, 1, 1 }, { 1, 2, 1 }, { 2, 2, 0 }, { 3, 2, 0 } };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_html_t *scope = make_scope("alice");
        apr_array_header_t *rows = apr_array_make(units_pool, 1,
                                                  sizeof(jt_store_row_t));
        const char *page;

        while (rows->nelts < cases[i].count) {
            APR_ARRAY_PUSH(rows, jt_store_row_t) = make_row("x");
        }
        rules.max = cases[i].max;
        jt_view_list(scope, rows, &rules, NOW, units_pool);
        page = units_render("list", scope, units_pool);
        ck_assert_int_eq(units_occurrences(page, "/create\""),
                         cases[i].may_create);
        ck_assert_int_eq(units_occurrences(page, "You have as many tokens"),
                         !cases[i].may_create);
        ck_assert_int_eq(units_occurrences(page, "You have no tokens yet"),
                         cases[i].count == 0);
        check_has(page, apr_psprintf(units_pool, ">%d of %d tokens<",
                                     cases[i].count, cases[i].max));
    }
}
END_TEST

/* What a hostile label has to become, wherever it is shown. */
static const char *const hostile[][2] = {
    { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
    { "\"onmouseover=alert(1)", "&quot;onmouseover=alert(1)" },
    { "'onmouseover=alert(1)", "&#39;onmouseover=alert(1)" },
    { "</pre>", "&lt;/pre&gt;" }, { "&amp;", "&amp;amp;" },
    { "{{7*7}}", "{{7*7}}" }, { "{{label}}", "{{label}}" },
    { "{{/rows}}", "{{/rows}}" }, { "javascript:1", "javascript:1" },
    { "%s%n", "%s%n" }, { "\xD7\xA9\xD7\x9C", "\xD7\xA9\xD7\x9C" },
    { "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" }
};

START_TEST(test_a_hostile_label_is_text_on_every_page)
{
    /* U13, I09: one text node, in <bdi>. */
    size_t i;

    for (i = 0; i < UNITS_COUNT(hostile); i++) {
        jt_store_row_t row = make_row(hostile[i][0]);
        const char *shown = apr_psprintf(units_pool, "<bdi>%s</bdi>",
                                         hostile[i][1]);
        jt_html_t *scope = make_scope("alice");

        check_has(render_list(&row, 1), shown);
        jt_view_shown(scope, &row, TOKEN, units_pool);
        check_has(units_render("shown", scope, units_pool), shown);
        scope = make_scope("alice");
        jt_view_revoke(scope, &row, NOW, units_pool);
        check_has(units_render("revoke", scope, units_pool), shown);
        scope = make_scope("alice");
        jt_view_create(scope, hostile[i][0], hostile[i][0], NULL, &rules,
                       NOW, units_pool);
        ck_assert_int_eq(units_occurrences(
            units_render("create", scope, units_pool),
            apr_psprintf(units_pool, "value=\"%s\"", hostile[i][1])), 2);
    }
}
END_TEST

static const char *render_create(const char *label, const char *expires,
                                 int sent)
{
    jt_html_t *scope = make_scope("alice");
    jt_token_draft_t draft;

    rules.max_lifetime = sent > 1 ? 90 : 0;
    jt_token_draft(&rules, "alice", label, expires, NOW, &draft, units_pool);
    jt_view_create(scope, label, expires, sent ? &draft : NULL, &rules, NOW,
                   units_pool);
    return units_render("create", scope, units_pool);
}

START_TEST(test_a_fresh_form_has_no_fault)
{
    const char *page = render_create("", "", 0);

    check_lacks(page, "role=\"alert\"");
    check_lacks(page, "aria-invalid");
    check_has(page, "name=\"label\" type=\"text\" required dir=\"auto\" "
                    "value=\"\"");
    check_has(page, "min=\"2026-01-15\"");
    check_lacks(page, "max=\"");
    check_has(page, "Leave it empty for a token that never expires");
    page = render_create("ci", "2026-01-16", 0);
    check_has(page, "value=\"ci\"");
    check_has(page, "value=\"2026-01-16\"");
}
END_TEST

START_TEST(test_a_form_keeps_what_was_typed_and_says_what_to_change)
{
    static const struct {
        const char *label;
        const char *expires;
        const char *typed;
        const char *words;
    } cases[] = {
        { "", "", "value=\"\"", "Give the token a label" },
        { "a\x01", "", "value=\"a\xEF\xBF\xBD\"", "a control character" },
        { "a\xFF", "", "value=\"a\xEF\xBF\xBD\"", "not valid UTF-8" },
        { "a\xE2\x80\xAE", "", "value=\"a\xEF\xBF\xBD\"",
          "changes the direction" },
        { "0123456789012345678901234567890123456789012345678901234567890123"
          "4567890123456789012345678901234567890", "", "value=\"01234",
          "at most 100 characters" },
        { "ci", "tomorrow", "value=\"tomorrow\"", "as YYYY-MM-DD" },
        { "ci", "2026-02-30", "value=\"2026-02-30\"", "a day that exists" },
        { "ci", "\xC3", "value=\"\xEF\xBF\xBD\"", "as YYYY-MM-DD" },
        { "ci", "2026-01-14", "value=\"2026-01-14\"",
          "Choose today (2026-01-15 in UTC) or a later day" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *page = render_create(cases[i].label, cases[i].expires,
                                         1);

        check_has(page, cases[i].typed);
        check_has(page, cases[i].words);
        ck_assert_int_eq(units_occurrences(page, "role=\"alert\""), 1);
        ck_assert_int_eq(units_occurrences(page, "aria-invalid"), 1);
    }
}
END_TEST

START_TEST(test_a_bounded_lifetime_is_named_on_the_form)
{
    const char *page = render_create("ci", "", 2);

    check_has(page, "max=\"2026-04-15\"");
    check_has(page, "The last day possible is 2026-04-15");
    check_has(page, "tokens may live 90 days at the most");
    check_lacks(page, "never expires");
    check_has(render_create("ci", "2026-04-16", 2),
              "Choose a day no later than 2026-04-15");
    check_lacks(render_create("ci", "2026-04-15", 2), "role=\"alert\"");
}
END_TEST

START_TEST(test_a_token_that_was_not_made_says_why)
{
    static const struct {
        jt_token_made_t made;
        const char *words;
    } cases[] = {
        { JT_TOKEN_LIMIT, "You have 25 of 25 tokens. Revoke one" },
        { JT_TOKEN_DUPLICATE, "already have a token with this label" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_html_t *scope = make_scope("alice");
        const char *page;

        jt_view_create(scope, "ci", "", NULL, &rules, NOW, units_pool);
        jt_view_not_made(scope, cases[i].made, &rules, units_pool);
        page = units_render("create", scope, units_pool);
        check_has(page, cases[i].words);
        check_has(page, "value=\"ci\"");
        ck_assert_int_eq(units_occurrences(page, "role=\"alert\""), 1);
    }
}
END_TEST

START_TEST(test_a_form_proposes_the_default_lifetime)
{
    ck_assert_str_eq(jt_view_proposed(&rules, NOW, units_pool), "");
    rules.default_lifetime = 1;
    ck_assert_str_eq(jt_view_proposed(&rules, NOW, units_pool),
                     "2026-01-16");
    rules.default_lifetime = 90;
    ck_assert_str_eq(jt_view_proposed(&rules, NOW, units_pool),
                     "2026-04-15");
    rules.default_lifetime = 2147483647;
    ck_assert_str_eq(jt_view_proposed(&rules, NOW, units_pool),
                     "9999-12-31");
    rules.default_lifetime = 0;
}
END_TEST

static const char *render_shown(const char *user, jt_store_row_t *row)
{
    jt_html_t *scope = make_scope(user);

    jt_view_shown(scope, row, TOKEN, units_pool);
    jt_view_recipes(scope, user, TOKEN, units_pool);
    return units_render("shown", scope, units_pool);
}

START_TEST(test_the_token_stands_where_it_is_copied_and_used_only)
{
    /* U17: in no link, no form and no attribute. */
    jt_store_row_t row = make_row("ci");
    const char *page = render_shown("alice", &row);

    check_has(page, "<code id=\"token\" class=\"copied token\">" TOKEN
                    "</code>");
    check_has(page, "curl -u &#39;alice:" TOKEN "' ");
    check_has(page, "auth=(&quot;alice&quot;, \"" TOKEN "\")");
    check_has(page, "$who = &#39;alice&#39; + ':" TOKEN "'");
    ck_assert_int_eq(units_occurrences(page, TOKEN), 4);
    ck_assert_int_eq(units_occurrences(page, "jt_"), 4);
    check_has(page, "<dt>Expires</dt><dd>Never</dd>");
    check_has(page, "<code id=\"user\" class=\"copied\">alice</code>");
    check_lacks(page, row.digest);
    row.expires_at = 1806451200 + 86400;
    check_has(render_shown("alice", &row), "valid through <time datetime=\""
              "2027-04-01T00:00:00Z\">2027-03-31, 24:00 UTC</time>");
}
END_TEST

START_TEST(test_recipes_quote_hostile_user_names)
{
    static const struct {
        const char *user;
        const char *shell;
        const char *url;
        const char *python;
        const char *powershell;
    } cases[] = {
        { "o'brien", "-u &#39;o&#39;\\&#39;&#39;brien:" TOKEN "' ",
          "://o%27brien@", "(&quot;o&#39;brien&quot;, ",
          "$who = &#39;o&#39;&#39;brien&#39; + " },
        { "$(reboot)", "-u &#39;$(reboot):" TOKEN "' ",
          "://%24%28reboot%29@", "(&quot;$(reboot)&quot;, ",
          "$who = &#39;$(reboot)&#39; + " },
        { "EXAMPLE\\al", "-u &#39;EXAMPLE\\al:" TOKEN "' ",
          "://EXAMPLE%5Cal@", "(&quot;EXAMPLE\\\\al&quot;, ",
          "$who = &#39;EXAMPLE\\al&#39; + " },
        { "a\"b@c", "-u &#39;a&quot;b@c:" TOKEN "' ", "://a%22b%40c@",
          "(&quot;a\\&quot;b@c&quot;, ", "$who = &#39;a&quot;b@c&#39; + " },
        { "</pre>{{user}}", "-u &#39;&lt;/pre&gt;{{user}}:",
          "://%3C%2Fpre%3E%7B%7Buser%7D%7D@",
          "(&quot;&lt;/pre&gt;{{user}}&quot;, ",
          "$who = &#39;&lt;/pre&gt;{{user}}&#39; + " }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_store_row_t row = make_row("ci");
        const char *page = render_shown(cases[i].user, &row);

        check_has(page, cases[i].shell);
        check_has(page, apr_psprintf(units_pool, "%s<span data-host>"
                  "jira.example.org:8443</span>/PATH", cases[i].url));
        check_has(page, cases[i].python);
        check_has(page, cases[i].powershell);
        ck_assert_int_eq(units_occurrences(page, "<pre>"), 4);
        ck_assert_int_eq(units_occurrences(page, "</pre>"), 4);
    }
}
END_TEST

START_TEST(test_the_confirmation_names_what_is_revoked)
{
    jt_store_row_t row = make_row("ci");
    jt_html_t *scope = make_scope("alice");
    const char *page;

    row.created_at = JT_STORE_NEVER;
    jt_view_revoke(scope, &row, NOW, units_pool);
    page = units_render("revoke", scope, units_pool);
    check_has(page, "<h1>Revoke <bdi>ci</bdi>?</h1>");
    check_has(page, "method=\"post\" action=\"../tokens/42/revoke\"");
    check_has(page, "<dt>Created</dt><dd>Unknown</dd>");
    check_has(page, "<dt>Expires</dt><dd>Never</dd>");
    check_has(page, "<dt>Last used</dt><dd>Never used</dd>");
    check_lacks(page, row.digest);
}
END_TEST

Suite *units_view(void)
{
    Suite *suite = suite_create("view");
    TCase *list = units_case(suite, "list");
    TCase *form = units_case(suite, "form");
    TCase *page = units_case(suite, "page");

    tcase_add_test(list, test_an_old_row_is_listed_as_unknown_and_never);
    tcase_add_test(list, test_a_row_is_listed_with_its_instants);
    tcase_add_test(list, test_a_row_is_marked_by_how_much_is_left);
    tcase_add_test(list, test_a_list_keeps_the_rows_apart);
    tcase_add_test(list, test_a_list_says_when_it_is_empty_or_full);
    tcase_add_test(form, test_a_fresh_form_has_no_fault);
    tcase_add_test(form,
                   test_a_form_keeps_what_was_typed_and_says_what_to_change);
    tcase_add_test(form, test_a_bounded_lifetime_is_named_on_the_form);
    tcase_add_test(form, test_a_token_that_was_not_made_says_why);
    tcase_add_test(form, test_a_form_proposes_the_default_lifetime);
    tcase_add_test(page, test_every_message_has_a_status_a_title_and_a_text);
    tcase_add_test(page, test_a_page_names_who_looks_and_where_it_stands);
    tcase_add_test(page, test_a_hostile_label_is_text_on_every_page);
    tcase_add_test(page,
                   test_the_token_stands_where_it_is_copied_and_used_only);
    tcase_add_test(page, test_recipes_quote_hostile_user_names);
    tcase_add_test(page, test_the_confirmation_names_what_is_revoked);
    return suite;
}
