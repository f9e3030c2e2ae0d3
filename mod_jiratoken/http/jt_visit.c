/* SPDX-License-Identifier: Apache-2.0
 *
 * What all pages need, the users' and the administrators': the frame, where a
 * change comes from, reading a form, and sending a page, a message or a
 * redirect. It must not know routes.
 */
#include "http/jt_visit.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <string.h>

#include "jt_config.h"
#include "auth/jt_accept.h"
#include "auth/jt_answer.h"
#include "auth/jt_findings.h"
#include "html/jt_view_recipes.h"
#include "http/jt_send.h"

#define ASSETS "/assets/"

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

static int is_negotiated(const request_rec *r)
{
    return !strcmp(jt_config_dir_language(r), JT_CONFIG_AUTO);
}

static const jt_language_t *choose_language(const request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept-Language");

    return is_negotiated(r) ? jt_language_choose(accept)
                            : jt_language_find(jt_config_dir_language(r));
}

static void fill_frame(jt_visit_t *visit)
{
    request_rec *r = visit->r;

    visit->frame.language = choose_language(r);
    visit->frame.base = make_base(r->uri, visit->path, r->pool);
    visit->frame.site = jt_config_dir_page_title(r);
    visit->frame.stylesheet = jt_config_dir_stylesheet(r);
    visit->frame.home = jt_config_dir_home_url(r);
    visit->frame.sign_out = jt_config_dir_sign_out_url(r);
    visit->frame.services = jt_config_dir_services(r);
    visit->frame.records_use
        = jt_config_server(r->server)->last_used_interval > 0;
    jt_http_address(r, &visit->frame.scheme, &visit->frame.host);
    visit->frame.now = visit->actor.now;
    visit->scope = jt_view_make(&visit->frame, r->pool);
}

int jt_visit_begin(jt_visit_t *visit, request_rec *r, int *answer)
{
    /* Inside another page, by SSI for example, our headers would be missing. */
    if (r->main) {
        *answer = HTTP_FORBIDDEN;
        return 0;
    }
    visit->path = jt_http_find_path(jt_config_dir_mount(r), r->uri);
    if (!visit->path) {
        *answer = HTTP_NOT_FOUND;
        return 0;
    }
    visit->r = r;
    visit->actor = jt_findings_actor(r, r->pool);
    visit->rules = &jt_config_server(r->server)->rules;
    fill_frame(visit);
    return 1;
}

int jt_visit_is_asset(const jt_visit_t *visit)
{
    return !strncmp(visit->path, ASSETS, sizeof(ASSETS) - 1);
}

/* httpd does not authenticate again for an internal redirect within one
 * section. An ErrorDocument here would therefore carry a user name that was
 * claimed but not verified. */
int jt_visit_is_error_document(const request_rec *r)
{
    while ((r = r->prev ? r->prev : r->main)) {
        if (ap_is_HTTP_ERROR(r->status)) {
            return 1;
        }
    }
    return 0;
}

/* Our forms send no Referer, or in old browsers that of the page. One from
 * elsewhere on this host is a request that was not made there:
 * OIDCPreservePost sends again what another site has sent, from the redirect
 * URI and as if it were our own. */
static int has_fitting_referer(const jt_visit_t *visit)
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

int jt_visit_is_from_pages(const jt_visit_t *visit)
{
    return jt_http_is_same_origin(visit->r) && has_fitting_referer(visit);
}

/* RFC 9110, sections 8.5 and 12.5.5. Sets anew what AddLanguage or
 * DefaultLanguage say of the URL. */
static void set_language(const jt_visit_t *visit)
{
    request_rec *r = visit->r;

    r->content_languages = apr_array_make(r->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(r->content_languages, const char *)
        = visit->frame.language->tag;
    if (is_negotiated(r)) {
        apr_table_mergen(r->headers_out, "Vary", "Accept-Language");
    }
}

int jt_visit_send(jt_visit_t *visit, int status, const char *file)
{
    set_language(visit);
    return jt_send_page(visit->r, status, file, visit->scope);
}

int jt_visit_send_message(jt_visit_t *visit, jt_view_message_t which)
{
    int status = jt_view_message(visit->scope, which);

    if (status == HTTP_SERVICE_UNAVAILABLE) {
        (void)jt_answer_page_unavailable(visit->r);
    }
    return jt_visit_send(visit, status, "message");
}

int jt_visit_send_shown(jt_visit_t *visit, const char *title,
                        const jt_token_t *token, const char *secret)
{
    apr_pool_t *pool = visit->actor.pool;

    jt_html_set(visit->scope, "title", title);
    jt_view_shown(visit->scope, token, secret, visit->actor.now, pool);
    jt_view_recipes(visit->scope, &visit->frame, secret, pool);
    return jt_visit_send(visit, HTTP_OK, "shown");
}

void jt_visit_go_back_to(jt_visit_t *visit, const char *query)
{
    visit->back = query;
    jt_html_set(visit->scope, "ordered",
                query ? apr_pstrcat(visit->r->pool, "?", query, NULL) : NULL);
}

int jt_visit_send_to_list(jt_visit_t *visit, const char *done)
{
    const char *back = visit->back ? visit->back : "";

    return jt_send_see_other(visit->r,
                             apr_pstrcat(visit->r->pool, visit->frame.base, "?",
                                         back, *back ? "&done=" : "done=",
                                         done, NULL));
}

int jt_visit_read_form(jt_visit_t *visit, jt_http_form_t **form, int *answer)
{
    int status = jt_http_read_form(visit->r, form);

    switch (status) {
    case OK:
        return 1;
    case AP_FILTER_ERROR:
        *answer = AP_FILTER_ERROR;
        return 0;
    case HTTP_UNSUPPORTED_MEDIA_TYPE:
        *answer = jt_visit_send_message(visit, JT_VIEW_NOT_A_FORM);
        return 0;
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        *answer = jt_visit_send_message(visit, JT_VIEW_TOO_LARGE);
        return 0;
    default:
        *answer = jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
        return 0;
    }
}

int jt_visit_refuse_method(jt_visit_t *visit, int may_post)
{
    apr_table_setn(visit->r->err_headers_out, "Allow",
                   may_post ? "GET, HEAD, POST" : "GET, HEAD");
    return jt_visit_send_message(visit, JT_VIEW_METHOD);
}

int jt_visit_send_asset(jt_visit_t *visit)
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
        return jt_visit_refuse_method(visit, 0);
    }
    return jt_send_asset(r, name);
}
