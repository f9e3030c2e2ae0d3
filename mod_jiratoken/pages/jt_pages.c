/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes of the pages: who is admitted, and which page a URL names. Each
 * page is a file, pages/jt_page_*.c. It must not know what a page shows or
 * changes.
 */
#include "pages/jt_pages.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>

#include "jt_config.h"
#include "auth/jt_accept.h"
#include "auth/jt_answer.h"
#include "auth/jt_findings.h"
#include "auth/jt_person.h"
#include "core/jt_label.h"
#include "pages/jt_page_connect.h"
#include "pages/jt_page_create.h"
#include "pages/jt_page_list.h"
#include "pages/jt_page_rename.h"
#include "pages/jt_page_revoke.h"
#include "pages/jt_page_rotate.h"
#include "pages/jt_send.h"
#include "pages/jt_visit.h"

#define ASSETS "/assets/"

/* The routes of one token: /{id}/name. */
static const struct {
    const char *name;
    jt_visit_action_t *get;
    jt_visit_action_t *post;
} of_token[] = {
    { "/revoke", jt_page_revoke_show, jt_page_revoke_submit },
    { "/rotate", jt_page_rotate_show, jt_page_rotate_submit },
    { "/rename", jt_page_rename_show, jt_page_rename_submit }
};

/* Sets visit->id. @return zero when there is no such route */
static int find_route_of_token(jt_visit_t *visit, jt_visit_action_t **get,
                               jt_visit_action_t **post)
{
    const char *slash = *visit->path ? strchr(visit->path + 1, '/') : NULL;
    const char *id;
    apr_size_t i;

    for (i = 0; slash && i < sizeof(of_token) / sizeof(of_token[0]); i++) {
        if (!strcmp(slash, of_token[i].name)) {
            *get = of_token[i].get;
            *post = of_token[i].post;
            id = apr_pstrmemdup(visit->r->pool, visit->path + 1,
                                (apr_size_t)(slash - visit->path - 1));
            return jt_token_parse_id(id, &visit->id) == APR_SUCCESS;
        }
    }
    return 0;
}

/* @param post set to NULL for a page without changes
 * @return zero when there is no such page */
static int find_route(jt_visit_t *visit, jt_visit_action_t **get,
                      jt_visit_action_t **post)
{
    *post = NULL;
    if (!*visit->path || !strcmp(visit->path, "/")) {
        *get = jt_page_list_show;
    }
    else if (!strcmp(visit->path, "/create")) {
        *get = jt_page_create_show;
        *post = jt_page_create_submit;
    }
    else if (!strcmp(visit->path, "/revoke")) {
        *get = jt_page_revoke_several_show;
        *post = jt_page_revoke_several_submit;
    }
    else if (!strcmp(visit->path, "/connect")) {
        *get = jt_page_connect_show;
    }
    else {
        return find_route_of_token(visit, get, post);
    }
    return 1;
}

static int refuse_method(jt_visit_t *visit, int may_post)
{
    apr_table_setn(visit->r->err_headers_out, "Allow",
                   may_post ? "GET, HEAD, POST" : "GET, HEAD");
    return jt_visit_send_message(visit, JT_VIEW_METHOD);
}

/* Our forms send no Referer, or in old browsers that of the page. One from
 * elsewhere on this host is a request that was not made there:
 * OIDCPreservePost sends again what another site has sent, from the redirect
 * URI and as if it were our own. */
static int is_from_pages(const jt_visit_t *visit)
{
    request_rec *r = visit->r;
    const char *referer = apr_table_get(r->headers_in, "Referer");
    apr_uri_t page;

    if (!referer) {
        return 1;
    }
    return apr_uri_parse(r->pool, referer, &page) == APR_SUCCESS && page.path
           && jt_config_is_below(page.path, jt_config_dir_mount(r))
           && !jt_accept_is_callback(r, page.path);
}

