/* SPDX-License-Identifier: Apache-2.0
 *
 * The challenge that asks a client for a user name and a token. It must not
 * know when it is sent.
 */
#include "auth/jt_challenge.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include "jt_config.h"
#include "auth/jt_accept.h"
#include "auth/jt_findings.h"
#include "core/jt_basic.h"

static const char *get_name(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authenticate"
                                         : "WWW-Authenticate";
}

/* httpd has escaped the quotes of AuthName. */
static const char *get_realm(request_rec *r)
{
    const char *realm = ap_auth_name(r);

    return realm ? realm
                 : ap_escape_quotes(r->pool, r->server->server_hostname);
}

static const char *make_challenge(request_rec *r)
{
    return apr_psprintf(r->pool, "Basic realm=\"%s\", charset=\"UTF-8\"",
                        get_realm(r));
}

/* Only whoever has presented a Bearer token is told an error (RFC 6750, section
 * 3.1). */
static const char *make_bearer_challenge(request_rec *r)
{
    const jt_findings_t *findings = jt_findings_get(r);
    const char *error = "";

    if (findings->is_bearer && findings->saw_token) {
        error = findings->check.verdict == JT_VERDICT_EXPIRED
                    ? ", error=\"invalid_token\", error_description=\"The "
                      "access token expired\""
                    : ", error=\"invalid_token\"";
    }
    return apr_psprintf(r->pool, "Bearer realm=\"%s\"%s", get_realm(r), error);
}

static void add_bearer(request_rec *r)
{
    if (jt_config_dir_bearer(r)) {
        apr_table_addn(r->err_headers_out, get_name(r),
                       make_bearer_challenge(r));
    }
}

void jt_challenge_set(request_rec *r)
{
    apr_table_setn(r->err_headers_out, get_name(r), make_challenge(r));
    add_bearer(r);
}

void jt_challenge_set_scope(request_rec *r)
{
    apr_table_setn(r->err_headers_out, get_name(r),
                   apr_psprintf(r->pool, "Bearer realm=\"%s\", "
                                "error=\"insufficient_scope\"", get_realm(r)));
}

static int is_basic(void *found, const char *name, const char *value)
{
    (void)name;
    if (jt_basic_after_scheme(value, "Basic")) {
        *(int *)found = 1;
    }
    return 1;
}

void jt_challenge_add(request_rec *r)
{
    int found = 0;

    apr_table_do(is_basic, &found, r->err_headers_out, get_name(r), NULL);
    if (!found) {
        apr_table_addn(r->err_headers_out, get_name(r), make_challenge(r));
        add_bearer(r);
    }
}

/* Where the AuthType is another one, only whoever came by a token is asked for
 * another. */
static int note_auth_failure(request_rec *r, const char *type)
{
    jt_accept_t accept = jt_accept_find(r);

    (void)type;
    if (accept == JT_ACCEPT_NO
        || (accept != JT_ACCEPT_LISTED && !jt_findings_has_seen_token(r))) {
        return DECLINED;
    }
    jt_challenge_set(r);
    return OK;
}

void jt_challenge_register(void)
{
    static const char *const before[] = { "mod_auth_basic.c", NULL };

    ap_hook_note_auth_failure(note_auth_failure, NULL, before,
                              APR_HOOK_FIRST);
}
