/* SPDX-License-Identifier: Apache-2.0
 *
 * Every key of the catalogue that C names has a text: each message, fault,
 * distance, state and column is rendered and read. Rendering fails for a key
 * that is not in web/words.en.
 */
#include "view.h"

#include "html/jt_web.h"

/* Texts of one kind: each is there, and no other is the same. */
static void check_different(const char *const *texts, size_t count)
{
    size_t i;
    size_t j;

    for (i = 0; i < count; i++) {
        ck_assert_msg(*texts[i], "text %d is empty", (int)i);
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(texts[i], texts[j]);
        }
    }
}

/* What the page's one heading holds. */
static const char *heading(const char *page)
{
    ck_assert_int_eq(units_occurrences(page, "<h1"), 1);
    return strchr(view_between(page, "<h1", "</h1>"), '>') + 1;
}

START_TEST(test_every_message_has_a_status_a_title_and_a_text)
{
    static const int statuses[] = {
        [JT_VIEW_BAD_REQUEST] = 400, [JT_VIEW_BY_TOKEN] = 403,
        [JT_VIEW_NOBODY] = 403, [JT_VIEW_NAMELESS] = 403,
        [JT_VIEW_USER_NAME] = 403,
        [JT_VIEW_FOREIGN_ORIGIN] = 403, [JT_VIEW_NOT_OPENED] = 403,
        [JT_VIEW_NOT_FOUND] = 404, [JT_VIEW_NO_AUDIT] = 404,
        [JT_VIEW_METHOD] = 405, [JT_VIEW_TOO_LARGE] = 413,
        [JT_VIEW_NOT_A_FORM] = 415, [JT_VIEW_FAILED] = 500,
        [JT_VIEW_PARTLY] = 503, [JT_VIEW_SWEPT_PARTLY] = 503,
        [JT_VIEW_UNAVAILABLE] = 503
    };
    const char *titles[UNITS_COUNT(statuses)];
    const char *texts[UNITS_COUNT(statuses)];
    size_t i;

    ck_assert_uint_eq(UNITS_COUNT(statuses), JT_VIEW_UNAVAILABLE + 1);
    for (i = 0; i < UNITS_COUNT(statuses); i++) {
        jt_html_t *scope = view_scope(NULL);
        const char *page;

        ck_assert_int_eq(jt_view_message(scope, (jt_view_message_t)i),
                         statuses[i]);
        page = units_render("message", scope, units_pool);
        titles[i] = heading(page);
        texts[i] = view_between(page, "<p class=\"lead\">", "</p>");
        check_has(page, apr_pstrcat(units_pool, "<title>", titles[i], " ",
                                    NULL));
        /* Nobody is told that they are signed in, or where to go back to. */
        check_lacks(page, "Signed in as");
        check_lacks(page, "Back to the list");
    }
    check_different(titles, UNITS_COUNT(titles));
    check_different(texts, UNITS_COUNT(texts));
}
END_TEST

START_TEST(test_a_revocation_that_went_half_way_says_how_far)
{
    static const struct {
        int count;
        int all;
        const char *words;
    } cases[] = {
        { 0, 2, "0 of 2 were revoked before " },
        { 1, 2, "1 of 2 was revoked before " },
        { 24, 25, "24 of 25 were revoked before " },
        { 999, 1000, "999 of 1000 were revoked before " }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_html_t *scope = view_scope("alice");
        const char *page;
        const char *text;

        jt_view_count(scope, cases[i].count, cases[i].all, units_pool);
        ck_assert_int_eq(jt_view_message(scope, JT_VIEW_PARTLY), 503);
        page = units_render("message", scope, units_pool);
        ck_assert_str_eq(heading(page), "Some tokens weren't revoked");
        text = view_between(page, "<p class=\"lead\">", "</p>");
        ck_assert_msg(!strncmp(text, cases[i].words, strlen(cases[i].words)),
                      "%s", text);
        check_has(text, "Check the list, then try again");
        /* The way to the list, which says what is left. */
        check_has(page, "<a class=\"button\" href=\"../tokens/\">Back to");
    }
}
END_TEST

/* What the form says beside a field, or above both. */
static const char *fault_of(const jt_token_draft_t *draft,
                            jt_account_made_t made, const char *before)
{
    jt_html_t *scope = view_scope("alice");
    const char *page;

    rules.max_lifetime = 90;
    view_create(scope, "ci", "", draft, &rules);
    jt_view_not_made(scope, made, &rules, units_pool);
    page = units_render("create", scope, units_pool);
    if (!before) {
        ck_assert_int_eq(view_faults(page), 0);
        return NULL;
    }
    ck_assert_int_eq(view_faults(page), 1);
    return view_between(strstr(page, before), ">", "</p>");
}

