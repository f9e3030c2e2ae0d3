/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_view.c about one token or several: where it is shown and
 * what a revocation asks.
 */
#include "view.h"

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
        jt_token_t row = view_row(hostile[i][0]);
        const char *shown = apr_psprintf(units_pool, "<bdi>%s</bdi>",
                                         hostile[i][1]);
        jt_html_t *scope = view_scope("alice");

        check_has(view_list(&row, 1), shown);
        jt_view_shown(scope, &row, TOKEN, NOW, units_pool);
        check_has(units_render("shown", scope, units_pool), shown);
        scope = view_scope("alice");
        jt_view_revoke(scope, &row, &rules, NOW, units_pool);
        check_has(units_render("revoke", scope, units_pool), shown);
        scope = view_scope("alice");
        jt_view_several(scope, view_rows(&row, 1), &rules, NOW, units_pool);
        check_has(units_render("several", scope, units_pool), shown);
        scope = view_scope("alice");
        view_create(scope, hostile[i][0], hostile[i][0], NULL, &rules);
        ck_assert_int_eq(units_occurrences(
            units_render("create", scope, units_pool),
            apr_psprintf(units_pool, "value=\"%s\"", hostile[i][1])), 2);
    }
}
END_TEST

static const char *render_shown(const char *user, jt_token_t *row)
{
    jt_view_frame_t frame = view_frame(user);
    jt_html_t *scope = jt_view_make(&frame, units_pool);

    jt_view_shown(scope, row, TOKEN, NOW, units_pool);
    jt_view_recipes(scope, &frame, TOKEN, units_pool);
    return units_render("shown", scope, units_pool);
}

/* What people read beside a term. */
static const char *fact(const char *page, const char *term)
{
    const char *cell = view_between(page, apr_pstrcat(units_pool, term,
                                                      "</dt><dd", NULL),
                                    "</dd>");

    return view_text(strchr(cell, '>') + 1);
}

START_TEST(test_the_token_stands_where_it_is_copied_and_used_only)
{
    /* U17: in no link, no form and no attribute. */
    jt_token_t row = view_row("ci");
    const char *page = render_shown("alice", &row);

    ck_assert_str_eq(view_between(strstr(page, "id=\"token\""), ">", "<"),
                     TOKEN);
    check_has(page, "curl -i -u <bdi>&#39;alice</bdi>:" TOKEN "' ");
    ck_assert_int_eq(units_occurrences(page, "jt_"),
                     units_occurrences(page, TOKEN));
    ck_assert_int_eq(units_occurrences(view_text(page), TOKEN),
                     units_occurrences(page, TOKEN));
    check_has(fact(page, "User name"), "alice ");
    check_has(fact(page, "Password"), TOKEN " ");
    check_lacks(page, row.digest);
}
END_TEST

START_TEST(test_a_new_token_says_through_when_it_works)
{
    jt_token_t row = view_row("ci");
    const char *page = render_shown("alice", &row);

    ck_assert_str_eq(fact(page, "Label"), "ci");
    ck_assert_str_eq(fact(page, "Expires"), "Never");
    row.grant.expires_at = 1806451200 + 86400;
    page = render_shown("alice", &row);
    ck_assert_str_eq(fact(page, "Expires"), "Valid through 2027-03-31, "
                                            "24:00 UTC in 440 days");
    check_has(page, "<time datetime=\"2027-04-01T00:00:00Z\"");
}
END_TEST

START_TEST(test_the_confirmation_names_what_is_revoked)
{
    jt_token_t row = view_row("ci");
    jt_html_t *scope = view_scope("alice");
    const char *page;

    row.grant.created_at = JT_TOKEN_NEVER;
    jt_view_revoke(scope, &row, &rules, NOW, units_pool);
    page = units_render("revoke", scope, units_pool);
    check_has(page, "<h1 tabindex=\"-1\" autofocus>"
                    "Revoke <bdi>ci</bdi>?</h1>");
    check_has(page, "method=\"post\" action=\"../tokens/42/revoke\"");
    ck_assert_str_eq(fact(page, "Created"), "Unknown");
    ck_assert_str_eq(fact(page, "Expires"), "Never");
    ck_assert_str_eq(fact(page, "Last used"), "Never used");
    check_lacks(page, row.digest);
    row.grant.created_at = NOW - 86400;
    row.grant.expires_at = NOW + 2 * 86400;
    row.grant.last_used_at = NOW - 3600;
    row.last_used_from = "192.0.2.1";
    scope = view_scope("alice");
    jt_view_revoke(scope, &row, &rules, NOW, units_pool);
    page = units_render("revoke", scope, units_pool);
    ck_assert_str_eq(fact(page, "Created"), "2026-01-14, 10:30 UTC");
    ck_assert_str_eq(fact(page, "Expires"),
                     "2026-01-17, 10:30 UTC in 2 days");
    ck_assert_str_eq(fact(page, "Last used"), "2026-01-15, 09:30 UTC "
                                              "1 hour ago from 192.0.2.1");
}
END_TEST

