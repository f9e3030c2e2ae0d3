/* SPDX-License-Identifier: Apache-2.0
 *
 * The URLs below a mount point are this module's. httpd merges the settings of
 * a <Location> before any module maps the URL to something, so it is known by
 * then. It must not know what is served.
 */
#include "http/jt_mount.h"

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_request.h>
#include <string.h>

#include "jt_config.h"
#include "auth/jt_answer.h"

/* By handler; set once, before any thread. */
static jt_mount_serve_t *const *servers;

/* The note of a request for the pages: its path, as the client sent it. */
#define PATH "jiratoken-path"

/* The translate_name hook, before all others; mod_proxy has mapped some URLs by
 * then. What a forward proxy is asked for is another server's. */
static int note_path(request_rec *r)
{
    if (r->proxyreq != PROXYREQ_PROXY && jt_config_dir_mount(r)) {
        apr_table_setn(r->notes, PATH, apr_pstrdup(r->pool, r->uri));
    }
    return DECLINED;
}

/* The map_to_storage hook, before all others: takes the request back from
 * mod_proxy, and from a RewriteRule that has changed its URL. The directory
 * that belongs to the URL is looked at as ever, for it may ask people to sign
 * in. */
static int take_back(request_rec *r)
{
    const char *path;

    /* Most requests: httpd has set both to one text, and nobody has changed
     * it. */
    if (!r->proxyreq && r->uri == r->parsed_uri.path) {
        return DECLINED;
    }
    path = apr_table_get(r->notes, PATH);
    if (!path) {
        return DECLINED;
    }
    if (r->proxyreq || strcmp(r->uri, path)) {
        r->proxyreq = PROXYREQ_NONE;
        r->uri = apr_pstrdup(r->pool, path);
        r->filename = NULL;
        if (ap_core_translate(r) != OK) {
            return HTTP_FORBIDDEN;
        }
    }
    return DECLINED;
}

/* The type_checker hook, before all others. What is not a file is looked for
 * under other names by mod_negotiation, mod_dir and mod_speling. */
static int set_handler(request_rec *r)
{
    if (!jt_config_dir_mount(r) || !apr_table_get(r->notes, PATH)) {
        return DECLINED;
    }
    r->handler = "jiratoken"; /* whichever it is */
    r->finfo.filetype = APR_REG;
    return OK;
}

/* The handler hook. mod_auth_openidc's own URLs may be below the pages: it ends
 * these requests in its handler. */
static int serve(request_rec *r)
{
    return jt_config_dir_mount(r) ? servers[jt_config_dir_handler(r)](r)
                                  : DECLINED;
}

/* The handler was named by AddHandler or a RewriteRule. */
static int refuse_others(request_rec *r)
{
    static volatile apr_uint32_t logged;

    if (!r->handler || *r->handler != 'j'
        || (strcmp(r->handler, "jiratoken")
            && strcmp(r->handler, "jiratoken-api")
            && strcmp(r->handler, "jiratoken-admin"))) {
        return DECLINED;
    }
    jt_answer_log_misconfigured(r, "the pages have no mount point here: put "
                                "SetHandler jiratoken into <Location "
                                "\"/path\">", &logged);
    return HTTP_NOT_FOUND;
}

void jt_mount_register(jt_mount_serve_t *const serve_each[])
{
    static const char *const before[] = { "mod_auth_openidc.c", NULL };
    static const char *const after[] = { "mod_proxy.c", "mod_rewrite.c", NULL };

    servers = serve_each;
    ap_hook_translate_name(note_path, NULL, after, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(take_back, NULL, after, APR_HOOK_REALLY_FIRST);
    ap_hook_type_checker(set_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(serve, before, after, APR_HOOK_FIRST);
    ap_hook_handler(refuse_others, NULL, NULL, APR_HOOK_MIDDLE);
}
