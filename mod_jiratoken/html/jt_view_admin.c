/* SPDX-License-Identifier: Apache-2.0
 *
 * The contents of the administrators' pages. It contains no texts; it must not
 * know requests or SQL.
 */
#include "html/jt_view_admin.h"

#include <apr_strings.h>
#include <string.h>

/* Between groups of digits stands a narrow no-break space (SI brochure, 5.4.4):
 * what a comma or a point says there is another thing in each language. */
#define GROUP "\u202F"
#define GROUP_SIZE (sizeof(GROUP) - 1)

const char *jt_view_admin_number(apr_int64_t number, apr_pool_t *pool)
{
    const char *digits = apr_off_t_toa(pool, number);
    apr_size_t length = strlen(digits);
    char *text = apr_palloc(pool, length + length / 3 * GROUP_SIZE + 1);
    char *out = text;

    while (length) {
        *out++ = *digits++;
        if (--length && length % 3 == 0) {
            memcpy(out, GROUP, GROUP_SIZE);
            out += GROUP_SIZE;
        }
    }
    *out = '\0';
    return text;
}

static void set_number(jt_html_t *scope, const jt_view_number_t *number,
                       apr_pool_t *pool)
{
    jt_html_set(scope, "number", jt_view_admin_number(number->number, pool));
    jt_html_flag(scope, "is_estimate", number->is_estimate);
    jt_html_flag(scope, "is_zero", !number->number && !number->is_estimate);
}

/* Clicking the sorted column again reverses the order. */
static void add_columns(jt_html_t *scope, const jt_view_admin_t *list)
{
    static const char *const titles[JT_CURSOR_SORTS] = {
        [JT_CURSOR_USER] = "user", [JT_CURSOR_LABEL] = "label",
        [JT_CURSOR_CREATED] = "created", [JT_CURSOR_EXPIRES] = "expires",
        [JT_CURSOR_USED] = "last-used"
    };
    int key;

    for (key = 0; key < JT_CURSOR_SORTS; key++) {
        jt_html_t *column = jt_html_add(scope, "columns");

        jt_html_set(column, "text", titles[key]);
        jt_html_set(column, "key",
                    jt_cursor_sort_name((jt_cursor_sort_t)key));
        if (key == (int)list->sort) {
            jt_html_set(column, "sorted",
                        list->descending ? "descending" : "ascending");
            jt_html_flag(column, "turn", !list->descending);
        }
    }
}

static void add_needs(jt_html_t *scope, const apr_array_header_t *needs,
                      apr_pool_t *pool)
{
    int i;

    for (i = 0; needs && i < needs->nelts; i++) {
        const jt_view_need_t *need = &APR_ARRAY_IDX(needs, i, jt_view_need_t);
        jt_html_t *row = jt_html_add(scope, "needs");

        jt_html_set(row, "what", need->what);
        jt_html_set(row, "need_query", need->query);
        set_number(row, &need->number, pool);
    }
    jt_html_flag(scope, "has_needs", needs && needs->nelts);
}

static void add_rows(jt_html_t *scope, const apr_array_header_t *tokens,
                     const jt_token_rules_t *rules, apr_int64_t now,
                     apr_pool_t *pool)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);
        jt_html_t *row = jt_view_row(scope, token, rules, now, pool);

        jt_html_set(row, "owner", jt_label_clean(token->grant.user, pool));
    }
}

/* In front of more of a query. */
static const char *join_query(const char *query, apr_pool_t *pool)
{
    return *query ? apr_pstrcat(pool, query, "&", NULL) : "";
}

static void set_page(jt_html_t *scope, const jt_view_admin_t *list,
                     apr_pool_t *pool)
{
    jt_html_set(scope, "filter", list->filter);
    jt_html_set(scope, "filter_and", join_query(list->filter, pool));
    jt_html_set(scope, "query_and", join_query(list->query, pool));
    jt_html_set(scope, "query", list->query);
    jt_html_set(scope, "next", list->next);
    jt_html_set(scope, "sort", jt_cursor_sort_name(list->sort));
    jt_html_flag(scope, "descending", list->descending);
    jt_html_flag(scope, "is_later", !list->is_first);
}

void jt_view_admin(jt_html_t *scope, const jt_view_admin_t *list,
                   const jt_token_rules_t *rules, apr_int64_t now,
                   apr_pool_t *pool)
{
    jt_html_set(scope, "title", "all-tokens");
    jt_html_flag(scope, "on_list", 1);
    jt_html_set(scope, "said", list->said);
    jt_html_set(scope, "wrong", list->wrong);
    jt_view_filter_fault(scope, list->fault_field, list->fault);
    jt_view_filter(scope, &list->typed, pool);
    set_page(scope, list, pool);
    add_needs(scope, list->needs, pool);
    add_columns(scope, list);
    if (list->count) {
        jt_html_flag(scope, "is_counted", 1);
        set_number(scope, list->count, pool);
    }
    if (list->tokens) {
        jt_html_flag(scope, "any", list->tokens->nelts > 0);
        jt_html_flag(scope, "none", !list->tokens->nelts);
        add_rows(scope, list->tokens, rules, now, pool);
    }
}

void jt_view_admin_revoke(jt_html_t *scope, const char *filter,
                          const jt_view_number_t *count, const char *fault,
                          apr_pool_t *pool)
{
    jt_html_set(scope, "title", "revoke-tokens");
    jt_html_flag(scope, "on_list", 1);
    jt_html_flag(scope, "everything", !*filter);
    jt_html_set(scope, "phrase_fault", fault);
    jt_html_set(scope, "filter", filter);
    jt_view_filter_facts(scope, filter, pool);
    set_number(scope, count, pool);
}

void jt_view_admin_several(jt_html_t *scope, const apr_array_header_t *tokens,
                           const jt_token_rules_t *rules, apr_int64_t now,
                           apr_pool_t *pool)
{
    jt_view_number_t count = { tokens->nelts, 0 };

    jt_html_set(scope, "title", "revoke-tokens");
    jt_html_flag(scope, "on_list", 1);
    set_number(scope, &count, pool);
    add_rows(scope, tokens, rules, now, pool);
}
