/* SPDX-License-Identifier: Apache-2.0
 *
 * The contents of the examples: the user name as each language quotes it, and
 * the addresses that tokens open, in the parts that examples write apart. The
 * commands are in html/web/recipe_*.html. It must not know requests, nor copy
 * the secret.
 */
#include "html/jt_view_recipes.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_url.h"
#include "html/jt_quote.h"

/* A host without its port. The colons of an IPv6 address are in brackets. */
static const char *get_hostname(const char *host, apr_pool_t *pool)
{
    const char *colon = strrchr(host, ':');

    if (!colon || strchr(colon, ']')) {
        return host;
    }
    return apr_pstrmemdup(pool, host, (apr_size_t)(colon - host));
}

/* What follows "://": each of these addresses has it. */
static const char *get_rest(const char *url)
{
    return strstr(url, "://") + 3;
}

static int ends_in(const char *text, const char *ending)
{
    apr_size_t length = strlen(text);

    return length >= strlen(ending)
           && !strcmp(text + length - strlen(ending), ending);
}

/* Something below an address. */
static const char *join(const char *url, const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, url, ends_in(url, "/") ? "" : "/", name, NULL);
}

static int is_git(const jt_url_service_t *service)
{
    return ends_in(service->url, ".git");
}

static int has_svn(const char *text)
{
    while (*text && apr_cstr_casecmpn(text, "svn", 3)) {
        text++;
    }
    return *text != '\0';
}

static int is_svn(const jt_url_service_t *service)
{
    const char *path = strchr(get_rest(service->url), '/');

    return has_svn(service->title) || (path && has_svn(path));
}

/* The address of one program: the chosen one if it is of that kind, else the
 * first that is, else something below the chosen one. */
static const char *find_url(const apr_array_header_t *services,
                            const jt_url_service_t *chosen,
                            int (*is_kind)(const jt_url_service_t *service),
                            const char *name, apr_pool_t *pool)
{
    int i;

    if (is_kind(chosen)) {
        return chosen->url;
    }
    for (i = 0; i < services->nelts; i++) {
        const jt_url_service_t *service = &APR_ARRAY_IDX(services, i,
                                                         jt_url_service_t);

        if (is_kind(service)) {
            return service->url;
        }
    }
    return join(chosen->url, name, pool);
}

static const char *get_scheme(const char *url)
{
    return url[4] == 's' ? "https" : "http";
}

/* What the examples have when this service is chosen. */
static void set_parts(jt_html_t *scope, const apr_array_header_t *services,
                      const jt_url_service_t *chosen, apr_pool_t *pool)
{
    const char *rest = get_rest(chosen->url);
    const char *git = find_url(services, chosen, is_git, "PATH/REPOSITORY.git",
                               pool);

    jt_html_set(scope, "url", chosen->url);
    jt_html_set(scope, "protocol", get_scheme(chosen->url));
    jt_html_set(scope, "folder", join(rest, "", pool));
    jt_html_set(scope, "machine",
                get_hostname(apr_pstrmemdup(pool, rest, strcspn(rest, "/")),
                             pool));
    jt_html_set(scope, "git_protocol", get_scheme(git));
    jt_html_set(scope, "git_rest", get_rest(git));
    jt_html_set(scope, "svn_url",
                find_url(services, chosen, is_svn, "PATH", pool));
}

/* A choice takes two. */
static void add_services(jt_html_t *scope, const apr_array_header_t *services,
                         apr_pool_t *pool)
{
    int i;

    jt_html_flag(scope, "has_choice", services->nelts > 1);
    for (i = 0; i < services->nelts && services->nelts > 1; i++) {
        const jt_url_service_t *service = &APR_ARRAY_IDX(services, i,
                                                         jt_url_service_t);
        jt_html_t *row = jt_html_add(scope, "services");

        set_parts(row, services, service, pool);
        jt_html_set(row, "service_title", service->title);
        jt_html_flag(row, "is_other", i > 0);
        jt_html_flag(row, "is_titled", strcmp(service->title, service->url));
    }
}

/* The first service's address, or this server's own, which the browser knows
 * best. */
static void set_address(jt_html_t *scope, const jt_view_frame_t *frame,
                        apr_pool_t *pool)
{
    jt_html_set(scope, "scheme", frame->scheme);
    jt_html_set(scope, "host", frame->host);
    jt_html_set(scope, "hostname", get_hostname(frame->host, pool));
    if (frame->services) {
        set_parts(scope, frame->services,
                  &APR_ARRAY_IDX(frame->services, 0, jt_url_service_t), pool);
        add_services(scope, frame->services, pool);
    }
}

/* Python's requests encodes str as Latin-1, whatever the server expects; it
 * sends bytes unchanged. */
static int is_beyond_ascii(const char *text)
{
    while (apr_isascii(*text) && *text) {
        text++;
    }
    return *text != '\0';
}

static void set_user(jt_html_t *scope, const char *user, apr_pool_t *pool)
{
    const char *shell = jt_quote_shell(user, pool);

    jt_html_set(scope, "shell_user", shell);
    /* Without the closing quote: the template appends the token inside the same
     * quotes, so that no copy of the token is made. */
    jt_html_set(scope, "shell_open",
                apr_pstrmemdup(pool, shell, strlen(shell) - 1));
    jt_html_set(scope, "netrc_user", jt_quote_netrc(user, pool));
    jt_html_set(scope, "url_user", jt_quote_url(user, pool));
    jt_html_set(scope, "string_user", jt_quote_string(user, pool));
    jt_html_flag(scope, "beyond_ascii", is_beyond_ascii(user));
    jt_html_set(scope, "java_user", jt_quote_java(user, pool));
    jt_html_set(scope, "powershell_user", jt_quote_powershell(user, pool));
    jt_html_set(scope, "xml_user", jt_quote_xml(user, pool));
    jt_html_set(scope, "properties_user", jt_quote_properties(user, pool));
}

void jt_view_recipes(jt_html_t *scope, const jt_view_frame_t *frame,
                     const char *secret, apr_pool_t *pool)
{
    jt_html_set(scope, "recipe_token", secret);
    set_user(scope, frame->user, pool);
    set_address(scope, frame, pool);
}

void jt_view_connect(jt_html_t *scope)
{
    jt_html_set(scope, "title", "connect");
    jt_html_flag(scope, "on_connect", 1);
}
