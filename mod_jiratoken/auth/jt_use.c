/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request is, as far as a token's restrictions go. It must not know
 * tokens or answers.
 */
#include "auth/jt_use.h"

#include <apr_tables.h>
#include <string.h>

#include "jt_config.h"

/* Frameworks take the method from these. */
static int is_overridden(const request_rec *r)
{
    return apr_table_get(r->headers_in, "X-HTTP-Method-Override")
           || apr_table_get(r->headers_in, "X-HTTP-Method")
           || apr_table_get(r->headers_in, "X-Method-Override");
}

static int is_among(const char *method, const char *const *methods, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (!strcmp(methods[i], method)) {
            return 1;
        }
    }
    return 0;
}

/* GET implies HEAD (RFC 9110, section 9.3.2). */
static int is_method_reading(const request_rec *r,
                             const apr_array_header_t *methods)
{
    static const char *const preset[] = {
        "GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"
    };
    const char *const *names = methods ? (const char *const *)methods->elts
                                       : preset;
    int count = methods ? methods->nelts
                        : (int)(sizeof(preset) / sizeof(preset[0]));

    return is_among(r->method, names, count)
           || (!strcmp(r->method, "HEAD") && is_among("GET", names, count));
}

/* A subrequest is a GET, whatever the main request is, which it may become:
 * DirectoryIndex. */
static int is_reading(request_rec *r)
{
    const apr_array_header_t *methods = jt_config_dir_read_methods(r);
    const request_rec *each;

    for (each = r; each; each = each->main) {
        if (!is_method_reading(each, methods)) {
            return 0;
        }
    }
    return !is_overridden(r);
}

/* Where nobody has replaced the connection's address (mod_remoteip), its bytes
 * say the same as its text. */
static void set_bytes(const request_rec *r, jt_restriction_use_t *use)
{
    const apr_sockaddr_t *from = r->connection->client_addr;

    if (r->useragent_ip == r->connection->client_ip
        && (from->family == APR_INET || from->family == APR_INET6)) {
        use->bytes = from->ipaddr_ptr;
        use->bytes_size = from->ipaddr_len;
    }
    else {
        use->bytes = NULL;
    }
}

void jt_use_describe(request_rec *r, jt_restriction_use_t *use)
{
    use->address = r->useragent_ip;
    set_bytes(r, use);
    use->is_reading = is_reading(r);
    use->area = jt_config_dir_area(r);
    use->is_own = jt_config_dir_mount(r)
                  && jt_config_dir_handler(r) == JT_CONFIG_API;
}
