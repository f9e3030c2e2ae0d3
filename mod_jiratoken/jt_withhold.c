/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps verified tokens from backends. The header goes as late as can be, just
 * before the handler runs: until then subrequests, DirectoryIndex and <If>
 * sections may ask for it. When the same request is authenticated once more,
 * for an ErrorDocument or a subrequest, it comes back. Asks jt_authn.c what
 * was verified; knows no verdict itself.
 */
#include "jt_withhold.h"

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#include "jt_authn.h"
#include "jt_basic.h"
#include "jt_config.h"

typedef struct search_t {
    const char *coded;           /* what may stand in no variable */
    apr_array_header_t *found;   /* names of those in which it does */
} search_t;

static int note_copy(void *data, const char *name, const char *value)
{
    search_t *search = data;

    if (strstr(value, search->coded)) {
        APR_ARRAY_PUSH(search->found, const char *) = name;
    }
    return 1;
}

/* SetEnvIf or RewriteRule may have copied the header for a script, also
 * before an internal redirect. */
static void drop_copies(request_rec *r, const char *header)
{
    search_t search;
    int i;

    search.coded = jt_basic_after_scheme(header, "Basic");
    search.found = apr_array_make(r->pool, 2, sizeof(const char *));
    apr_table_do(note_copy, &search, r->subprocess_env, NULL);
    for (i = 0; i < search.found->nelts; i++) {
        apr_table_unset(r->subprocess_env,
                        APR_ARRAY_IDX(search.found, i, const char *));
    }
}

/* The first of the handlers. AuthBasicFake may have put another header into
 * the place by now: that one is meant for the backend. */
static int withhold(request_rec *r)
{
    const char *verified = jt_authn_verified(r);
    const char *name = jt_authn_header_name(r);
    const char *header;

    if (!verified || jt_config_dir(r)->forward > 0) {
        return DECLINED;
    }
    drop_copies(r, verified);
    header = apr_table_get(r->headers_in, name);
    if (header && !strcmp(header, verified)) {
        apr_table_unset(r->headers_in, name);
    }
    return DECLINED;
}

static void put_back(request_rec *r)
{
    const char *verified = jt_authn_verified(r);
    const char *name = jt_authn_header_name(r);

    if (verified && !apr_table_get(r->headers_in, name)) {
        apr_table_setn(r->headers_in, name, verified);
    }
}

/* The post_read_request hook: httpd runs it for internal redirects too. */
static int reopen_redirect(request_rec *r)
{
    if (r->prev) {
        put_back(r);
    }
    return DECLINED;
}

/* The create_request hook: a subrequest's headers are a copy of their own. */
static int reopen_subrequest(request_rec *r)
{
    if (r->main) {
        put_back(r);
    }
    return OK;
}

void jt_withhold_register(void)
{
    ap_hook_create_request(reopen_subrequest, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(reopen_redirect, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_handler(withhold, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
