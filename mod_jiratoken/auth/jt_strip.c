/* SPDX-License-Identifier: Apache-2.0
 *
 * Forged identity headers beside a token. It must not know tokens.
 */
#include "auth/jt_strip.h"

#include "jt_config.h"
#include "core/jt_header.h"
#include "core/jt_pairs.h"

/* The same for '-' as for '_'. */
static const char *const preset[] = { "OIDC_*", "MELLON_*" };

typedef struct jt_list_t {
    const char *const *patterns;
    int count;
    apr_uint32_t bits; /* of all patterns */
} jt_list_t;

static int is_listed(const apr_table_entry_t *header, const void *context)
{
    const jt_list_t *list = context;
    int i;

    if (!(list->bits & jt_header_bit(header->key))) {
        return 0;
    }
    for (i = 0; i < list->count; i++) {
        if (jt_header_matches(list->patterns[i], header->key)) {
            return 1;
        }
    }
    return 0;
}

/* A subrequest has its own copy of the headers. Where it is a DirectoryIndex,
 * the main request becomes it, and keeps its own headers. */
void jt_strip_headers(request_rec *r)
{
    const apr_array_header_t *strip = jt_config_dir_strip(r);
    jt_list_t list = { preset, (int)(sizeof(preset) / sizeof(preset[0])), 0 };
    int i;

    if (strip) {
        list.patterns = (const char *const *)strip->elts;
        list.count = strip->nelts;
    }
    for (i = 0; i < list.count; i++) {
        list.bits |= jt_header_bits(list.patterns[i]);
    }
    for (; r; r = r->main) {
        jt_pairs_drop(r->headers_in, is_listed, &list);
    }
}
