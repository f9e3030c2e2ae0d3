/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request's credentials say: Basic (RFC 7617) read from its header, a
 * token's text told from any other password, and checked where it is one.
 * Answers nobody: that is auth/jt_authn.c's.
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

static jt_findings_t *find_known(request_rec *r)
{
    return ap_get_module_config(jt_findings_initial(r)->request_config,
                                &jiratoken_module);
}

jt_findings_t *jt_findings_get(request_rec *r)
{
    request_rec *initial = jt_findings_initial(r);
    jt_findings_t *known = find_known(initial);

    if (!known) {
        known = apr_pcalloc(initial->pool, sizeof(*known));
        ap_set_module_config(initial->request_config, &jiratoken_module,
                             known);
    }
    return known;
}

jt_findings_t *jt_findings_find_granted(request_rec *r)
{
    jt_findings_t *known = find_known(r);

    return known && known->verified ? known : NULL;
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

/* Basic splits at the first colon: the name "a:b" with a token arrives as "a"
 * with "b:token", which must not travel on to another provider. */
static int ends_in_token(const jt_config_server_t *config,
                         const char *password)
{
    const char *colon = strrchr(password, ':');

    return colon && jt_secret_shape(config->rules.prefix, colon + 1)
                        == JT_SECRET_TOKEN;
}

static apr_status_t verify(request_rec *r, const jt_basic_t *credentials,
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

/* A password without a token's shape: perhaps a token of an older system. Of
 * one that the table does not know, the next provider decides. */
static apr_status_t find_out_legacy(request_rec *r,
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
        status = verify(r, credentials, check, pool);
        if (check->verdict == JT_VERDICT_UNKNOWN) {
            check->verdict = JT_VERDICT_FOREIGN;
        }
    }
    return status;
}

/* Everything about a credential that can be told without the table; the
 * table is asked about the rest. */
static apr_status_t find_out(request_rec *r, const jt_basic_t *credentials,
                             jt_check_t *check, apr_pool_t *pool)
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
    return verify(r, credentials, check, pool);
}

static void count(const jt_findings_t *known)
{
    jt_shared_count(JT_COUNT_CHECKS);
    if (known->status != APR_SUCCESS) {
        jt_shared_count(JT_COUNT_UNAVAILABLE);
    }
    else {
        jt_shared_count_verdict(known->check.verdict);
    }
}

static int is_known(const jt_findings_t *known, const char *header,
                    int legacy)
{
    return known->header && known->legacy == legacy
           && !strcmp(known->header, header);
}

void jt_findings_examine(request_rec *r, const char *header,
                         jt_findings_t *known)
{
    apr_pool_t *pool = jt_findings_initial(r)->pool;
    int legacy = jt_config_dir_legacy(r);
    jt_basic_t credentials;

    if (is_known(known, header, legacy)) {
        return;
    }
    /* A subrequest's headers may go before the initial request does. */
    known->header = r->pool == pool ? header : apr_pstrdup(pool, header);
    known->legacy = legacy;
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
        count(known);
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
    const jt_findings_t *known = find_known(r);

    return known && known->saw_token;
}

int jt_findings_came_by_token(request_rec *r)
{
    return jt_findings_has_seen_token(r)
           || jt_findings_is_token(r, apr_table_get(r->headers_in,
                                                    "Authorization"))
           || jt_findings_is_token(r, apr_table_get(r->headers_in,
                                                    "Proxy-Authorization"));
}
