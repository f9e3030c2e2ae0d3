/* SPDX-License-Identifier: Apache-2.0
 *
 * The responses of the pages: HTML, redirects, and the files that it needs. It
 * must not know tokens or users.
 */
#include "http/jt_send.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <http_log.h>
#include <http_protocol.h>
#include <string.h>

#include "html/jt_web.h"
#include "http/jt_http.h"

APLOG_USE_MODULE(jiratoken);

/* A client that has disconnected is httpd's concern, so errors are ignored. */
static void write_bytes(void *baton, const char *bytes, apr_size_t length)
{
    (void)ap_rwrite(bytes, (int)length, baton);
}

static void render(request_rec *r, const char *file, const jt_html_t *scope)
{
    apr_status_t rendered = jt_html_render(file, scope, write_bytes, r);

    if (rendered != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rendered, r,
                      "page cannot be rendered: file=%s", file);
    }
}

int jt_send_page(request_rec *r, int status, const char *file,
                 const jt_html_t *scope)
{
    jt_http_secure(r);
    jt_http_forbid_compression(r);
    r->status = status;
    ap_set_content_type(r, "text/html; charset=utf-8");
    render(r, file, scope);
    return OK;
}

void jt_send_part(request_rec *r, const char *file, const jt_html_t *scope)
{
    render(r, file, scope);
    (void)ap_rflush(r);
}

/* APR's rings lose a qualifier in a cast, of which clang warns. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
static void append(apr_bucket_brigade *brigade, apr_bucket *bucket)
{
    APR_BRIGADE_INSERT_TAIL(brigade, bucket);
}
#pragma GCC diagnostic pop

int jt_send_break_off(request_rec *r)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *end = apr_brigade_create(r->pool, alloc);

    append(end, ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool,
                                       alloc));
    append(end, apr_bucket_eos_create(alloc));
    r->connection->keepalive = AP_CONN_CLOSE;
    (void)ap_pass_brigade(r->output_filters, end);
    return AP_FILTER_ERROR;
}

int jt_send_see_other(request_rec *r, const char *location)
{
    jt_http_secure(r);
    apr_table_setn(r->headers_out, "Location", location);
    r->status = HTTP_SEE_OTHER;
    ap_set_content_type(r, "text/html; charset=utf-8");
    return OK;
}

static const char *find_type(const char *name)
{
    const char *ending = strrchr(name, '.');

    if (ending && !strcmp(ending, ".css")) {
        return "text/css; charset=utf-8";
    }
    if (ending && !strcmp(ending, ".js")) {
        return "text/javascript; charset=utf-8";
    }
    return ending && !strcmp(ending, ".svg") ? "image/svg+xml" : NULL;
}

int jt_send_is_asset(const char *name)
{
    return find_type(name) && jt_web_find_asset(name);
}

int jt_send_asset(request_rec *r, const char *name)
{
    const jt_web_file_t *file = jt_web_find_asset(name);
    int status;

    jt_http_secure(r);
    apr_table_setn(r->err_headers_out, "Cache-Control",
                   "private, max-age=86400");
    apr_table_setn(r->headers_out, "ETag",
                   apr_psprintf(r->pool, "\"%s\"", file->tag));
    status = ap_meets_conditions(r);
    if (status != OK) {
        return status;
    }
    ap_set_content_type(r, find_type(name));
    ap_set_content_length(r, (apr_off_t)file->length);
    (void)ap_rwrite(file->text, (int)file->length, r);
    return OK;
}
