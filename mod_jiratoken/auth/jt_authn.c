/* SPDX-License-Identifier: Apache-2.0
 *
 * Authentication by token: where tokens are accepted, whom they admit, and what
 * the backend gets. What the credentials say is found in auth/jt_findings.c. It
 * must not know pages.
 */
#include "auth/jt_authn.h"

#include <apr_strings.h>
#include <ap_provider.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include "jt_config.h"
#include "auth/jt_accept.h"
#include "auth/jt_answer.h"
#include "auth/jt_challenge.h"
#include "auth/jt_findings.h"
#include "auth/jt_strip.h"
#include "core/jt_date.h"
#include "service/jt_last_use.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* Variables for logs, CGI and expressions. */
static void set_environment(request_rec *r, const jt_grant_t *grant)
{
    void (*set)(apr_table_t *, const char *, const char *) = apr_table_addn;

    /* The same request may be authenticated again, by <If> for example. */
    if (apr_table_get(r->subprocess_env, "JIRATOKEN_ID")) {
        set = apr_table_setn;
    }
    set(r->subprocess_env, "JIRATOKEN_ID", apr_off_t_toa(r->pool, grant->id));
    set(r->subprocess_env, "JIRATOKEN_LABEL", grant->label);
    set(r->subprocess_env, "JIRATOKEN_SCOPE",
        grant->restrictions ? grant->restrictions : "full");
}

/* The last use is written after the response, by this thread. Closing the
 * connection lets the client's next request go to another one. Not while
 * writing fails, as it would close each connection. What is planned stays so,
 * whatever another examination within the request finds in the cache. */
static void plan_last_use(request_rec *r, jt_findings_t *findings)
{
    jt_actor_t actor;

    if (findings->check.is_cached) {
        return;
    }
    actor = jt_findings_actor(r, r->pool);
    if (!jt_token_is_touch_due(
            findings->grant, actor.now,
            jt_config_server(r->server)->last_used_interval)) {
        return;
    }
    findings->touch_due = 1;
    findings->touch_id = findings->grant->id;
    memcpy(findings->touch_digest, findings->check.digest,
           sizeof(findings->touch_digest));
    if (jt_last_use_is_available(&actor)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
}

static int admit_user(request_rec *r, jt_findings_t *findings)
{
    const jt_grant_t *grant = findings->check.grant;

    findings->verified = findings->header;
    findings->grant = grant;
    plan_last_use(r, findings);
    r->user = findings->user;
    memcpy(findings->type, findings->is_bearer ? "Bearer" : "Basic\0",
           sizeof(findings->type));
    r->ap_auth_type = findings->type;
    jt_strip_headers(r);
    set_environment(r, grant);
    if (grant->expires_at != JT_TOKEN_NEVER) {
        apr_table_setn(r->err_headers_out, "JiraToken-Expires",
                       jt_date_format_rfc3339(grant->expires_at, r->pool));
    }
    return OK;
}

/* The access log shows the claimed name, as with any provider of Basic. Other
 * sign-in modules never set a name that they have not verified, and believe one
 * that is set before an internal redirect, as to an ErrorDocument. */
static int refuse_user(request_rec *r, jt_findings_t *findings)
{
    if (findings->user && jt_accept_is_basic(r)) {
        r->user = findings->user;
    }
    return jt_answer_refuse(r, &findings->check, findings->user);
}

/* The one place that maps verdicts to answers. */
static int answer_request(request_rec *r, jt_findings_t *findings)
{
    if (findings->status != APR_SUCCESS) {
        return jt_answer_unavailable(r);
    }
    switch (jt_verdict_row(findings->check.verdict)->answer) {
    case JT_ANSWER_LET_IN:
        return admit_user(r, findings);
    case JT_ANSWER_PASS_ON:
        return DECLINED;
    case JT_ANSWER_FORBID:
        r->user = findings->user;
        jt_strip_headers(r); /* an ErrorDocument may be a backend's */
        return jt_answer_forbid(r, &findings->check, findings->user);
    case JT_ANSWER_REFUSE:
        break;
    }
    return refuse_user(r, findings);
}

/* Have the other modules authenticate. check_authn() is called again within,
 * and then declines. */
static int ask_others(request_rec *r, jt_findings_t *findings)
{
    const request_rec *before = findings->asking;
    int status;

    findings->asking = r;
    status = ap_run_check_user_id(r);
    findings->asking = before;
    return status;
}

/* JiraTokenAccept Challenge: a program is asked for a token, as most send
 * credentials only then. The other modules' answer to a program would be a
 * redirect to a page where people sign in. */
static int challenge_program(request_rec *r, jt_findings_t *findings)
{
    int status = HTTP_UNAUTHORIZED;

    if (jt_accept_has_own_challenge(r)) {
        status = ask_others(r, findings);
    }
    if (status == HTTP_UNAUTHORIZED) {
        jt_challenge_add(r);
    }
    return status;
}

static int is_left_alone(request_rec *r, jt_accept_t accept,
                         const char *header)
{
    return accept == JT_ACCEPT_ON
           || (accept == JT_ACCEPT_CHALLENGE
               && jt_accept_leaves_alone(r, header));
}

/* The credentials are no token.
 * @param header NULL if there are none */
static int pass_on(request_rec *r, jt_findings_t *findings,
                   jt_accept_t accept, const char *header)
{
    int status;

    if (is_left_alone(r, accept, header)) {
        return DECLINED;
    }
    if (accept == JT_ACCEPT_CHALLENGE) {
        return challenge_program(r, findings);
    }
    status = ask_others(r, findings);
    if (status == HTTP_UNAUTHORIZED) {
        jt_challenge_set(r);
    }
    return status;
}

/* A subrequest or an internal redirect has left a location that takes tokens
 * for one that does not, with the same header. That is not what the client
 * asked for: each entry of a listing would be a bind of LDAP. And sign-in
 * modules believe the user of the request before, whoever has verified it. */
static int is_detour(request_rec *r)
{
    if (!r->prev && !r->main) {
        return 0;
    }
    return jt_findings_find_granted(r)
           || (jt_findings_has_seen_token(r)
               && jt_findings_is_token(r, apr_table_get(
                                              r->headers_in,
                                              jt_findings_header_name(r))));
}

/* A listing makes many subrequests, and for an ErrorDocument the client still
 * gets its error. Of any other redirect this is the answer. */
static int refuse_detour(request_rec *r)
{
    int is_answer = r->prev && r->prev->status == HTTP_OK;

    ap_log_rerror(APLOG_MARK, is_answer ? APLOG_WARNING : APLOG_INFO, 0, r,
                  "no token opens this location, which a request by a token "
                  "leads to: uri=%s", r->uri);
    return HTTP_FORBIDDEN;
}

/* A token that is sent to the pages is no way in, and is none of the other
 * modules' business: one that asks LDAP would make a bind of it. Those that
 * redirect people ignore it. */
static int keep_from_sign_in(request_rec *r)
{
    jt_check_t check = { 0 };
    const char *header;

    if (!jt_config_dir_mount(r)) {
        return is_detour(r) ? refuse_detour(r) : DECLINED;
    }
    header = apr_table_get(r->headers_in, jt_findings_header_name(r));
    if (jt_accept_ignores_header(r) || !jt_findings_is_token(r, header)) {
        return DECLINED;
    }
    check.verdict = JT_VERDICT_MISPLACED;
    jt_answer_log_refusal(r, &check, "-");
    jt_shared_count_verdict(check.verdict);
    if (!jt_accept_is_basic(r)) {
        return HTTP_FORBIDDEN;
    }
    jt_challenge_set(r);
    return HTTP_UNAUTHORIZED;
}

/* The check_authn hook, ahead of all others. Where tokens are accepted, all
 * credentials with the shape of a token are answered here, so that no other
 * module or provider ever sees a token, and a failure can be a 503, which a
 * provider cannot return. The others go on to the modules behind. */
static int check_authn(request_rec *r)
{
    jt_accept_t accept = jt_accept_find(r);
    jt_findings_t *findings;
    const char *header;
    int answer = DECLINED;

    if (accept == JT_ACCEPT_NO) {
        return keep_from_sign_in(r);
    }
    header = apr_table_get(r->headers_in, jt_findings_header_name(r));
    /* Most requests of people who have signed in: nothing is remembered. */
    if (!header && is_left_alone(r, accept, NULL)) {
        return DECLINED;
    }
    findings = jt_findings_get(r);
    if (findings->asking == r) {
        return DECLINED;
    }
    if (header) {
        jt_findings_examine(r, header, findings);
        answer = answer_request(r, findings);
    }
    return answer == DECLINED ? pass_on(r, findings, accept, header) : answer;
}

/* The provider. check_authn() has answered for tokens in Basic credentials. A
 * token that arrives here came another way, from a login form's body for
 * example, which would store it in a cookie; it is refused. A token that was
 * typed as the name is wiped: mod_auth_form logs the name of whom it refuses,
 * out of this memory, which is the request's. */
static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    int is_name = !jt_findings_is_tokenlike(r, user);
    jt_check_t check = { 0 };

    if (is_name && !jt_findings_is_tokenlike(r, password)) {
        return AUTH_USER_NOT_FOUND;
    }
    check.verdict = JT_VERDICT_MALFORMED;
    jt_answer_log_refusal(r, &check, is_name ? user : NULL);
    if (!is_name) {
        jt_secret_wipe((char *)(apr_uintptr_t)user, strlen(user));
    }
    return AUTH_DENIED;
}

