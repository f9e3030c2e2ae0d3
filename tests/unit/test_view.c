/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_view.c, read off the pages that its scopes give with the
 * shipped templates: the list and the frame around every page. The form is
 * test_view_form.c's, tokens are test_view_token.c's, and that no
 * word is missing is test_view_words.c's.
 */
#include "view.h"

START_TEST(test_a_page_names_who_looks_and_where_it_stands)
{
    jt_html_t *scope = view_scope("o'brien");
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

static const char *render_frame(const jt_view_frame_t *frame)
{
    jt_html_t *scope = jt_view_make(frame, units_pool);

    jt_view_connect(scope);
    jt_view_recipes(scope, frame, "YOUR_TOKEN", units_pool);
    return units_render("connect", scope, units_pool);
}

START_TEST(test_a_site_may_give_its_name_its_style_and_a_way_back)
{
    jt_view_frame_t frame = view_frame("alice");
    const char *page = render_frame(&frame);

    check_has(page, "<title>Connect \xC2\xB7 Access tokens</title>");
    check_has(page, "<p class=\"brand\">Access tokens</p>");
    ck_assert_int_eq(units_occurrences(page, "rel=\"stylesheet\""), 1);
    check_lacks(page, "Back to the site");
    frame.site = "R&D <tokens>";
    frame.stylesheet = "/ours.css?a&b";
    frame.home = "https://example.org/\"x";
    page = render_frame(&frame);
    check_has(page, "<title>Connect \xC2\xB7 R&amp;D &lt;tokens&gt;</title>");
    check_has(page, "<p class=\"brand\">R&amp;D &lt;tokens&gt;</p>");
    check_lacks(page, "Access tokens");
    /* Theirs comes after ours, so that it wins. */
    check_has(strstr(page, "style.css?v="),
              "<link rel=\"stylesheet\" href=\"/ours.css?a&amp;b\">");
    check_has(page, "<a href=\"https://example.org/&quot;x\">"
                    "Back to the site</a>");
}
END_TEST

START_TEST(test_the_menu_marks_the_page_that_is_open)
{
    static const char mark[] = " aria-current=\"page\">";
    jt_view_frame_t frame = view_frame("alice");
    jt_token_t row = view_row("ci");

    ck_assert_str_eq(view_between(render_frame(&frame), mark, "<"),
                     "Connect");
    ck_assert_str_eq(view_between(view_list(&row, 1), mark, "<"), "Tokens");
    ck_assert_int_eq(units_occurrences(view_list(&row, 1), mark), 1);
    ck_assert_int_eq(units_occurrences(render_frame(&frame), mark), 1);
}
END_TEST

START_TEST(test_a_host_is_named_without_its_port_where_none_belongs)
{
    static const char *const cases[][2] = {
        { "jira.example.org", "jira.example.org" },
        { "jira.example.org:8443", "jira.example.org" },
        { "[2001:db8::7]", "[2001:db8::7]" },
        { "[2001:db8::7]:8443", "[2001:db8::7]" },
        { "192.0.2.1:80", "192.0.2.1" }, { "localhost", "localhost" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_view_frame_t frame = view_frame("alice");
        const char *page;

        frame.host = cases[i][0];
        page = render_frame(&frame);
        ck_assert_str_eq(view_between(page, "<span data-hostname>", "</"),
                         cases[i][1]);
        ck_assert_str_eq(view_between(page, "<span data-host>", "</"),
                         cases[i][0]);
    }
}
END_TEST

START_TEST(test_an_old_row_is_listed_as_unknown_and_never)
{
    jt_token_t row = view_row("old");
    const char *page;

    row.grant.created_at = JT_TOKEN_NEVER;
    page = view_list(&row, 1);
    ck_assert_str_eq(view_cell(page, "Created"), "Unknown");
    ck_assert_str_eq(view_cell(page, "Expires"), "Never");
    ck_assert_str_eq(view_cell(page, "Last used"), "Never used");
    check_has(page, "<span class=\"state active\">Active</span>");
    check_lacks(page, "<time");
    check_has(page, ">1 of 25 tokens<");
}
END_TEST

START_TEST(test_a_row_is_listed_with_its_instants)
{
    jt_token_t row = view_row("ci");
    const char *page;

    row.grant.expires_at = 1806451200 + 86400;
    row.grant.last_used_at = NOW - 60;
    row.last_used_from = "2001:db8::7";
    page = view_list(&row, 1);
    check_has(page, "<bdi>ci</bdi>");
    check_has(page, "<time datetime=\"2026-01-15T10:30:00Z\"");
    ck_assert_str_eq(view_cell(page, "Created"), "2026-01-15, 10:30 UTC");
    check_has(page, "<time datetime=\"2027-04-01T00:00:00Z\"");
    ck_assert_str_eq(view_cell(page, "Expires"),
                     "2027-03-31, 24:00 UTC");
    check_has(page, "<time datetime=\"2026-01-15T10:29:00Z\"");
    ck_assert_str_eq(view_cell(page, "Last used"), "1 minute ago, "
                     "2026-01-15, 10:29 UTC from 2001:db8::7");
    check_has(page, "href=\"../tokens/42/revoke\"");
    /* P02, U16: nothing that leads to the secret. */
    check_lacks(page, row.digest);
    row.last_used_from = NULL;
    ck_assert_str_eq(view_cell(view_list(&row, 1), "Last used"),
                     "1 minute ago, 2026-01-15, 10:29 UTC");
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
        { NOW + 1, "<span class=\"state expires-soon\">Expires soon</span>" },
        { NOW + 7 * 86400,
          "<span class=\"state expires-soon\">Expires soon</span>" },
        { NOW + 7 * 86400 + 1, "<span class=\"state active\">Active</span>" },
        { JT_DATE_END, "<span class=\"state active\">Active</span>" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_t row = view_row("ci");

        row.grant.expires_at = cases[i].expires_at;
        check_has(view_list(&row, 1), cases[i].mark);
    }
}
END_TEST

START_TEST(test_a_list_keeps_the_rows_apart)
{
    jt_token_t rows[2];
    const char *page;

    rows[0] = view_row("first");
    rows[0].grant.expires_at = NOW + 1;
    rows[0].grant.last_used_at = NOW;
    rows[0].last_used_from = "192.0.2.1";
    rows[1] = view_row("second");
    page = view_list(rows, 2);
    check_has(page, "2 of 25 tokens");
    ck_assert_int_eq(units_occurrences(page, "<tr>"), 2);
    ck_assert_int_eq(units_occurrences(page, "Never used"), 1);
    ck_assert_int_eq(units_occurrences(page, "192.0.2.1"), 1);
    ck_assert_int_eq(units_occurrences(page, ">Never<"), 1);
    ck_assert_ptr_nonnull(strstr(strstr(page, ">first<"), ">second<"));
}
END_TEST

START_TEST(test_a_list_says_which_token_nobody_may_have_seen)
{
    jt_token_t rows[2];
    const char *page;

    rows[0] = view_row("first");
    rows[1] = view_row("second");
    check_lacks(view_list(rows, 2), "May not have been shown");
    rows[1].is_unseen = 1;
    page = view_list(rows, 2);
    ck_assert_int_eq(units_occurrences(page, "Never used"), 1);
    ck_assert_ptr_nonnull(strstr(strstr(page, ">second<"),
                                 ">May not have been shown<"));
    check_has(page, "<b>May not have been shown</b>");
    rows[1].grant.last_used_at = NOW;
    check_lacks(view_list(rows, 2), "May not have been shown");
}
END_TEST

START_TEST(test_a_list_says_which_token_cannot_be_read)
{
    /* And nothing of it that could be taken for true, nor that it is unused. */
    jt_token_t rows[2];
    const char *page;

    rows[1] = view_row("second");
    rows[1].grant.created_at = NOW - 40 * JT_DATE_DAY;
    rows[0] = rows[1];
    rows[0].grant.label = "";
    rows[0].is_unreadable = 1;
    check_lacks(view_list(rows + 1, 1), "nreadable");
    page = view_list(rows, 2);
    check_has(page, "2 of 25 tokens");
    check_has(page, "<bdi>#42</bdi>");
    check_has(page, "<span class=\"state unreadable\">Unreadable</span>");
    check_has(page, "<b>Unreadable</b>");
    check_has(page, "<li>1 never expires</li>");
    check_has(page, "<li>1 over 30 days old and never used</li>");
    ck_assert_str_eq(view_cell(page, "Expires"), "Unknown");
    ck_assert_str_eq(view_cell(page, "Last used"), "Unknown");
    ck_assert_int_eq(units_occurrences(page, "/42/revoke\""), 2);
}
END_TEST

START_TEST(test_a_label_that_is_no_text_is_shown_as_text)
{
    /* Only SQLite takes such bytes from whoever edits a row. */
    jt_token_t row = view_row("a\xFF" "b\xE2\x80\xAE" "c");
    jt_html_t *scope = view_scope("alice");

    check_has(view_list(&row, 1), "<bdi>a\xEF\xBF\xBD" "b\xEF\xBF\xBD"
                                  "c</bdi>");
    jt_view_revoke(scope, &row, &rules, NOW, units_pool);
    ck_assert_int_eq(units_occurrences(units_render("revoke", scope,
                                                    units_pool), "\xFF"), 0);
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
        jt_html_t *scope = view_scope("alice");
        jt_view_list_t list = { 0 };
        jt_token_t rows[3];
        const char *page;

        rows[0] = rows[1] = rows[2] = view_row("x");
        list.tokens = view_rows(rows, cases[i].count);
        rules.max = cases[i].max;
        jt_view_list(scope, &list, &rules, NOW, units_pool);
        page = units_render("list", scope, units_pool);
        /* a link, and the same form for a page with scripts */
        ck_assert_int_eq(units_occurrences(page, "href=\"../tokens/create\""),
                         cases[i].may_create);
        /* At the limit the button stays, disabled, and says why. */
        ck_assert_int_eq(units_occurrences(page, "disabled aria-describedby="
                                                 "\"limit\""),
                         !cases[i].may_create);
        ck_assert_int_eq(units_occurrences(page, "<meter"),
                         cases[i].count * 5 >= cases[i].max * 4);
        ck_assert_int_eq(units_occurrences(page,
                                           "action=\"../tokens/create\""),
                         cases[i].may_create);
        ck_assert_int_eq(units_occurrences(page, "You've reached the limit of"),
                         !cases[i].may_create);
        ck_assert_int_eq(units_occurrences(page, "You have no tokens yet"),
                         cases[i].count == 0);
        ck_assert_int_eq(units_occurrences(page, "<table"),
                         cases[i].count > 0);
        check_has(page, apr_psprintf(units_pool, ">%d of %d tokens<",
                                     cases[i].count, cases[i].max));
    }
}
END_TEST

START_TEST(test_a_column_is_ordered_by_a_click_and_turned_by_another)
{
    int key;

    for (key = 0; key < JT_ORDER_KEYS; key++) {
        const char *name = jt_order_name((jt_order_key_t)key);
        const char *turned = apr_psprintf(units_pool, "href=\"../tokens/?"
                                          "sort=%s&amp;order=desc\"", name);
        const char *straight = apr_psprintf(units_pool, "href=\"../tokens/?"
                                            "sort=%s\"", name);
        jt_token_t row = view_row("ci");
        jt_view_list_t list = { 0 };
        const char *page = view_list(&row, 1);

        check_has(page, straight);
        check_lacks(page, "aria-sort");
        list.key = (jt_order_key_t)key;
        page = view_page(&list, &row, 1);
        check_has(page, apr_pstrcat(units_pool, " aria-sort=\"ascending\">"
                                    "<a ", turned, NULL));
        ck_assert_int_eq(units_occurrences(page, "aria-sort"), 1);
        ck_assert_int_eq(units_occurrences(page, "order=desc"), 1);
        list.descending = 1;
        page = view_page(&list, &row, 1);
        check_has(page, apr_pstrcat(units_pool, " aria-sort=\"descending\">"
                                    "<a ", straight, NULL));
        check_lacks(page, "order=desc");
    }
}
END_TEST

START_TEST(test_a_list_shows_its_rows_in_the_order_it_got)
{
    jt_token_t rows[] = { view_row("b"), view_row("c"), view_row("a") };
    jt_view_list_t list = { 0 };
    const char *page;

    list.key = JT_ORDER_LABEL;
    page = view_page(&list, rows, 3);
    ck_assert_ptr_nonnull(strstr(strstr(page, ">b<"), ">c<"));
    ck_assert_ptr_nonnull(strstr(strstr(page, ">c<"), ">a<"));
}
END_TEST

START_TEST(test_a_list_says_what_has_happened_and_what_to_do_first)
{
    jt_token_t row = view_row("ci");
    jt_view_list_t list = { 0 };
    const char *page = view_list(&row, 1);

    check_lacks(page, "role=\"status\"");
    ck_assert_int_eq(view_faults(page), 0);
    list.said = "revoked-one";
    page = view_page(&list, &row, 1);
    check_has(page, "The token was revoked");
    ck_assert_int_eq(units_occurrences(page, "role=\"status\""), 1);
    ck_assert_int_eq(view_faults(page), 0);
    list.said = NULL;
    list.wrong = "select-first";
    page = view_page(&list, &row, 1);
    check_has(page, "Select at least one token");
    ck_assert_int_eq(view_faults(page), 1);
    check_lacks(page, "role=\"status\"");
    /* Revoking the last one leaves an empty list that says so. */
    list.wrong = NULL;
    list.said = "revoked-one";
    page = view_page(&list, &row, 0);
    check_has(page, "The token was revoked");
    check_has(page, "You have no tokens yet");
}
END_TEST

#define DAYS_30 (30 * JT_DATE_DAY)

START_TEST(test_a_list_hints_at_what_could_be_cleared_away)
{
    jt_token_t rows[3];
    const char *page;

    rows[0] = rows[1] = rows[2] = view_row("x");
    check_has(view_list(rows, 3), "<li>3 never expire</li>");
    rows[0].grant.created_at = rows[1].grant.created_at = NOW - DAYS_30;
    rows[2].grant.created_at = NOW - DAYS_30;
    page = view_list(rows, 3);
    check_has(page, "<li>3 over 30 days old and never used</li>");
    check_has(page, "<li>3 never expire</li>");
    check_lacks(page, "Revoke all expired");
    rows[0].grant.expires_at = NOW + 1;
    check_lacks(view_list(rows, 3), "Revoke all expired");
    rows[0].grant.last_used_at = rows[1].grant.last_used_at = 0;
    rows[0].grant.expires_at = NOW;
    rows[1].grant.expires_at = rows[2].grant.expires_at = NOW + 1;
    page = view_list(rows, 3);
    check_has(page, "<li>1 over 30 days old and never used</li>");
    check_has(page, "<li>1 expired</li>");
    check_has(page, "<li>2 expire soon</li>");
    check_lacks(page, "never expire</li>");
    check_has(page, "href=\"../tokens/revoke?expired=1\"");
    rows[2].grant.last_used_at = NOW;
    check_lacks(view_list(rows, 3), "and never used");
    check_lacks(view_list(rows, 0), "class=\"sums\"");
}
END_TEST

START_TEST(test_a_token_is_idle_when_it_is_old_alive_and_never_used)
{
    static const struct {
        apr_int64_t created_at;
        apr_int64_t last_used_at;
        apr_int64_t expires_at;
        int is_idle;
    } cases[] = {
        { NOW, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 0 },
        { NOW - DAYS_30 + 1, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 0 },
        { NOW - DAYS_30, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 1 },
        { NOW - DAYS_30 - 1, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 1 },
        { 0, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 1 },
        /* of unknown age: from before the dates were written down */
        { JT_TOKEN_NEVER, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 1 },
        { JT_TOKEN_NEVER, JT_TOKEN_NEVER, NOW + 1, 1 },
        /* another server's clock */
        { NOW + 1, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 0 },
        { NOW + 2 * DAYS_30, JT_TOKEN_NEVER, JT_TOKEN_NEVER, 0 },
        /* dead, and dead from this very second on */
        { NOW - DAYS_30, JT_TOKEN_NEVER, NOW - 1, 0 },
        { NOW - DAYS_30, JT_TOKEN_NEVER, NOW, 0 },
        { NOW - DAYS_30, JT_TOKEN_NEVER, NOW + 1, 1 },
        { JT_TOKEN_NEVER, JT_TOKEN_NEVER, NOW, 0 },
        /* used, however long ago */
        { NOW - DAYS_30, NOW - DAYS_30, JT_TOKEN_NEVER, 0 },
        { NOW - DAYS_30, 0, JT_TOKEN_NEVER, 0 },
        { JT_TOKEN_NEVER, 0, JT_TOKEN_NEVER, 0 },
        { NOW - DAYS_30, NOW + 60, JT_TOKEN_NEVER, 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_t row = view_row("ci");

        row.grant.created_at = cases[i].created_at;
        row.grant.last_used_at = cases[i].last_used_at;
        row.grant.expires_at = cases[i].expires_at;
        ck_assert_msg(units_occurrences(view_list(&row, 1),
                                        "days old and never used</li>")
                          == cases[i].is_idle, "case %d", (int)i);
    }
}
END_TEST

START_TEST(test_what_is_not_written_down_is_not_told_as_never_used)
{
    jt_token_t rows[] = { view_row("a"), view_row("b") };
    const char *page;

    rows[0].grant.created_at = rows[1].grant.created_at = JT_TOKEN_NEVER;
    page = view_list(rows, 2);
    ck_assert_int_eq(units_occurrences(page, ">Never used<"), 2);
    check_lacks(page, "Not recorded");
    check_has(page, "<li>2 over 30 days old and never used</li>");
    view_records_use = 0;
    page = view_list(rows, 2);
    ck_assert_str_eq(view_cell(page, "Last used"), "Not recorded");
    ck_assert_int_eq(units_occurrences(page, ">Not recorded<"), 2);
    check_lacks(page, "Never used");
    check_lacks(page, "never used");
    /* The other hint stays, and so does a use from before. */
    check_has(page, "<li>2 never expire</li>");
    rows[0].grant.last_used_at = NOW - 60;
    page = view_list(rows, 2);
    ck_assert_str_eq(view_cell(page, "Last used"),
                     "1 minute ago, 2026-01-15, 10:29 UTC");
    ck_assert_int_eq(units_occurrences(page, "Not recorded"), 1);
    view_records_use = 1;
}
END_TEST

START_TEST(test_each_row_can_be_selected_by_its_id)
{
    jt_token_t rows[] = { view_row("a"), view_row("b") };
    const char *page;

    rows[1].grant.id = APR_INT64_MAX;
    page = view_list(rows, 2);
    /* A confirmation changes nothing: it is a GET. */
    check_has(page, "<form method=\"get\" action=\"../tokens/revoke\" "
                    "id=\"list\">");
    check_has(page, "name=\"id\" value=\"42\"");
    check_has(page, "name=\"id\" value=\"9223372036854775807\"");
    check_has(page, "href=\"../tokens/9223372036854775807/revoke\"");
    ck_assert_int_eq(units_occurrences(page, "name=\"id\""), 2);
}
END_TEST

START_TEST(test_each_control_of_a_row_is_named_by_its_label)
{
    jt_token_t rows[] = { view_row("a"), view_row("b") };
    static const char *const ids[] = { "42", "9223372036854775807" };
    const char *page;
    size_t i;

    rows[1].grant.id = APR_INT64_MAX;
    page = view_list(rows, 2);
    ck_assert_int_eq(units_occurrences(page, " id=\"pick\""), 1);
    for (i = 0; i < UNITS_COUNT(ids); i++) {
        const char *cell = apr_pstrcat(units_pool, "<th scope=\"row\" "
                                       "id=\"t", ids[i], "\"><bdi>", NULL);
        const char *group = apr_pstrcat(units_pool, "<span role=\"group\" "
                                        "aria-labelledby=\"t", ids[i], "\">",
                                        NULL);
        const char *link = apr_pstrcat(units_pool, "aria-describedby=\"t",
                                       ids[i], "\" href=\"../tokens/", ids[i],
                                       "/revoke\" data-opens=\"revoke\">",
                                       NULL);

        ck_assert_str_eq(view_between(page, cell, "<"), i ? "b" : "a");
        check_has(view_between(page, group, "</span>"), link);
        ck_assert_str_eq(view_between(page, link, "<"), "Revoke");
        check_has(page, apr_pstrcat(units_pool, "value=\"", ids[i],
                                    "\" aria-labelledby=\"pick t", ids[i],
                                    "\">", NULL));
    }
}
END_TEST

Suite *units_view(void)
{
    Suite *suite = suite_create("view");
    TCase *frame = units_case(suite, "frame");
    TCase *list = units_case(suite, "list");
    TCase *whole = units_case(suite, "whole");

    tcase_add_test(frame, test_a_page_names_who_looks_and_where_it_stands);
    tcase_add_test(frame,
                   test_a_site_may_give_its_name_its_style_and_a_way_back);
    tcase_add_test(frame, test_the_menu_marks_the_page_that_is_open);
    tcase_add_test(frame,
                   test_a_host_is_named_without_its_port_where_none_belongs);
    tcase_add_test(list, test_an_old_row_is_listed_as_unknown_and_never);
    tcase_add_test(list, test_a_row_is_listed_with_its_instants);
    tcase_add_test(list, test_a_row_is_marked_by_how_much_is_left);
    tcase_add_test(list, test_a_list_keeps_the_rows_apart);
    tcase_add_test(list, test_a_list_says_which_token_nobody_may_have_seen);
    tcase_add_test(list, test_a_list_says_which_token_cannot_be_read);
    tcase_add_test(list, test_a_label_that_is_no_text_is_shown_as_text);
    tcase_add_test(list, test_each_row_can_be_selected_by_its_id);
    tcase_add_test(list, test_each_control_of_a_row_is_named_by_its_label);
    tcase_add_test(list,
                   test_what_is_not_written_down_is_not_told_as_never_used);
    tcase_add_test(whole, test_a_list_says_when_it_is_empty_or_full);
    tcase_add_test(whole,
                   test_a_column_is_ordered_by_a_click_and_turned_by_another);
    tcase_add_test(whole, test_a_list_shows_its_rows_in_the_order_it_got);
    tcase_add_test(whole,
                   test_a_list_says_what_has_happened_and_what_to_do_first);
    tcase_add_test(whole, test_a_list_hints_at_what_could_be_cleared_away);
    tcase_add_test(whole,
                   test_a_token_is_idle_when_it_is_old_alive_and_never_used);
    return suite;
}
