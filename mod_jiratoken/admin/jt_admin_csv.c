/* SPDX-License-Identifier: Apache-2.0
 *
 * The administrators' list as CSV (RFC 4180), for spreadsheets. It must
 * not know SQL.
 */
#include "admin/jt_admin_csv.h"

#include <apr_strings.h>

#include "admin/jt_admin_download.h"
#include "admin/jt_admin_query.h"
#include "core/jt_date.h"
#include "http/jt_send.h"

#define HEADER "id,user,label,created,expires,last used,from,restrictions," \
    "state\r\n"

static const char *const none[] = { NULL };

/* One that has begun: nothing is said by a status any more. */
typedef struct download_t {
    jt_visit_t *visit;
    int has_begun;
} download_t;

static void write_text(request_rec *r, const char *text, apr_pool_t *pool)
{
    jt_admin_download_cell(r, text ? jt_label_clean(text, pool) : "", ",");
}

static void write_instant(request_rec *r, apr_int64_t instant,
                          apr_pool_t *pool)
{
    jt_admin_download_cell(r, instant == JT_TOKEN_NEVER
                                  ? "" : jt_date_format_rfc3339(instant, pool),
                           ",");
}

static void write_row(const jt_visit_t *visit, const jt_token_t *token,
                      apr_pool_t *pool)
{
    request_rec *r = visit->r;
    const jt_grant_t *grant = &token->grant;

    jt_admin_download_cell(r, apr_off_t_toa(pool, grant->id), ",");
    write_text(r, grant->user, pool);
    write_text(r, grant->label, pool);
    write_instant(r, grant->created_at, pool);
    write_instant(r, grant->expires_at, pool);
    write_instant(r, grant->last_used_at, pool);
    write_text(r, token->last_used_from, pool);
    write_text(r, grant->restrictions, pool);
    jt_admin_download_cell(
        r, jt_token_state_name(jt_token_state(visit->rules, token,
                                              visit->actor.now)), "\r\n");
}

static void begin(download_t *download)
{
    request_rec *r = download->visit->r;

    if (download->has_begun) {
        return;
    }
    download->has_begun = 1;
    jt_admin_download_begin(r, "tokens.csv", HEADER);
}

static int write_rows(void *baton, const apr_array_header_t *tokens)
{
    download_t *download = baton;
    jt_visit_t *visit = download->visit;
    apr_pool_t *pool;
    int i;

    begin(download);
    apr_pool_create(&pool, visit->actor.pool);
    for (i = 0; i < tokens->nelts; i++) {
        write_row(visit, &APR_ARRAY_IDX(tokens, i, jt_token_t), pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return !visit->r->connection->aborted;
}

int jt_admin_csv_tokens(jt_visit_t *visit)
{
    download_t download = { visit, 0 };
    jt_admin_fault_t fault;
    jt_http_form_t *query;
    jt_survey_t survey;

    if (jt_http_read_query(visit->r, &query) != OK
        || !jt_admin_query_parse(query, none, 0, &survey, &fault,
                                 visit->actor.pool)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    if (jt_survey_walk(&visit->actor, &survey, write_rows, &download)
        != APR_SUCCESS) {
        return download.has_begun ? jt_send_break_off(visit->r)
                                  : jt_visit_send_message(visit,
                                                          JT_VIEW_UNAVAILABLE);
    }
    begin(&download); /* of no tokens, too */
    return OK;
}
