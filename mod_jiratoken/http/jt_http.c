/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP for our own URLs: strict parsing of requests, and the headers and bodies
 * of responses. It must not know tokens or users.
 */
#include "http/jt_http.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "jt_config.h"
#include "core/jt_secret.h"

APLOG_USE_MODULE(jiratoken);

#define FORM_TYPE "application/x-www-form-urlencoded"

struct jt_http_form_t {
    apr_array_header_t *fields;
};

/* Pages relax the referrer policy to same-origin with a meta element. Under
 * no-referrer a browser sends "Origin: null" with a form, and on plain HTTP it
 * sends no Sec-Fetch-Site beside it (Fetch, "append a request Origin
 * header"). */
void jt_http_secure(request_rec *r)
{
    static const char *const headers[][2] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; "
          "img-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'" },
        { "Cache-Control", "no-store" },
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
    };
    apr_size_t i;

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        apr_table_setn(r->err_headers_out, headers[i][0], headers[i][1]);
    }
}

/* For errors that httpd or a sign-in module answers below our mount point. A
 * page that the site names by ErrorDocument, such as a login form, is not
 * affected and keeps its own policy. */
static void secure_error(request_rec *r)
{
    if (jt_config_dir_mount(r)
        && !apr_table_get(r->err_headers_out, "Content-Security-Policy")) {
        jt_http_secure(r);
    }
}

void jt_http_register(void)
{
    ap_hook_insert_error_filter(secure_error, NULL, NULL, APR_HOOK_MIDDLE);
}

/* Compares an origin's host and port with Host. Default ports are ignored. */
static int is_host(const char *origin, const char *host)
{
    const char *port = NULL;
    apr_size_t length;

    if (!ap_cstr_casecmpn(origin, "https://", 8)) {
        origin += 8;
        port = ":443";
    }
    else if (!ap_cstr_casecmpn(origin, "http://", 7)) {
        origin += 7;
        port = ":80";
    }
    if (!port || !*origin) {
        return 0;
    }
    if (!ap_cstr_casecmp(origin, host)) {
        return 1;
    }
    length = strlen(origin);
    return !ap_cstr_casecmpn(origin, host, length)
           && !strcmp(host + length, port);
}

int jt_http_is_same_origin(const request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *host = apr_table_get(r->headers_in, "Host");

    if (site) {
        return !strcmp(site, "same-origin");
    }
    return origin && host && is_host(origin, host);
}

static int is_absent_or(const request_rec *r, const char *name,
                        const char *value)
{
    const char *sent = apr_table_get(r->headers_in, name);

    return !sent || !strcmp(sent, value);
}

int jt_http_is_navigation(const request_rec *r)
{
    return is_absent_or(r, "Sec-Fetch-Mode", "navigate")
           && is_absent_or(r, "Sec-Fetch-Dest", "document");
}

static int is_canonical(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(
        r->per_dir_config);

    return core->use_canonical_name == USE_CANONICAL_NAME_ON
           || core->use_canonical_name == USE_CANONICAL_NAME_DNS;
}

static const char *cut_port(const char *host, const char *port,
                            apr_pool_t *pool)
{
    apr_size_t length = strlen(host);
    apr_size_t tail = strlen(port);

    if (length > tail && !strcmp(host + length - tail, port)) {
        return apr_pstrmemdup(pool, host, length - tail);
    }
    return host;
}

void jt_http_address(request_rec *r, const char **scheme, const char **host)
{
    const char *sent = apr_table_get(r->headers_in, "Host");

    *scheme = ap_http_scheme(r);
    if (!sent || !*sent || is_canonical(r)) {
        const char *url = ap_construct_url(r->pool, "", r);

        *host = strstr(url, "://") + 3;
    }
    else {
        *host = cut_port(sent, strcmp(*scheme, "https") ? ":80" : ":443",
                         r->pool);
    }
}

int jt_http_has_type(const request_rec *r, const char *expected)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    apr_size_t length = strlen(expected);

    return type && !ap_cstr_casecmpn(type, expected, length)
           && (!type[length] || strchr("; \t", type[length]));
}

/* The cast that drops a qualifier is in APR's macro. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
static int is_empty(const apr_bucket_brigade *brigade)
{
    return APR_BRIGADE_EMPTY(brigade);
}
#pragma GCC diagnostic pop

/* Appends the bytes of a brigade. @return zero when they do not fit */
static int append_brigade(apr_bucket_brigade *from, char *body, apr_size_t size,
                          apr_size_t *length)
{
    apr_off_t more = 0;
    apr_size_t room = size - *length;

    if (apr_brigade_length(from, 1, &more) != APR_SUCCESS
        || more > (apr_off_t)room
        || apr_brigade_flatten(from, body + *length, &room) != APR_SUCCESS) {
        return 0;
    }
    *length += room;
    return 1;
}

