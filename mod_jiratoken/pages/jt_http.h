/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_HTTP_H
#define JT_HTTP_H

#include <httpd.h>

#include "html/jt_html.h"

/* Largest request body, in bytes. */
#define JT_HTTP_BODY_MAX (64 * 1024)

/* Most fields in a form or a query: a user may select every token. */
#define JT_HTTP_FIELDS_MAX 1024

/** A decoded form or query; lives in r->pool. */
typedef struct jt_http_form_t jt_http_form_t;

/** Hook: jt_http_secure() also for httpd's own error answers below a mount
 * point. */
void jt_http_register(void);

/** Set the headers that every answer of ours carries: CSP, no-store, nosniff,
 * no-referrer and the cross-origin ones. */
void jt_http_secure(request_rec *r);

/**
 * This server's address as clients should write it: Host, unless the site has
 * UseCanonicalName. A default port is left out.
 */
void jt_http_address(request_rec *r, const char **scheme, const char **host);

/**
 * The same-origin rule for changes: Sec-Fetch-Site (W3C Fetch Metadata) must
 * be same-origin; where it is absent, Origin (RFC 6454) must name the host
 * and port of Host, whatever its scheme; without both the answer is no.
 * @return non-zero when the request comes from our own pages
 */
int jt_http_is_same_origin(const request_rec *r);

/**
 * Read a body of application/x-www-form-urlencoded, at most JT_HTTP_BODY_MAX
 * bytes, strictly: no bad percent-encoding and no NUL.
 * @return OK, HTTP_UNSUPPORTED_MEDIA_TYPE, HTTP_REQUEST_ENTITY_TOO_LARGE or
 *         HTTP_BAD_REQUEST; AP_FILTER_ERROR when a filter has answered already
 */
int jt_http_read_form(request_rec *r, jt_http_form_t **form);

/** Decode r->args in the same way. @return OK or HTTP_BAD_REQUEST */
int jt_http_read_query(const request_rec *r, jt_http_form_t **form);

/**
 * The value of a field, "" when it is absent.
 * @return OK, or HTTP_BAD_REQUEST when it came more than once: nobody can
 *         tell which one was meant
 */
int jt_http_get_field(const jt_http_form_t *form, const char *name,
                      const char **value);

/** Every value of a field, in their order: const char * elements. */
apr_array_header_t *jt_http_get_fields(const jt_http_form_t *form,
                                       const char *name, apr_pool_t *pool);

/** Answer a page: web/<file>.html with `status`. @return what a handler does */
int jt_http_send_page(request_rec *r, int status, const char *file,
                      const jt_html_t *scope);

/** Answer 303 (RFC 9110, section 15.4.4) to a relative reference. */
int jt_http_send_see_other(request_rec *r, const char *location);

/** Whether web/ has a style, script or picture of this name. */
int jt_http_is_asset(const char *name);

/** Answer one that is there; browsers may cache it. */
int jt_http_send_asset(request_rec *r, const char *name);

#endif