/* The fixups hook. Sets the variables also after an internal redirect within
 * one section, where httpd does not authenticate again; not where another user
 * is signed in by other means. The initial request has them from
 * admit_user(). */
static int set_variables(request_rec *r)
{
    const jt_findings_t *findings;

    if (!r->prev && !r->main) {
        return DECLINED;
    }
    findings = jt_findings_find_granted(r);
    if (findings
        && r->user && !strcmp(r->user, findings->grant->user)
        && !apr_table_get(r->subprocess_env, "JIRATOKEN_ID")) {
        set_environment(r, findings->grant);
    }
    return DECLINED;
}

/* The log_transaction hook: the response has been sent. */
static int note_last_use(request_rec *r)
{
    jt_findings_t *findings = jt_findings_find_granted(r);

    if (findings && findings->touch_due) {
        jt_actor_t actor = jt_findings_actor(r, r->pool);

        findings->touch_due = 0;
        jt_last_use_note(&actor, findings->touch_id, findings->touch_digest);
    }
    return DECLINED;
}

static const authn_provider provider = { check_password, NULL };

void jt_authn_register(apr_pool_t *pool)
{
    static const char *const before[] = {
        "mod_auth_basic.c", "mod_auth_digest.c", "mod_auth_form.c",
        "mod_auth_gssapi.c", "mod_auth_kerb.c", "mod_auth_mellon.c",
        "mod_auth_openidc.c", "mod_oauth2.c", "mod_shib.c", NULL
    };

    ap_hook_check_authn(check_authn, NULL, before, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "jiratoken",
                              AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
    jt_answer_register();
    jt_challenge_register();
    ap_hook_fixups(set_variables, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(note_last_use, NULL, NULL, APR_HOOK_LAST);
}
