/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells what is, or once was, a token from what is none, by its text alone. The
 * shape of a token itself is in core/jt_secret.c. It must not know where a text
 * comes from or what is answered.
 */
#include "core/jt_tokenlike.h"

#include <string.h>

#include "core/jt_label.h"
#include "core/jt_secret.h"

/* Characters after the prefix. */
#define BODY (JT_SECRET_RANDOM + JT_SECRET_CHECKSUM)

/* So many of them make a text ours, whatever is wrong with the rest. */
#define BEGINNING 24

/* What is shorter than the shortest beginning is none. */
#define SHORTEST (JT_SECRET_PREFIX_MIN + 1 + BEGINNING)

/* ASCII alone: no locale has a say. */
static int is_base62(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z');
}

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int is_prefix_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static apr_size_t count_base62(const char *text, apr_size_t most)
{
    apr_size_t n = 0;

    while (n < most && is_base62(text[n])) {
        n++;
    }
    return n;
}

/* The shape of a part of a text. */
static jt_secret_shape_t get_shape(const char *prefix, const char *text,
                                   apr_size_t length)
{
    char part[JT_SECRET_SIZE];
    jt_secret_shape_t shape = JT_SECRET_FOREIGN;

    if (length < sizeof(part)) {
        memcpy(part, text, length);
        part[length] = '\0';
        shape = jt_secret_shape(prefix, part);
        jt_secret_wipe(part, sizeof(part));
    }
    return shape;
}

/* Whether a token with any prefix has its '_' there. */
static int is_around(const char *prefix, const char *text, const char *mark)
{
    const char *start = mark;

    if (count_base62(mark + 1, BODY) < BODY) {
        return 0;
    }
    while (start > text && mark - start < JT_SECRET_PREFIX_MAX
           && is_prefix_character(start[-1])) {
        start--;
        if (get_shape(prefix, start, (apr_size_t)(mark + 1 - start) + BODY)
                == JT_SECRET_TOKEN) {
            return 1;
        }
    }
    return 0;
}

static int has_token(const char *prefix, const char *text)
{
    const char *mark = text;

    while ((mark = strchr(mark, '_'))) {
        if (is_around(prefix, text, mark)) {
            return 1;
        }
        mark++;
    }
    return 0;
}

/* Quotation marks and blanks of any kind, and what cannot be seen. */
static int is_wrapping(apr_int32_t c)
{
    static const apr_int32_t ranges[][2] = {
        { 0x09, 0x0D }, { 0x1C, 0x20 }, { 0x22, 0x22 }, { 0x27, 0x27 },
        { 0x60, 0x60 }, { 0x85, 0x85 }, { 0xA0, 0xA0 }, { 0xAB, 0xAB },
        { 0xAD, 0xAD }, { 0xB4, 0xB4 }, { 0xBB, 0xBB }, { 0x1680, 0x1680 },
        { 0x180E, 0x180E }, { 0x2000, 0x200F }, { 0x2018, 0x201F },
        { 0x2028, 0x202F }, { 0x2039, 0x203A }, { 0x205F, 0x206F },
        { 0x3000, 0x3000 }, { 0x300C, 0x300F }, { 0xFEFF, 0xFEFF },
        { 0xFF02, 0xFF02 }, { 0xFF07, 0xFF07 }
    };
    apr_size_t i;

    for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (c >= ranges[i][0] && c <= ranges[i][1]) {
            return 1;
        }
    }
    return 0;
}

/* Bytes that are no UTF-8 are read as Latin-1. */
static const char *skip_wrapping(const char *text)
{
    while (*text) {
        const char *next = text;
        apr_int32_t c = jt_label_next(&next);

        if (c < 0) {
            c = (unsigned char)*text;
            next = text + 1;
        }
        if (!is_wrapping(c)) {
            return text;
        }
        text = next;
    }
    return text;
}

/* Whether the text begins with a word, in any case. */
static int has_word(const char *text, const char *word)
{
    while (*word && lower(*text) == *word) {
        text++;
        word++;
    }
    return !*word;
}

static int is_beginning(const char *prefix, const char *text)
{
    return has_word(text, prefix) && text[strlen(prefix)] == '_'
           && count_base62(text + strlen(prefix) + 1, BEGINNING) == BEGINNING;
}

static int begins_as_token(const char *prefix, const char *text)
{
    static const char scheme[] = "bearer";
    const char *rest = skip_wrapping(text);

    while (has_word(rest, scheme)
           && skip_wrapping(rest + sizeof(scheme) - 1)
                  > rest + sizeof(scheme) - 1) {
        rest = skip_wrapping(rest + sizeof(scheme) - 1);
    }
    return is_beginning(prefix, rest);
}

/* Whether a text has this prefix, and so many characters after it as a token
 * has, whatever they are. */
static int is_long_as_token(const char *prefix, const char *text,
                            apr_size_t length)
{
    apr_size_t head = strlen(prefix) + 1;
    apr_size_t count = 0;
    apr_size_t i;

    if (!has_word(text, prefix) || text[head - 1] != '_') {
        return 0;
    }
    for (i = head; i < length; i++) {
        count += (text[i] & 0xC0) != 0x80; /* the first byte of a character */
    }
    return count == BODY;
}

/* Between words of a header, or of the text that it encodes. */
#define DELIMITERS " \t\r\n\"'`:=,;<>()[]{}"

static const char *skip_to_word(const char *text)
{
    const char *before;

    do {
        before = text;
        text = skip_wrapping(text + strspn(text, DELIMITERS));
    } while (text != before);
    return text;
}

/* Each byte is looked at a few times, however many words there are. */
int jt_tokenlike_is_within(const char *prefix, const char *text)
{
    int found = has_token(prefix, text);

    while (*text && !found) {
        apr_size_t size;

        text = skip_to_word(text);
        size = strcspn(text, DELIMITERS);
        found = is_beginning(prefix, text)
                || is_long_as_token(prefix, text, size);
        text += size;
    }
    return found;
}

static jt_tokenlike_t from_shape(jt_secret_shape_t shape)
{
    switch (shape) {
    case JT_SECRET_TOKEN:
        return JT_TOKENLIKE_TOKEN;
    case JT_SECRET_MISTYPED:
        return JT_TOKENLIKE_MISTYPED;
    case JT_SECRET_FOREIGN:
        break;
    }
    return JT_TOKENLIKE_NO;
}

/* Most user names are short, and a good token ends after the first look: each
 * request passes here. */
jt_tokenlike_t jt_tokenlike_classify(const char *prefix, const char *text,
                                     const char **token, apr_size_t *length)
{
    jt_tokenlike_t kind;

    *token = text;
    *length = strlen(text);
    if (*length < SHORTEST) {
        return JT_TOKENLIKE_NO;
    }
    kind = from_shape(jt_secret_shape(prefix, text));
    if (kind != JT_TOKENLIKE_NO) {
        return kind;
    }
    while (*length && is_space((*token)[*length - 1])) {
        (*length)--;
    }
    while (*length && is_space(**token)) {
        (*token)++;
        (*length)--;
    }
    kind = from_shape(get_shape(prefix, *token, *length));
    if (kind == JT_TOKENLIKE_NO
        && (has_token(prefix, text) || begins_as_token(prefix, text)
            || is_long_as_token(prefix, *token, *length))) {
        kind = JT_TOKENLIKE_MALFORMED;
    }
    return kind;
}
