/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages' routes: who may come in, which page a URL is, what a form
 * changes. Words are jt_view.c's, rules jt_token.c's; the database is reached
 * through jt_dbd.c, and never while a body is read or a page is sent.
 */
#include "jt_pages.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "jt_authn.h"
#include "jt_config.h"
#include "jt_dbd.h"
#include "jt_http.h"
#include "jt_view.h"

APLOG_USE_MODULE(jiratoken);

#define ASSETS "/assets/"

/* How often a creation is tried that loses the race for a slot, or, within
 * these, that finds JiraTokenDatabaseLimit reached: SQLite's writers of several
 * children wait for each other by tenths of a second. */
#define TRIES 20
#define CROWDED_TRIES 5

/* One request for a page. */
typedef struct page_t {
    request_rec *r;
    const char *path;   /* below the mount point: "", "/", "/create".. */
    const jt_token_rules_t *rules;
    jt_view_frame_t frame;
    jt_html_t *scope;
    apr_int64_t id;     /* of /{id}/revoke */
} page_t;

typedef int action_t(page_t *page);

static int send_message(page_t *page, jt_view_message_t which)
{
    int status = jt_view_message(page->scope, which);

    if (which == JT_VIEW_UNAVAILABLE) {
        apr_table_setn(page->r->err_headers_out, "Retry-After",
                       JT_HTTP_RETRY_AFTER);
    }
    return jt_http_send_page(page->r, status, "message", page->scope);
}

/* What each function here that asks the database hands over and gets back. */
typedef struct errand_t {
    page_t *page;
    const jt_token_draft_t *draft;
    const char *digest;
    jt_token_made_t made;
    jt_store_row_t *row;
    apr_array_header_t *rows;
} errand_t;

static apr_status_t fetch_rows(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    errand_t *errand = baton;

    return jt_token_list(store, errand->page->r->user, &errand->rows, pool);
}

static apr_status_t fetch_row(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    errand_t *errand = baton;

    return jt_token_find(store, errand->page->r->user, errand->page->id,
                         &errand->row, pool);
}

static apr_status_t revoke_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    errand_t *errand = baton;

    return jt_token_revoke(store, errand->page->r->user, errand->page->id,
                           &errand->row, pool);
}

static apr_status_t create_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    errand_t *errand = baton;

    return jt_token_create(store, errand->page->rules, errand->draft,
                           errand->digest, errand->page->frame.now,
                           &errand->made, &errand->row, pool);
}

static apr_status_t run(errand_t *errand, jt_dbd_work_t *work)
{
    request_rec *r = errand->page->r;

    return jt_dbd_run(r->server, work, errand, r->pool);
}

static int get_list(page_t *page)
{
    errand_t errand = { 0 };
    jt_http_form_t *query;
    const char *done = "";

    errand.page = page;
    if (run(&errand, fetch_rows) != APR_SUCCESS) {
        return send_message(page, JT_VIEW_UNAVAILABLE);
    }
    if (jt_http_read_query(page->r, &query) == OK) {
        jt_http_get_field(query, "done", &done);
    }
    jt_html_flag(page->scope, "revoked", !strcmp(done, "revoked"));
    jt_view_list(page->scope, errand.rows, page->rules, page->frame.now,
                 page->r->pool);
    return jt_http_send_page(page->r, HTTP_OK, "list", page->scope);
}

/* @return non-zero when both fields came at most once */
static int get_fields(const jt_http_form_t *form, const char **label,
                      const char **expires)
{
    return jt_http_get_field(form, "label", label) == OK
           && jt_http_get_field(form, "expires", expires) == OK;
}

static int get_create(page_t *page)
{
    apr_pool_t *pool = page->r->pool;
    jt_http_form_t *query;
    const char *label;
    const char *expires;
    errand_t errand = { 0 };

    if (jt_http_read_query(page->r, &query) != OK
        || !get_fields(query, &label, &expires)) {
        return send_message(page, JT_VIEW_BAD_REQUEST);
    }
    errand.page = page;
    if (run(&errand, fetch_rows) != APR_SUCCESS) {
        return send_message(page, JT_VIEW_UNAVAILABLE);
    }
    if (!*expires) {
        expires = jt_view_proposed(page->rules, page->frame.now, pool);
    }
    jt_view_create(page->scope, label, expires, NULL, page->rules,
                   page->frame.now, pool);
    if (errand.rows->nelts >= page->rules->max) {
        jt_view_not_made(page->scope, JT_TOKEN_LIMIT, page->rules, pool);
        jt_html_flag(page->scope, "full", 1);
    }
    return jt_http_send_page(page->r, HTTP_OK, "create", page->scope);
}

/* Another creation by the same user took the slot: wait a little, by chance
 * and longer each time, without holding a connection. */
static void back_off(int tries)
{
    unsigned char chance = 0;

    apr_generate_random_bytes(&chance, 1);
    apr_sleep(apr_time_from_msec(1 + chance % (5 * tries)));
}

