/* SPDX-License-Identifier: Apache-2.0
 *
 * What a site may write as its query for a user's account. A placeholder too
 * many or too few would have a driver read beyond its arguments, and of what is
 * no SELECT the mysql driver reads columns that are not there. It must not know
 * databases: whether the query has sense, they say when it is prepared.
 */
#include "core/jt_user_query.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <string.h>

/* How a query may begin; brackets may stand before. */
static int is_select(const char *text)
{
    static const char *const words[] = { "SELECT", "WITH" };
    size_t i;

    text += strspn(text, "( \t");
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);

        if (!apr_cstr_casecmpn(text, words[i], length)
            && !apr_isalnum(text[length]) && text[length] != '_') {
            return 1;
        }
    }
    return 0;
}

/* The quote that is open after this character. Two of a kind are one within the
 * text that they stand in: closed and opened again, which is the same. */
static char pass_quote(char open, char c)
{
    if (open) {
        return c == open ? '\0' : open;
    }
    return c == '\'' || c == '"' || c == '`' ? c : '\0';
}

/* What stands for itself in SQL alone. */
static const char *check_sign(const char *text, char open, int *count)
{
    if (*text == '?' && !open) {
        return "a ? is a placeholder of some databases: the user's name is "
               "written %s";
    }
    if (*text != '%' || text[1] == '%') {
        return NULL;
    }
    if (text[1] != 's') {
        return "the only placeholder is %s, for the user's name; a percent "
               "sign is written %%";
    }
    if (open) {
        return "the %s, for the user's name, must not stand in quotes: it is a "
               "value, and no part of a text";
    }
    ++*count;
    return NULL;
}

const char *jt_user_query_check(const char *text)
{
    const char *fault = NULL;
    char open = '\0';
    int count = 0;

    if (!is_select(text)) {
        return "it is no query that begins with SELECT or WITH";
    }
    for (; *text && !fault; text++) {
        fault = check_sign(text, open, &count);
        open = pass_quote(open, *text);
        text += *text == '%' && text[1];
    }
    if (!fault && count != 1) {
        fault = count ? "it has more than one %s: the user's name can stand in "
                        "it once only"
                      : "it has no %s, which stands for the user's name";
    }
    return fault;
}
