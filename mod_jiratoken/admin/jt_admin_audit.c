/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened, on a page, as CSV and by JSON. It must not know SQL.
 */
#include "admin/jt_admin_audit.h"

#include <apr_strings.h>
#include <string.h>

#include "admin/jt_admin_download.h"
#include "admin/jt_admin_query.h"
#include "core/jt_date.h"
#include "html/jt_view_audit.h"
#include "http/jt_reply.h"
#include "json/jt_json_token.h"
#include "service/jt_history.h"

#define NOT_KEPT "no audit table is kept; add JiraTokenAudit"

/* What is asked for. */
typedef struct question_t {
    jt_audit_filter_t filter;
    jt_audit_place_t place; /* of the last row of the page before */
    const char *wrong; /* the field that a fault is about, or NULL */
} question_t;

static const char *parse_day(const char *name, const char *value,
                             apr_int64_t shift, apr_int64_t *instant,
                             apr_pool_t *pool)
{
    if (jt_date_parse(value, instant) != APR_SUCCESS) {
        return apr_psprintf(pool, "%s must be a day that exists, as "
                            "YYYY-MM-DD", name);
    }
    *instant += shift;
    if (shift && *instant <= 0) {
        *instant = 1; /* zero is no bound, and no row is as old */
    }
    return NULL;
}

static const char *parse_event(const char *value, question_t *question)
{
    question->filter.event = value;
    return jt_audit_is_event(value) ? NULL : "event must be created, renamed, "
                                             "rotated, revoked or purged";
}

static const char *parse_field(const jt_http_field_t *field,
                               question_t *question, apr_pool_t *pool)
{
    if (!strcmp(field->name, "user")) {
        question->filter.user = field->value;
        return NULL;
    }
    if (!strcmp(field->name, "actor")) {
        question->filter.actor = field->value;
        return NULL;
    }
    if (!strcmp(field->name, "event")) {
        return parse_event(field->value, question);
    }
    if (!strcmp(field->name, "from")) {
        return parse_day("from", field->value, 0, &question->filter.from,
                         pool);
    }
    if (!strcmp(field->name, "to")) {
        return parse_day("to", field->value, JT_DATE_DAY,
                         &question->filter.before, pool);
    }
    if (!strcmp(field->name, "after")) {
        return jt_audit_place_parse(field->value, &question->place)
                       == APR_SUCCESS
                   ? NULL : "after is no cursor of this list; begin again "
                            "without it";
    }
    return "the filter is user, actor, event, from and to";
}

/* @param is_form empty fields are none
 * @return NULL, or what to change */
static const char *parse(const jt_http_form_t *form, int is_form,
                         question_t *question, apr_pool_t *pool)
{
    const apr_array_header_t *fields = jt_http_list_fields(form);
    const char *fault = NULL;
    const char *value;
    int i;

    memset(question, 0, sizeof(*question));
    for (i = 0; i < fields->nelts && !fault; i++) {
        const jt_http_field_t *field = &APR_ARRAY_IDX(fields, i,
                                                      jt_http_field_t);

        if (!*field->value && is_form) {
            continue;
        }
        if (jt_http_get_field(form, field->name, &value) != OK) {
            question->wrong = NULL;
            return "a part of the filter is there twice";
        }
        question->wrong = field->name;
        fault = *field->value
                        && !strcmp(field->value,
                                   jt_label_clean(field->value, pool))
                    ? parse_field(field, question, pool)
                    : "the filter has an empty value, or one that is no text";
    }
    return fault;
}

static const char *make_filter(const jt_http_form_t *form, apr_pool_t *pool)
{
    static const char *const names[] = {
        "user", "actor", "event", "from", "to"
    };
    const char *query = "";
    const char *value;
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (jt_http_get_field(form, names[i], &value) == OK && *value) {
            query = apr_pstrcat(pool, query, *query ? "&" : "", names[i], "=",
                                ap_escape_urlencoded(pool, value), NULL);
        }
    }
    return query;
}

static void set_typed(jt_view_audit_t *view, const jt_http_form_t *query)
{
    view->user = jt_admin_query_typed(query, "user");
    view->actor = jt_admin_query_typed(query, "actor");
    view->event = jt_admin_query_typed(query, "event");
    view->from = jt_admin_query_typed(query, "from");
    view->to = jt_admin_query_typed(query, "to");
}

static int send_page(jt_visit_t *visit, int status,
                     const jt_view_audit_t *view)
{
    jt_view_audit(visit->scope, view, visit->actor.pool);
    return jt_visit_send(visit, status, "admin_audit");
}

