/* SPDX-License-Identifier: Apache-2.0
 *
 * The administrators' revocations, each after a confirmation: of one token, of
 * those that were selected, of all that match, of everything. It must not know
 * SQL or caches.
 */
#include "admin/jt_admin_revoke.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <string.h>

#include "admin/jt_admin_list.h"
#include "admin/jt_admin_query.h"
#include "html/jt_view_admin.h"
#include "http/jt_send.h"
#include "service/jt_sweep.h"

/* As many are revoked before an answer begins; more are shown as they go. */
#define QUIETLY 1000

/* What a form or query means. */
typedef struct wish_t {
    apr_array_header_t *ids; /* apr_int64_t; not empty: those */
    jt_survey_t survey;      /* else all that match; empty: everything */
    int picks;               /* ids alone: none is a fault */
    int asks;                /* by POST for a confirmation only, as a list of
                              * an earlier version does */
    const char *confirm;     /* what was typed */
} wish_t;

static const char *const others[] = { "id", "pick", "ask", "list",
                                      "confirm", NULL };

static int parse_ids(const jt_http_form_t *form, apr_array_header_t **ids,
                     apr_pool_t *pool)
{
    apr_array_header_t *texts = jt_http_get_fields(form, "id", pool);
    int i;

    *ids = apr_array_make(pool, texts->nelts + 1, sizeof(apr_int64_t));
    for (i = 0; i < texts->nelts && i < JT_SURVEY_PAGE; i++) {
        if (jt_token_parse_id(APR_ARRAY_IDX(texts, i, const char *),
                              apr_array_push(*ids)) != APR_SUCCESS) {
            return 0;
        }
    }
    return i == texts->nelts;
}

/* Ids beside a filter: it is not clear what is meant. */
static int parse_wish(const jt_http_form_t *form, wish_t *wish,
                      apr_pool_t *pool)
{
    jt_admin_fault_t fault;
    int is_fine;

    wish->asks = jt_http_get_fields(form, "ask", pool)->nelts > 0;
    wish->picks = jt_http_get_fields(form, "pick", pool)->nelts > 0;
    is_fine = parse_ids(form, &wish->ids, pool)
              && jt_http_get_field(form, "confirm", &wish->confirm) == OK
              && jt_admin_query_parse(form, others, 0, &wish->survey, &fault,
                                      pool)
              && !wish->survey.after
              && (!wish->ids->nelts
                  || jt_filter_is_empty(&wish->survey.filter));
    wish->survey.every_spelling = 1;
    return is_fine;
}

