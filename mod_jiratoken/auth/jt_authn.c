/* SPDX-License-Identifier: Apache-2.0
 *
 * Passwords: reads Basic credentials (RFC 7617), has a token's text checked
 * and turns the verdict into what httpd, the client, the log and the backend
 * are told. Pages are somebody else's business.
 *
 * A request's findings are kept at the initial request: subrequests, internal
 * redirects and <If> sections ask again with the same header.
 */
#include "auth/jt_authn.h"

#include <apr_strings.h>
#include <ap_provider.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include "core/jt_basic.h"
#include "service/jt_check.h"
#include "jt_config.h"
#include "core/jt_date.h"
#include "pages/jt_http.h"
#include "state/jt_shared.h"
#include "service/jt_use.h"

APLOG_USE_MODULE(jiratoken);

/* What is known of the initial request's credentials. */
typedef struct findings_t {
    const char *header;        /* the last that was examined */
    char *user;
    apr_status_t status;       /* not APR_SUCCESS: nobody can say */
    jt_token_check_t check;
    const char *verified;      /* sticky: the header that let somebody in, */
    const jt_store_row_t *row; /* and its row */
    int saw_token;             /* sticky: a header of this request was one */
    char type[sizeof("Basic")]; /* r->ap_auth_type wants one of its own */
    int is_told;               /* the initial request has its variables */
    int touch_due;
} findings_t;

static request_rec *get_initial(request_rec *r)
{
    while (r->prev || r->main) {
        r = r->prev ? r->prev : r->main;
    }
    return r;
}

static findings_t *get_findings(request_rec *r)
{
    request_rec *initial = get_initial(r);
    findings_t *known = ap_get_module_config(initial->request_config,
                                             &jiratoken_module);

    if (!known) {
        known = apr_pcalloc(initial->pool, sizeof(*known));
        ap_set_module_config(initial->request_config, &jiratoken_module,
                             known);
    }
    return known;
}

const char *jt_authn_header_name(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authorization"
                                         : "Authorization";
}

/* Basic splits at the first colon: the name "a:b" with a token arrives as "a"
 * with "b:token", which must not travel on to another provider. */
static int ends_in_token(const jt_config_server_t *config,
                         const char *password)
{
    const char *colon = strrchr(password, ':');

    return colon && jt_secret_shape(config->rules.prefix, colon + 1)
                        == JT_SECRET_TOKEN;
}

static apr_status_t ask(request_rec *r, const jt_basic_t *credentials,
                        jt_token_check_t *check, apr_pool_t *pool)
{
    return jt_check(r->server, credentials->user, credentials->password,
                    apr_time_sec(r->request_time), check, pool);
}

/* A password without a token's shape: perhaps a token of an older system. Of
 * one that the table does not know, the next provider decides. */
static apr_status_t find_out_legacy(request_rec *r,
                                    const jt_basic_t *credentials,
                                    jt_token_check_t *check, apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;

    if (ends_in_token(jt_config_server(r->server), credentials->password)) {
        check->verdict = JT_VERDICT_NOT_CANONICAL;
        return APR_SUCCESS;
    }
    check->verdict = JT_VERDICT_FOREIGN;
    if (jt_config_dir(r)->legacy > 0 && credentials->canonical
        && *credentials->password) {
        status = ask(r, credentials, check, pool);
        if (check->verdict == JT_VERDICT_UNKNOWN) {
            check->verdict = JT_VERDICT_FOREIGN;
        }
    }
    return status;
}

/* Everything about a credential that can be told without the table; the
 * table is asked about the rest. */
static apr_status_t find_out(request_rec *r, const jt_basic_t *credentials,
                             jt_token_check_t *check, apr_pool_t *pool)
{
    jt_config_server_t *config = jt_config_server(r->server);

    memset(check, 0, sizeof(*check));
    switch (jt_secret_shape(config->rules.prefix, credentials->password)) {
    case JT_SECRET_FOREIGN:
        return find_out_legacy(r, credentials, check, pool);
    case JT_SECRET_MISTYPED:
        check->verdict = JT_VERDICT_MISTYPED;
        return APR_SUCCESS;
    case JT_SECRET_TOKEN:
        break;
    }
    if (!credentials->canonical) {
        check->verdict = JT_VERDICT_NOT_CANONICAL;
        return APR_SUCCESS;
    }
    return ask(r, credentials, check, pool);
}

static const char *reason(jt_verdict_t verdict)
{
    switch (verdict) {
    case JT_VERDICT_UNKNOWN:
        return "unknown-or-revoked";
    case JT_VERDICT_FOREIGN:
        return "not-a-token";
    case JT_VERDICT_MISTYPED:
        return "wrong-checksum";
    case JT_VERDICT_NOT_CANONICAL:
        return "credentials-not-canonical";
    case JT_VERDICT_OTHER_OWNER:
        return "somebody-else's";
    case JT_VERDICT_RESTRICTED:
        return "restricted";
    case JT_VERDICT_EXPIRED:
        return "expired";
    case JT_VERDICT_GRANTED:
        return "granted";
    }
    return "unknown";
}

