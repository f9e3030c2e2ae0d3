/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads and writes the filters of the administrators' list. Parses bytes from
 * outside; it must not know SQL, which is in core/jt_where.c. What is misspelt
 * is an error: a filter that became none would revoke every token.
 */
#include "core/jt_filter.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/jt_label.h"

/* Characters of a name that is not known. */
#define SHOWN 60

static const char *const states[] = {
    "any", "active", "expires-soon", "expired", "idle", "owner-not-seen", NULL
};

static const char *const restrictions[] = {
    "any", "restricted", "unrestricted", "read", "areas", "from", NULL
};

static const char *const expiries[] = { "any", "never", NULL };

/* A text of at most `limit` characters, one of `words` (the first of which is
 * what is not set), or days. */
typedef struct part_t {
    const char *name;
    size_t offset; /* within jt_filter_t */
    int limit;
    const char *const *words;
} part_t;

/* In the order of the query string. */
static const part_t parts[] = {
    { "user", offsetof(jt_filter_t, user), JT_FILTER_USER, NULL },
    { "label", offsetof(jt_filter_t, label), JT_FILTER_LABEL, NULL },
    { "state", offsetof(jt_filter_t, state), 0, states },
    { "unused", offsetof(jt_filter_t, unused), 0, NULL },
    { "expiring", offsetof(jt_filter_t, expiring), 0, NULL },
    { "expired", offsetof(jt_filter_t, expired_for), 0, NULL },
    { "expiry", offsetof(jt_filter_t, never), 0, expiries },
    { "restriction", offsetof(jt_filter_t, restriction), 0, restrictions }
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const part_t *find_part(const char *name)
{
    size_t i;

    for (i = 0; i < PARTS; i++) {
        if (!strcmp(name, parts[i].name)) {
            return &parts[i];
        }
    }
    return NULL;
}

/* Enumerations of the filter are ints here: no member is negative. */
static void set_number(jt_filter_t *filter, const part_t *part, int number)
{
    memcpy((char *)filter + part->offset, &number, sizeof(number));
}

static int get_number(const jt_filter_t *filter, const part_t *part)
{
    int number;

    memcpy(&number, (const char *)filter + part->offset, sizeof(number));
    return number;
}

static const char *get_text(const jt_filter_t *filter, const part_t *part)
{
    const char *text;

    memcpy(&text, (const char *)filter + part->offset, sizeof(text));
    return text;
}

static int is_set(const jt_filter_t *filter, const part_t *part)
{
    return part->limit ? get_text(filter, part) != NULL
                       : get_number(filter, part) != 0;
}

static const char *name_words(const char *const *words, apr_pool_t *pool)
{
    const char *list = words[1];
    int i;

    for (i = 2; words[i]; i++) {
        list = apr_pstrcat(pool, list, words[i + 1] ? ", " : " or ", words[i],
                           NULL);
    }
    return list;
}

/* Control characters (C0, DEL, C1) are not searched for: they could hide what
 * is about to be revoked. Nor is what begins with a byte order mark, as the
 * first line of some files does. */
static const char *set_text(jt_filter_t *filter, const part_t *part,
                            const char *value, apr_pool_t *pool)
{
    const char *copy = apr_pstrdup(pool, value);
    int length;

    for (length = 0; *value; length++) {
        apr_int32_t c = jt_label_next(&value);

        if (c < 0) {
            return apr_psprintf(pool, "%s must be UTF-8", part->name);
        }
        if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
            return apr_psprintf(pool, "%s must not have control characters",
                                part->name);
        }
        if (c == 0xFEFF && !length) {
            return apr_psprintf(pool, "%s must not begin with a byte order "
                                "mark: save the list without one", part->name);
        }
    }
    if (length > part->limit) {
        return apr_psprintf(pool, "%s must have at most %d characters",
                            part->name, part->limit);
    }
    memcpy((char *)filter + part->offset, &copy, sizeof(copy));
    return NULL;
}

