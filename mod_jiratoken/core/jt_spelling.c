/* SPDX-License-Identifier: Apache-2.0
 *
 * The spellings of a user name, in the order of an index. Whoever seeks the
 * first name from the next spelling on, and again from what was found, reaches
 * all of them by a few steps, without an index of lowered names, which every
 * write would pay for. It must not know SQL.
 */
#include "core/jt_spelling.h"

#include <apr_strings.h>
#include <string.h>


/* The name in capitals, which come first, but for the given beginning. */
static char *make_first(const char *name, const char *beginning,
                        apr_size_t length, apr_pool_t *pool)
{
    char *made = apr_pstrdup(pool, name);
    char *c;

    for (c = made; *c; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        }
    }
    memcpy(made, beginning, length);
    return made;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* @return how a letter of the name can be spelt so that it comes after `limit`,
 * the smallest; or '\0' */
static char find_after(char letter, char limit)
{
    unsigned char small = (unsigned char)letter;
    unsigned char capital = small >= 'a' && small <= 'z'
                                ? (unsigned char)(small - 'a' + 'A') : small;

    if (capital > (unsigned char)limit) {
        return (char)capital;
    }
    return small > (unsigned char)limit ? letter : '\0';
}

const char *jt_spelling_next(const char *name, const char *from,
                             apr_pool_t *pool)
{
    apr_size_t same = 0;
    char *made;
    char c;

    while (name[same] && from[same] && lower(from[same]) == name[same]) {
        same++;
    }
    if (!from[same]) {
        return make_first(name, from, same, pool);
    }
    /* The last letter that can come after that of `from`, the others before it
     * being the same. */
    for (;; same--) {
        c = name[same] ? find_after(name[same], from[same]) : '\0';
        if (c || !same) {
            break;
        }
    }
    if (!c) {
        return NULL;
    }
    made = make_first(name, from, same, pool);
    made[same] = c;
    return made;
}

int jt_spelling_is(const char *name, const char *text)
{
    while (*name && lower(*text) == *name) {
        name++;
        text++;
    }
    return !*name && !*text;
}
