/* SPDX-License-Identifier: Apache-2.0
 *
 * The credentials of a request: parses Basic (RFC 7617) from its header,
 * distinguishes a token from any other password, and has a token checked. It
 * must not answer the request: that is in auth/jt_authn.c.
 */
#include "auth/jt_findings.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>
#include <string.h>

#include "jt_config.h"
#include "auth/jt_person.h"
#include "auth/jt_use.h"
#include "core/jt_basic.h"
#include "core/jt_tokenlike.h"
#include "service/jt_verify.h"
#include "state/jt_shared.h"

request_rec *jt_findings_initial(request_rec *r)
{
    while (r->prev || r->main) {
        r = r->prev ? r->prev : r->main;
    }
    return r;
}

/* Of an initial request. */
static jt_findings_t *find_own(const request_rec *initial)
{
    return ap_get_module_config(initial->request_config, &jiratoken_module);
}

static jt_findings_t *find_findings(request_rec *r)
{
    return find_own(jt_findings_initial(r));
}

jt_findings_t *jt_findings_get(request_rec *r)
{
    request_rec *initial = jt_findings_initial(r);
    jt_findings_t *findings = find_own(initial);

    if (!findings) {
        findings = apr_pcalloc(initial->pool, sizeof(*findings));
        ap_set_module_config(initial->request_config, &jiratoken_module,
                             findings);
    }
    return findings;
}

jt_findings_t *jt_findings_find_granted(request_rec *r)
{
    jt_findings_t *findings = find_findings(r);

    return findings && findings->verified ? findings : NULL;
}

const char *jt_findings_header_name(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authorization"
                                         : "Authorization";
}

static jt_actor_t make_actor(request_rec *r, jt_findings_t *findings,
                             apr_pool_t *pool)
{
    jt_actor_t actor;

    actor.server = r->server;
    actor.user = NULL;
    actor.how = findings->verified ? "token" : r->ap_auth_type;
    actor.address = r->useragent_ip;
    actor.now = apr_time_sec(r->request_time);
    actor.patience = &findings->patience;
    actor.r = r;
    actor.pool = pool;
    return actor;
}

jt_actor_t jt_findings_actor(request_rec *r, apr_pool_t *pool)
{
    return make_actor(r, jt_findings_get(r), pool);
}

static jt_tokenlike_t classify(request_rec *r, const char *text,
                               const char **token, apr_size_t *length)
{
    return jt_tokenlike_classify(jt_config_server(r->server)->rules.prefix,
                                 text, token, length);
}

int jt_findings_is_tokenlike(request_rec *r, const char *text)
{
    const char *token;
    apr_size_t length;

    return classify(r, text, &token, &length) != JT_TOKENLIKE_NO;
}

static int is_within(request_rec *r, const char *text)
{
    return jt_tokenlike_is_within(jt_config_server(r->server)->rules.prefix,
                                  text);
}

/* @param user NULL: whoever owns the token */
static apr_status_t verify_password(request_rec *r, const char *user,
                                    const char *password, jt_check_t *check,
                                    apr_pool_t *pool)
{
    const jt_config_server_t *config = jt_config_server(r->server);
    jt_findings_t *findings = jt_findings_get(r);
    jt_actor_t actor = make_actor(r, findings, pool);
    jt_attempt_t attempt = { 0 };

    attempt.user = user;
    attempt.is_bearer = !user;
    attempt.lowers_user = config->lowers_users;
    attempt.password = password;
    attempt.now = actor.now;
    attempt.max_idle = config->max_idle;
    attempt.owner_seen = config->owner_seen;
    attempt.use = findings->use;
    return jt_verify(&actor, &attempt, check);
}

/* A password without the shape of a token may be a token of an older system.
 * @param otherwise the verdict if the table does not have it */
static apr_status_t check_legacy(request_rec *r,
                                 const jt_basic_t *credentials,
                                 jt_verdict_t otherwise, jt_check_t *check,
                                 apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;

    check->verdict = otherwise;
    if (jt_config_dir_legacy(r) && credentials->canonical
        && *credentials->password) {
        status = verify_password(r, credentials->user, credentials->password,
                                 check, pool);
        if (check->verdict == JT_VERDICT_UNKNOWN) {
            check->verdict = otherwise;
        }
    }
    return status;
}

/* Checks what needs no table first. A part of a token goes no further; nor does
 * "b:token", which is the rest of the user name "a:b", as Basic splits at the
 * first colon.
 * @param legacy set to JiraTokenLegacy's value where it made a difference */