static const char *set_word(jt_filter_t *filter, const part_t *part,
                            const char *value, apr_pool_t *pool)
{
    int i;

    for (i = 1; part->words[i]; i++) {
        if (!strcmp(value, part->words[i])) {
            set_number(filter, part, i);
            return NULL;
        }
    }
    return apr_psprintf(pool, "%s must be %s", part->name,
                        name_words(part->words, pool));
}

static const char *set_days(jt_filter_t *filter, const part_t *part,
                            const char *value, apr_pool_t *pool)
{
    size_t length = strspn(value, "0123456789");
    long days = length < 6 ? strtol(value, NULL, 10) : 0;

    if (value[length] || *value == '0' || days < 1 || days > JT_FILTER_DAYS) {
        return apr_psprintf(pool, "%s must be a whole number of days from 1 to "
                            "%d", part->name, JT_FILTER_DAYS);
    }
    set_number(filter, part, (int)days);
    return NULL;
}

/* As much of a name as can be shown to people. */
static const char *make_short(const char *name, apr_pool_t *pool)
{
    const char *clean = jt_label_clean(name, pool);
    const char *end = clean;
    int i;

    for (i = 0; *end && i < SHOWN; i++) {
        (void)jt_label_next(&end);
    }
    return apr_pstrmemdup(pool, clean, (size_t)(end - clean));
}

static const char *describe_unknown(const char *name, apr_pool_t *pool)
{
    const char *known = parts[0].name;
    size_t i;

    for (i = 1; i < PARTS; i++) {
        known = apr_pstrcat(pool, known, i + 1 < PARTS ? ", " : " and ",
                            parts[i].name, NULL);
    }
    return apr_psprintf(pool, "\"%s\" is no filter: these are %s",
                        make_short(name, pool), known);
}

const char *jt_filter_set(jt_filter_t *filter, const char *name,
                          const char *value, apr_pool_t *pool)
{
    const part_t *part = find_part(name);

    if (!part) {
        return describe_unknown(name, pool);
    }
    if (is_set(filter, part)) {
        return apr_psprintf(pool, "%s must be given once", part->name);
    }
    if (!*value) {
        return apr_psprintf(pool, "%s must not be empty", part->name);
    }
    if (part->limit) {
        return set_text(filter, part, value, pool);
    }
    return part->words ? set_word(filter, part, value, pool)
                       : set_days(filter, part, value, pool);
}

int jt_filter_is_name(const char *name)
{
    return find_part(name) != NULL;
}

int jt_filter_is_empty(const jt_filter_t *filter)
{
    size_t i;

    for (i = 0; i < PARTS; i++) {
        if (is_set(filter, &parts[i])) {
            return 0;
        }
    }
    return 1;
}

/* All but RFC 3986's unreserved characters as %XX. */
static const char *encode(const char *text, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    char *made = apr_palloc(pool, 3 * strlen(text) + 1);
    char *out = made;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (apr_isalnum(c) || strchr("-._~", c)) {
            *out++ = (char)c;
            continue;
        }
        *out++ = '%';
        *out++ = hex[c >> 4];
        *out++ = hex[c & 15];
    }
    *out = '\0';
    return made;
}

static const char *write_value(const jt_filter_t *filter, const part_t *part,
                               apr_pool_t *pool)
{
    if (part->limit) {
        return encode(get_text(filter, part), pool);
    }
    return part->words ? part->words[get_number(filter, part)]
                       : apr_itoa(pool, get_number(filter, part));
}

const char *jt_filter_query(const jt_filter_t *filter, apr_pool_t *pool)
{
    const char *query = "";
    size_t i;

    for (i = 0; i < PARTS; i++) {
        if (is_set(filter, &parts[i])) {
            query = apr_pstrcat(pool, query, *query ? "&" : "", parts[i].name,
                                "=", write_value(filter, &parts[i], pool),
                                NULL);
        }
    }
    return query;
}