START_TEST(test_every_fault_of_a_label_is_told)
{
    const char *texts[JT_LABEL_FINE];
    jt_token_draft_t draft = { 0 };
    int fault;

    draft.expiry_fault = JT_TOKEN_EXPIRY_FINE;
    for (fault = 0; fault < JT_LABEL_FINE; fault++) {
        draft.label_fault = (jt_label_fault_t)fault;
        texts[fault] = fault_of(&draft, JT_ACCOUNT_MADE, "id=\"label-fault\"");
    }
    check_different(texts, UNITS_COUNT(texts));
    draft.label_fault = JT_LABEL_FINE;
    fault_of(&draft, JT_ACCOUNT_MADE, NULL);
}
END_TEST

START_TEST(test_every_fault_of_an_expiry_is_told)
{
    const char *texts[JT_TOKEN_EXPIRY_FINE];
    jt_token_draft_t draft = { 0 };
    int fault;

    draft.label_fault = JT_LABEL_FINE;
    for (fault = 0; fault < JT_TOKEN_EXPIRY_FINE; fault++) {
        draft.expiry_fault = (jt_token_expiry_t)fault;
        texts[fault] = fault_of(&draft, JT_ACCOUNT_MADE,
                                "id=\"expires-fault\"");
        /* No sentence has a hole where a date or a number belongs. */
        check_lacks(texts[fault], "  ");
        check_lacks(texts[fault], "()");
    }
    check_different(texts, UNITS_COUNT(texts));
    check_has(texts[JT_TOKEN_EXPIRY_PAST], "2026-01-15");
    check_has(texts[JT_TOKEN_EXPIRY_LATE], "2026-04-15");
    check_has(texts[JT_TOKEN_EXPIRY_LATE], " 90 days");
    check_has(texts[JT_TOKEN_EXPIRY_REQUIRED], " 90 days");
}
END_TEST

START_TEST(test_every_reason_for_no_token_is_told)
{
    const char *texts[2];

    texts[0] = fault_of(NULL, JT_ACCOUNT_LIMIT, "class=\"note warn\"");
    texts[1] = fault_of(NULL, JT_ACCOUNT_DUPLICATE, "id=\"label-fault\"");
    check_different(texts, UNITS_COUNT(texts));
    check_has(texts[0], "the limit of 25 tokens");
    /* The caller tries again, or there is nothing to say. */
    fault_of(NULL, JT_ACCOUNT_CONFLICT, NULL);
    fault_of(NULL, JT_ACCOUNT_MADE, NULL);
}
END_TEST

typedef struct told_t {
    apr_int64_t seconds;
    const char *ago;
    const char *ahead;
} told_t;

static const told_t distances[] = {
    { 59, "just now", "in less than a minute" },
    { 60, "1 minute ago", "in 1 minute" },
    { 119, "1 minute ago", "in 1 minute" },
    { 120, "2 minutes ago", "in 2 minutes" },
    { 3599, "59 minutes ago", "in 59 minutes" },
    { 3600, "1 hour ago", "in 1 hour" },
    { 7200, "2 hours ago", "in 2 hours" },
    { 86399, "23 hours ago", "in 23 hours" },
    { 86400, "1 day ago", "in 1 day" },
    { 2 * 86400, "2 days ago", "in 2 days" },
    { 729 * 86400, "729 days ago", "in 729 days" },
    { 730 * 86400, "730 days ago", "in 730 days" },
    { 731 * 86400, "2 years ago", "in 2 years" },
    { APR_INT64_C(50) * 31556952, "50 years ago", "in 50 years" }
};

START_TEST(test_every_distance_is_told_for_both_directions)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(distances); i++) {
        const told_t *told = &distances[i];
        jt_token_t row = view_row("ci");
        const char *page;

        row.grant.last_used_at = NOW - told->seconds;
        row.grant.expires_at = NOW + told->seconds;
        page = view_list(&row, 1);
        /* The end of an active token is told by its date alone. */
        ck_assert_int_eq(strstr(view_cell(page, "Expires"), told->ahead) != NULL,
                         told->seconds <= 7 * 86400);
        ck_assert_str_eq(view_between(strstr(page, "\"Last used\""),
                                      " UTC\">", "<"), told->ago);
        /* Another server's clock may be ahead of this one's. */
        row.grant.last_used_at = NOW + told->seconds;
        row.grant.expires_at = NOW - told->seconds;
        page = view_list(&row, 1);
        check_has(view_cell(page, "Expires"),
                  apr_pstrcat(units_pool, " UTC ", told->ago, NULL));
        ck_assert_str_eq(view_between(strstr(page, "\"Last used\""),
                                      " UTC\">", "<"), "just now");
    }
}
END_TEST

START_TEST(test_this_very_second_is_just_now)
{
    jt_token_t row = view_row("ci");
    const char *page;

    row.grant.last_used_at = NOW;
    row.grant.expires_at = NOW;
    page = view_list(&row, 1);
    ck_assert_str_eq(view_cell(page, "Last used"),
                     "just now, 2026-01-15, 10:30 UTC");
    ck_assert_str_eq(view_cell(page, "Expires"),
                     "2026-01-15, 10:30 UTC just now");
}
END_TEST