static apr_status_t check_token(request_rec *r, jt_basic_t *credentials,
                                jt_check_t *check, int *legacy,
                                apr_pool_t *pool)
{
    const char *token;
    apr_size_t length;
    jt_tokenlike_t kind = classify(r, credentials->password, &token, &length);

    switch (kind) {
    case JT_TOKENLIKE_NO:
        *legacy = jt_config_dir_legacy(r);
        return check_legacy(r, credentials, JT_VERDICT_FOREIGN, check, pool);
    case JT_TOKENLIKE_MISTYPED:
        check->verdict = JT_VERDICT_MISTYPED;
        return APR_SUCCESS;
    case JT_TOKENLIKE_MALFORMED:
        *legacy = jt_config_dir_legacy(r);
        return check_legacy(r, credentials, JT_VERDICT_MALFORMED, check, pool);
    case JT_TOKENLIKE_TOKEN:
        break;
    }
    if (!credentials->canonical) {
        check->verdict = JT_VERDICT_NOT_CANONICAL;
        return APR_SUCCESS;
    }
    credentials->password[(apr_size_t)(token - credentials->password)
                          + length] = '\0';
    return verify_password(r, credentials->user, token, check, pool);
}

static void count_check(const jt_findings_t *findings)
{
    jt_shared_count(JT_COUNT_CHECKS);
    if (findings->status != APR_SUCCESS) {
        jt_shared_count(JT_COUNT_UNAVAILABLE);
    }
    else {
        jt_shared_count_verdict(findings->check.verdict);
    }
}

static int is_same_use(const jt_restriction_use_t *a,
                       const jt_restriction_use_t *b)
{
    return a->is_reading == b->is_reading && a->area == b->area
           && a->is_own == b->is_own;
}

static int is_examined(request_rec *r, const jt_findings_t *findings,
                       const char *header, const jt_restriction_use_t *use)
{
    return findings->header
           && (findings->legacy == JT_FINDINGS_ANY
               || findings->legacy == jt_config_dir_legacy(r))
           && findings->takes_bearer == jt_config_dir_bearer(r)
           && is_same_use(&findings->use, use)
           && !strcmp(findings->header, header);
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* @param coded characters of base64
 * @param decoded has room for what they encode, and is wiped */
static int encodes_token(request_rec *r, const char *coded, char *decoded)
{
    int length = apr_base64_decode(decoded, coded);
    int from = 0;
    int found = 0;

    decoded[length] = '\0';
    while (from < length && !found) {
        const char *part = decoded + from;
        const char *colon = strchr(part, ':');

        found = is_within(r, part) || jt_findings_is_tokenlike(r, part)
                || (colon && jt_findings_is_tokenlike(r, colon + 1));
        from += (int)strlen(part) + 1;
    }
    jt_secret_wipe(decoded, (apr_size_t)length);
    return found;
}

static const char scheme[] = "Basic";

static int is_scheme(const char *text, apr_size_t length)
{
    return length == strlen(scheme)
           && !ap_cstr_casecmpn(text, scheme, length);
}

/* What a lenient reader passes over: the second of two credentials, or what
 * follows a NUL or junk, may be a token as well, and so may a text that was
 * wrapped. Each part that base64 could have made is decoded and looked at, and
 * so are all that have only blanks between them, as one.
 * @param header begins with the scheme */
static int has_hidden_token(request_rec *r, const char *header)
{
    apr_size_t size = strlen(header);
    char *decoded = apr_palloc(r->pool, size + 4);
    char *joined = apr_pcalloc(r->pool, size + 1);
    char *end = joined;
    int found = 0;

    for (header += strlen(scheme); *header && !found;
         header += size ? size : 1) {
        size = strspn(header, base64);
        if (size && !is_scheme(header, size)) {
            memcpy(end, header, size);
            end[size] = '\0';
            found = encodes_token(r, end, decoded);
            end += size;
        }
        else if (*header != ' ' && *header != '\t') {
            found = encodes_token(r, joined, decoded);
            end = joined;
            *end = '\0';
        }
    }
    return found || encodes_token(r, joined, decoded);
}

/* Credentials that jt_basic_parse() does not read, or not as canonical ones, of
 * which another module may make something. No scheme but Basic takes a token in
 * this version. */
static jt_verdict_t judge_others(request_rec *r, const char *header)
{
    if (is_within(r, header)
        || jt_findings_is_tokenlike(r, header + strcspn(header, " \t"))) {
        return JT_VERDICT_MALFORMED;
    }
    return !ap_cstr_casecmpn(header, scheme, strlen(scheme))
                   && has_hidden_token(r, header)
               ? JT_VERDICT_NOT_CANONICAL : JT_VERDICT_FOREIGN;
}

/* A Bearer credential that is no token is another module's.
 * @param text what follows the scheme */
static void examine_bearer(request_rec *r, const char *text,
                           jt_findings_t *findings, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text);
    const char *token;
    apr_size_t length;

    findings->is_bearer = 1;
    switch (classify(r, copy, &token, &length)) {
    case JT_TOKENLIKE_TOKEN:
        copy[(apr_size_t)(token - copy) + length] = '\0';
        findings->status = verify_password(r, NULL, token, &findings->check,
                                           pool);
        findings->user = findings->status == APR_SUCCESS
                         && findings->check.grant
                             ? apr_pstrdup(pool, findings->check.grant->user)
                             : NULL;
        break;
    case JT_TOKENLIKE_MISTYPED:
        findings->check.verdict = JT_VERDICT_MISTYPED;
        break;
    case JT_TOKENLIKE_MALFORMED:
    case JT_TOKENLIKE_NO:
        findings->check.verdict = judge_others(r, findings->header);
    }
    jt_secret_wipe(copy, strlen(text));
}

