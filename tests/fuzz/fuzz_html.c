/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives bytes that anybody could send to what writes them into a page, or
 * quotes them for a shell, a program or a URL, and reads back what was written.
 */
#include "fuzz.h"

#include <apr_lib.h>
#include <string.h>

#include "core/jt_label.h"
#include "html/jt_html.h"
#include "html/jt_quote.h"

#define MUST FUZZ_MUST

typedef struct page_t {
    char *text;
    apr_size_t length;
    apr_size_t room;
} page_t;

static void append(void *baton, const char *bytes, apr_size_t length)
{
    page_t *page = baton;

    MUST(length > 0 && length <= page->room - page->length);
    memcpy(page->text + page->length, bytes, length);
    page->length += length;
}

/* The character that a reference stands for, as a browser reads it. */
static char read_reference(const char **text)
{
    static const struct {
        const char *name;
        char means;
    } known[] = {
        { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
        { "&quot;", '"' }, { "&#39;", '\'' }
    };
    const size_t count = sizeof(known) / sizeof(known[0]);
    size_t i;

    for (i = 0; i < count; i++) {
        if (!strncmp(*text, known[i].name, strlen(known[i].name))) {
            break;
        }
    }
    MUST(i < count);
    *text += strlen(known[i].name);
    return known[i].means;
}

void fuzz_html(const char *text)
{
    page_t page;
    const char *c;

    page.length = 0;
    page.room = strlen(text) * strlen("&quot;") + 1;
    page.text = apr_palloc(fuzz_pool, page.room);
    jt_html_escape(text, append, &page);
    append(&page, "", 1);
    MUST(!strpbrk(page.text, "<>\"'"));
    for (c = page.text; *c; text++) {
        MUST((*c == '&' ? read_reference(&c) : *c++) == *text);
    }
    MUST(!*text);
}

/* POSIX.1 XCU 2.2: a quote ends and begins quoting; outside of it there is
 * nothing but \ and one character. */
static void check_shell(const char *word, const char *text)
{
    int quoted = 0;

    for (; *word; word++) {
        if (*word == '\'') {
            quoted = !quoted;
            continue;
        }
        if (!quoted) {
            MUST(*word == '\\' && word[1]);
            word++;
        }
        MUST(*word == *text++);
    }
    MUST(!quoted && !*text);
}

static void check_string(const char *literal, const char *text)
{
    MUST(*literal++ == '"');
    for (; *literal != '"'; literal++) {
        if (*literal == '\\') {
            literal++;
            MUST(*literal == '\\' || *literal == '"');
        }
        MUST(*literal && *literal == *text++);
    }
    MUST(!literal[1] && !*text);
}

static int read_unit(const char **text)
{
    int unit = 0;
    int i;

    MUST((*text)[0] == '\\' && (*text)[1] == 'u');
    *text += 2;
    for (i = 0; i < 4; i++) {
        char digit = *(*text)++;

        MUST(apr_isxdigit(digit));
        unit = unit * 16 + (apr_isdigit(digit) ? digit - '0'
                                               : apr_tolower(digit) - 'a' + 10);
    }
    return unit;
}

/* A code point as one code unit of UTF-16 or as two. */
static apr_int32_t read_units(const char **text)
{
    int high = read_unit(text);

    if ((high & 0xFC00) != 0xD800) {
        return high;
    }
    return 0x10000 + ((high & 0x3FF) << 10) + (read_unit(text) & 0x3FF);
}

/* Java's escapes: ASCII, with a backslash before each special character.
 * @return what follows the text's last character */
static const char *check_escapes(const char *made, const char *text,
                                 const char *special)
{
    while (*text) {
        if (apr_isascii(*text)) {
            MUST(!strchr(special, *text) || *made++ == '\\');
            MUST(*made++ == *text++);
        }
        else {
            apr_int32_t c = jt_label_next(&text);

            text += c < 0;
            MUST(read_units(&made) == (c < 0 ? 0xFFFD : c));
        }
    }
    return made;
}

static void check_java(const char *literal, const char *text)
{
    MUST(*literal == '"');
    MUST(!strcmp(check_escapes(literal + 1, text, "\\\""), "\""));
}

static void check_xml(const char *made, const char *text)
{
    MUST(!strpbrk(made, "<>"));
    for (; *made; text++) {
        MUST((*made == '&' ? read_reference(&made) : *made++) == *text);
    }
    MUST(!*text);
}

/* PowerShell takes ' and U+2018 to U+201B for the same quote. */
static apr_size_t powershell_quote(const char *text)
{
    static const char *const quotes[] = {
        "'", "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9B"
    };
    size_t i;

    for (i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        if (!strncmp(text, quotes[i], strlen(quotes[i]))) {
            return strlen(quotes[i]);
        }
    }
    return 0;
}

static void check_powershell(const char *string, const char *text)
{
    MUST(*string++ == '\'');
    while (*string) {
        apr_size_t quote = powershell_quote(string);

        if (quote && !string[quote]) {
            break;
        }
        string += quote; /* two of them are one */
        MUST(powershell_quote(string) == quote);
        quote += !quote;
        MUST(!strncmp(string, text, quote));
        string += quote;
        text += quote;
    }
    MUST(!strcmp(string, "'") && !*text);
}

static int hex_value(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;

    MUST(found);
    return (int)(found - digits);
}

static void check_url(const char *part, const char *text)
{
    MUST(!part[strspn(part, FUZZ_UNRESERVED "%")]);
    for (; *part; part++, text++) {
        int c = (unsigned char)*part;

        if (c == '%') {
            c = hex_value(part[1]) << 4;
            c |= hex_value(part[2]);
            part += 2;
        }
        MUST(c == (unsigned char)*text);
    }
    MUST(!*text);
}

void fuzz_quote(const char *text)
{
    check_shell(jt_quote_shell(text, fuzz_pool), text);
    check_string(jt_quote_string(text, fuzz_pool), text);
    check_powershell(jt_quote_powershell(text, fuzz_pool), text);
    check_url(jt_quote_url(text, fuzz_pool), text);
    check_java(jt_quote_java(text, fuzz_pool), text);
    check_xml(jt_quote_xml(text, fuzz_pool), text);
    MUST(!*check_escapes(jt_quote_properties(text, fuzz_pool), text, "\\"));
}
