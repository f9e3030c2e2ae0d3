/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages' routes: who may come in, and which page a URL is. What changes
 * tokens is in jt_create.c and jt_revoke.c; the database is reached through
 * jt_visit.c, and never while a body is read or a page is sent.
 */
#include "pages/jt_pages.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "auth/jt_authn.h"
#include "jt_config.h"
#include "pages/jt_create.h"
#include "pages/jt_revoke.h"
#include "pages/jt_visit.h"

APLOG_USE_MODULE(jiratoken);

#define ASSETS "/assets/"

/* What a list may be asked to say, and the catalogue's text for it. */
static const char *find_said(const char *done)
{
    static const char *const texts[][2] = {
        { "revoked", "revoked-one" },
        { "several", "revoked-several" },
        { "none-expired", "none-expired" },
    };
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!strcmp(done, texts[i][0])) {
            return texts[i][1];
        }
    }
    return NULL;
}

/* A page of ours led here; another site must not make the list say things. */
static int is_from_here(const request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    return !site || !strcmp(site, "same-origin");
}

/* A query that makes no sense is passed over: the list is there to be seen. */
static void read_wishes(const request_rec *r, jt_view_list_t *list)
{
    jt_http_form_t *query;
    const char *value;

    list->key = JT_ORDER_KEYS;
    if (jt_http_read_query(r, &query) != OK) {
        return;
    }
    if (jt_http_get_field(query, "done", &value) == OK && is_from_here(r)) {
        list->said = find_said(value);
    }
    if (jt_http_get_field(query, "sort", &value) == OK) {
        list->key = jt_order_parse(value);
    }
    if (jt_http_get_field(query, "order", &value) == OK) {
        list->descending = !strcmp(value, "desc");
    }
}

