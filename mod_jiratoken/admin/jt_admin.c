/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes of the administrators' pages and of their JSON: who is admitted,
 * and what a URL names. It must not know what a route shows or changes.
 */
#include "admin/jt_admin.h"

#include <apr_strings.h>
#include <string.h>

#include "admin/jt_admin_audit.h"
#include "admin/jt_admin_csv.h"
#include "admin/jt_admin_json.h"
#include "admin/jt_admin_list.h"
#include "admin/jt_admin_revoke.h"
#include "auth/jt_answer.h"
#include "auth/jt_findings.h"
#include "core/jt_label.h"
#include "http/jt_reply.h"
#include "http/jt_visit.h"

#define API "/api"

/* What a URL takes. */
typedef struct jt_admin_route_t {
    const char *path;   /* "{id}" is a token's */
    jt_visit_action_t *get;
    jt_visit_action_t *post;
    jt_visit_action_t *delete;
} jt_admin_route_t;

static const jt_admin_route_t pages[] = {
    { "", jt_admin_list_show, NULL, NULL },
    { "/", jt_admin_list_show, NULL, NULL },
    { "/revoke", jt_admin_revoke_show, jt_admin_revoke_submit, NULL },
    { "/{id}/revoke", jt_admin_revoke_one_show, jt_admin_revoke_one_submit,
      NULL },
    { "/tokens.csv", jt_admin_csv_tokens, NULL, NULL },
    { "/audit", jt_admin_audit_show, NULL, NULL },
    { "/audit.csv", jt_admin_audit_csv, NULL, NULL }
};

static const jt_admin_route_t programs[] = {
    { "/api/tokens", jt_admin_json_list, NULL, NULL },
    { "/api/tokens/{id}", NULL, NULL, jt_admin_json_delete },
    { "/api/revoke", NULL, jt_admin_json_revoke, NULL },
    { "/api/audit", jt_admin_audit_json, NULL, NULL }
};

static int is_path(jt_visit_t *visit, const char *route)
{
    static const char mark[] = "{id}";
    const char *place = strstr(route, mark);
    apr_size_t before = place ? (apr_size_t)(place - route) : 0;
    const char *id;
    apr_size_t length;

    if (!place) {
        return !strcmp(visit->path, route);
    }
    if (strncmp(visit->path, route, before)) {
        return 0;
    }
    id = visit->path + before;
    length = strcspn(id, "/");
    return !strcmp(id + length, place + sizeof(mark) - 1)
           && jt_token_parse_id(apr_pstrmemdup(visit->r->pool, id, length),
                                &visit->id) == APR_SUCCESS;
}

static const jt_admin_route_t *find_route(jt_visit_t *visit,
                                          const jt_admin_route_t *routes,
                                          apr_size_t count)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        if (is_path(visit, routes[i].path)) {
            return &routes[i];
        }
    }
    return NULL;
}

static jt_visit_action_t *find_action(const request_rec *r,
                                      const jt_admin_route_t *route)
{
    switch (r->method_number) {
    case M_GET:
        return route->get;
    case M_POST:
        return route->post;
    case M_DELETE:
        return route->delete;
    default:
        return NULL;
    }
}

static void set_allow(request_rec *r, const jt_admin_route_t *route)
{
    const char *allow = apr_pstrcat(r->pool, route->get ? ", GET, HEAD" : "",
                                    route->post ? ", POST" : "",
                                    route->delete ? ", DELETE" : "", NULL);

    apr_table_setn(r->err_headers_out, "Allow", allow + 2);
}

/* ---- pages, for people */

static int run_page(jt_visit_t *visit)
{
    const jt_admin_route_t *route = find_route(
        visit, pages, sizeof(pages) / sizeof(pages[0]));
    jt_visit_action_t *action;

    if (!route) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    action = find_action(visit->r, route);
    if (!action) {
        set_allow(visit->r, route);
        return jt_visit_send_message(visit, JT_VIEW_METHOD);
    }
    if (action != route->get && !jt_visit_is_from_pages(visit)) {
        return jt_visit_send_message(visit, JT_VIEW_FOREIGN_ORIGIN);
    }
    return action(visit);
}

/* Fails closed: only somebody who is known to have signed in without a token is
 * admitted. */
static int is_somebody(request_rec *r)
{
    static volatile apr_uint32_t logged;

    if (r->user && *r->user && !jt_visit_is_error_document(r)) {
        return 1;
    }
    jt_answer_log_misconfigured(r, "the administrators' pages without a "
                                "signed-in user: protect the location with "
                                "AuthType and Require", &logged);
    return 0;
}

static int serve_page(jt_visit_t *visit)
{
    request_rec *r = visit->r;

    if (jt_findings_came_by_token(r)) {
        return jt_visit_send_message(visit, JT_VIEW_BY_TOKEN);
    }
    if (!is_somebody(r)) {
        return jt_visit_send_message(visit, JT_VIEW_NOBODY);
    }
    if (!jt_http_is_navigation(r)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_OPENED);
    }
    visit->actor.user = r->user;
    visit->frame.user = jt_label_clean(r->user, r->pool);
    jt_html_set(visit->scope, "user", visit->frame.user);
    return run_page(visit);
}

/* ---- JSON, for programs */

/* Browsers say where a request comes from: "none" is somebody who has typed the
 * URL, and reads. */
static int is_foreign(const request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    if (r->method_number == M_GET && site && !strcmp(site, "none")) {
        return 0;
    }
    return (site || apr_table_get(r->headers_in, "Origin"))
           && !jt_http_is_same_origin(r);
}

static int run_program(jt_visit_t *visit)
{
    request_rec *r = visit->r;
    const jt_admin_route_t *route = find_route(
        visit, programs, sizeof(programs) / sizeof(programs[0]));
    jt_visit_action_t *action;

    if (!route) {
        return jt_reply_fail(r, HTTP_NOT_FOUND, "there is nothing at this "
                             "URL");
    }
    action = find_action(r, route);
    if (!action) {
        set_allow(r, route);
        return jt_reply_fail(r, HTTP_METHOD_NOT_ALLOWED, "this method is not "
                             "for this URL; see Allow");
    }
    if (is_foreign(r)) {
        return jt_reply_fail(r, HTTP_FORBIDDEN, "a script of another site has "
                             "sent this");
    }
    return action(visit);
}

static int serve_program(jt_visit_t *visit)
{
    request_rec *r = visit->r;

    if (jt_findings_came_by_token(r)) {
        return jt_reply_fail(r, HTTP_FORBIDDEN, "no token opens this location; "
                             "sign in by other means");
    }
    if (!is_somebody(r)) {
        return jt_reply_fail(r, HTTP_FORBIDDEN, "nobody is signed in");
    }
    visit->actor.user = r->user;
    return run_program(visit);
}

static int is_for_programs(const char *path)
{
    return !strncmp(path, API, sizeof(API) - 1)
           && (!path[sizeof(API) - 1] || path[sizeof(API) - 1] == '/');
}

int jt_admin_serve(request_rec *r)
{
    jt_visit_t visit = { 0 };
    int answer;

    if (!jt_visit_begin(&visit, r, &answer)) {
        return answer;
    }
    if (jt_visit_is_asset(&visit)) {
        return jt_visit_send_asset(&visit);
    }
    if (is_for_programs(visit.path)) {
        return serve_program(&visit);
    }
    jt_html_flag(visit.scope, "on_admin", 1);
    return serve_page(&visit);
}