/* A token in the user name goes no further, and does not stay in memory: the
 * user may have swapped the two. */
static void examine_basic(request_rec *r, jt_basic_t *credentials,
                          jt_findings_t *findings, apr_pool_t *pool)
{
    if (jt_findings_is_tokenlike(r, credentials->user)) {
        findings->check.verdict = JT_VERDICT_MALFORMED;
        jt_secret_wipe(credentials->user, strlen(credentials->user));
        jt_basic_wipe(credentials);
        return;
    }
    credentials->user = jt_person_read(r, credentials->user, pool);
    findings->user = credentials->user;
    if (!credentials->canonical) {
        findings->check.verdict = judge_others(r, findings->header);
    }
    if (findings->check.verdict == JT_VERDICT_FOREIGN) {
        findings->status = check_token(r, credentials, &findings->check,
                                       &findings->legacy, pool);
    }
    jt_basic_wipe(credentials);
    /* It is logged with the refusal. */
    if (jt_verdict_row(findings->check.verdict)->answer == JT_ANSWER_REFUSE
        && is_within(r, findings->user)) {
        findings->user = NULL;
    }
}

void jt_findings_examine(request_rec *r, const char *header,
                         jt_findings_t *findings)
{
    apr_pool_t *pool = jt_findings_initial(r)->pool;
    jt_restriction_use_t use = { 0 };
    jt_basic_t credentials;
    const char *bearer = jt_config_dir_bearer(r)
                             ? jt_basic_after_scheme(header, "Bearer") : NULL;

    jt_use_describe(r, &use);
    if (is_examined(r, findings, header, &use)) {
        return;
    }
    findings->use = use;
    findings->takes_bearer = jt_config_dir_bearer(r);
    findings->is_bearer = 0;
    /* The memory of a subrequest's header may not last as long as the initial
     * request. */
    findings->header = r->pool == pool ? header : apr_pstrdup(pool, header);
    findings->legacy = JT_FINDINGS_ANY;
    findings->user = NULL;
    findings->status = APR_SUCCESS;
    memset(&findings->check, 0, sizeof(findings->check));
    findings->check.verdict = JT_VERDICT_FOREIGN;
    if (jt_basic_parse(header, &credentials, pool)) {
        examine_basic(r, &credentials, findings, pool);
    }
    else if (bearer) {
        examine_bearer(r, bearer, findings, pool);
    }
    else {
        findings->check.verdict = judge_others(r, header);
    }
    if (findings->status != APR_SUCCESS
        || findings->check.verdict != JT_VERDICT_FOREIGN) {
        findings->saw_token = 1;
        count_check(findings);
    }
}

int jt_findings_is_token(request_rec *r, const char *header)
{
    jt_basic_t credentials;
    int found;

    if (!header) {
        return 0;
    }
    if (!jt_basic_parse(header, &credentials, r->pool)) {
        return judge_others(r, header) != JT_VERDICT_FOREIGN;
    }
    found = jt_findings_is_tokenlike(r, credentials.password)
            || jt_findings_is_tokenlike(r, credentials.user)
            || (!credentials.canonical
                && judge_others(r, header) != JT_VERDICT_FOREIGN);
    jt_secret_wipe(credentials.user, strlen(credentials.user));
    jt_basic_wipe(&credentials);
    return found;
}

int jt_findings_has_seen_token(request_rec *r)
{
    const jt_findings_t *findings = find_findings(r);

    return findings && findings->saw_token;
}

int jt_findings_came_by_token(request_rec *r)
{
    return jt_findings_has_seen_token(r)
           || jt_findings_is_token(r, apr_table_get(r->headers_in,
                                                    "Authorization"))
           || jt_findings_is_token(r, apr_table_get(r->headers_in,
                                                    "Proxy-Authorization"));
}
