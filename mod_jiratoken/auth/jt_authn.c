/* SPDX-License-Identifier: Apache-2.0
 *
 * Passwords: where tokens are accepted, who is let in by one, and what the
 * backend is told of it. What the credentials say is auth/jt_findings.c's.
 * Pages are somebody else's business.
 */
#include "auth/jt_authn.h"

#include <apr_strings.h>
#include <ap_provider.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include "jt_config.h"
#include "auth/jt_answer.h"
#include "auth/jt_findings.h"
#include "core/jt_date.h"
#include "service/jt_last_use.h"

/* For logs, CGI and expressions. */
static void set_environment(request_rec *r, const jt_grant_t *grant)
{
    void (*set)(apr_table_t *, const char *, const char *) = apr_table_addn;

    /* Another authentication of the same request: <If>, say. */
    if (apr_table_get(r->subprocess_env, "JIRATOKEN_ID")) {
        set = apr_table_setn;
    }
    set(r->subprocess_env, "JIRATOKEN_ID", apr_off_t_toa(r->pool, grant->id));
    set(r->subprocess_env, "JIRATOKEN_LABEL", grant->label);
    set(r->subprocess_env, "JIRATOKEN_SCOPE", grant->scope);
}

/* The note is written when the response is out, by this thread: what the
 * client asks next had better come on a connection of another one. Not while
 * notes fail, for that would be each connection. */
static void plan_note(request_rec *r, jt_findings_t *known)
{
    jt_actor_t actor = jt_findings_actor(r, r->pool);

    known->touch_due
        = !known->check.is_cached
          && jt_token_is_touch_due(
                 known->grant, actor.now,
                 jt_config_server(r->server)->last_used_interval);
    if (known->touch_due && jt_last_use_is_available(&actor)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
}

static int let_in(request_rec *r, jt_findings_t *known)
{
    const jt_grant_t *grant = known->check.grant;

    known->verified = known->header;
    known->grant = grant;
    plan_note(r, known);
    r->user = known->user;
    memcpy(known->type, "Basic", sizeof(known->type));
    r->ap_auth_type = known->type;
    set_environment(r, grant);
    known->is_told |= r == jt_findings_initial(r);
    if (grant->expires_at != JT_TOKEN_NEVER) {
        apr_table_setn(r->err_headers_out, "JiraToken-Expires",
                       jt_date_format_rfc3339(grant->expires_at, r->pool));
    }
    return OK;
}

/* The access log shows whom the client claimed to be, as with any provider. */
static int refuse(request_rec *r, jt_findings_t *known)
{
    int answer = jt_answer_refuse(r, &known->check, known->user);

    if (jt_answer_is_loggable(r, known->user)) {
        r->user = known->user;
    }
    return answer;
}

/* The one place that maps verdicts to answers. */
static int answer(request_rec *r, jt_findings_t *known)
{
    if (known->status != APR_SUCCESS) {
        return jt_answer_unavailable(r);
    }
    switch (jt_verdict_row(known->check.verdict)->answer) {
    case JT_ANSWER_LET_IN:
        return let_in(r, known);
    case JT_ANSWER_PASS_ON:
        return DECLINED;
    case JT_ANSWER_REFUSE:
        break;
    }
    return refuse(r, known);
}

static int is_basic(request_rec *r)
{
    const char *type = ap_auth_type(r);

    return type && !ap_cstr_casecmp(type, "Basic");
}

/* Without AuthName nobody can be asked for a password: mod_auth_basic says so,
 * before it asks any provider. */
static int is_ours(request_rec *r)
{
    return jt_config_dir_accepts(r) && jt_config_dir_has_realm(r)
           && is_basic(r);
}

/* The check_authn hook, ahead of mod_auth_basic: where this provider is
 * listed, whatever has a token's shape is answered here, before any provider
 * is asked. So none but this one ever sees a token, and a fault can be a 503,
 * which no provider can say. The rest goes on to mod_auth_basic. */
static int check_authn(request_rec *r)
{
    jt_findings_t *known;
    const char *header;

    if (!is_ours(r)) {
        return DECLINED;
    }
    known = jt_findings_get(r);
    header = apr_table_get(r->headers_in, jt_findings_header_name(r));
    if (!header) {
        return DECLINED;
    }
    jt_findings_examine(r, header, known);
    return answer(r, known);
}

/* The provider. Tokens in Basic credentials never come this far: one that
 * does has come another way (a login form's body, say, which would put it into
 * a cookie) and is refused. */
static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    jt_check_t check = { 0 };
    const char *prefix = jt_config_server(r->server)->rules.prefix;

    if (jt_secret_shape(prefix, password) == JT_SECRET_FOREIGN) {
        return AUTH_USER_NOT_FOUND;
    }
    check.verdict = JT_VERDICT_NOT_CANONICAL;
    jt_answer_log_refusal(r, &check, user);
    return AUTH_DENIED;
}

/* The fixups hook: the variables also where httpd did not authenticate anew,
 * after an internal redirect within one section; not where somebody else is
 * signed in by other means. */
static int set_variables(request_rec *r)
{
    const jt_findings_t *known = jt_findings_find_granted(r);

    if (known && !(known->is_told && r == jt_findings_initial(r)) && r->user
        && !strcmp(r->user, known->grant->user)
        && !apr_table_get(r->subprocess_env, "JIRATOKEN_ID")) {
        set_environment(r, known->grant);
    }
    return DECLINED;
}

/* The log_transaction hook: the response has gone out. */
static int note_use(request_rec *r)
{
    jt_findings_t *known = jt_findings_find_granted(r);

    if (known && known->touch_due) {
        jt_actor_t actor = jt_findings_actor(r, r->pool);

        known->touch_due = 0;
        jt_last_use_note(&actor, known->grant->id, known->check.digest);
    }
    return DECLINED;
}

static const authn_provider provider = { check_password, NULL };

void jt_authn_register(apr_pool_t *pool)
{
    static const char *const before[] = { "mod_auth_basic.c", NULL };

    ap_hook_check_authn(check_authn, NULL, before, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "jiratoken",
                              AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_fixups(set_variables, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(note_use, NULL, NULL, APR_HOOK_LAST);
}
