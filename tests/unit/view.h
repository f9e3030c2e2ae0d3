/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the pages share: who looks, at what, and what is read off
 * the page.
 */
#ifndef VIEW_H
#define VIEW_H

#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"
#include "html/jt_view.h"
#include "html/jt_view_form.h"
#include "html/jt_view_recipes.h"

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)
#define TOKEN "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg012345"

/* As a site that has decided nothing; each test is a process of its own, and
 * view_scope() sets them back where it is not. */
static jt_token_rules_t rules = { "jt", 25, 0, 0, 0, 0, NULL };

/* The form with what was typed, within the usual rules. */
static inline void view_create(jt_html_t *scope, const char *label,
                               const char *expires,
                               const jt_token_draft_t *draft,
                               const jt_token_rules_t *with)
{
    jt_token_typed_t typed = { label, expires, { 0, NULL, NULL }, "" };

    jt_view_create(scope, &typed, draft, with, NOW, units_pool);
}

static inline jt_view_frame_t view_frame(const char *user)
{
    jt_view_frame_t frame = { 0 };

    frame.language = units_english();
    frame.base = "../tokens/";
    frame.user = user;
    frame.scheme = "https";
    frame.host = "jira.example.org:8443";
    frame.now = NOW;
    frame.records_use = 1;
    return frame;
}

/* What the frame of each view_scope() says; a test that sets it sets it back:
 * under valgrind all tests are one process. */
static int view_records_use = 1;

static inline jt_html_t *view_scope(const char *user)
{
    jt_view_frame_t frame = view_frame(user);

    frame.records_use = view_records_use;
    rules.max = 25;
    rules.max_lifetime = 0;
    rules.default_lifetime = 0;
    return jt_view_make(&frame, units_pool);
}

static inline jt_token_t view_row(const char *label)
{
    jt_token_t row = { 0 };

    row.grant.id = 42;
    row.grant.user = "alice";
    row.grant.label = label;
    row.digest = "0d1935e7a5b8c9d0112233445566778899aabbccddeeff00112233445566778899";
    row.grant.created_at = NOW;
    row.grant.expires_at = JT_TOKEN_NEVER;
    row.grant.last_used_at = JT_TOKEN_NEVER;
    return row;
}

static inline apr_array_header_t *view_rows(const jt_token_t *rows,
                                            int count)
{
    apr_array_header_t *made = apr_array_make(units_pool, 1,
                                              sizeof(jt_token_t));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(made, jt_token_t) = rows[i];
    }
    return made;
}

/** The list's page for alice. @param list its rows are set here */
static inline const char *view_page(jt_view_list_t *list,
                                    const jt_token_t *rows, int count)
{
    jt_html_t *scope = view_scope("alice");

    list->tokens = view_rows(rows, count);
    jt_view_list(scope, list, &rules, NOW, units_pool);
    return units_render("list", scope, units_pool);
}

/** The same in the order that the table gave, with nothing to say. */
static inline const char *view_list(const jt_token_t *rows, int count)
{
    jt_view_list_t list = { 0 };

    list.key = JT_ORDER_KEYS;
    return view_page(&list, rows, count);
}

/* Check takes no message of more than 4 KiB. */
#define START "%.3000s"

static inline void check_has(const char *page, const char *part)
{
    ck_assert_msg(strstr(page, part) != NULL, "\"%s\" is not on\n" START,
                  part, page);
}

static inline void check_lacks(const char *page, const char *part)
{
    ck_assert_msg(strstr(page, part) == NULL, "\"%s\" is on\n" START, part,
                  page);
}

/** What stands between the first `before` and the `after` that follows it;
 * both have to be there. */
static inline const char *view_between(const char *page, const char *before,
                                       const char *after)
{
    const char *from = strstr(page, before);
    const char *to;

    ck_assert_msg(from != NULL, "\"%s\" is not on\n" START, before, page);
    from += strlen(before);
    to = strstr(from, after);
    ck_assert_msg(to != NULL, "\"%s\" does not follow \"%s\"", after, before);
    return apr_pstrmemdup(units_pool, from, (apr_size_t)(to - from));
}

/** How many faults the page tells; the places of the others are empty. */
static inline int view_faults(const char *page)
{
    return units_occurrences(page, "role=\"alert\"")
           - units_occurrences(page, "role=\"alert\"></p>");
}

/** What people read: no tags, and one space for any white space. */
static inline const char *view_text(const char *html)
{
    char *text = apr_pstrdup(units_pool, html);
    char *out = text;
    int inside = 0;

    for (; *html; html++) {
        inside = *html == '<' || (inside && html[-1] != '>');
        if (!inside && (*html != ' ' && *html != '\n')) {
            *out++ = *html;
        }
        else if (!inside && out > text && out[-1] != ' ') {
            *out++ = ' ';
        }
    }
    out -= out > text && out[-1] == ' ';
    *out = '\0';
    return text;
}

/** The text of the first row's cell in the column of that name. */
static inline const char *view_cell(const char *page, const char *column)
{
    const char *before = apr_pstrcat(units_pool, "<td data-name=\"", column,
                                     "\">", NULL);

    return view_text(view_between(page, before, "</td>"));
}

#endif
