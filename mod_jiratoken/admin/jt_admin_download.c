/* SPDX-License-Identifier: Apache-2.0
 *
 * Files for spreadsheets: CSV (RFC 4180), without formulas. It must not know
 * what is in them.
 */
#include "admin/jt_admin_download.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <string.h>

#include "http/jt_http.h"

void jt_admin_download_begin(request_rec *r, const char *name,
                             const char *header)
{
    jt_http_secure(r);
    apr_table_setn(r->headers_out, "Content-Disposition",
                   apr_psprintf(r->pool, "attachment; filename=\"%s\"",
                                name));
    ap_set_content_type(r, "text/csv; charset=utf-8");
    ap_rputs(header, r);
}

/* A spreadsheet takes these for the beginning of a formula, also behind blanks
 * that it passes over. */
static int is_formula(const char *text)
{
    text += strspn(text, " ");
    return *text && strchr("=+-@\t\r\n|%", *text);
}

void jt_admin_download_cell(request_rec *r, const char *text, const char *end)
{
    const char *quote;

    ap_rputs(is_formula(text) ? "\"'" : "\"", r);
    while ((quote = strchr(text, '"'))) {
        (void)ap_rwrite(text, (int)(quote - text + 1), r);
        ap_rputs("\"", r);
        text = quote + 1;
    }
    ap_rputs(text, r);
    ap_rputs("\"", r);
    ap_rputs(end, r);
}