static int get_list(jt_visit_t *visit)
{
    jt_view_list_t list = { 0 };
    apr_array_header_t *rows;

    if (jt_visit_list(visit, &rows) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    read_wishes(visit->r, &list);
    if (list.key != JT_ORDER_KEYS) {
        jt_order_sort(rows, list.key, list.descending, visit->frame.now,
                      visit->r->pool);
    }
    list.rows = rows;
    jt_view_list(visit->scope, &list, visit->rules, visit->frame.now,
                 visit->r->pool);
    return jt_visit_send(visit, HTTP_OK, "list");
}

static int get_connect(jt_visit_t *visit)
{
    jt_view_connect(visit->scope);
    jt_view_recipes(visit->scope, visit->r->user, "YOUR_TOKEN",
                    visit->r->pool);
    return jt_visit_send(visit, HTTP_OK, "connect");
}

/* Whether the mount point's {id}/revoke is meant; visit->id is then set. */
static int is_revoke(jt_visit_t *visit)
{
    const char *slash = *visit->path ? strchr(visit->path + 1, '/') : NULL;
    const char *id;

    if (!slash || strcmp(slash, "/revoke")) {
        return 0;
    }
    id = apr_pstrmemdup(visit->r->pool, visit->path + 1,
                        (apr_size_t)(slash - visit->path - 1));
    return jt_token_parse_id(id, &visit->id) == APR_SUCCESS;
}

/* @return zero when there is no such page; post is NULL where nothing can be
 *         changed */
static int find_route(jt_visit_t *visit, jt_visit_action_t **get,
                      jt_visit_action_t **post)
{
    *post = NULL;
    if (!*visit->path || !strcmp(visit->path, "/")) {
        *get = get_list;
    }
    else if (!strcmp(visit->path, "/create")) {
        *get = jt_create_get;
        *post = jt_create_post;
    }
    else if (!strcmp(visit->path, "/revoke")) {
        *get = jt_revoke_get_several;
        *post = jt_revoke_post_several;
    }
    else if (!strcmp(visit->path, "/connect")) {
        *get = get_connect;
    }
    else if (is_revoke(visit)) {
        *get = jt_revoke_get;
        *post = jt_revoke_post;
    }
    else {
        return 0;
    }
    return 1;
}

static int refuse_method(jt_visit_t *visit, int may_post)
{
    apr_table_setn(visit->r->err_headers_out, "Allow",
                   may_post ? "GET, HEAD, POST" : "GET, HEAD");
    return jt_visit_send_message(visit, JT_VIEW_METHOD);
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
    if (!jt_http_is_same_origin(visit->r)) {
        return jt_visit_send_message(visit, JT_VIEW_FOREIGN_ORIGIN);
    }
    return post(visit);
}

/* An ErrorDocument that points here would bring along the name that somebody
 * typed but did not prove: httpd skips authentication for an internal
 * redirect within one section. */
static int is_error_document(const request_rec *r)
{
    while ((r = r->prev ? r->prev : r->main)) {
        if (ap_is_HTTP_ERROR(r->status)) {
            return 1;
        }
    }
    return 0;
}

/* Fails closed: whoever is not known to have signed in with something other
 * than a token stays out. */
static int admit(jt_visit_t *visit)
{
    request_rec *r = visit->r;

    if (jt_authn_came_by_token(r)) {
        return jt_visit_send_message(visit, JT_VIEW_BY_TOKEN);
    }
    if (!r->user || !*r->user || is_error_document(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "token pages without a signed-in user: protect the "
                      "location with AuthType and Require: uri=%s", r->uri);
        return jt_visit_send_message(visit, JT_VIEW_NOBODY);
    }
    if (!jt_label_is_user(r->user)) {
        return jt_visit_send_message(visit, JT_VIEW_USER_NAME);
    }
    visit->frame.user = r->user;
    jt_html_set(visit->scope, "user", r->user);
    return dispatch(visit);
}

/* What follows the mount point; NULL: the URL is not below it. */
static const char *find_path(const char *mount, const char *uri)
{
    apr_size_t length = strlen(mount);

    length -= length && mount[length - 1] == '/';
    return strncmp(uri, mount, length) ? NULL : uri + length;
}

/* A relative reference from this URL to the mount point, ending in '/': from
 * /tokens it is "tokens/", from /tokens/7/revoke "../". */
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

static void open_frame(jt_visit_t *visit, const jt_config_dir_t *dir)
{
    request_rec *r = visit->r;

    visit->frame.base = make_base(r->uri, visit->path, r->pool);
    visit->frame.site = dir->page_title;
    visit->frame.stylesheet = dir->stylesheet;
    visit->frame.home = dir->home_url;
    visit->frame.records_use
        = jt_config_server(r->server)->last_used_interval > 0;
    jt_http_address(r, &visit->frame.scheme, &visit->frame.host);
    visit->frame.now = apr_time_sec(r->request_time);
    visit->scope = jt_view_make(&visit->frame, r->pool);
}

/* Style and script are no secrets, and the words that turn somebody away need
 * them: nobody has to be signed in. */
static int get_asset(jt_visit_t *visit)
{
    request_rec *r = visit->r;
    const char *name = visit->path + sizeof(ASSETS) - 1;

    if (jt_authn_came_by_token(r)) {
        return jt_visit_send_message(visit, JT_VIEW_BY_TOKEN);
    }
    if (!jt_http_is_asset(name)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    if (r->method_number != M_GET) {
        return refuse_method(visit, 0);
    }
    return jt_http_send_asset(r, name);
}

int jt_pages_handler(request_rec *r)
{
    const jt_config_dir_t *dir;
    jt_visit_t visit = { 0 };

    if (!r->handler || strcmp(r->handler, "jiratoken")) {
        return DECLINED;
    }
    /* Inside another page, by SSI say, ours would lack their headers. */
    if (r->main) {
        return HTTP_FORBIDDEN;
    }
    dir = jt_config_dir(r);
    visit.path = dir->mount ? find_path(dir->mount, r->uri) : NULL;
    if (!visit.path) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "the pages have no mount point here: put SetHandler "
                      "jiratoken into <Location \"/path\">: uri=%s", r->uri);
        return HTTP_NOT_FOUND;
    }
    visit.r = r;
    visit.rules = &jt_config_server(r->server)->rules;
    open_frame(&visit, dir);
    return strncmp(visit.path, ASSETS, sizeof(ASSETS) - 1) ? admit(&visit)
                                                         : get_asset(&visit);
}