static int dispatch(jt_visit_t *visit)
{
    jt_visit_action_t *get;
    jt_visit_action_t *post;

    if (!find_route(visit, &get, &post)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    if (visit->r->method_number == M_GET) {
        return get(visit);
    }
    if (visit->r->method_number != M_POST || !post) {
        return refuse_method(visit, post != NULL);
    }
    if (!jt_http_is_same_origin(visit->r) || !is_from_pages(visit)) {
        return jt_visit_send_message(visit, JT_VIEW_FOREIGN_ORIGIN);
    }
    return post(visit);
}

/* httpd does not authenticate again for an internal redirect within one
 * section. An ErrorDocument here would therefore carry a user name that was
 * claimed but not verified. */
static int is_error_document(const request_rec *r)
{
    while ((r = r->prev ? r->prev : r->main)) {
        if (ap_is_HTTP_ERROR(r->status)) {
            return 1;
        }
    }
    return 0;
}

/* Fails closed: only a user who is known to have signed in without a token is
 * admitted. */
static int admit_user(jt_visit_t *visit)
{
    static volatile apr_uint32_t logged;
    request_rec *r = visit->r;
    const char *name = NULL;

    if (jt_findings_came_by_token(r)) {
        return jt_visit_send_message(visit, JT_VIEW_BY_TOKEN);
    }
    if (!r->user || !*r->user || is_error_document(r)) {
        jt_answer_log_misconfigured(r, "token pages without a signed-in user: "
                                    "protect the location with AuthType and "
                                    "Require", &logged);
        return jt_visit_send_message(visit, JT_VIEW_NOBODY);
    }
    switch (jt_person_find(r, &name)) {
    case JT_PERSON_NAMELESS:
        return jt_visit_send_message(visit, JT_VIEW_NAMELESS);
    case JT_PERSON_UNFIT:
        jt_html_set(visit->scope, "name", jt_label_clean(name, r->pool));
        return jt_visit_send_message(visit, JT_VIEW_USER_NAME);
    case JT_PERSON_FINE:
        break;
    }
    /* Any script on this host could read a new token's only page. */
    if (!jt_http_is_navigation(r)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_OPENED);
    }
    visit->frame.user = name;
    visit->actor.user = name;
    jt_html_set(visit->scope, "user", name);
    return dispatch(visit);
}

/* A relative reference from this URL to the mount point, with a final '/':
 * "tokens/" from /tokens, "../" from /tokens/7/revoke. */
static const char *make_base(const char *uri, const char *path,
                             apr_pool_t *pool)
{
    const char *base = "./";
    const char *slash;

    if (!*path) {
        const char *last = strrchr(uri, '/');

        return apr_pstrcat(pool, "./", ap_escape_path_segment(pool, last + 1),
                           "/", NULL);
    }
    slash = strchr(path + 1, '/');
    if (slash) {
        base = "../";
        while ((slash = strchr(slash + 1, '/'))) {
            base = apr_pstrcat(pool, base, "../", NULL);
        }
    }
    return base;
}

static void fill_frame(jt_visit_t *visit)
{
    request_rec *r = visit->r;

    visit->frame.base = make_base(r->uri, visit->path, r->pool);
    visit->frame.site = jt_config_dir_page_title(r);
    visit->frame.stylesheet = jt_config_dir_stylesheet(r);
    visit->frame.home = jt_config_dir_home_url(r);
    visit->frame.records_use
        = jt_config_server(r->server)->last_used_interval > 0;
    jt_http_address(r, &visit->frame.scheme, &visit->frame.host);
    visit->frame.now = visit->actor.now;
    visit->scope = jt_view_make(&visit->frame, r->pool);
}

/* Assets are public: pages for clients that are refused need them too. */
static int send_asset(jt_visit_t *visit)
{
    request_rec *r = visit->r;
    const char *name = visit->path + sizeof(ASSETS) - 1;

    if (jt_findings_came_by_token(r)) {
        return jt_visit_send_message(visit, JT_VIEW_BY_TOKEN);
    }
    if (!jt_send_is_asset(name)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    if (r->method_number != M_GET) {
        return refuse_method(visit, 0);
    }
    return jt_send_asset(r, name);
}

int jt_pages_serve(request_rec *r)
{
    jt_visit_t visit = { 0 };

    /* Inside another page, by SSI for example, our headers would be missing. */
    if (r->main) {
        return HTTP_FORBIDDEN;
    }
    visit.path = jt_http_find_path(jt_config_dir_mount(r), r->uri);
    if (!visit.path) {
        return HTTP_NOT_FOUND;
    }
    visit.r = r;
    visit.actor = jt_findings_actor(r, r->pool);
    visit.rules = &jt_config_server(r->server)->rules;
    fill_frame(&visit);
    return strncmp(visit.path, ASSETS, sizeof(ASSETS) - 1) ? admit_user(&visit)
                                                         : send_asset(&visit);
}
