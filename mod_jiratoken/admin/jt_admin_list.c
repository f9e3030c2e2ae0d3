/* SPDX-License-Identifier: Apache-2.0
 *
 * The administrators' list of everybody's tokens, and what of it needs
 * attention. It must not know texts or SQL.
 */
#include "admin/jt_admin_list.h"

#include <apr_strings.h>
#include <string.h>

#include "admin/jt_admin_query.h"
#include "html/jt_quote.h"
#include "html/jt_view_admin.h"

#define URL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "0123456789-._~=&%+"

static const char *const others[] = { "done", NULL };

/* Only a redirect of our own may request a message; otherwise another site
 * could. */
static const char *find_message(const request_rec *r,
                                const jt_http_form_t *query)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    const char *done;

    if ((site && strcmp(site, "same-origin"))
        || jt_http_get_field(query, "done", &done) != OK) {
        return NULL;
    }
    if (!strcmp(done, "revoked")) {
        return "revoked-one";
    }
    if (!strcmp(done, "several")) {
        return "revoked-all-selected";
    }
    return strcmp(done, "none") ? NULL : "swept-none";
}

static void set_typed(jt_view_filter_t *typed, const jt_http_form_t *query)
{
    typed->user = jt_admin_query_typed(query, "user");
    typed->label = jt_admin_query_typed(query, "label");
    typed->state = jt_admin_query_typed(query, "state");
    typed->unused = jt_admin_query_typed(query, "unused");
    typed->expiring = jt_admin_query_typed(query, "expiring");
    typed->expired = jt_admin_query_typed(query, "expired");
    typed->expiry = jt_admin_query_typed(query, "expiry");
    typed->restriction = jt_admin_query_typed(query, "restriction");
}

/* Tokens that somebody should look at, each kind a filter one click away. */
static const struct {
    const char *what;
    const char *name;
    const char *value;
} kinds[] = {
    { "need-never", "expiry", "never" },
    { "need-unused", "unused", "90" },
    { "need-expired", "expired", "30" },
    { "need-owner", "state", "owner-not-seen" }
};

static apr_status_t count_kind(const jt_visit_t *visit, int kind,
                               jt_view_need_t *need)
{
    apr_pool_t *pool = visit->actor.pool;
    jt_survey_t survey = { { 0 }, JT_CURSOR_USER, 0, NULL, 0 };
    jt_survey_count_t count = { 0, 0 };
    apr_status_t status;

    (void)jt_filter_set(&survey.filter, kinds[kind].name, kinds[kind].value,
                        pool);
    status = jt_survey_count(&visit->actor, &survey, &count);
    need->what = kinds[kind].what;
    need->query = jt_filter_query(&survey.filter, pool);
    need->number.number = count.number;
    need->number.is_estimate = count.is_estimate;
    return status;
}

static apr_status_t find_needs(const jt_visit_t *visit,
                               const apr_array_header_t **needs)
{
    int count = (int)(sizeof(kinds) / sizeof(kinds[0]));
    apr_array_header_t *made = apr_array_make(visit->actor.pool, count,
                                              sizeof(jt_view_need_t));
    apr_status_t status = APR_SUCCESS;
    int i;

    for (i = 0; i < count && status == APR_SUCCESS; i++) {
        jt_view_need_t need;

        status = count_kind(visit, i, &need);
        if (need.number.number) {
            APR_ARRAY_PUSH(made, jt_view_need_t) = need;
        }
    }
    *needs = made;
    return status;
}

static apr_status_t fetch(const jt_visit_t *visit, const jt_survey_t *survey,
                          jt_view_admin_t *list, jt_view_number_t *number)
{
    apr_array_header_t *tokens;
    jt_survey_count_t count;
    apr_status_t status = jt_survey_list(&visit->actor, survey, &tokens,
                                         &list->next);

    if (status == APR_SUCCESS) {
        status = jt_survey_count(&visit->actor, survey, &count);
    }
    if (status == APR_SUCCESS && list->is_first && !*list->filter) {
        status = find_needs(visit, &list->needs);
    }
    if (status == APR_SUCCESS) {
        list->tokens = tokens;
        number->number = count.number;
        number->is_estimate = count.is_estimate;
        list->count = number;
    }
    return status;
}

static void describe(jt_view_admin_t *list, const jt_survey_t *survey,
                     apr_pool_t *pool)
{
    list->query = jt_admin_query_make(survey, pool);
    list->filter = jt_filter_query(&survey->filter, pool);
    list->sort = survey->sort;
    list->descending = survey->descending;
    list->is_first = !survey->after;
}

static int send_list(jt_visit_t *visit, int status,
                     const jt_view_admin_t *list)
{
    jt_view_admin(visit->scope, list, visit->rules, visit->actor.now,
                  visit->actor.pool);
    return jt_visit_send(visit, status, "admin");
}

static void keep_list(jt_visit_t *visit, const char *query)
{
    apr_pool_t *pool = visit->r->pool;

    jt_html_set(visit->scope, "list_query", query);
    jt_visit_go_back_to(visit, query);
    jt_html_set(visit->scope, "from_list",
                apr_pstrcat(pool, "?list=", jt_quote_url(query, pool), NULL));
}

/* Only characters that a query consists of: the way back is a URL. */
void jt_admin_list_keep(jt_visit_t *visit, const jt_http_form_t *form)
{
    const char *query;

    if (jt_http_get_field(form, "list", &query) == OK && *query
        && !query[strspn(query, URL_CHARACTERS)]) {
        keep_list(visit, query);
    }
}

/* The form as it was typed, and no tokens. */
static int send_fault(jt_visit_t *visit, jt_view_admin_t *list,
                      const jt_admin_fault_t *fault)
{
    jt_survey_t plain = { { 0 }, JT_CURSOR_USER, 0, NULL, 0 };

    describe(list, &plain, visit->actor.pool);
    list->fault = jt_label_clean(fault->words, visit->actor.pool);
    list->fault_field = fault->field;
    return send_list(visit, HTTP_BAD_REQUEST, list);
}

int jt_admin_list_show(jt_visit_t *visit)
{
    jt_view_admin_t list = { 0 };
    jt_view_number_t number;
    jt_survey_t survey;
    jt_admin_fault_t fault;
    jt_http_form_t *query;
    apr_status_t status;

    if (jt_http_read_query(visit->r, &query) != OK) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    list.said = find_message(visit->r, query);
    set_typed(&list.typed, query);
    if (!jt_admin_query_parse(query, others, JT_ADMIN_QUERY_FORM, &survey,
                              &fault, visit->actor.pool)) {
        return send_fault(visit, &list, &fault);
    }
    describe(&list, &survey, visit->actor.pool);
    if (*list.query) {
        keep_list(visit, list.query);
    }
    status = fetch(visit, &survey, &list, &number);
    if (status == APR_EINVAL) {
        fault.words = JT_ADMIN_QUERY_LOST;
        return send_fault(visit, &list, &fault);
    }
    return status == APR_SUCCESS
               ? send_list(visit, HTTP_OK, &list)
               : jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
}

int jt_admin_list_send_wrong(jt_visit_t *visit, int status, const char *wrong)
{
    jt_view_admin_t list = { { "", "", "", "", "", "", "", "" }, "", NULL, "",
                             JT_CURSOR_USER, 0, 1, NULL, NULL, NULL, NULL,
                             wrong, NULL, NULL };

    return send_list(visit, status, &list);
}
