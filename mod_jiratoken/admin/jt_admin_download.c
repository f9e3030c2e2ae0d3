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
#include "http/jt_send.h"

static void begin(jt_admin_download_t *download)
{
    request_rec *r = download->visit->r;

    if (download->has_begun) {
        return;
    }
    download->has_begun = 1;
    jt_http_secure(r);
    apr_table_setn(r->headers_out, "Content-Disposition",
                   apr_psprintf(r->pool, "attachment; filename=\"%s\"",
                                download->name));
    ap_set_content_type(r, "text/csv; charset=utf-8");
    ap_rputs(download->header, r);
}

int jt_admin_download_rows(void *baton, const apr_array_header_t *rows)
{
    jt_admin_download_t *download = baton;
    jt_visit_t *visit = download->visit;
    apr_pool_t *pool;
    int i;

    begin(download);
    apr_pool_create(&pool, visit->actor.pool);
    for (i = 0; i < rows->nelts; i++) {
        download->write(visit, rows->elts + (apr_size_t)i
                                               * (apr_size_t)rows->elt_size,
                        pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return !visit->r->connection->aborted && !visit->r->header_only;
}

int jt_admin_download_end(jt_admin_download_t *download, apr_status_t status)
{
    if (status == APR_SUCCESS) {
        begin(download);
        return OK;
    }
    return download->has_begun
               ? jt_send_break_off(download->visit->r)
               : jt_visit_send_message(download->visit, JT_VIEW_UNAVAILABLE);
}

/* A spreadsheet takes these for the beginning of a formula, also behind blanks
 * that it passes over; East Asian editions take the wide forms of = + - @ for
 * the others. */
static int is_formula(const char *text)
{
    static const char *const wide[] = {
        "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"
    };
    apr_size_t i;

    text += strspn(text, " ");
    for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        if (!strncmp(text, wide[i], 3)) {
            return 1;
        }
    }
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

void jt_admin_download_text(request_rec *r, const char *text, const char *end,
                            apr_pool_t *pool)
{
    jt_admin_download_cell(r, text ? jt_label_clean(text, pool) : "", end);
}
