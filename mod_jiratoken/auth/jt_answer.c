/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer to a refused token, for httpd, the client and the log. It must not
 * know how a token is checked; what each verdict has is in core/jt_verdict.h.
 */
#include "auth/jt_answer.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>
#include <string.h>

#include "jt_config.h"
#include "auth/jt_challenge.h"
#include "auth/jt_findings.h"
#include "core/jt_date.h"
#include "state/jt_log.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds after which a client should try again. */
#define RETRY_AFTER "5"

/* A filter, and the note of a request whose body is a text of ours. */
#define PLAIN "JIRATOKEN_PLAIN"
#define EXPLAINED "jiratoken-explained"

void jt_answer_log_refusal(request_rec *r, const jt_check_t *check,
                           const char *user)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "token refused: reason=%s digest=%.12s user=%s",
                  jt_verdict_row(check->verdict)->reason,
                  *check->digest ? check->digest : "-",
                  user ? user : "(a token)");
}

static const char *list_areas(request_rec *r, const jt_grant_t *grant)
{
    jt_restriction_t limits;

    return jt_restriction_parse(grant->restrictions, &limits)
               ? apr_pstrmemdup(r->pool, limits.areas.text,
                                limits.areas.length)
               : "";
}

/* What only the holder of the secret is told. @return NULL: nothing */
static const char *get_explanation(request_rec *r, const jt_check_t *check)
{
    switch (check->verdict) {
    case JT_VERDICT_EXPIRED:
        return apr_psprintf(r->pool, "This access token expired on %s. Create "
                            "a new one on the token pages.\n",
                            jt_date_format_expiry(check->grant->expires_at,
                                                  r->pool));
    case JT_VERDICT_IDLE:
        return apr_psprintf(r->pool, "This access token has not been used "
                            "since %s: one that is idle for %d days ends. "
                            "Create a new one on the token pages.\n",
                            jt_date_format_expiry(
                                jt_token_unused_since(check->grant), r->pool),
                            jt_config_server(r->server)->max_idle);
    case JT_VERDICT_OWNER:
        return apr_psprintf(r->pool, "The owner of this access token has not "
                            "signed in since %s: it works again once they "
                            "do, on the token pages for example.\n",
                            jt_date_format(check->owner_seen_on * JT_DATE_DAY,
                                           r->pool));
    case JT_VERDICT_METHOD:
        return apr_psprintf(r->pool, "This access token may only read, and %s "
                            "is more than that. Use one that is not read "
                            "only.\n", ap_escape_logitem(r->pool, r->method));
    case JT_VERDICT_AREA:
        return apr_psprintf(r->pool, "This access token opens other "
                            "applications than this one: %s.\n",
                            list_areas(r, check->grant));
    default:
        return NULL;
    }
}

static int has_error_document(request_rec *r, int index)
{
    const core_dir_config *core = ap_get_core_module_config(
        r->per_dir_config);

    return (core->response_code_strings && core->response_code_strings[index])
           || (core->response_code_exprs
               && apr_hash_get(core->response_code_exprs, &index,
                               sizeof(index)));
}

/* A forward proxy's 401 goes out as 407. */
static int get_status(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? HTTP_PROXY_AUTHENTICATION_REQUIRED
                                         : HTTP_UNAUTHORIZED;
}

static void explain_refusal(request_rec *r, int status,
                            const jt_check_t *check)
{
    const char *text = get_explanation(r, check);

    if (text && !has_error_document(r, ap_index_of_response(status))) {
        ap_custom_response(r, status, text);
        apr_table_setn(r->notes, EXPLAINED, apr_itoa(r->pool, status));
    }
}

static void report_refusal(request_rec *r, int status, const jt_check_t *check,
                           const char *user)
{
    const char *name = jt_verdict_row(check->verdict)->status;

    jt_answer_log_refusal(r, check, user);
    if (name) {
        apr_table_setn(r->err_headers_out, "JiraToken-Status", name);
    }
    explain_refusal(r, status, check);
}

int jt_answer_refuse(request_rec *r, const jt_check_t *check,
                     const char *user)
{
    report_refusal(r, get_status(r), check, user);
    jt_challenge_set(r);
    return HTTP_UNAUTHORIZED;
}

int jt_answer_forbid(request_rec *r, const jt_check_t *check,
                     const char *user)
{
    report_refusal(r, HTTP_FORBIDDEN, check, user);
    if (jt_findings_get(r)->is_bearer) {
        jt_challenge_set_scope(r);
    }
    return HTTP_FORBIDDEN;
}

/* httpd calls the text of an ErrorDocument HTML. */
static apr_status_t set_plain_type(ap_filter_t *filter,
                                   apr_bucket_brigade *brigade)
{
    ap_set_content_type(filter->r, "text/plain; charset=utf-8");
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

/* The insert_error_filter hook. */
static void insert_plain_type(request_rec *r)
{
    const char *status = apr_table_get(r->notes, EXPLAINED);

    if (status && !strcmp(status, apr_itoa(r->pool, r->status))) {
        ap_add_output_filter(PLAIN, NULL, r, r->connection);
    }
}

void jt_answer_register(void)
{
    ap_register_output_filter(PLAIN, set_plain_type, NULL, AP_FTYPE_RESOURCE);
    ap_hook_insert_error_filter(insert_plain_type, NULL, NULL,
                                APR_HOOK_MIDDLE);
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

void jt_answer_log_misconfigured(request_rec *r, const char *words,
                                 volatile apr_uint32_t *logged)
{
    int level = jt_log_level(APLOG_ERR, logged);

    ap_log_rerror(APLOG_MARK, level, 0, r, "%s: uri=%s", words, r->uri);
}
