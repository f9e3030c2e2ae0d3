/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps tokens from backends. The header goes as late as can be, just
 * before the handler runs: until then subrequests, DirectoryIndex and <If>
 * sections may ask for it. When the same request is authenticated once more,
 * for an ErrorDocument or a subrequest, it comes back. Asks jt_findings.c
 * what was verified; knows no verdict itself.
 */
#include "auth/jt_withhold.h"

#include <apr_tables.h>
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <string.h>

#include "jt_config.h"
#include "auth/jt_findings.h"

/* Anywhere within. Two comparisons spare most values the search: a copy is no
 * shorter than what it copies, and mostly ends with it ("Basic ..."). */
static int holds(const char *value, const char *coded, apr_size_t length)
{
    apr_size_t size = strlen(value);

    return size >= length
           && (!memcmp(value + size - length, coded, length)
               || strstr(value, coded));
}

/* From the end on: a variable goes with all others of its name, and those not
 * yet looked at then stand where they stood, or before. */
static void drop_from(apr_table_t *table, const char *coded)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    apr_size_t length = strlen(coded);
    int i;

    for (i = entries->nelts; i-- > 0;) {
        const apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        if (holds(entry->val, coded, length)) {
            apr_table_unset(table, entry->key);
            i = i < entries->nelts ? i : entries->nelts;
        }
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
        drop_from(r->subprocess_env, coded);
        drop_from(r->headers_in, coded);
    }
}

/* The first of the handlers. A token that was not verified is a token all the
 * same: of somebody who sent it here, where one is accepted. */
static int withhold(request_rec *r)
{
    const jt_findings_t *known;
    const char *header;

    if (jt_config_dir_forward(r)) {
        return DECLINED;
    }
    known = jt_findings_find_granted(r);
    if (known) {
        drop_copies(r, known->verified);
    }
    header = apr_table_get(r->headers_in, jt_findings_header_name(r));
    if (header
        && (jt_config_dir_accepts(r) || jt_findings_has_seen_token(r))
        && jt_findings_is_token(r, header)) {
        drop_copies(r, header);
    }
    return DECLINED;
}

static void put_back(request_rec *r)
{
    const jt_findings_t *known = jt_findings_find_granted(r);
    const char *name = jt_findings_header_name(r);

    if (known && !apr_table_get(r->headers_in, name)) {
        apr_table_setn(r->headers_in, name, known->verified);
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
