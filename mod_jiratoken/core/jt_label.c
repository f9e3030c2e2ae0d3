/* SPDX-License-Identifier: Apache-2.0
 *
 * The characters that a label may have, and UTF-8. Parses bytes from outside;
 * it must not know tables, pages or escaping. The attack behind a rule:
 * CVE-2021-42574 (bidirectional controls make text read as another).
 */
#include "core/jt_label.h"

#include <apr_strings.h>
#include <string.h>

typedef struct range_t {
    apr_int32_t first;
    apr_int32_t last;
} range_t;

/* Unicode White_Space without the controls and line separators, which are
 * refused at any position. */
static const range_t spaces[] = {
    { 0x20, 0x20 },     { 0xA0, 0xA0 },     { 0x1680, 0x1680 },
    { 0x2000, 0x200A }, { 0x202F, 0x202F }, { 0x205F, 0x205F },
    { 0x3000, 0x3000 }, { 0, 0 }
};

/* Default_Ignorable_Code_Point and the Braille blank: nothing is visible. */
static const range_t invisible[] = {
    { 0xAD, 0xAD },     { 0x34F, 0x34F },     { 0x115F, 0x1160 },
    { 0x17B4, 0x17B5 }, { 0x180B, 0x180F },   { 0x200B, 0x200D },
    { 0x2060, 0x2065 }, { 0x206A, 0x206F },   { 0x2800, 0x2800 },
    { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F },   { 0xFEFF, 0xFEFF },
    { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB },   { 0x1BCA0, 0x1BCA3 },
    { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF }, { 0, 0 }
};

static const range_t controls[] = {
    { 0x01, 0x1F }, { 0x7F, 0x9F }, { 0x2028, 0x2029 }, { 0, 0 }
};

static const range_t bidi[] = {
    { 0x61C, 0x61C }, { 0x200E, 0x200F }, { 0x202A, 0x202E },
    { 0x2066, 0x2069 }, { 0, 0 }
};

static int is_in(const range_t *range, apr_int32_t c)
{
    for (; range->last; range++) {
        if (c >= range->first && c <= range->last) {
            return 1;
        }
    }
    return 0;
}

int jt_label_is_space(apr_int32_t c)
{
    return is_in(spaces, c);
}

static int is_noncharacter(apr_int32_t c)
{
    return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* @return how many bytes follow a lead byte; -1 for an invalid lead byte
 * @param least set to the smallest code point of that length: below is
 *        overlong */
static int parse_lead(unsigned char lead, apr_int32_t *bits, apr_int32_t *least)
{
    if (lead < 0x80) {
        *bits = lead;
        *least = 0;
        return 0;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        *bits = lead & 0x1F;
        *least = 0x80;
        return 1;
    }
    if ((lead & 0xF0) == 0xE0) {
        *bits = lead & 0x0F;
        *least = 0x800;
        return 2;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *bits = lead & 0x07;
        *least = 0x10000;
        return 3;
    }
    return -1;
}

apr_int32_t jt_label_next(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    apr_int32_t c;
    apr_int32_t least;
    int more = parse_lead(*s++, &c, &least);

    if (more < 0) {
        return -1;
    }
    for (; more > 0; more--, s++) {
        if ((*s & 0xC0) != 0x80) {
            return -1;
        }
        c = (c << 6) | (*s & 0x3F);
    }
    if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        return -1;
    }
    *text = (const char *)s;
    return c;
}

static jt_label_fault_t check_character(apr_int32_t c)
{
    if (c < 0 || is_noncharacter(c)) {
        return JT_LABEL_ENCODING;
    }
    if (is_in(controls, c)) {
        return JT_LABEL_CONTROL;
    }
    return is_in(bidi, c) ? JT_LABEL_BIDI : JT_LABEL_FINE;
}

jt_label_fault_t jt_label_parse(const char *text, const char **label,
                                apr_pool_t *pool)
{
    const char *next = text;
    const char *start = NULL;
    const char *end = text;
    int length = 0;
    int pending = 0;
    int visible = 0;

    while (*next) {
        const char *here = next;
        apr_int32_t c = jt_label_next(&next);
        jt_label_fault_t fault = check_character(c);

        if (fault != JT_LABEL_FINE) {
            return fault;
        }
        pending++;
        if (is_in(spaces, c)) {
            continue;
        }
        if (!start) {
            start = here;
            pending = 1;
        }
        length += pending;
        pending = 0;
        end = next;
        visible |= !is_in(invisible, c);
    }
    if (!visible) {
        return JT_LABEL_EMPTY;
    }
    if (length > JT_LABEL_MAX) {
        return JT_LABEL_TOO_LONG;
    }
    *label = apr_pstrndup(pool, start, (apr_size_t)(end - start));
    return JT_LABEL_FINE;
}

const char *jt_label_clean(const char *text, apr_pool_t *pool)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    char *made = apr_palloc(pool, strlen(text) * 3 + 1);
    char *out = made;

    while (*text) {
        const char *here = text;
        apr_int32_t c;

        /* A fast path: most labels are plain ASCII, and each row of a list
         * passes here. */
        if (*text >= ' ' && *text <= '~') {
            *out++ = *text++;
            continue;
        }
        c = jt_label_next(&text);
        if (check_character(c) == JT_LABEL_FINE) {
            memcpy(out, here, (apr_size_t)(text - here));
            out += text - here;
            continue;
        }
        text += c < 0;
        memcpy(out, replacement, 3);
        out += 3;
    }
    *out = '\0';
    return made;
}