int jt_admin_audit_show(jt_visit_t *visit)
{
    apr_pool_t *pool = visit->actor.pool;
    jt_view_audit_t view = { 0 };
    jt_audit_place_t next;
    apr_array_header_t *rows;
    jt_http_form_t *query;
    question_t question;

    if (!jt_history_is_kept(&visit->actor)) {
        return jt_visit_send_message(visit, JT_VIEW_NO_AUDIT);
    }
    if (jt_http_read_query(visit->r, &query) != OK) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    set_typed(&view, query);
    view.fault = parse(query, 1, &question, pool);
    if (view.fault) {
        view.fault_field = question.wrong;
        view.filter = "";
        return send_page(visit, HTTP_BAD_REQUEST, &view);
    }
    if (jt_history_list(&visit->actor, &question.filter, &question.place,
                        &rows, &next) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    view.rows = rows;
    view.next = next.id ? jt_audit_place_format(&next, pool) : NULL;
    view.is_later = question.place.id != 0;
    view.filter = make_filter(query, pool);
    return send_page(visit, HTTP_OK, &view);
}

/* ---- CSV */

#define HEADER "id,at,event,stage,outcome,batch,actor,signed in by,user," \
    "token,label,from,detail\r\n"

static void write_number(request_rec *r, apr_int64_t number, apr_pool_t *pool)
{
    jt_admin_download_cell(r, number == JT_AUDIT_NONE
                                  ? "" : apr_off_t_toa(pool, number), ",");
}

static void write_event(const jt_visit_t *visit, const void *element,
                        apr_pool_t *pool)
{
    request_rec *r = visit->r;
    const jt_audit_row_t *row = element;

    write_number(r, row->id, pool);
    jt_admin_download_text(r, jt_date_format_rfc3339(row->at, pool), ",", pool);
    jt_admin_download_text(r, row->event, ",", pool);
    jt_admin_download_text(r, row->stage, ",", pool);
    jt_admin_download_text(r, row->outcome, ",", pool);
    write_number(r, row->batch, pool);
    jt_admin_download_text(r, row->actor, ",", pool);
    jt_admin_download_text(r, row->actor_how, ",", pool);
    jt_admin_download_text(r, row->user, ",", pool);
    write_number(r, row->token_id, pool);
    jt_admin_download_text(r, row->label, ",", pool);
    jt_admin_download_text(r, row->from, ",", pool);
    jt_admin_download_text(r, row->detail, "\r\n", pool);
}

int jt_admin_audit_csv(jt_visit_t *visit)
{
    jt_admin_download_t download = { visit, "audit.csv", HEADER, write_event,
                                     0 };
    jt_http_form_t *query;
    question_t question;

    if (!jt_history_is_kept(&visit->actor)) {
        return jt_visit_send_message(visit, JT_VIEW_NO_AUDIT);
    }
    if (jt_http_read_query(visit->r, &query) != OK
        || parse(query, 0, &question, visit->actor.pool)
        || question.place.id) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    return jt_admin_download_end(
        &download, jt_history_walk(&visit->actor, &question.filter,
                                   jt_admin_download_rows, &download));
}

/* ---- JSON */

static const char *quote(const char *text, apr_pool_t *pool)
{
    return text ? jt_json_quote(jt_label_clean(text, pool), pool) : "null";
}

static const char *format_number(apr_int64_t number, apr_pool_t *pool)
{
    return number == JT_AUDIT_NONE ? "null" : apr_off_t_toa(pool, number);
}

static const char *make_event(const jt_audit_row_t *row, apr_pool_t *pool)
{
    return apr_pstrcat(
        pool, "{\"id\":", format_number(row->id, pool), ",\"at\":\"",
        jt_date_format_rfc3339(row->at, pool), "\",\"event\":",
        quote(row->event, pool), ",\"stage\":", quote(row->stage, pool),
        ",\"outcome\":", quote(row->outcome, pool), ",\"batch\":",
        format_number(row->batch, pool), ",\"actor\":",
        quote(row->actor, pool), ",\"actorHow\":",
        quote(row->actor_how, pool), ",\"user\":", quote(row->user, pool),
        ",\"tokenId\":", format_number(row->token_id, pool), ",\"label\":",
        quote(row->label, pool), ",\"from\":", quote(row->from, pool),
        ",\"detail\":", quote(row->detail, pool), "}", NULL);
}

static int send_events(jt_visit_t *visit, const apr_array_header_t *rows,
                       const jt_audit_place_t *next)
{
    apr_pool_t *pool = visit->actor.pool;
    apr_array_header_t *events = apr_array_make(pool, rows->nelts + 1,
                                                sizeof(const char *));
    int i;

    for (i = 0; i < rows->nelts; i++) {
        APR_ARRAY_PUSH(events, const char *) = make_event(
            &APR_ARRAY_IDX(rows, i, jt_audit_row_t), pool);
    }
    return jt_reply_send(
        visit->r, HTTP_OK,
        apr_pstrcat(pool, "{\"events\":", jt_json_list(events, pool),
                    ",\"next\":",
                    next->id ? quote(jt_audit_place_format(next, pool), pool)
                             : "null", "}", NULL));
}

int jt_admin_audit_json(jt_visit_t *visit)
{
    apr_array_header_t *rows;
    jt_http_form_t *query;
    question_t question;
    const char *fault;
    jt_audit_place_t next;

    if (!jt_history_is_kept(&visit->actor)) {
        return jt_reply_fail(visit->r, HTTP_NOT_FOUND, NOT_KEPT);
    }
    fault = jt_http_read_query(visit->r, &query) == OK
                ? parse(query, 0, &question, visit->actor.pool)
                : "the query cannot be read";
    if (fault) {
        return jt_reply_fail(visit->r, HTTP_BAD_REQUEST, fault);
    }
    return jt_history_list(&visit->actor, &question.filter,
                           &question.place, &rows, &next) == APR_SUCCESS
               ? send_events(visit, rows, &next)
               : jt_reply_unavailable(visit->r);
}
