/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer to a refused token, for httpd, the client and the log. It must not
 * know how a token is checked; what each verdict has is in core/jt_verdict.h.
 */
#include "auth/jt_answer.h"

#include <http_log.h>
#include <http_protocol.h>

#include "jt_config.h"
#include "core/jt_secret.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds after which a client should try again. */
#define RETRY_AFTER "5"

/* The user may have swapped name and password: a token must not be logged as a
 * name. */
int jt_answer_is_loggable(request_rec *r, const char *user)
{
    return jt_secret_shape(jt_config_server(r->server)->rules.prefix, user)
           == JT_SECRET_FOREIGN;
}

void jt_answer_log_refusal(request_rec *r, const jt_check_t *check,
                           const char *user)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "token refused: reason=%s digest=%.12s user=%s",
                  jt_verdict_row(check->verdict)->reason,
                  *check->digest ? check->digest : "-",
                  jt_answer_is_loggable(r, user) ? user : "(a token)");
}

int jt_answer_refuse(request_rec *r, const jt_check_t *check,
                     const char *user)
{
    const char *status = jt_verdict_row(check->verdict)->status;

    jt_answer_log_refusal(r, check, user);
    if (status) {
        apr_table_setn(r->err_headers_out, "JiraToken-Status", status);
    }
    ap_note_auth_failure(r);
    return HTTP_UNAUTHORIZED;
}

int jt_answer_unavailable(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER);
    return HTTP_SERVICE_UNAVAILABLE;
}

int jt_answer_page_unavailable(request_rec *r)
{
    jt_shared_count(JT_COUNT_UNAVAILABLE);
    return jt_answer_unavailable(r);
}