START_TEST(test_a_confirmation_names_each_of_several)
{
    jt_token_t rows[] = { view_row("first"), view_row("second") };
    jt_html_t *scope = view_scope("alice");
    const char *page;

    rows[0].grant.last_used_at = NOW - 86400;
    rows[1].grant.id = 43;
    jt_view_several(scope, view_rows(rows, 2), &rules, NOW, units_pool);
    page = units_render("several", scope, units_pool);
    check_has(page, "<title>Revoke tokens ");
    check_has(page, "<h1 tabindex=\"-1\" autofocus>Revoke 2 tokens?</h1>");
    check_has(page, "method=\"post\" action=\"../tokens/revoke\"");
    check_has(page, "<input type=\"hidden\" name=\"id\" value=\"42\">");
    check_has(page, "<input type=\"hidden\" name=\"id\" value=\"43\">");
    ck_assert_int_eq(units_occurrences(page, "name=\"id\""), 2);
    check_has(view_between(page, ">first<", "</li>"), "1 day ago");
    check_has(view_between(page, ">second<", "</li>"), "Never used");
    check_lacks(page, rows[0].digest);
}
END_TEST

START_TEST(test_a_confirmation_tells_never_used_from_not_recorded)
{
    static const char *const words[] = { "Not recorded", "Never used" };
    jt_token_t row = view_row("ci");

    for (view_records_use = 0; view_records_use < 2; view_records_use++) {
        jt_html_t *scope = view_scope("alice");
        const char *page;

        jt_view_revoke(scope, &row, &rules, NOW, units_pool);
        page = units_render("revoke", scope, units_pool);
        ck_assert_str_eq(fact(page, "Last used"), words[view_records_use]);
        check_lacks(page, words[!view_records_use]);
        scope = view_scope("alice");
        jt_view_several(scope, view_rows(&row, 1), &rules, NOW, units_pool);
        page = units_render("several", scope, units_pool);
        ck_assert_str_eq(view_between(page, "</b> <small>", "</small>"),
                         words[view_records_use]);
        check_lacks(page, words[!view_records_use]);
    }
    view_records_use = 1;
}
END_TEST

START_TEST(test_a_use_before_uses_were_no_longer_recorded_is_told)
{
    jt_token_t row = view_row("ci");
    jt_html_t *scope;
    const char *page;

    view_records_use = 0;
    row.grant.last_used_at = NOW - 3600;
    scope = view_scope("alice");
    jt_view_revoke(scope, &row, &rules, NOW, units_pool);
    page = units_render("revoke", scope, units_pool);
    ck_assert_str_eq(fact(page, "Last used"),
                     "2026-01-15, 09:30 UTC 1 hour ago");
    scope = view_scope("alice");
    jt_view_several(scope, view_rows(&row, 1), &rules, NOW, units_pool);
    page = units_render("several", scope, units_pool);
    check_has(view_text(page), "Last used: 1 hour ago");
    check_lacks(page, "Not recorded");
    view_records_use = 1;
}
END_TEST

START_TEST(test_a_confirmation_knows_no_use_in_the_future)
{
    jt_token_t row = view_row("ci");
    jt_html_t *scope = view_scope("alice");

    row.grant.last_used_at = NOW + 86400;
    jt_view_revoke(scope, &row, &rules, NOW, units_pool);
    ck_assert_str_eq(fact(units_render("revoke", scope, units_pool),
                          "Last used"), "2026-01-16, 10:30 UTC just now");
    scope = view_scope("alice");
    jt_view_several(scope, view_rows(&row, 1), &rules, NOW, units_pool);
    check_has(view_text(units_render("several", scope, units_pool)),
              "Last used: just now");
}
END_TEST

Suite *units_view_token(void)
{
    Suite *suite = suite_create("view_token");
    TCase *shown = units_case(suite, "shown");
    TCase *revoke = units_case(suite, "revoke");

    tcase_add_test(shown, test_a_hostile_label_is_text_on_every_page);
    tcase_add_test(shown,
                   test_the_token_stands_where_it_is_copied_and_used_only);
    tcase_add_test(shown, test_a_new_token_says_through_when_it_works);
    tcase_add_test(revoke, test_the_confirmation_names_what_is_revoked);
    tcase_add_test(revoke, test_a_confirmation_names_each_of_several);
    tcase_add_test(revoke,
                   test_a_confirmation_tells_never_used_from_not_recorded);
    tcase_add_test(revoke,
                   test_a_use_before_uses_were_no_longer_recorded_is_told);
    tcase_add_test(revoke, test_a_confirmation_knows_no_use_in_the_future);
    return suite;
}