/* Somebody may have swapped the two: a token is no name to be logged. */
static int is_loggable(request_rec *r, const char *user)
{
    return jt_secret_shape(jt_config_server(r->server)->rules.prefix, user)
           == JT_SECRET_FOREIGN;
}

static void log_refusal(request_rec *r, const jt_token_check_t *check,
                        const char *user)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "token refused: reason=%s digest=%.12s user=%s",
                  reason(check->verdict),
                  *check->digest ? check->digest : "-",
                  is_loggable(r, user) ? user : "(a token)");
}

static void count_refusal(jt_verdict_t verdict)
{
    static const jt_count_t counts[] = {
        [JT_VERDICT_UNKNOWN] = JT_COUNT_UNKNOWN,
        [JT_VERDICT_MISTYPED] = JT_COUNT_MISTYPED,
        [JT_VERDICT_NOT_CANONICAL] = JT_COUNT_NOT_CANONICAL,
        [JT_VERDICT_OTHER_OWNER] = JT_COUNT_OTHER_OWNER,
        [JT_VERDICT_RESTRICTED] = JT_COUNT_RESTRICTED,
        [JT_VERDICT_EXPIRED] = JT_COUNT_EXPIRED
    };

    if (verdict != JT_VERDICT_GRANTED) {
        jt_shared_count(counts[verdict]);
    }
}

static void count_check(const findings_t *known)
{
    jt_shared_count(JT_COUNT_CHECKS);
    if (known->status != APR_SUCCESS) {
        jt_shared_count(JT_COUNT_UNAVAILABLE);
    }
    else {
        count_refusal(known->check.verdict);
    }
}

/* Credentials seen for the first time in this request. */
static void examine(request_rec *r, const char *header, findings_t *known)
{
    apr_pool_t *pool = get_initial(r)->pool;
    jt_basic_t credentials;

    /* A subrequest's headers may go before the initial request does. */
    known->header = r->pool == pool ? header : apr_pstrdup(pool, header);
    known->status = APR_SUCCESS;
    known->check.verdict = JT_VERDICT_FOREIGN;
    if (!jt_basic_parse(header, &credentials, pool)) {
        return;
    }
    known->user = credentials.user;
    known->status = find_out(r, &credentials, &known->check, pool);
    jt_basic_wipe(&credentials);
    if (known->status != APR_SUCCESS
        || known->check.verdict != JT_VERDICT_FOREIGN) {
        known->saw_token = 1;
        count_check(known);
    }
}

/* For logs, CGI and expressions. */
static void set_environment(request_rec *r, const jt_store_row_t *row)
{
    void (*put)(apr_table_t *, const char *, const char *) = apr_table_addn;

    /* Another authentication of the same request: <If>, say. */
    if (apr_table_get(r->subprocess_env, "JIRATOKEN_ID")) {
        put = apr_table_setn;
    }
    put(r->subprocess_env, "JIRATOKEN_ID", apr_off_t_toa(r->pool, row->id));
    put(r->subprocess_env, "JIRATOKEN_LABEL", row->label);
    put(r->subprocess_env, "JIRATOKEN_SCOPE", row->scope);
}

