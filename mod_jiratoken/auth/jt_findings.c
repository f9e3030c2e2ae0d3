/* SPDX-License-Identifier: Apache-2.0
 *
 * The credentials of a request: parses Basic (RFC 7617) from its header,
 * distinguishes a token from any other password, and has a token checked. It
 * must not answer the request: that is in auth/jt_authn.c.
 */
#include "auth/jt_findings.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_basic.h"
#include "service/jt_verify.h"
#include "state/jt_shared.h"

request_rec *jt_findings_initial(request_rec *r)
{
    while (r->prev || r->main) {
        r = r->prev ? r->prev : r->main;
    }
    return r;
}

static jt_findings_t *find_findings(request_rec *r)
{
    return ap_get_module_config(jt_findings_initial(r)->request_config,
                                &jiratoken_module);
}

jt_findings_t *jt_findings_get(request_rec *r)
{
    request_rec *initial = jt_findings_initial(r);
    jt_findings_t *findings = find_findings(initial);

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

jt_actor_t jt_findings_actor(request_rec *r, apr_pool_t *pool)
{
    jt_actor_t actor;

    actor.server = r->server;
    actor.user = NULL;
    actor.address = r->useragent_ip;
    actor.now = apr_time_sec(r->request_time);
    actor.r = r;
    actor.pool = pool;
    return actor;
}

/* Basic splits at the first colon, so the name "a:b" with a token arrives as
 * "a" with "b:token". That must not go on to another provider. */
static int ends_in_token(const jt_config_server_t *config,
                         const char *password)
{
    const char *colon = strrchr(password, ':');

    return colon && jt_secret_shape(config->rules.prefix, colon + 1)
                        == JT_SECRET_TOKEN;
}

static apr_status_t verify_password(request_rec *r,
                                    const jt_basic_t *credentials,
                                    jt_check_t *check, apr_pool_t *pool)
{
    jt_actor_t actor = jt_findings_actor(r, pool);
    jt_attempt_t attempt = { 0 };

    attempt.user = credentials->user;
    attempt.password = credentials->password;
    attempt.now = actor.now;
    attempt.address = actor.address;
    return jt_verify(&actor, &attempt, check);
}

/* A password without the shape of a token may be a token of an older system. If
 * the table does not have it, the next provider decides. */
static apr_status_t check_legacy(request_rec *r,
                                 const jt_basic_t *credentials,
                                 jt_check_t *check, apr_pool_t *pool)
{
    apr_status_t status = APR_SUCCESS;

    if (ends_in_token(jt_config_server(r->server), credentials->password)) {
        check->verdict = JT_VERDICT_NOT_CANONICAL;
        return APR_SUCCESS;
    }
    check->verdict = JT_VERDICT_FOREIGN;
    if (jt_config_dir_legacy(r) && credentials->canonical
        && *credentials->password) {
        status = verify_password(r, credentials, check, pool);
        if (check->verdict == JT_VERDICT_UNKNOWN) {
            check->verdict = JT_VERDICT_FOREIGN;
        }
    }
    return status;
}

/* Checks what needs no table first. */
static apr_status_t check_token(request_rec *r, const jt_basic_t *credentials,
                                jt_check_t *check, apr_pool_t *pool)
{
    jt_config_server_t *config = jt_config_server(r->server);

    memset(check, 0, sizeof(*check));
    switch (jt_secret_shape(config->rules.prefix, credentials->password)) {
    case JT_SECRET_FOREIGN:
        return check_legacy(r, credentials, check, pool);
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
    return verify_password(r, credentials, check, pool);
}

static int has_shape(request_rec *r, const char *password)
{
    return jt_secret_shape(jt_config_server(r->server)->rules.prefix,
                           password) != JT_SECRET_FOREIGN;
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

static int is_examined(const jt_findings_t *findings, const char *header,
                       int legacy)
{
    return findings->header
           && (findings->legacy == JT_FINDINGS_ANY
               || findings->legacy == legacy)
           && !strcmp(findings->header, header);
}

void jt_findings_examine(request_rec *r, const char *header,
                         jt_findings_t *findings)
{
    apr_pool_t *pool = jt_findings_initial(r)->pool;
    int legacy = jt_config_dir_legacy(r);
    jt_basic_t credentials;

    if (is_examined(findings, header, legacy)) {
        return;
    }
    /* The memory of a subrequest's header may not last as long as the initial
     * request. */
    findings->header = r->pool == pool ? header : apr_pstrdup(pool, header);
    findings->legacy = JT_FINDINGS_ANY;
    findings->status = APR_SUCCESS;
    findings->check.verdict = JT_VERDICT_FOREIGN;
    if (!jt_basic_parse(header, &credentials, pool)) {
        return;
    }
    findings->user = credentials.user;
    if (!has_shape(r, credentials.password)) {
        findings->legacy = legacy;
    }
    findings->status = check_token(r, &credentials, &findings->check, pool);
    jt_basic_wipe(&credentials);
    if (findings->status != APR_SUCCESS
        || findings->check.verdict != JT_VERDICT_FOREIGN) {
        findings->saw_token = 1;
        count_check(findings);
    }
}

static int is_token(request_rec *r, const char *password)
{
    return jt_secret_shape(jt_config_server(r->server)->rules.prefix,
                           password) == JT_SECRET_TOKEN;
}

int jt_findings_is_token(request_rec *r, const char *header)
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
