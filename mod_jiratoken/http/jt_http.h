/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_HTTP_H
#define JT_HTTP_H

#include <httpd.h>

/* The largest request body, in bytes. */
#define JT_HTTP_BODY_MAX (64 * 1024)

/* The most fields in a form or query: a user may select every token. */
#define JT_HTTP_FIELDS_MAX 1024

/** A parsed form or query. Lives in r->pool. */
typedef struct jt_http_form_t jt_http_form_t;

/** A field of one, decoded. */
typedef struct jt_http_field_t {
    const char *name;
    const char *value;
} jt_http_field_t;

/** Register the hook that adds jt_http_secure()'s headers to httpd's own error
 * responses below a mount point. */
void jt_http_register(void);

/** Set the headers of all our responses: CSP, no-store, nosniff, no-referrer
 * and the cross-origin ones. */
void jt_http_secure(request_rec *r);

/**
 * This server's address as clients see it: Host, unless UseCanonicalName
 * applies. Omits a default port.
 * @param scheme set, never NULL
 * @param host set, never NULL; from r->pool or a header
 */
void jt_http_address(request_rec *r, const char **scheme, const char **host);

/**
 * The same-origin check for changes (CSRF): Sec-Fetch-Site (W3C Fetch Metadata)
 * must be same-origin. Without it, Origin (RFC 6454) must name the host and
 * port of Host, with any scheme. Without both the check fails.
 * @return non-zero when the request comes from our own pages
 */
int jt_http_is_same_origin(const request_rec *r);

/**
 * Whether somebody opened a page, and no script or frame fetched it: where
 * Sec-Fetch-Mode and Sec-Fetch-Dest (W3C Fetch Metadata) are sent, they must be
 * navigate and document. No browser lets a script set them.
 */
int jt_http_is_navigation(const request_rec *r);

/** The path of a URL below a mount point: "", "/" or "/x". NULL: it is not
 * below. */
const char *jt_http_find_path(const char *mount, const char *uri);

/** Whether the body has this media type, with any parameters. */
int jt_http_has_type(const request_rec *r, const char *expected);

/**
 * Read a body of at most JT_HTTP_BODY_MAX bytes. Blocks on the client.
 * @param body set, with a NUL behind it; from r->pool
 * @return OK, HTTP_REQUEST_ENTITY_TOO_LARGE or HTTP_BAD_REQUEST;
 *         AP_FILTER_ERROR when a filter has responded already
 */
int jt_http_read_body(request_rec *r, char **body, apr_size_t *length);

/**
 * Read and parse a body of application/x-www-form-urlencoded, of at most
 * JT_HTTP_BODY_MAX bytes. Strict: no invalid percent-encoding, no NUL. Blocks
 * on the client.
 * @return OK, HTTP_UNSUPPORTED_MEDIA_TYPE, HTTP_REQUEST_ENTITY_TOO_LARGE or
 *         HTTP_BAD_REQUEST; AP_FILTER_ERROR when a filter has responded already
 */
int jt_http_read_form(request_rec *r, jt_http_form_t **form);

/** Parse r->args in the same way. @return OK or HTTP_BAD_REQUEST */
int jt_http_read_query(const request_rec *r, jt_http_form_t **form);

/** All fields with a value, in order: jt_http_field_t elements. */
const apr_array_header_t *jt_http_list_fields(const jt_http_form_t *form);

/**
 * Get the value of a field.
 * @param value set to "" when the field is absent
 * @return OK, or HTTP_BAD_REQUEST when the field is repeated
 */
int jt_http_get_field(const jt_http_form_t *form, const char *name,
                      const char **value);

/** Get all values of a field, in order: const char * elements. */
apr_array_header_t *jt_http_get_fields(const jt_http_form_t *form,
                                       const char *name, apr_pool_t *pool);

/** Keep httpd's filters from compressing the response: where a secret stands
 * beside text that somebody else chose, its length would tell how much of that
 * is in the secret (BREACH). */
void jt_http_forbid_compression(request_rec *r);

#endif
