/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares the names of headers as programs see them. It must not know what a
 * header is for.
 */
#include "core/jt_header.h"

#include <string.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
                     "abcdefghijklmnopqrstuvwxyz0123456789"

/* ASCII alone: no locale has a say. */
static char get_variable_character(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
}

static int is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Most names begin with another letter, in either case. */
static int is_other_letter(char a, char b)
{
    return ((a ^ b) & ~0x20) && is_letter(a) && is_letter(b);
}

int jt_header_matches(const char *pattern, const char *name)
{
    if (is_other_letter(*pattern, *name)) {
        return 0;
    }
    for (; *pattern && *name; pattern++, name++) {
        if (pattern[0] == '*' && !pattern[1]) {
            return 1;
        }
        if (get_variable_character(*pattern)
            != get_variable_character(*name)) {
            return 0;
        }
    }
    return !*name && (!*pattern || (pattern[0] == '*' && !pattern[1]));
}

int jt_header_is_pattern(const char *text)
{
    static const char allowed[] = ALPHANUMERIC "!#$%&'+-.^_`|~";
    size_t length = strspn(text, allowed);

    return strcspn(text, ALPHANUMERIC) < length
           && (!text[length] || (text[length] == '*' && !text[length + 1]));
}
