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

#define HEADER "id,user,label,created,expires,last used,from,restrictions," \
    "state\r\n"

static const char *const none[] = { NULL };

static void write_instant(request_rec *r, apr_int64_t instant,
                          apr_pool_t *pool)
{
    jt_admin_download_cell(r, instant == JT_TOKEN_NEVER
                                  ? "" : jt_date_format_rfc3339(instant, pool),
                           ",");
}

static void write_token(const jt_visit_t *visit, const void *row,
                        apr_pool_t *pool)
{
    request_rec *r = visit->r;
    const jt_token_t *token = row;
    const jt_grant_t *grant = &token->grant;

    jt_admin_download_cell(r, apr_off_t_toa(pool, grant->id), ",");
    jt_admin_download_text(r, grant->user, ",", pool);
    jt_admin_download_text(r, grant->label, ",", pool);
    write_instant(r, grant->created_at, pool);
    write_instant(r, grant->expires_at, pool);
    write_instant(r, grant->last_used_at, pool);
    jt_admin_download_text(r, token->last_used_from, ",", pool);
    jt_admin_download_text(r, grant->restrictions, ",", pool);
    jt_admin_download_cell(
        r, jt_token_state_name(jt_token_state(visit->rules, token,
                                              visit->actor.now)), "\r\n");
}

int jt_admin_csv_tokens(jt_visit_t *visit)
{
    jt_admin_download_t download = { visit, "tokens.csv", HEADER, write_token,
                                     0 };
    jt_admin_fault_t fault;
    jt_http_form_t *query;
    jt_survey_t survey;

    if (jt_http_read_query(visit->r, &query) != OK
        || !jt_admin_query_parse(query, none, 0, &survey, &fault,
                                 visit->actor.pool)
        || survey.after) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    return jt_admin_download_end(
        &download, jt_survey_walk(&visit->actor, &survey,
                                  jt_admin_download_rows, &download));
}