static int grant(request_rec *r, findings_t *known)
{
    const jt_store_row_t *row = known->check.row;
    jt_config_server_t *config = jt_config_server(r->server);

    known->verified = known->header;
    known->row = row;
    known->touch_due = !known->check.is_remembered
                       && jt_token_is_touch_due(row,
                                                apr_time_sec(r->request_time),
                                                config->last_used_interval);
    /* The note is written when the response is out, by this thread: what the
     * client asks next had better come on a connection of another one. Not
     * while notes fail, for that would be each connection. */
    if (known->touch_due && jt_use_is_well(r)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    r->user = known->user;
    memcpy(known->type, "Basic", sizeof(known->type));
    r->ap_auth_type = known->type;
    set_environment(r, row);
    known->is_told |= r == get_initial(r);
    if (row->expires_at != JT_STORE_NEVER) {
        apr_table_setn(r->err_headers_out, "JiraToken-Expires",
                       jt_date_format_rfc3339(row->expires_at, r->pool));
    }
    return OK;
}

/* The access log shows whom the client claimed to be, as with any provider. */
static int refuse(request_rec *r, const findings_t *known)
{
    log_refusal(r, &known->check, known->user);
    if (is_loggable(r, known->user)) {
        r->user = known->user;
    }
    if (known->check.verdict == JT_VERDICT_EXPIRED) {
        apr_table_setn(r->err_headers_out, "JiraToken-Status", "expired");
    }
    ap_note_auth_failure(r);
    return HTTP_UNAUTHORIZED;
}

/* The one place that maps verdicts to answers. */
static int answer(request_rec *r, findings_t *known)
{
    if (known->status != APR_SUCCESS) {
        apr_table_setn(r->err_headers_out, "Retry-After",
                       JT_HTTP_RETRY_AFTER);
        return HTTP_SERVICE_UNAVAILABLE;
    }
    switch (known->check.verdict) {
    case JT_VERDICT_GRANTED:
        return grant(r, known);
    case JT_VERDICT_FOREIGN:
        return DECLINED;
    case JT_VERDICT_UNKNOWN:
    case JT_VERDICT_MISTYPED:
    case JT_VERDICT_NOT_CANONICAL:
    case JT_VERDICT_OTHER_OWNER:
    case JT_VERDICT_RESTRICTED:
    case JT_VERDICT_EXPIRED:
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
    const jt_config_dir_t *dir = jt_config_dir(r);

    return dir->accepts > 0 && dir->has_realm > 0 && is_basic(r);
}

/* The check_authn hook, ahead of mod_auth_basic: where this provider is
 * listed, whatever has a token's shape is answered here, before any provider
 * is asked. So none but this one ever sees a token, and a fault can be a 503,
 * which no provider can say. The rest goes on to mod_auth_basic. */
static int check_authn(request_rec *r)
{
    findings_t *known;
    const char *header;

    if (!is_ours(r)) {
        return DECLINED;
    }
    known = get_findings(r);
    header = apr_table_get(r->headers_in, jt_authn_header_name(r));
    if (!header) {
        return DECLINED;
    }
    if (!known->header || strcmp(known->header, header)) {
        examine(r, header, known);
    }
    return answer(r, known);
}

/* The provider. Tokens in Basic credentials never come this far: one that
 * does has come another way (a login form's body, say, which would put it into
 * a cookie) and is refused. */
static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    jt_token_check_t check = { 0 };
    const char *prefix = jt_config_server(r->server)->rules.prefix;

    if (jt_secret_shape(prefix, password) == JT_SECRET_FOREIGN) {
        return AUTH_USER_NOT_FOUND;
    }
    check.verdict = JT_VERDICT_NOT_CANONICAL;
    log_refusal(r, &check, user);
    return AUTH_DENIED;
}

/* NULL unless a token was verified for this request or one it came from. */
static findings_t *find_granted(request_rec *r)
{
    findings_t *known = ap_get_module_config(get_initial(r)->request_config,
                                             &jiratoken_module);

    return known && known->verified ? known : NULL;
}

const char *jt_authn_find_verified(request_rec *r)
{
    findings_t *known = find_granted(r);

    return known ? known->verified : NULL;
}

/* The fixups hook: the variables also where httpd did not authenticate anew,
 * after an internal redirect within one section; not where somebody else is
 * signed in by other means. */
static int tell(request_rec *r)
{
    findings_t *known = find_granted(r);

    if (known && !(known->is_told && r == get_initial(r)) && r->user
        && !strcmp(r->user, known->row->user)
        && !apr_table_get(r->subprocess_env, "JIRATOKEN_ID")) {
        set_environment(r, known->row);
    }
    return DECLINED;
}

/* The log_transaction hook: the response has gone out. */
static int note_use(request_rec *r)
{
    findings_t *known = find_granted(r);

    if (known && known->touch_due) {
        known->touch_due = 0;
        jt_use_note(r, known->row->id, known->check.digest);
    }
    return DECLINED;
}

static int is_token(request_rec *r, const char *password)
{
    return jt_secret_shape(jt_config_server(r->server)->rules.prefix,
                           password) == JT_SECRET_TOKEN;
}

int jt_authn_is_token(request_rec *r, const char *header)
{
    const char *bearer = header ? jt_basic_after_scheme(header, "Bearer")
                                : NULL;
    jt_basic_t credentials;
    int found;

    if (bearer) {
        return is_token(r, bearer);
    }
    if (!jt_basic_parse(header, &credentials, r->pool)) {
        return 0;
    }
    found = is_token(r, credentials.password);
    jt_basic_wipe(&credentials);
    return found;
}

int jt_authn_has_seen_token(request_rec *r)
{
    const findings_t *known = ap_get_module_config(
        get_initial(r)->request_config, &jiratoken_module);

    return known && known->saw_token;
}

int jt_authn_came_by_token(request_rec *r)
{
    return jt_authn_has_seen_token(r)
           || jt_authn_is_token(r, apr_table_get(r->headers_in,
                                                 "Authorization"))
           || jt_authn_is_token(r, apr_table_get(r->headers_in,
                                                 "Proxy-Authorization"));
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
    ap_hook_fixups(tell, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(note_use, NULL, NULL, APR_HOOK_LAST);
}
