/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses that an administrator may configure. It must not know what they
 * are for.
 */
#include "core/jt_url.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* The characters of RFC 3986 without those that an attribute or a header would
 * have to quote. */
static int is_url_text(const char *text)
{
    return strlen(text) <= JT_URL_MAX
           && !text[strspn(text, LETTERS DIGITS "-._~:/?#[]@!$&()*+,;=%")];
}

int jt_url_is_own_path(const char *text)
{
    return text[0] == '/' && text[1] != '/' && is_url_text(text);
}

/* A name, or an IPv6 address in brackets (RFC 3986, section 3.2.2). */
static int has_host(const char *text)
{
    const char *close = strchr(text, ']');

    return *text == '[' ? close && close > text + 2
                              && (!close[1] || strchr(":/?#", close[1]))
                        : apr_isalnum(*text) != 0;
}

int jt_url_is_web_address(const char *text)
{
    apr_size_t scheme = 0;

    if (!apr_cstr_casecmpn(text, "https://", 8)) {
        scheme = 8;
    }
    else if (!apr_cstr_casecmpn(text, "http://", 7)) {
        scheme = 7;
    }
    return scheme && is_url_text(text) && has_host(text + scheme);
}

/* @return what follows the host, or NULL: there is none */
static const char *skip_host(const char *text)
{
    apr_size_t length;

    if (*text == '[') {
        length = strspn(text + 1, DIGITS "ABCDEFabcdef:.");
        return length > 1 && text[length + 1] == ']' ? text + length + 2 : NULL;
    }
    return apr_isalnum(*text) ? text + strspn(text, LETTERS DIGITS "-._")
                              : NULL;
}

static const char *skip_port(const char *text)
{
    apr_size_t length = *text == ':' ? strspn(text + 1, DIGITS) : 0;

    return length ? text + 1 + length : text;
}

static int is_plain_path(const char *text)
{
    while (*text) {
        if (*text == '%' && (!apr_isxdigit(text[1])
                             || !apr_isxdigit(text[2]))) {
            return 0;
        }
        text++;
    }
    return 1;
}

int jt_url_is_service(const char *text)
{
    const char *path = NULL;

    if (!strncmp(text, "https://", 8)) {
        path = skip_host(text + 8);
    }
    else if (!strncmp(text, "http://", 7)) {
        path = skip_host(text + 7);
    }
    path = path ? skip_port(path) : NULL;
    return path && (!*path || *path == '/') && strlen(text) <= JT_URL_MAX
           && !path[strspn(path, LETTERS DIGITS "-._~/%:@+,=")]
           && is_plain_path(path);
}
