/* SPDX-License-Identifier: Apache-2.0
 *
 * User names: which can own tokens, and in which form. One who looks like
 * another, or like the same with a blank, is nobody's. It must not know where a
 * name comes from.
 */
#include "core/jt_user.h"

#include <apr_general.h>
#include <string.h>

#include "core/jt_label.h"

/* What cannot be seen, or reorders what is around it (CVE-2021-42574). */
static int is_hidden(apr_int32_t c)
{
    return c == 0xAD || (c >= 0x200B && c <= 0x200F)
           || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069)
           || c == 0xFEFF;
}

static int is_control(apr_int32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

int jt_user_is_valid(const char *name)
{
    int is_first = 1;
    int is_space = 0;

    if (!name || !*name || strlen(name) > JT_USER_MAX) {
        return 0;
    }
    while (*name) {
        apr_int32_t c;

        /* A fast path: most names are plain ASCII. */
        if (*name > ' ' && *name <= '~' && *name != ':') {
            is_space = 0;
            is_first = 0;
            name++;
            continue;
        }
        c = jt_label_next(&name);
        is_space = jt_label_is_space(c);
        if (c == ':' || is_control(c) || is_hidden(c)
            || (is_space && is_first)) {
            return 0;
        }
        is_first = 0;
    }
    return !is_space;
}

static int is_utf8(const char *text)
{
    for (;;) {
        /* A fast path: most names are plain ASCII. */
        while (*text && !(*text & 0x80)) {
            text++;
        }
        if (!*text) {
            return 1;
        }
        if (jt_label_next(&text) < 0) {
            return 0;
        }
    }
}

char *jt_user_read(char *name, apr_pool_t *pool)
{
    const unsigned char *from = (const unsigned char *)name;
    char *made;
    char *to;

    if (is_utf8(name)) {
        return name;
    }
    made = apr_palloc(pool, 2 * strlen(name) + 1);
    for (to = made; *from; from++) {
        if (*from < 0x80) {
            *to++ = (char)*from;
        }
        else {
            *to++ = (char)(0xC0 | *from >> 6);
            *to++ = (char)(0x80 | (*from & 0x3F));
        }
    }
    *to = '\0';
    return made;
}

/* ASCII alone: no locale has a say. */
void jt_user_lower(char *name)
{
    for (; *name; name++) {
        if (*name >= 'A' && *name <= 'Z') {
            *name = (char)(*name - 'A' + 'a');
        }
    }
}

int jt_user_is_lower(const char *name)
{
    while (*name && (*name < 'A' || *name > 'Z')) {
        name++;
    }
    return !*name;
}