static apr_status_t create(errand_t *errand)
{
    int tries;

    for (tries = 1; tries <= TRIES; tries++) {
        apr_status_t status = run(errand, create_row);
        int is_crowded = status == APR_TIMEUP && tries < CROWDED_TRIES;

        if (!is_crowded && (status != APR_SUCCESS
                            || errand->made != JT_TOKEN_CONFLICT)) {
            return status;
        }
        back_off(tries);
    }
    return APR_TIMEUP;
}

static int send_shown(errand_t *errand, const char *token)
{
    page_t *page = errand->page;
    request_rec *r = page->r;

    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  "token created: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "user=%s", errand->row->id, errand->digest, r->user);
    jt_view_shown(page->scope, errand->row, token, r->pool);
    jt_view_recipes(page->scope, r->user, token, r->pool);
    return jt_http_send_page(r, HTTP_OK, "shown", page->scope);
}

static int send_not_made(errand_t *errand, const char *label,
                         const char *expires)
{
    page_t *page = errand->page;

    jt_view_create(page->scope, label, expires, NULL, page->rules,
                   page->frame.now, page->r->pool);
    jt_view_not_made(page->scope, errand->made, page->rules, page->r->pool);
    return jt_http_send_page(page->r, HTTP_CONFLICT, "create", page->scope);
}

/* @param token a buffer that the caller wipes */
static int make_token(page_t *page, const jt_token_draft_t *draft,
                      const char *label, const char *expires,
                      char token[JT_SECRET_SIZE])
{
    jt_config_server_t *config = jt_config_server(page->r->server);
    char digest[JT_SECRET_DIGEST_SIZE];
    errand_t errand = { 0 };

    if (jt_secret_make(page->rules->prefix, token) != APR_SUCCESS
        || jt_secret_digest(config->ring, 0, token, digest) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, page->r,
                      "no token can be made: OpenSSL gave no random bytes or "
                      "no digest");
        return send_message(page, JT_VIEW_FAILED);
    }
    errand.page = page;
    errand.draft = draft;
    errand.digest = digest;
    if (create(&errand) != APR_SUCCESS) {
        return send_message(page, JT_VIEW_UNAVAILABLE);
    }
    return errand.made == JT_TOKEN_MADE ? send_shown(&errand, token)
                                        : send_not_made(&errand, label,
                                                        expires);
}

/* @return zero for a body that cannot be taken: *answer has been sent */
static int read_form(page_t *page, jt_http_form_t **form, int *answer)
{
    int status = jt_http_read_form(page->r, form);

    switch (status) {
    case OK:
        return 1;
    case AP_FILTER_ERROR:
        *answer = AP_FILTER_ERROR;
        return 0;
    case HTTP_UNSUPPORTED_MEDIA_TYPE:
        *answer = send_message(page, JT_VIEW_NOT_A_FORM);
        return 0;
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        *answer = send_message(page, JT_VIEW_TOO_LARGE);
        return 0;
    default:
        *answer = send_message(page, JT_VIEW_BAD_REQUEST);
        return 0;
    }
}

static int post_create(page_t *page)
{
    apr_pool_t *pool = page->r->pool;
    char token[JT_SECRET_SIZE];
    jt_token_draft_t draft;
    jt_http_form_t *form;
    const char *label;
    const char *expires;
    int answer;

    if (!read_form(page, &form, &answer)) {
        return answer;
    }
    if (!get_fields(form, &label, &expires)) {
        return send_message(page, JT_VIEW_BAD_REQUEST);
    }
    if (!jt_token_draft(page->rules, page->r->user, label, expires,
                        page->frame.now, &draft, pool)) {
        jt_view_create(page->scope, label, expires, &draft, page->rules,
                       page->frame.now, pool);
        return jt_http_send_page(page->r, HTTP_BAD_REQUEST, "create",
                                 page->scope);
    }
    answer = make_token(page, &draft, label, expires, token);
    jt_secret_wipe(token, sizeof(token));
    return answer;
}

static int get_revoke(page_t *page)
{
    errand_t errand = { 0 };

    errand.page = page;
    if (run(&errand, fetch_row) != APR_SUCCESS) {
        return send_message(page, JT_VIEW_UNAVAILABLE);
    }
    if (!errand.row) {
        return send_message(page, JT_VIEW_NOT_FOUND);
    }
    jt_view_revoke(page->scope, errand.row, page->frame.now, page->r->pool);
    return jt_http_send_page(page->r, HTTP_OK, "revoke", page->scope);
}

static int post_revoke(page_t *page)
{
    errand_t errand = { 0 };
    request_rec *r = page->r;
    jt_http_form_t *form;
    int answer;

    if (!read_form(page, &form, &answer)) {
        return answer;
    }
    errand.page = page;
    if (run(&errand, revoke_row) != APR_SUCCESS) {
        return send_message(page, JT_VIEW_UNAVAILABLE);
    }
    if (!errand.row) {
        return send_message(page, JT_VIEW_NOT_FOUND);
    }
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  "token revoked: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "user=%s", page->id, errand.row->digest, r->user);
    return jt_http_send_see_other(r, apr_pstrcat(r->pool, page->frame.base,
                                                 "?done=revoked", NULL));
}

