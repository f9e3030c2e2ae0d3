/* SPDX-License-Identifier: Apache-2.0
 *
 * Quotes user names for the examples, which people paste into a terminal: a
 * name such as o'brien or "$(reboot)" must not become a command (shell
 * injection). It must not know pages.
 */
#include "html/jt_quote.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_label.h"

/* Quotes text, with `before` and `after` around each special byte, so that no
 * byte of it ends the string. */
static const char *quote_text(const char *text, char quote, const char *special,
                              const char *before, const char *after,
                              apr_pool_t *pool)
{
    apr_size_t room = strlen(text) * (strlen(before) + strlen(after) + 1) + 3;
    char *made = apr_palloc(pool, room);
    char *out = made;

    *out++ = quote;
    for (; *text; text++) {
        int escape = strchr(special, *text) != NULL;

        if (escape) {
            out = apr_cpystrn(out, before, strlen(before) + 1);
        }
        *out++ = *text;
        if (escape) {
            out = apr_cpystrn(out, after, strlen(after) + 1);
        }
    }
    *out++ = quote;
    *out = '\0';
    return made;
}

const char *jt_quote_shell(const char *text, apr_pool_t *pool)
{
    return quote_text(text, '\'', "'", "'\\", "'", pool);
}

const char *jt_quote_string(const char *text, apr_pool_t *pool)
{
    return quote_text(text, '"', "\\\"", "\\", "", pool);
}

/* curl parses quotes since 7.84; before, they were part of the name. */
static int is_netrc_word(const char *text)
{
    const char *at = text;

    while (*at && (!apr_isascii(*at) || apr_isgraph(*at))
           && !strchr("\"\\#", *at)) {
        at++;
    }
    return at > text && !*at;
}

const char *jt_quote_netrc(const char *text, apr_pool_t *pool)
{
    if (is_netrc_word(text)) {
        return apr_pstrdup(pool, text);
    }
    return quote_text(text, '"', "\\\"", "\\", "", pool);
}

/* PowerShell also ends a string at U+2018..U+201B, the bytes E2 80 98..9B. */
static apr_size_t quote_length(const char *text)
{
    if (*text == '\'') {
        return 1;
    }
    return !strncmp(text, "\xE2\x80", 2) && (text[2] & 0xFC) == 0x98 ? 3 : 0;
}

const char *jt_quote_powershell(const char *text, apr_pool_t *pool)
{
    char *made = apr_palloc(pool, strlen(text) * 2 + 3);
    char *out = made;

    *out++ = '\'';
    while (*text) {
        apr_size_t quote = quote_length(text);

        memcpy(out, text, quote);
        out += quote;
        quote += !quote;
        memcpy(out, text, quote);
        out += quote;
        text += quote;
    }
    *out++ = '\'';
    *out = '\0';
    return made;
}

const char *jt_quote_url(const char *text, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    char *made = apr_palloc(pool, strlen(text) * 3 + 1);
    char *out = made;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x80 && (apr_isalnum(c) || strchr("-._~", c))) {
            *out++ = (char)c;
        }
        else {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    *out = '\0';
    return made;
}

/* Writes "\\uXXXX", for what has two code units in UTF-16 twice. */
static char *write_units(char *out, apr_int32_t c)
{
    apr_uint32_t beyond = (apr_uint32_t)c - 0x10000;

    if (c < 0x10000) {
        return out + apr_snprintf(out, 7, "\\u%04x", (unsigned)c);
    }
    return out + apr_snprintf(out, 13, "\\u%04x\\u%04x",
                              0xD800 + (beyond >> 10),
                              0xDC00 + (beyond & 0x3FF));
}

/* A copy in ASCII, with a backslash before each special byte. The longest is
 * the escape of a byte that is not UTF-8. */
static const char *escape_text(const char *text, const char *special,
                               apr_pool_t *pool)
{
    char *made = apr_palloc(pool, strlen(text) * 6 + 8);
    char *out = made;

    while (*text) {
        if (apr_isascii(*text)) {
            if (strchr(special, *text)) {
                *out++ = '\\';
            }
            *out++ = *text++;
        }
        else {
            apr_int32_t c = jt_label_next(&text);

            out = write_units(out, c < 0 ? 0xFFFD : c);
            text += c < 0;
        }
    }
    *out = '\0';
    return made;
}

const char *jt_quote_java(const char *text, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "\"", escape_text(text, "\\\"", pool), "\"", NULL);
}

const char *jt_quote_properties(const char *text, apr_pool_t *pool)
{
    return escape_text(text, "\\", pool);
}

const char *jt_quote_xml(const char *text, apr_pool_t *pool)
{
    char *made = apr_palloc(pool, strlen(text) * 5 + 1);
    char *out = made;

    for (; *text; text++) {
        const char *safe = *text == '&' ? "&amp;" : *text == '<' ? "&lt;"
                           : *text == '>' ? "&gt;" : NULL;

        if (safe) {
            out = apr_cpystrn(out, safe, strlen(safe) + 1);
        }
        else {
            *out++ = *text;
        }
    }
    *out = '\0';
    return made;
}