START_TEST(test_every_state_is_told)
{
    static const apr_int64_t ends[] = { JT_TOKEN_NEVER, NOW, JT_TOKEN_NEVER,
                                        JT_TOKEN_NEVER, NOW + 1,
                                        JT_TOKEN_NEVER };
    const char *texts[UNITS_COUNT(ends)];
    size_t i;

    ck_assert_uint_eq(UNITS_COUNT(ends), JT_TOKEN_ACTIVE + 1);
    for (i = 0; i < UNITS_COUNT(ends); i++) {
        jt_token_t row = view_row("ci");

        row.grant.expires_at = ends[i];
        row.is_unreadable = i == JT_TOKEN_UNREADABLE;
        rules.max_idle = 1;
        rules.owner_seen = 1;
        row.owner_seen_on = NOW / JT_DATE_DAY
                            - (i == JT_TOKEN_OWNER_NOT_SEEN ? 2 : 0);
        row.grant.created_at = i == JT_TOKEN_IDLE ? NOW - JT_DATE_DAY : NOW;
        ck_assert_uint_eq(jt_token_state(&rules, &row, NOW), i);
        texts[i] = view_between(view_list(&row, 1), "<td class=\"is\"", "</td>");
    }
    check_different(texts, UNITS_COUNT(texts));
}
END_TEST

START_TEST(test_every_column_is_told)
{
    const char *texts[JT_ORDER_KEYS];
    jt_token_t row = view_row("ci");
    const char *page = view_list(&row, 1);
    int key;

    for (key = 0; key < JT_ORDER_KEYS; key++) {
        texts[key] = view_between(page, apr_psprintf(units_pool,
                                      "?sort=%s\">",
                                      jt_order_name((jt_order_key_t)key)),
                                  "</a>");
    }
    check_different(texts, UNITS_COUNT(texts));
}
END_TEST

/* What the edge may ask a list to say: jt_pages.c and jt_revoke.c. */
START_TEST(test_all_that_a_list_is_asked_to_say_is_told)
{
    static const char *const keys[] = {
        "revoked-one", "revoked-several", "none-expired", "select-first"
    };
    const char *texts[UNITS_COUNT(keys)];
    size_t i;

    for (i = 0; i < UNITS_COUNT(keys); i++) {
        jt_token_t row = view_row("ci");
        jt_view_list_t list = { 0 };
        const char *page;

        list.said = keys[i];
        page = view_page(&list, &row, 1);
        texts[i] = view_between(strstr(page, "role=\"status\""), ">", "</p>");
        list.said = NULL;
        list.wrong = keys[i];
        page = view_page(&list, &row, 1);
        ck_assert_str_eq(view_between(strstr(page, "role=\"alert\""), ">",
                                      "</p>"), texts[i]);
    }
    check_different(texts, UNITS_COUNT(texts));
}
END_TEST

START_TEST(test_every_page_has_a_title)
{
    static const char *const files[] = {
        "list", "create", "shown", "connect", "revoke", "several"
    };
    jt_html_t *scopes[UNITS_COUNT(files)];
    const char *titles[UNITS_COUNT(files)];
    jt_token_t row = view_row("ci");
    jt_view_list_t list = { 0 };
    size_t i;

    for (i = 0; i < UNITS_COUNT(files); i++) {
        scopes[i] = view_scope("alice");
    }
    list.tokens = view_rows(&row, 1);
    jt_view_list(scopes[0], &list, &rules, NOW, units_pool);
    view_create(scopes[1], "", "", NULL, &rules);
    jt_html_set(scopes[2], "title", "token-created");
    jt_view_shown(scopes[2], &row, TOKEN, NOW, units_pool);
    jt_view_connect(scopes[3]);
    jt_view_revoke(scopes[4], &row, &rules, NOW, units_pool);
    jt_view_several(scopes[5], list.tokens, &rules, NOW, units_pool);
    for (i = 0; i < UNITS_COUNT(files); i++) {
        const char *page = units_render(files[i], scopes[i], units_pool);

        titles[i] = view_between(page, "<title>", " \xC2\xB7 ");
        ck_assert(*view_text(heading(page)));
    }
    check_different(titles, UNITS_COUNT(titles));
}
END_TEST

Suite *units_view_words(void)
{
    Suite *suite = suite_create("view_words");
    TCase *page = units_case(suite, "page");
    TCase *form = units_case(suite, "form");
    TCase *list = units_case(suite, "list");

    tcase_add_test(page, test_every_message_has_a_status_a_title_and_a_text);
    tcase_add_test(page, test_every_page_has_a_title);
    tcase_add_test(page, test_a_revocation_that_went_half_way_says_how_far);
    tcase_add_test(form, test_every_fault_of_a_label_is_told);
    tcase_add_test(form, test_every_fault_of_an_expiry_is_told);
    tcase_add_test(form, test_every_reason_for_no_token_is_told);
    tcase_add_test(list, test_every_distance_is_told_for_both_directions);
    tcase_add_test(list, test_this_very_second_is_just_now);
    tcase_add_test(list, test_every_state_is_told);
    tcase_add_test(list, test_every_column_is_told);
    tcase_add_test(list, test_all_that_a_list_is_asked_to_say_is_told);
    return suite;
}