static int get_connect(page_t *page)
{
    jt_html_set(page->scope, "title", "Connect");
    jt_html_flag(page->scope, "on_connect", 1);
    jt_view_recipes(page->scope, page->r->user, "YOUR_TOKEN", page->r->pool);
    return jt_http_send_page(page->r, HTTP_OK, "connect", page->scope);
}

/* Whether the mount point's {id}/revoke is meant; page->id is then set. */
static int is_revoke(page_t *page)
{
    const char *slash = *page->path ? strchr(page->path + 1, '/') : NULL;
    const char *id;

    if (!slash || strcmp(slash, "/revoke")) {
        return 0;
    }
    id = apr_pstrmemdup(page->r->pool, page->path + 1,
                        (apr_size_t)(slash - page->path - 1));
    return jt_token_parse_id(id, &page->id) == APR_SUCCESS;
}

/* @return zero when there is no such page; post is NULL where nothing can be
 *         changed */
static int find_route(page_t *page, action_t **get, action_t **post)
{
    *post = NULL;
    if (!*page->path || !strcmp(page->path, "/")) {
        *get = get_list;
    }
    else if (!strcmp(page->path, "/create")) {
        *get = get_create;
        *post = post_create;
    }
    else if (!strcmp(page->path, "/connect")) {
        *get = get_connect;
    }
    else if (is_revoke(page)) {
        *get = get_revoke;
        *post = post_revoke;
    }
    else {
        return 0;
    }
    return 1;
}

static int refuse_method(page_t *page, int may_post)
{
    apr_table_setn(page->r->err_headers_out, "Allow",
                   may_post ? "GET, HEAD, POST" : "GET, HEAD");
    return send_message(page, JT_VIEW_METHOD);
}

static int dispatch(page_t *page)
{
    action_t *get;
    action_t *post;

    if (!find_route(page, &get, &post)) {
        return send_message(page, JT_VIEW_NOT_FOUND);
    }
    if (page->r->method_number == M_GET) {
        return get(page);
    }
    if (page->r->method_number != M_POST || !post) {
        return refuse_method(page, post != NULL);
    }
    if (!jt_http_is_same_origin(page->r)) {
        return send_message(page, JT_VIEW_FOREIGN_ORIGIN);
    }
    return post(page);
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
static int admit(page_t *page)
{
    request_rec *r = page->r;

    if (jt_authn_came_by_token(r)) {
        return send_message(page, JT_VIEW_BY_TOKEN);
    }
    if (!r->user || !*r->user || is_error_document(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "token pages without a signed-in user: protect the "
                      "location with AuthType and Require: uri=%s", r->uri);
        return send_message(page, JT_VIEW_NOBODY);
    }
    if (!jt_label_is_user(r->user)) {
        return send_message(page, JT_VIEW_USER_NAME);
    }
    page->frame.user = r->user;
    jt_html_set(page->scope, "user", r->user);
    return dispatch(page);
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

static void open_frame(page_t *page)
{
    request_rec *r = page->r;

    page->frame.base = make_base(r->uri, page->path, r->pool);
    jt_http_address(r, &page->frame.scheme, &page->frame.host);
    page->frame.now = apr_time_sec(r->request_time);
    page->scope = jt_view_make(&page->frame, r->pool);
}

/* Style and script are no secrets, and the words that turn somebody away need
 * them: nobody has to be signed in. */
static int get_asset(page_t *page)
{
    request_rec *r = page->r;
    const char *name = page->path + sizeof(ASSETS) - 1;

    if (jt_authn_came_by_token(r)) {
        return send_message(page, JT_VIEW_BY_TOKEN);
    }
    if (!jt_http_is_asset(name)) {
        return send_message(page, JT_VIEW_NOT_FOUND);
    }
    if (r->method_number != M_GET) {
        return refuse_method(page, 0);
    }
    return jt_http_send_asset(r, name);
}

int jt_pages_handler(request_rec *r)
{
    const jt_config_dir_t *dir;
    page_t page = { 0 };

    if (!r->handler || strcmp(r->handler, "jiratoken")) {
        return DECLINED;
    }
    /* Inside another page, by SSI say, ours would lack their headers. */
    if (r->main) {
        return HTTP_FORBIDDEN;
    }
    dir = jt_config_dir(r);
    page.path = dir->mount ? find_path(dir->mount, r->uri) : NULL;
    if (!page.path) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "the pages have no mount point here: put SetHandler "
                      "jiratoken into <Location \"/path\">: uri=%s", r->uri);
        return HTTP_NOT_FOUND;
    }
    page.r = r;
    page.rules = &jt_config_server(r->server)->rules;
    open_frame(&page);
    return strncmp(page.path, ASSETS, sizeof(ASSETS) - 1) ? admit(&page)
                                                         : get_asset(&page);
}
