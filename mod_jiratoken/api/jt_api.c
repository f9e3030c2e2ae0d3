/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes of the API: who is admitted, and what a URL names. It must not
 * know what a route does.
 */
#include "api/jt_api.h"

#include <apr_strings.h>
#include <string.h>

#include "jt_config.h"
#include "api/jt_api_credentials.h"
#include "api/jt_api_tokens.h"
#include "api/jt_call.h"
#include "auth/jt_answer.h"
#include "auth/jt_findings.h"
#include "auth/jt_person.h"
#include "core/jt_label.h"
#include "http/jt_http.h"
#include "http/jt_reply.h"

/* What a route takes. */
typedef struct jt_method_t {
    const char *name;
    jt_call_action_t *action;
    int gives_secret;   /* not for a script of a page on this host */
    int is_for_token;   /* also for whoever came by the token itself */
} jt_method_t;

/* The most of one route. */
#define MOST 4

typedef struct jt_route_t {
    const char *allow;
    jt_method_t methods[MOST];
} jt_route_t;

static const jt_route_t tokens = {
    "GET, HEAD, POST",
    { { "GET", jt_api_tokens_list, 0, 1 },
      { "POST", jt_api_tokens_create, 1, 0 } }
};
static const jt_route_t token = {
    "GET, HEAD, PATCH, DELETE",
    { { "GET", jt_api_tokens_show, 0, 1 },
      { "PATCH", jt_api_tokens_rename, 0, 0 },
      { "DELETE", jt_api_tokens_delete, 0, 1 } }
};
static const jt_route_t rotation = {
    "POST", { { "POST", jt_api_tokens_rotate, 1, 1 } }
};
static const jt_route_t credentials = {
    "POST", { { "POST", jt_api_credentials_revoke, 0, 0 } }
};

/* "self" is the token that the request came by. @return zero for no id */
static int parse_id(jt_call_t *call, const char *text, apr_size_t length)
{
    const char *id = apr_pstrmemdup(call->actor.pool, text, length);

    if (call->grant && !strcmp(id, "self")) {
        call->id = call->grant->id;
        return 1;
    }
    return jt_token_parse_id(id, &call->id) == APR_SUCCESS;
}

/* @return NULL when there is no such route */
static const jt_route_t *find_route(jt_call_t *call, const char *path)
{
    static const char top[] = "/tokens";
    const char *id;
    apr_size_t length;

    if (strncmp(path, top, sizeof(top) - 1)) {
        return NULL;
    }
    path += sizeof(top) - 1;
    if (!*path || !strcmp(path, "/")) {
        return &tokens;
    }
    id = path + 1;
    length = strcspn(id, "/");
    if (*path != '/' || !parse_id(call, id, length)) {
        return NULL;
    }
    if (!id[length]) {
        return &token;
    }
    return strcmp(id + length, "/rotate") ? NULL : &rotation;
}

static const jt_method_t *find_method(const jt_route_t *route,
                                      const char *name)
{
    int i;

    for (i = 0; i < MOST && route->methods[i].name; i++) {
        if (!strcmp(route->methods[i].name, name)
            || (!strcmp(name, "HEAD")
                && !strcmp(route->methods[i].name, "GET"))) {
            return &route->methods[i];
        }
    }
    return NULL;
}

/* Browsers say where a request comes from. */
static int is_browsers(const request_rec *r)
{
    return apr_table_get(r->headers_in, "Sec-Fetch-Site")
           || apr_table_get(r->headers_in, "Origin");
}

static int is_reading(const request_rec *r)
{
    return r->method_number == M_GET;
}

static int run_method(jt_call_t *call, const jt_route_t *route)
{
    request_rec *r = call->r;
    const jt_method_t *method = find_method(route, r->method);

    if (!method) {
        apr_table_setn(r->err_headers_out, "Allow", route->allow);
        return jt_reply_fail(r, HTTP_METHOD_NOT_ALLOWED, "this method is not "
                             "for this URL; see Allow");
    }
    if (call->grant && (!method->is_for_token
                        || (call->id && call->id != call->grant->id))) {
        return jt_reply_fail(r, HTTP_FORBIDDEN, "a token shows, rotates and "
                             "revokes itself, and nothing else; sign in by "
                             "other means");
    }
    if (is_browsers(r)
        && (method->gives_secret
            || (!is_reading(r) && !jt_http_is_same_origin(r)))) {
        return jt_reply_fail(r, HTTP_FORBIDDEN, "this is for programs, not for "
                             "scripts of web pages; use the token pages");
    }
    return method->action(call);
}

/* @param answer set when nobody is admitted: an error was sent, and the handler
 * returns this
 *
 * Fails closed: admitted are the token itself, and whoever is known to have
 * signed in without one. */
static int admit(jt_call_t *call, int *answer)
{
    static volatile apr_uint32_t logged;
    request_rec *r = call->r;
    const jt_findings_t *findings = jt_findings_find_granted(r);
    const char *name = NULL;

    if (findings) {
        call->grant = findings->grant;
        call->digest = findings->check.digest;
        call->actor.user = findings->grant->user;
        return 1;
    }
    if (jt_findings_came_by_token(r)) {
        *answer = jt_reply_fail(r, HTTP_FORBIDDEN, "no token opens this "
                                "location; sign in by other means");
        return 0;
    }
    if (!r->user || !*r->user || r->prev) {
        jt_answer_log_misconfigured(r, "the API without a signed-in user: "
                                    "protect the location with AuthType and "
                                    "Require", &logged);
        *answer = jt_reply_fail(r, HTTP_FORBIDDEN, "nobody is signed in");
        return 0;
    }
    switch (jt_person_find(r, &name)) {
    case JT_PERSON_NAMELESS:
        *answer = jt_reply_fail(r, HTTP_FORBIDDEN, "the sign-in gives no "
                                "user name for you");
        return 0;
    case JT_PERSON_UNFIT:
        *answer = jt_reply_fail(r, HTTP_FORBIDDEN,
                                apr_psprintf(r->pool, "the user name '%s' can "
                                             "have no tokens",
                                             jt_label_clean(name, r->pool)));
        return 0;
    case JT_PERSON_FINE:
        break;
    }
    call->actor.user = name;
    return 1;
}

int jt_api_serve(request_rec *r)
{
    jt_call_t call = { 0 };
    const jt_route_t *route;
    const char *path;
    int answer;

    if (r->main) {
        return HTTP_FORBIDDEN;
    }
    path = jt_http_find_path(jt_config_dir_mount(r), r->uri);
    if (!path) {
        return HTTP_NOT_FOUND;
    }
    call.r = r;
    call.actor = jt_findings_actor(r, r->pool);
    call.rules = &jt_config_server(r->server)->rules;
    if (!strcmp(path, "/credentials/revoke")) {
        return run_method(&call, &credentials);
    }
    if (!admit(&call, &answer)) {
        return answer;
    }
    route = find_route(&call, path);
    return route ? run_method(&call, route)
                 : jt_reply_fail(r, HTTP_NOT_FOUND, "there is nothing at this "
                                 "URL");
}
