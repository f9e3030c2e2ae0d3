/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_view.c about the form that makes a token: what it proposes, what
 * it keeps and what it says is wrong.
 */
#include "view.h"

static const char *render_create(const char *label, const char *expires,
                                 int sent)
{
    jt_html_t *scope = view_scope("alice");
    jt_token_typed_t typed = { label, expires, { 0, NULL, NULL }, "" };
    jt_token_draft_t draft;

    rules.max_lifetime = sent > 1 ? 90 : 0;
    jt_token_draft(&rules, "alice", &typed, NOW, &draft, units_pool);
    view_create(scope, label, expires, sent ? &draft : NULL, &rules);
    return units_render("create", scope, units_pool);
}

START_TEST(test_a_fresh_form_has_no_fault)
{
    const char *page = render_create("", "", 0);

    ck_assert_int_eq(view_faults(page), 0);
    check_lacks(page, "aria-invalid");
    check_has(page, "name=\"label\" type=\"text\" required dir=\"auto\" "
                    "value=\"\"");
    check_has(page, "min=\"2026-01-15\"");
    check_lacks(page, "max=\"");
    check_has(page, "a token without a date works until you revoke it");
    page = render_create("ci", "2026-01-16", 0);
    /* Each of the two in its own field. */
    check_has(view_between(page, "<input id=\"label\"", ">"),
              " value=\"ci\"");
    check_has(view_between(page, "<input id=\"expires\"", ">"),
              " value=\"2026-01-16\"");
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
        { "", "", "value=\"\"", "Enter a label" },
        { "a\x01", "", "value=\"a\xEF\xBF\xBD\"", "or control character" },
        { "a\xFF", "", "value=\"a\xEF\xBF\xBD\"", "unreadable characters" },
        { "a\xE2\x80\xAE", "", "value=\"a\xEF\xBF\xBD\"",
          "changes text direction" },
        { "0123456789012345678901234567890123456789012345678901234567890123"
          "4567890123456789012345678901234567890", "", "value=\"01234",
          "100 characters or fewer" },
        { "ci", "tomorrow", "value=\"tomorrow\"", "a valid date as YYYY-MM-DD" },
        { "ci", "2026-02-30", "value=\"2026-02-30\"", "a valid date" },
        { "ci", "\xC3", "value=\"\xEF\xBF\xBD\"", "a valid date as YYYY-MM-DD" },
        { "ci", "2026-01-14", "value=\"2026-01-14\"",
          "Choose today (2026-01-15 in UTC) or later" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *page = render_create(cases[i].label, cases[i].expires,
                                         1);

        check_has(page, cases[i].typed);
        check_has(page, cases[i].words);
        ck_assert_int_eq(view_faults(page), 1);
        ck_assert_int_eq(units_occurrences(page, "aria-invalid"), 1);
    }
}
END_TEST

