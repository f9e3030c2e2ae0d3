/* SPDX-License-Identifier: Apache-2.0
 *
 * Forged identity headers beside a token. It must not know tokens.
 */
#include "auth/jt_strip.h"

#include <apr_tables.h>

#include "jt_config.h"
#include "core/jt_header.h"

static const char *const preset[] = {
    "OIDC_*", "OIDC-*", "MELLON_*", "MELLON-*"
};

static int is_listed(const char *name, const char *const *patterns,
                     int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (jt_header_matches(patterns[i], name)) {
            return 1;
        }
    }
    return 0;
}

/* From the end: unsetting a header removes all others of its name, and the
 * entries before keep their place or move to the front. */
void jt_strip_headers(request_rec *r)
{
    const apr_array_header_t *strip = jt_config_dir_strip(r);
    const char *const *patterns = strip ? (const char *const *)strip->elts
                                        : preset;
    int count = strip ? strip->nelts : (int)(sizeof(preset)
                                             / sizeof(preset[0]));
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    int i;

    for (i = headers->nelts; i-- > 0;) {
        const char *name = APR_ARRAY_IDX(headers, i, apr_table_entry_t).key;

        if (is_listed(name, patterns, count)) {
            apr_table_unset(r->headers_in, name);
            i = i < headers->nelts ? i : headers->nelts;
        }
    }
}