/* httpd's filters handle Content-Length, chunks and LimitRequestBody. */
static int read_body(request_rec *r, char *body, apr_size_t size,
                     apr_size_t *length)
{
    apr_bucket_brigade *part = apr_brigade_create(
        r->pool, r->connection->bucket_alloc);
    int ended = 0;

    *length = 0;
    while (!ended) {
        apr_status_t status = ap_get_brigade(r->input_filters, part,
                                             AP_MODE_READBYTES,
                                             APR_BLOCK_READ, HUGE_STRING_LEN);

        if (status != APR_SUCCESS) {
            return ap_map_http_request_error(status, HTTP_BAD_REQUEST);
        }
        if (is_empty(part)) {
            return HTTP_BAD_REQUEST;
        }
        ended = APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(part));
        if (!append_brigade(part, body, size, length)) {
            return HTTP_REQUEST_ENTITY_TOO_LARGE;
        }
        apr_brigade_cleanup(part);
    }
    return OK;
}

/* Splits at &, then at =, and decodes last (RFC 1866, section 8.2.1). */
static int parse_fields(char *text, jt_http_form_t *form)
{
    char *state;
    char *pair = apr_strtok(text, "&", &state);

    for (; pair; pair = apr_strtok(NULL, "&", &state)) {
        char *value = strchr(pair, '=');
        jt_http_field_t *field;

        if (form->fields->nelts == JT_HTTP_FIELDS_MAX) {
            return HTTP_BAD_REQUEST;
        }
        value = value ? value : pair + strlen(pair);
        if (*value) {
            *value++ = '\0';
        }
        if (ap_unescape_urlencoded(pair) != OK
            || ap_unescape_urlencoded(value) != OK) {
            return HTTP_BAD_REQUEST;
        }
        field = apr_array_push(form->fields);
        field->name = pair;
        field->value = value;
    }
    return OK;
}

static jt_http_form_t *make_form(apr_pool_t *pool)
{
    jt_http_form_t *form = apr_palloc(pool, sizeof(*form));

    form->fields = apr_array_make(pool, 8, sizeof(jt_http_field_t));
    return form;
}

int jt_http_read_body(request_rec *r, char **body, apr_size_t *length)
{
    int status;

    *body = apr_palloc(r->pool, JT_HTTP_BODY_MAX + 1);
    status = read_body(r, *body, JT_HTTP_BODY_MAX, length);
    if (status != OK) {
        jt_secret_wipe(*body, JT_HTTP_BODY_MAX); /* it may have tokens */
        r->connection->keepalive = AP_CONN_CLOSE;
        return status;
    }
    (*body)[*length] = '\0';
    return OK;
}

int jt_http_read_form(request_rec *r, jt_http_form_t **form)
{
    apr_size_t length;
    char *body;
    int status;

    *form = make_form(r->pool);
    if (!jt_http_has_type(r, FORM_TYPE)) {
        return HTTP_UNSUPPORTED_MEDIA_TYPE;
    }
    status = jt_http_read_body(r, &body, &length);
    if (status != OK) {
        return status;
    }
    if (strlen(body) != length) {
        return HTTP_BAD_REQUEST;
    }
    return parse_fields(body, *form);
}

int jt_http_read_query(const request_rec *r, jt_http_form_t **form)
{
    *form = make_form(r->pool);
    return r->args ? parse_fields(apr_pstrdup(r->pool, r->args), *form) : OK;
}

const apr_array_header_t *jt_http_list_fields(const jt_http_form_t *form)
{
    return form->fields;
}

int jt_http_get_field(const jt_http_form_t *form, const char *name,
                      const char **value)
{
    int found = 0;
    int i;

    *value = "";
    for (i = 0; i < form->fields->nelts; i++) {
        const jt_http_field_t *field = &APR_ARRAY_IDX(form->fields, i,
                                                      jt_http_field_t);

        if (!strcmp(field->name, name)) {
            *value = field->value;
            found++;
        }
    }
    return found > 1 ? HTTP_BAD_REQUEST : OK;
}

apr_array_header_t *jt_http_get_fields(const jt_http_form_t *form,
                                       const char *name, apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 8, sizeof(char *));
    int i;

    for (i = 0; i < form->fields->nelts; i++) {
        const jt_http_field_t *field = &APR_ARRAY_IDX(form->fields, i,
                                                      jt_http_field_t);

        if (!strcmp(field->name, name)) {
            APR_ARRAY_PUSH(values, const char *) = field->value;
        }
    }
    return values;
}

/* mod_deflate and mod_brotli look at these variables. */
void jt_http_forbid_compression(request_rec *r)
{
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
}

const char *jt_http_find_path(const char *mount, const char *uri)
{
    apr_size_t length = strlen(mount);

    length -= length && mount[length - 1] == '/';
    return strncmp(uri, mount, length) ? NULL : uri + length;
}