START_TEST(test_the_focus_goes_to_the_first_field_that_asks)
{
    static const struct {
        const char *label;
        const char *expires;
        const char *id;
    } cases[] = {
        { "", "", "label" }, { "ci", "x", "expires" }, { "", "x", "label" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *page = render_create(cases[i].label, cases[i].expires,
                                         1);
        const char *input = view_between(page,
                                         apr_pstrcat(units_pool,
                                                     "<input id=\"",
                                                     cases[i].id, "\"",
                                                     NULL), ">");

        check_has(input, " autofocus");
        ck_assert_int_eq(units_occurrences(page, " autofocus"), 1);
    }
    check_has(view_between(render_create("", "", 0), "<input id=\"label\"",
                           ">"), " autofocus");
}
END_TEST

START_TEST(test_a_bounded_lifetime_is_named_on_the_form)
{
    const char *page = render_create("ci", "", 2);

    check_has(page, "max=\"2026-04-15\"");
    check_has(page, "The latest possible day is 2026-04-15");
    check_has(page, "Tokens here last at most 90 days");
    check_lacks(page, "never expires");
    check_has(render_create("ci", "2026-04-16", 2),
              "Choose 2026-04-15 or earlier");
    ck_assert_int_eq(view_faults(render_create("ci", "2026-04-15", 2)), 0);
}
END_TEST

START_TEST(test_a_token_that_was_not_made_says_why)
{
    static const struct {
        jt_account_made_t made;
        const char *words;
    } cases[] = {
        { JT_ACCOUNT_LIMIT, "reached the limit of 25 tokens." },
        { JT_ACCOUNT_DUPLICATE, "already have a token with this label" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_html_t *scope = view_scope("alice");
        const char *page;

        view_create(scope, "ci", "", NULL, &rules);
        jt_view_not_made(scope, cases[i].made, &rules, units_pool);
        page = units_render("create", scope, units_pool);
        check_has(page, cases[i].words);
        check_has(page, "value=\"ci\"");
        ck_assert_int_eq(view_faults(page), 1);
        ck_assert_int_eq(units_occurrences(page, " autofocus"), 1);
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

/* The days that the page offers, "7 30 90". Each has to be a lawful expiry. */
static const char *offered(const char *page)
{
    const char *list = view_between(page, "role=\"group\" aria-label=\"Lifetime\"",
                                    "data-day=\"custom\"");
    const char *text = "";
    const char *option = list;

    while ((option = strstr(option, "data-day=\""))) {
        const char *day = view_between(option, "data-day=\"", "\"");
        const char *days = view_between(option, "\">", " day");
        jt_token_typed_t typed = { "ci", day, { 0, NULL, NULL }, "" };
        jt_token_draft_t draft;
        apr_int64_t start;

        UNITS_OK(jt_date_parse(day, &start));
        ck_assert_str_eq(apr_psprintf(units_pool, "%d",
                                      (int)((start - jt_date_day(NOW))
                                            / JT_DATE_DAY)), days);
        ck_assert(jt_token_draft(&rules, "alice", &typed, NOW, &draft,
                                 units_pool));
        text = apr_pstrcat(units_pool, text, *text ? " " : "", days, NULL);
        option++;
    }
    return text;
}

static const char *render_offers(int longest, int proposed)
{
    jt_html_t *scope = view_scope("alice");

    rules.max_lifetime = longest;
    rules.default_lifetime = proposed;
    view_create(scope, "", "", NULL, &rules);
    return units_render("create", scope, units_pool);
}

START_TEST(test_lifetimes_are_offered_once_each_and_within_the_bound)
{
    static const struct {
        int longest;
        int proposed;
        const char *days;
    } cases[] = {
        { 0, 0, "7 30 90 365" },
        { 0, 45, "7 30 45 90 365" },
        { 0, 1, "1 7 30 90 365" },
        { 0, 366, "7 30 90 365 366" },
        { 0, 36525, "7 30 90 365 36525" },
        { 0, 7, "7 30 90 365" }, { 0, 90, "7 30 90 365" },
        { 0, 365, "7 30 90 365" },
        { 60, 0, "7 30 60" }, { 60, 60, "7 30 60" }, { 60, 30, "7 30 60" },
        { 60, 45, "7 30 45 60" },
        { 90, 0, "7 30 90" }, { 365, 365, "7 30 90 365" },
        { 400, 0, "7 30 90 365 400" }, { 364, 0, "7 30 90 364" },
        { 1, 0, "1" }, { 1, 1, "1" }, { 6, 0, "6" }, { 7, 0, "7" },
        { 8, 1, "1 7 8" },
        { 36525, 0, "7 30 90 365 36525" },
        { 36525, 45, "7 30 45 90 365 36525" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(offered(render_offers(cases[i].longest,
                                               cases[i].proposed)),
                         cases[i].days);
    }
}
END_TEST

START_TEST(test_no_expiry_is_offered_unless_one_is_required)
{
    check_has(render_offers(0, 30), "data-day=\"\">No expiry<");
    check_lacks(render_offers(30, 0), "No expiry");
    check_has(render_offers(0, 0), "data-day=\"custom\"");
    check_has(render_offers(1, 1), "data-day=\"custom\"");
}
END_TEST

START_TEST(test_the_list_has_the_same_form_with_the_proposed_date)
{
    jt_html_t *scope = view_scope("alice");
    jt_view_list_t list = { 0 };
    const char *page;

    rules.max_lifetime = 60;
    rules.default_lifetime = 45;
    list.tokens = view_rows(NULL, 0);
    jt_view_list(scope, &list, &rules, NOW, units_pool);
    page = units_render("list", scope, units_pool);
    ck_assert_str_eq(offered(page), "7 30 45 60");
    page = view_between(page, "<input id=\"expires\"", ">");
    check_has(page, " value=\"2026-03-01\"");
    check_has(page, " max=\"2026-03-16\" required");
}
END_TEST

Suite *units_view_form(void)
{
    Suite *suite = suite_create("view_form");
    TCase *form = units_case(suite, "form");
    TCase *offer = units_case(suite, "offer");

    tcase_add_test(form, test_a_fresh_form_has_no_fault);
    tcase_add_test(form,
                   test_a_form_keeps_what_was_typed_and_says_what_to_change);
    tcase_add_test(form, test_the_focus_goes_to_the_first_field_that_asks);
    tcase_add_test(form, test_a_bounded_lifetime_is_named_on_the_form);
    tcase_add_test(form, test_a_token_that_was_not_made_says_why);
    tcase_add_test(offer, test_a_form_proposes_the_default_lifetime);
    tcase_add_test(offer,
                   test_lifetimes_are_offered_once_each_and_within_the_bound);
    tcase_add_test(offer, test_no_expiry_is_offered_unless_one_is_required);
    tcase_add_test(offer,
                   test_the_list_has_the_same_form_with_the_proposed_date);
    return suite;
}
