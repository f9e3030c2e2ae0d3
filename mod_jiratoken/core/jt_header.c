/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares the names of headers as programs see them. It must not know what a
 * header is for.
 */
#include "core/jt_header.h"

#include <string.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
                     "abcdefghijklmnopqrstuvwxyz0123456789"

static char get_variable_character(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return jt_header_is_plain(c) ? c : '_';
}

int jt_header_matches(const char *pattern, const char *name)
{
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