static int confirm_ids(jt_visit_t *visit, const apr_array_header_t *ids)
{
    apr_array_header_t *tokens;

    if (jt_survey_find(&visit->actor, ids, &tokens) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (!tokens->nelts) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    jt_view_admin_several(visit->scope, tokens, visit->rules,
                          visit->actor.now, visit->actor.pool);
    return jt_visit_send(visit, HTTP_OK, "admin_several");
}

static int confirm_matching(jt_visit_t *visit, const jt_survey_t *survey,
                            int status, const char *fault)
{
    jt_survey_count_t count;
    jt_view_number_t number;

    if (jt_survey_count(&visit->actor, survey, &count) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    number.number = count.number;
    number.is_estimate = count.is_estimate;
    jt_html_set(visit->scope, "phrase", JT_SWEEP_PHRASE);
    jt_view_admin_revoke(visit->scope,
                         jt_filter_query(&survey->filter, visit->actor.pool),
                         &number, fault, visit->actor.pool);
    return jt_visit_send(visit, status, "admin_revoke");
}

int jt_admin_revoke_show(jt_visit_t *visit)
{
    jt_http_form_t *query;
    wish_t wish;

    if (jt_http_read_query(visit->r, &query) != OK
        || !parse_wish(query, &wish, visit->actor.pool)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    jt_admin_list_keep(visit, query);
    if (wish.ids->nelts) {
        return confirm_ids(visit, wish.ids);
    }
    /* Without a box that is ticked, the form must not mean everything. */
    return wish.picks ? jt_admin_list_send_wrong(visit, HTTP_BAD_REQUEST,
                                                 "select-first")
                      : confirm_matching(visit, &wish.survey, HTTP_OK, NULL);
}

static int revoke_ids(jt_visit_t *visit, const apr_array_header_t *ids)
{
    apr_int64_t revoked;
    apr_status_t status = jt_sweep_ids(&visit->actor, ids, &revoked);

    if (status == APR_SUCCESS) {
        return revoked ? jt_visit_send_to_list(visit, revoked == 1 ? "revoked"
                                                                   : "several")
                       : jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    if (!revoked) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    jt_view_count(visit->scope, (int)revoked, ids->nelts, visit->actor.pool);
    return jt_visit_send_message(visit, JT_VIEW_PARTLY);
}

/* An answer that has begun goes on: a client that has gone does not stop a
 * revocation. */
typedef struct sweeping_t {
    jt_visit_t *visit;
    int has_begun;
} sweeping_t;

static void set_number(jt_html_t *scope, apr_int64_t number, apr_pool_t *pool)
{
    jt_html_set(scope, "number", jt_view_admin_number(number, pool));
    jt_html_set(scope, "many", apr_off_t_toa(pool, number));
}

static void show_progress(void *baton, apr_int64_t revoked)
{
    sweeping_t *sweeping = baton;
    jt_visit_t *visit = sweeping->visit;
    apr_pool_t *pool;
    jt_html_t *scope;

    if (revoked < QUIETLY) {
        return;
    }
    if (!sweeping->has_begun) {
        jt_html_set(visit->scope, "title", "revoking");
        (void)jt_visit_send(visit, HTTP_OK, "admin_sweep");
        sweeping->has_begun = 1;
    }
    apr_pool_create(&pool, visit->actor.pool);
    scope = jt_html_make(visit->frame.language, pool);
    set_number(scope, revoked, pool);
    jt_send_part(visit->r, "admin_step", scope);
    apr_pool_destroy(pool);
}

static int send_swept(jt_visit_t *visit, apr_status_t status,
                      apr_int64_t revoked)
{
    set_number(visit->scope, revoked, visit->actor.pool);
    jt_html_flag(visit->scope, "is_partly", status != APR_SUCCESS);
    jt_send_part(visit->r, "admin_swept", visit->scope);
    return OK;
}

static int revoke_matching(jt_visit_t *visit, const jt_survey_t *survey)
{
    sweeping_t sweeping = { visit, 0 };
    apr_int64_t revoked;
    apr_status_t status = jt_sweep_matching(&visit->actor, survey,
                                            show_progress, &sweeping,
                                            &revoked);

    if (sweeping.has_begun) {
        return send_swept(visit, status, revoked);
    }
    if (status == APR_SUCCESS) {
        return jt_visit_send_to_list(visit, !revoked ? "none"
                                     : revoked == 1 ? "revoked" : "several");
    }
    if (!revoked) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    set_number(visit->scope, revoked, visit->actor.pool);
    return jt_visit_send_message(visit, JT_VIEW_SWEPT_PARTLY);
}

int jt_admin_revoke_submit(jt_visit_t *visit)
{
    jt_http_form_t *form;
    wish_t wish;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    if (!parse_wish(form, &wish, visit->actor.pool)
        || (wish.picks && !wish.ids->nelts)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    jt_admin_list_keep(visit, form);
    if (wish.asks) {
        return wish.ids->nelts ? confirm_ids(visit, wish.ids)
                               : jt_admin_list_send_wrong(
                                     visit, HTTP_BAD_REQUEST, "select-first");
    }
    if (wish.ids->nelts) {
        return revoke_ids(visit, wish.ids);
    }
    if (jt_filter_is_empty(&wish.survey.filter)
        && strcmp(wish.confirm, JT_SWEEP_PHRASE)) {
        return confirm_matching(visit, &wish.survey, HTTP_BAD_REQUEST,
                                "phrase-wrong");
    }
    return revoke_matching(visit, &wish.survey);
}

static apr_array_header_t *make_id(const jt_visit_t *visit)
{
    apr_array_header_t *ids = apr_array_make(visit->actor.pool, 1,
                                             sizeof(apr_int64_t));

    APR_ARRAY_PUSH(ids, apr_int64_t) = visit->id;
    return ids;
}

int jt_admin_revoke_one_show(jt_visit_t *visit)
{
    jt_http_form_t *query;

    if (jt_http_read_query(visit->r, &query) == OK) {
        jt_admin_list_keep(visit, query);
    }
    return confirm_ids(visit, make_id(visit));
}

int jt_admin_revoke_one_submit(jt_visit_t *visit)
{
    jt_http_form_t *form;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    jt_admin_list_keep(visit, form);
    return revoke_ids(visit, make_id(visit));
}
