/* SPDX-License-Identifier: Apache-2.0
 *
 * Withholds tokens from backends. The header is removed just before the handler
 * runs, as subrequests, DirectoryIndex and <If> sections need it until then. It
 * is restored when the same request is authenticated again, for an
 * ErrorDocument or a subrequest. What was verified is in auth/jt_findings.c; it
 * must not know verdicts.
 */
#include "auth/jt_withhold.h"

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <string.h>

#include "jt_config.h"
#include "auth/jt_accept.h"
#include "auth/jt_findings.h"
#include "core/jt_pairs.h"

/* Credentials without their scheme. */
typedef struct jt_coded_t {
    const char *text;
    apr_size_t length;
} jt_coded_t;

/* Whether a value contains a copy. The two comparisons avoid most searches: a
 * copy is at least as long, and is usually at the end ("Basic ..."). */
static int has_copy(const apr_table_entry_t *entry, const void *context)
{
    const jt_coded_t *coded = context;
    apr_size_t size = strlen(entry->val);

    return size >= coded->length
           && (!memcmp(entry->val + size - coded->length, coded->text,
                       coded->length)
               || strstr(entry->val, coded->text));
}

/* The header itself, and the copies that SetEnvIf, RewriteRule or RequestHeader
 * made, also before an internal redirect. */
static void drop_copies(request_rec *r, const char *header)
{
    const char *text = header + strcspn(header, " \t");
    jt_coded_t coded;

    text += strspn(text, " \t");
    coded.text = *text ? text : header; /* without a scheme */
    coded.length = strlen(coded.text);
    if (!coded.length) {
        return;
    }
    jt_pairs_drop(r->subprocess_env, has_copy, &coded);
    jt_pairs_drop(r->headers_in, has_copy, &coded);
    /* mod_cache stores no answer to an Authorization header (RFC 9111, section
     * 3.5), and does not see this one. */
    if (!apr_table_get(r->subprocess_env, "no-cache")) {
        apr_table_addn(r->subprocess_env, "no-cache", "1");
    }
}

/* The first of the handlers. A token that was not verified is withheld as well,
 * if it was sent to a place where tokens are accepted. */
static int withhold_token(request_rec *r)
{
    const jt_findings_t *findings;
    const char *header;

    /* The pages are no backend, and have to see it to refuse it. */
    if (jt_config_dir_forward(r) || jt_config_dir_mount(r)) {
        return DECLINED;
    }
    findings = jt_findings_find_granted(r);
    if (findings) {
        drop_copies(r, findings->verified);
    }
    header = apr_table_get(r->headers_in, jt_findings_header_name(r));
    if (header
        && (jt_accept_is_meant(r) || jt_findings_has_seen_token(r))
        && jt_findings_is_token(r, header)) {
        drop_copies(r, header);
    }
    return DECLINED;
}

static void restore_header(request_rec *r)
{
    const jt_findings_t *findings = jt_findings_find_granted(r);
    const char *name = jt_findings_header_name(r);

    if (findings && !apr_table_get(r->headers_in, name)) {
        apr_table_setn(r->headers_in, name, findings->verified);
    }
}

/* The post_read_request hook, which runs for internal redirects too. */
static int restore_for_redirect(request_rec *r)
{
    if (r->prev) {
        restore_header(r);
    }
    return DECLINED;
}

/* The create_request hook. A subrequest has its own copy of the headers. */
static int restore_for_subrequest(request_rec *r)
{
    if (r->main) {
        restore_header(r);
    }
    return OK;
}

void jt_withhold_register(void)
{
    ap_hook_create_request(restore_for_subrequest, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(restore_for_redirect, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_handler(withhold_token, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
