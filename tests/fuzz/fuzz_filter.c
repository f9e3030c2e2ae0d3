/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives filters and cursors of the administrators' list that anybody could
 * send to what reads them, writes them again, and makes SQL of them.
 */
#include "fuzz.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_cursor.h"
#include "core/jt_filter.h"
#include "core/jt_label.h"
#include "core/jt_where.h"

#define MUST FUZZ_MUST

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)

/* ---- filters */

static int is_same_text(const char *one, const char *other)
{
    return one && other ? !strcmp(one, other) : one == other;
}

static int is_same(const jt_filter_t *one, const jt_filter_t *other)
{
    return is_same_text(one->user, other->user)
           && is_same_text(one->label, other->label)
           && one->state == other->state && one->unused == other->unused
           && one->expiring == other->expiring
           && one->expired_for == other->expired_for
           && one->restriction == other->restriction
           && one->never == other->never;
}

/* Words for people: of what was sent, only what can be shown. */
static void check_words(const char *words)
{
    MUST(*words && strlen(words) < 400);
    MUST(!strcmp(words, jt_label_clean(words, fuzz_pool)));
}

/* @param decodes whether values are %XX, as in a query string
 * @return zero when a part of it is a fault */
static int read_query(const char *query, int decodes, jt_filter_t *filter)
{
    char *state = NULL;
    char *pair = apr_strtok(apr_pstrdup(fuzz_pool, query), "&", &state);

    memset(filter, 0, sizeof(*filter));
    for (; pair; pair = apr_strtok(NULL, "&", &state)) {
        char *value = strchr(pair, '=');
        const char *words;

        value = value ? value : pair + strlen(pair);
        if (*value) {
            *value++ = '\0';
        }
        words = jt_filter_set(filter, pair,
                              decodes ? apr_punescape_url(fuzz_pool, value,
                                                          NULL, NULL, 0)
                                      : value, fuzz_pool);
        if (words) {
            check_words(words);
            return 0;
        }
        MUST(jt_filter_is_name(pair) && *value);
    }
    return 1;
}

/* What stands outside of literals is this module's: a quote that a value could
 * close would leave something of it there. */
static void check_sql(const char *text, jt_where_dialect_t dialect)
{
    while (text && *text) {
        MUST(strchr(FUZZ_UNRESERVED " ()<>=,|'+*", *text));
        if (*text++ != '\'') {
            continue;
        }
        for (; *text != '\'' || text[1] == '\''; text++) {
            MUST(*text);
            MUST(dialect == JT_WHERE_SQLITE
                 || strchr(FUZZ_UNRESERVED " @=", *text));
            text += *text == '\'';
        }
        text++;
    }
}

static void check_where(const jt_filter_t *filter, jt_where_dialect_t dialect,
                        const char *owners)
{
    jt_where_ask_t ask = { dialect, filter, NULL, NOW, 30, owners, 20000 };
    jt_where_t where;
    int i;
    int k;

    jt_where_make(&ask, &where, fuzz_pool);
    MUST(where.parts_count <= JT_WHERE_PARTS);
    MUST(where.paths_count <= JT_WHERE_PATHS);
    /* Else a filter would mean every token. */
    MUST(jt_filter_is_empty(filter)
         == (!where.parts_count && !where.is_nothing));
    check_sql(jt_where_join(&where, JT_CURSOR_SORTS, fuzz_pool), dialect);
    for (i = 0; i < JT_CURSOR_SORTS; i++) {
        check_sql(where.bounds[i].values, dialect);
    }
    for (i = 0; i < where.paths_count; i++) {
        for (k = 0; k < JT_WHERE_RANGES; k++) {
            check_sql(where.paths[i].ranges[k], dialect);
        }
    }
}

void fuzz_filter(const char *text)
{
    jt_filter_t filter;
    jt_filter_t again;
    const char *query;

    if (!read_query(text, 0, &filter)) {
        return;
    }
    query = jt_filter_query(&filter, fuzz_pool);
    MUST(!query[strspn(query, FUZZ_UNRESERVED "=&%")]);
    MUST(jt_filter_is_empty(&filter) == !*query);
    MUST(read_query(query, 1, &again) && is_same(&filter, &again));
    check_where(&filter, JT_WHERE_SQLITE, NULL);
    check_where(&filter, JT_WHERE_PGSQL, "jiratoken_owners");
    check_where(&filter, JT_WHERE_MYSQL, "jiratoken_owners");
}

/* ---- cursors */

static void check_cursor(const jt_cursor_t *cursor, const char *text)
{
    MUST(!strcmp(jt_cursor_make(cursor, fuzz_pool), text));
    if (cursor->place != JT_CURSOR_VALUES) {
        MUST(!*cursor->key && !*cursor->tie);
    }
    else if (cursor->sort > JT_CURSOR_LABEL) {
        /* It becomes a number of SQL. */
        MUST(*cursor->key && !cursor->key[strspn(cursor->key, "-0123456789")]);
        MUST(!strchr(cursor->key + 1, '-') && strcmp(cursor->key, "-"));
    }
    MUST(cursor->sort == JT_CURSOR_USER || !*cursor->tie);
}

/* @return how many lists it is of */
static int parse_everywhere(const char *text)
{
    int count = 0;
    int i;

    for (i = 0; i < 2 * JT_CURSOR_SORTS; i++) {
        jt_cursor_t cursor = { 0 };
        const char *words = jt_cursor_parse(text, (jt_cursor_sort_t)(i / 2),
                                            i % 2, &cursor, fuzz_pool);

        if (words) {
            check_words(words);
            continue;
        }
        MUST((int)cursor.sort == i / 2 && cursor.descending == i % 2);
        check_cursor(&cursor, text);
        count++;
    }
    return count;
}

/* As a list gives it: of the first letter the sort, the order and the place,
 * and of the rest the row. */
static const char *make_cursor(const char *text)
{
    static const char *const numbers[] = { "0", "-1", "1768473000",
                                           "9223372036854775807" };
    unsigned char which = (unsigned char)*text;
    jt_cursor_t cursor = { 0 };
    size_t half = *text ? strlen(text + 1) / 2 : 0;

    cursor.sort = (jt_cursor_sort_t)(which % JT_CURSOR_SORTS);
    cursor.descending = which / 5 % 2;
    cursor.place = (jt_cursor_place_t)(which / 10 % 3);
    cursor.id = (apr_int64_t)strlen(text) * which - 300;
    cursor.key = cursor.tie = "";
    if (half && cursor.place == JT_CURSOR_VALUES) {
        cursor.key = cursor.sort == JT_CURSOR_USER
                         ? apr_pstrndup(fuzz_pool, text + 1, half) : text + 1;
        cursor.tie = cursor.sort == JT_CURSOR_USER ? text + 1 + half : "";
    }
    if (cursor.place == JT_CURSOR_VALUES && cursor.sort > JT_CURSOR_LABEL) {
        cursor.key = numbers[which / 30 % 4];
    }
    return jt_cursor_make(&cursor, fuzz_pool);
}

void fuzz_cursor(const char *text)
{
    const char *made = make_cursor(text);

    MUST(parse_everywhere(text) <= 1);
    MUST(!made[strspn(made, FUZZ_UNRESERVED)]);
    MUST(parse_everywhere(made) == (strlen(made) <= JT_CURSOR_MAX));
}
