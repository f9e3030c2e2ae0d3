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

#include "auth/jt_accept.h"
#include "auth/jt_findings.h"
#include "core/jt_basic.h"

static const char *get_name(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authenticate"
                                         : "WWW-Authenticate";
}

/* httpd has escaped the quotes of AuthName. */
static const char *make_challenge(request_rec *r)
{
    const char *realm = ap_auth_name(r);

    if (!realm) {
        realm = ap_escape_quotes(r->pool, r->server->server_hostname);
    }
    return apr_psprintf(r->pool, "Basic realm=\"%s\", charset=\"UTF-8\"",
                        realm);
}

void jt_challenge_set(request_rec *r)
{
    apr_table_setn(r->err_headers_out, get_name(r), make_challenge(r));
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
