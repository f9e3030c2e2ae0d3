/* SPDX-License-Identifier: Apache-2.0
 *
 * Where tokens are accepted: JiraTokenAccept and AuthBasicProvider, and whom
 * JiraTokenAccept Challenge asks for one. It must not know tokens or answers.
 */
#include "auth/jt_accept.h"

#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_basic.h"

static int has_type(request_rec *r, const char *name)
{
    const char *type = ap_auth_type(r);

    return type && (!strcmp(type, name) || !ap_cstr_casecmp(type, name));
}

int jt_accept_is_basic(request_rec *r)
{
    return has_type(r, "Basic");
}

/* Without a realm no password can be asked for; mod_auth_basic reports that
 * before it calls a provider. */
static int is_listed(request_rec *r)
{
    return jt_config_dir_listed(r) && jt_config_dir_has_realm(r)
           && jt_accept_is_basic(r);
}

jt_accept_t jt_accept_find(request_rec *r)
{
    int accept;

    if (is_listed(r)) {
        return JT_ACCEPT_LISTED;
    }
    accept = jt_config_dir_accept(r);
    if (accept == JT_CONFIG_ACCEPT_OFF
        || (jt_config_dir_mount(r)
            && jt_config_dir_handler(r) != JT_CONFIG_API)) {
        return JT_ACCEPT_NO;
    }
    return accept == JT_CONFIG_ACCEPT_ON ? JT_ACCEPT_ON : JT_ACCEPT_CHALLENGE;
}

int jt_accept_is_meant(request_rec *r)
{
    return jt_config_dir_listed(r)
           || jt_config_dir_accept(r) != JT_CONFIG_ACCEPT_OFF;
}

/* What browsers send, and programs do not: Chromium, Firefox and Safari have
 * application/xhtml+xml in the Accept of each navigation, and at least one of
 * the headers in each request of a page's script. */
static int is_browsers(request_rec *r)
{
    static const char *const names[] = {
        "Cookie", "Sec-Fetch-Mode", "Origin", "Referer", "X-Requested-With"
    };
    const char *accept;
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (apr_table_get(r->headers_in, names[i])) {
            return 1;
        }
    }
    accept = apr_table_get(r->headers_in, "Accept");
    return accept && ap_strcasestr(accept, "application/xhtml+xml");
}

int jt_accept_is_callback(const request_rec *r, const char *path)
{
    const char *uri = jt_config_server(r->server)->oidc_redirect;
    const char *scheme = uri ? strstr(uri, "://") : NULL;
    apr_size_t length;

    if (scheme) {
        uri = strchr(scheme + 3, '/');
    }
    if (!uri) {
        return 0;
    }
    length = strcspn(uri, "?#");
    return strlen(path) == length && !strncmp(path, uri, length);
}

/* The provider calls mod_auth_openidc itself for a back-channel logout, as a
 * program without credentials. */
int jt_accept_leaves_alone(request_rec *r, const char *header)
{
    return is_browsers(r) || jt_accept_is_callback(r, r->uri)
           || (header && *header && !jt_basic_is_scheme(header));
}

/* @param types ends with NULL */
static int has_one_of(request_rec *r, const char *const *types)
{
    while (*types && !has_type(r, *types)) {
        types++;
    }
    return *types != NULL;
}

int jt_accept_has_own_challenge(request_rec *r)
{
    static const char *const types[] = {
        "Basic", "Digest", "GSSAPI", "Kerberos", "KerberosV4", "KerberosV5",
        "Negotiate", "SPNEGO", "NTLM", "SSPI", "Bearer", "JWT", "oauth20",
        "oauth2", NULL
    };

    return has_one_of(r, types);
}

int jt_accept_ignores_header(request_rec *r)
{
    static const char *const types[] = {
        "openid-connect", "form", "Mellon", "shibboleth", "CAS", NULL
    };

    return has_one_of(r, types);
}
