/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps tokens from backends. The header goes as late as can be, just
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

static void drop_from(apr_table_t *table, const char *coded,
                      apr_pool_t *pool)
{
    search_t search;
    int i;

    search.coded = coded;
    search.found = apr_array_make(pool, 2, sizeof(const char *));
    apr_table_do(note_copy, &search, table, NULL);
    for (i = 0; i < search.found->nelts; i++) {
        apr_table_unset(table, APR_ARRAY_IDX(search.found, i, const char *));
    }
}

/* The header itself, and what SetEnvIf, RewriteRule or RequestHeader made of
 * it, also before an internal redirect. */
static void drop_copies(request_rec *r, const char *header)
{
    const char *coded = strchr(header, ' ');

    while (coded && *coded == ' ') {
        coded++;
    }
    if (coded && *coded) {
        drop_from(r->subprocess_env, coded, r->pool);
        drop_from(r->headers_in, coded, r->pool);
    }
}

/* The first of the handlers. A token that was not verified is a token all the
 * same: of somebody who sent it here, where one is accepted. */
static int withhold(request_rec *r)
{
    const jt_config_dir_t *dir = jt_config_dir(r);
    const char *verified = jt_authn_find_verified(r);
    const char *header;

    if (dir->forward > 0) {
        return DECLINED;
    }
    if (verified) {
        drop_copies(r, verified);
    }
    if (dir->accepts > 0 || jt_authn_has_seen_token(r)) {
        header = apr_table_get(r->headers_in, jt_authn_header_name(r));
        if (jt_authn_is_token(r, header)) {
            drop_copies(r, header);
        }
    }
    return DECLINED;
}

static void put_back(request_rec *r)
{
    const char *verified = jt_authn_find_verified(r);
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
