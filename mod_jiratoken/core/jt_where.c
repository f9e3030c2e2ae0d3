/* SPDX-License-Identifier: Apache-2.0
 *
 * Says in SQL which rows a filter means, and by which indexes they are found.
 * It must not know how they are read, which is in core/jt_listing.c.
 *
 * There are two kinds of conditions. The exact ones decide; they are those of
 * core/jt_token.c and core/jt_row.c, which take a negative or odd value for
 * none. The others, of bounds and paths, let all these rows through and perhaps
 * a few more, and are what an index can do: a column, compared with constants.
 */
#include "core/jt_where.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_label.h"
#include "core/jt_token.h"

#define NUMBER "%" APR_INT64_T_FMT

#define ANY APR_INT64_MAX
#define NO_DATE APR_INT64_C(-1) /* as make_clean() has it */

/* What is being made. */
typedef struct making_t {
    const jt_where_ask_t *ask;
    jt_where_t *where;
    apr_pool_t *pool;
    apr_int64_t after; /* expires_at is later than this, */
    apr_int64_t until; /* and not later than this; ANY */
    apr_int64_t unused; /* since this instant; ANY */
} making_t;

jt_where_dialect_t jt_where_dialect(const char *driver)
{
    if (!strcmp(driver, "mysql")) {
        return JT_WHERE_MYSQL;
    }
    return strcmp(driver, "pgsql") ? JT_WHERE_SQLITE : JT_WHERE_PGSQL;
}

static const char *make_hex(const char *text, apr_pool_t *pool)
{
    static const char digits[] = "0123456789abcdef";
    char *made = apr_palloc(pool, 2 * strlen(text) + 1);
    char *out = made;

    for (; *text; text++) {
        *out++ = digits[(unsigned char)*text >> 4];
        *out++ = digits[(unsigned char)*text & 15];
    }
    *out = '\0';
    return made;
}

/* SQLite knows no other way to end a text (sqlite.org/lang_expr.html). */
static const char *make_quoted(const char *text, apr_pool_t *pool)
{
    char *made = apr_palloc(pool, 2 * strlen(text) + 3);
    char *out = made;

    *out++ = '\'';
    for (; *text; text++) {
        if (*text == '\'') {
            *out++ = '\'';
        }
        *out++ = *text;
    }
    *out++ = '\'';
    *out = '\0';
    return made;
}

/* Characters that are the same in each client character set, and mean nothing
 * within quotes: digests are of these, and most names. */
static int is_plain(const char *text)
{
    return !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789 -._@")];
}

/* PostgreSQL converts again for each row that it compares, so that a thousand
 * digests would take it half a second. */
const char *jt_where_literal(jt_where_dialect_t dialect, const char *text,
                             apr_pool_t *pool)
{
    if (is_plain(text)) {
        return apr_pstrcat(pool, "'", text, "'", NULL);
    }
    switch (dialect) {
    case JT_WHERE_PGSQL:
        return apr_pstrcat(pool, "convert_from(decode('", make_hex(text, pool),
                           "', 'hex'), 'UTF8')", NULL);
    case JT_WHERE_MYSQL:
        return apr_pstrcat(pool, "X'", make_hex(text, pool), "'", NULL);
    case JT_WHERE_SQLITE:
        break;
    }
    return make_quoted(text, pool);
}

static void add_part(making_t *making, const char *text,
                     jt_cursor_sort_t covered)
{
    jt_where_t *where = making->where;

    where->parts[where->parts_count].text = text;
    where->parts[where->parts_count++].covered = covered;
}

static jt_where_path_t *add_path(making_t *making, const char *range,
                                 const char *order)
{
    jt_where_path_t *path = &making->where->paths[making->where->paths_count++];

    path->ranges[0] = range;
    path->orders[0] = order;
    return path;
}

/* Of the rows without a value. MySQL finds them by an index, but does not see
 * that they are in its order. */
static const char *order_nulls(const making_t *making, const char *column)
{
    return making->ask->dialect == JT_WHERE_MYSQL
               ? "id" : apr_pstrcat(making->pool, column, ", id", NULL);
}

/* A column's value as core/jt_row.c reads it: -1 for none. */
static const char *make_clean(const making_t *making, const char *column)
{
    const char *is_number = making->ask->dialect == JT_WHERE_SQLITE
                                ? apr_pstrcat(making->pool, "typeof(", column,
                                              ") = 'integer' AND ", NULL) : "";

    return apr_psprintf(making->pool,
                        "CASE WHEN %s%s >= 0 THEN %s ELSE -1 END", is_number,
                        column, column);
}

static const char *make_user(const making_t *making)
{
    const apr_array_header_t *users = making->ask->users;
    const char *text = NULL;
    int i;

    if (!users) {
        return apr_pstrcat(making->pool, "user_name = ",
                           jt_where_literal(making->ask->dialect,
                                            making->ask->filter->user,
                                            making->pool), NULL);
    }
    for (i = 0; i < users->nelts; i++) {
        text = apr_pstrcat(making->pool, text ? text : "user_name IN (",
                           i ? ", " : "",
                           jt_where_literal(making->ask->dialect,
                                            APR_ARRAY_IDX(users, i,
                                                          const char *),
                                            making->pool), NULL);
    }
    return text ? apr_pstrcat(making->pool, text, ")", NULL) : NULL;
}

static void limit_users(const making_t *making, jt_where_bound_t *bound)
{
    const apr_array_header_t *users = making->ask->users;
    int i;

    bound->least = bound->most = making->ask->filter->user;
    for (i = 0; users && i < users->nelts; i++) {
        const char *user = APR_ARRAY_IDX(users, i, const char *);

        bound->least = i && strcmp(bound->least, user) < 0 ? bound->least
                                                           : user;
        bound->most = i && strcmp(bound->most, user) > 0 ? bound->most : user;
    }
}

static void add_user(making_t *making)
{
    jt_where_bound_t *bound = &making->where->bounds[JT_CURSOR_USER];
    const char *text;

    if (!making->ask->filter->user) {
        return;
    }
    text = make_user(making);
    if (!text) {
        making->where->is_nothing = 1;
        return;
    }
    limit_users(making, bound);
    bound->values = text;
    bound->no_odd = 1;
    add_part(making, text, JT_CURSOR_USER);
    add_path(making, text, "user_name, label");
}

static char *write_character(char *out, apr_int32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | (c >> 6));
    }
    else {
        if (c < 0x10000) {
            *out++ = (char)(0xE0 | (c >> 12));
        }
        else {
            *out++ = (char)(0xF0 | (c >> 18));
            *out++ = (char)(0x80 | ((c >> 12) & 0x3F));
        }
        *out++ = (char)(0x80 | ((c >> 6) & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

/* The first text after all that begin with this one: its last character becomes
 * the next. UTF-8 is ordered as its characters are. NULL: there is none. */
static const char *make_successor(const char *text, apr_pool_t *pool)
{
    char *made = apr_palloc(pool, strlen(text) + 2);
    const char *next = text;
    char *last = NULL;
    apr_int32_t successor = 0;

    while (*next) {
        const char *at = next;
        apr_int32_t c = jt_label_next(&next);

        if (c < 0x10FFFF) {
            last = made + (at - text);
            successor = c == 0xD7FF ? 0xE000 : c + 1;
        }
    }
    if (!last) {
        return NULL;
    }
    memcpy(made, text, (apr_size_t)(last - made));
    *write_character(last, successor) = '\0';
    return made;
}

static void add_label(making_t *making)
{
    const char *label = making->ask->filter->label;
    jt_where_bound_t *bound = &making->where->bounds[JT_CURSOR_LABEL];
    const char *successor;

    if (!label) {
        return;
    }
    successor = make_successor(label, making->pool);
    bound->least = label;
    bound->most = successor;
    bound->values = apr_pstrcat(
        making->pool, "label >= ",
        jt_where_literal(making->ask->dialect, label, making->pool),
        successor ? " AND label < " : NULL,
        successor ? jt_where_literal(making->ask->dialect, successor,
                                     making->pool) : NULL, NULL);
    bound->no_odd = 1;
    add_part(making, bound->values, JT_CURSOR_LABEL);
    add_path(making, bound->values, "label, id");
}

static void narrow(making_t *making, apr_int64_t after, apr_int64_t until)
{
    if (after > making->after) {
        making->after = after;
    }
    if (until < making->until) {
        making->until = until;
    }
}

/* What has no date counts, as long ago as it may be. */
static void narrow_unused(making_t *making, int days)
{
    apr_int64_t since = making->ask->now - days * JT_DATE_DAY;

    if (since < making->unused) {
        making->unused = since > NO_DATE ? since : NO_DATE;
    }
}

/* Unused since an instant, though perhaps without any date. */
static const char *make_unused(const making_t *making, apr_int64_t since)
{
    return apr_psprintf(making->pool, "%s <= " NUMBER " AND %s <= " NUMBER,
                        make_clean(making, "last_used_at"), since,
                        make_clean(making, "created_at"), since);
}

static const char *make_dateless(const making_t *making)
{
    return apr_psprintf(making->pool, "%s = -1 AND %s = -1",
                        make_clean(making, "last_used_at"),
                        make_clean(making, "created_at"));
}

static apr_int64_t get_idle_since(const making_t *making)
{
    return making->ask->now - making->ask->max_idle * JT_DATE_DAY;
}

static void add_not_idle(making_t *making)
{
    if (making->ask->max_idle) {
        add_part(making, apr_psprintf(making->pool, "(NOT (%s) OR %s)",
                                      make_unused(making,
                                                  get_idle_since(making)),
                                      make_dateless(making)),
                 JT_CURSOR_SORTS);
    }
}

static void add_idle(making_t *making)
{
    if (!making->ask->max_idle) {
        making->where->is_nothing = 1;
        return;
    }
    narrow_unused(making, making->ask->max_idle);
    add_part(making, apr_psprintf(making->pool, "NOT (%s)",
                                  make_dateless(making)), JT_CURSOR_SORTS);
}

/* Rows that are over at no instant up to this one. */
static void add_lasting(making_t *making, apr_int64_t instant)
{
    jt_where_bound_t *bound = &making->where->bounds[JT_CURSOR_EXPIRES];

    add_part(making, apr_psprintf(making->pool,
                                  "(expires_at IS NULL OR %s > " NUMBER ")",
                                  make_clean(making, "expires_at"), instant),
             JT_CURSOR_SORTS);
    bound->values = apr_psprintf(making->pool, "expires_at > " NUMBER, instant);
    bound->least = apr_psprintf(making->pool, NUMBER, instant);
    bound->no_odd = 1;
}

/* Whether the owner has not been seen. Who has no row of their own counts as
 * seen when the directive was first in force, the day of the row without a
 * name. Nobody's row is of a table without either. */
static const char *make_unseen(const making_t *making)
{
    const char *owners = making->ask->owners;
    const char *first = apr_psprintf(
        making->pool, "(SELECT o.seen_on FROM %s o WHERE o.user_name = %s)",
        owners, jt_where_literal(making->ask->dialect, "", making->pool));

    return apr_psprintf(
        making->pool, "COALESCE((SELECT o.seen_on FROM %s o"
        " WHERE o.user_name = w.user_name), %s, " NUMBER ") < " NUMBER, owners,
        first, making->ask->seen_since, making->ask->seen_since);
}

/* The last condition: it looks into another table, and is asked of those rows
 * alone that all the others let through. */
static void add_owner(making_t *making)
{
    jt_filter_state_t state = making->ask->filter->state;
    int is_unseen = state == JT_FILTER_STATE_UNSEEN;

    if (!is_unseen && state != JT_FILTER_STATE_SOON
        && state != JT_FILTER_STATE_ACTIVE) {
        return;
    }
    if (making->ask->owners) {
        making->where->is_dear = is_unseen;
        add_part(making, apr_psprintf(making->pool, is_unseen ? "%s"
                                                              : "NOT (%s)",
                                      make_unseen(making)), JT_CURSOR_SORTS);
    }
    else if (is_unseen) {
        making->where->is_nothing = 1;
    }
}

/* In the order of jt_token_state(): each excludes those before it. But for its
 * owner: see add_owner(). */
static void add_state(making_t *making)
{
    const apr_int64_t now = making->ask->now;
    jt_filter_state_t state = making->ask->filter->state;

    if (state == JT_FILTER_STATE_ANY) {
        return;
    }
    /* Else it is unreadable; of expires_at below. */
    add_part(making, apr_psprintf(making->pool,
                                  "(last_used_at IS NULL OR %s >= 0)",
                                  make_clean(making, "last_used_at")),
             JT_CURSOR_SORTS);
    switch (state) {
    case JT_FILTER_STATE_EXPIRED:
        narrow(making, NO_DATE, now);
        return;
    case JT_FILTER_STATE_IDLE:
        add_lasting(making, now);
        add_idle(making);
        return;
    case JT_FILTER_STATE_UNSEEN:
        add_lasting(making, now);
        break;
    case JT_FILTER_STATE_SOON:
        narrow(making, now, now + JT_TOKEN_SOON);
        break;
    case JT_FILTER_STATE_ACTIVE:
        add_lasting(making, now + JT_TOKEN_SOON);
        break;
    case JT_FILTER_STATE_ANY:
        break;
    }
    add_not_idle(making);
}

static void add_expiry(making_t *making)
{
    jt_where_bound_t *bound = &making->where->bounds[JT_CURSOR_EXPIRES];

    if (making->ask->filter->never) {
        making->where->is_nothing |= making->until != ANY;
        bound->no_values = bound->no_odd = 1;
        add_part(making, "expires_at IS NULL", JT_CURSOR_EXPIRES);
        add_path(making, "expires_at IS NULL",
                 order_nulls(making, "expires_at"));
        return;
    }
    if (making->until == ANY) {
        return;
    }
    making->where->is_nothing |= making->after >= making->until;
    bound->values = apr_psprintf(making->pool, "expires_at > " NUMBER
                                 " AND expires_at <= " NUMBER, making->after,
                                 making->until);
    bound->least = apr_psprintf(making->pool, NUMBER, making->after);
    bound->most = apr_psprintf(making->pool, NUMBER, making->until);
    bound->no_odd = bound->no_nulls = 1;
    add_part(making, bound->values, JT_CURSOR_EXPIRES);
    add_path(making, bound->values, "expires_at, id");
}

/* Of both columns, the rows without a date are among them, and those of another
 * type, which SQLite has behind all numbers. */
static void add_unused_by(making_t *making, jt_cursor_sort_t sort,
                          const char *column)
{
    jt_where_bound_t *bound = &making->where->bounds[sort];
    jt_where_path_t *path;

    bound->values = apr_psprintf(making->pool, "%s <= " NUMBER, column,
                                 making->unused);
    bound->most = apr_psprintf(making->pool, NUMBER, making->unused);
    path = add_path(making, bound->values,
                    apr_pstrcat(making->pool, column, ", id", NULL));
    path->ranges[1] = apr_pstrcat(making->pool, column, " IS NULL", NULL);
    path->orders[1] = order_nulls(making, column);
    if (making->ask->dialect == JT_WHERE_SQLITE) {
        path->ranges[2] = apr_pstrcat(making->pool, column,
                                      " >= 9223372036854775808.0", NULL);
        path->orders[2] = path->orders[0];
    }
}

/* What is unused was made before, too. */
static void add_unused(making_t *making)
{
    if (making->unused == ANY) {
        return;
    }
    add_part(making, make_unused(making, making->unused), JT_CURSOR_SORTS);
    add_unused_by(making, JT_CURSOR_USED, "last_used_at");
    add_unused_by(making, JT_CURSOR_CREATED, "created_at");
}

/* @param word one of the column's, with blanks around it as needed */
static const char *make_word(const making_t *making, const char *word)
{
    int is_mysql = making->ask->dialect == JT_WHERE_MYSQL;

    return apr_psprintf(making->pool, "%s(%s, '%s') > 0",
                        making->ask->dialect == JT_WHERE_PGSQL ? "strpos"
                                                               : "instr",
                        is_mysql ? "CONCAT(' ', restrictions, ' ')"
                                 : "' ' || restrictions || ' '", word);
}

static void add_restriction(making_t *making)
{
    static const char *const words[] = {
        NULL, NULL, NULL, " read ", " areas=", " from="
    };
    jt_filter_restriction_t restriction = making->ask->filter->restriction;

    if (restriction == JT_FILTER_RESTRICTION_ANY) {
        return;
    }
    if (restriction == JT_FILTER_RESTRICTION_NONE) {
        add_part(making, "restrictions IS NULL", JT_CURSOR_SORTS);
        return;
    }
    add_part(making, "restrictions IS NOT NULL", JT_CURSOR_SORTS);
    /* MySQL's index is of a beginning, by which nothing is in order. */
    add_path(making, "restrictions IS NOT NULL",
             making->ask->dialect == JT_WHERE_MYSQL ? NULL : "id");
    if (words[restriction]) {
        add_part(making, make_word(making, words[restriction]),
                 JT_CURSOR_SORTS);
    }
}

static void narrow_by_days(making_t *making)
{
    const jt_filter_t *filter = making->ask->filter;
    const apr_int64_t now = making->ask->now;

    if (filter->expiring) {
        narrow(making, now, now + filter->expiring * JT_DATE_DAY);
    }
    if (filter->expired_for) {
        narrow(making, NO_DATE, now - filter->expired_for * JT_DATE_DAY);
    }
    if (filter->unused) {
        narrow_unused(making, filter->unused);
    }
}

void jt_where_make(const jt_where_ask_t *ask, jt_where_t *where,
                   apr_pool_t *pool)
{
    making_t making = { ask, where, pool, NO_DATE, ANY, ANY };
    int sort;

    memset(where, 0, sizeof(*where));
    for (sort = 0; sort < JT_CURSOR_SORTS; sort++) {
        where->bounds[sort].values = "";
    }
    where->bounds[JT_CURSOR_USER].no_nulls = 1;
    where->bounds[JT_CURSOR_LABEL].no_nulls = 1;
    add_user(&making);
    add_label(&making);
    narrow_by_days(&making);
    add_state(&making);
    add_expiry(&making);
    add_restriction(&making);
    add_unused(&making);
    add_owner(&making);
}

const char *jt_where_join(const jt_where_t *where, jt_cursor_sort_t covered,
                          apr_pool_t *pool)
{
    const char *text = NULL;
    int i;

    for (i = 0; i < where->parts_count; i++) {
        if (where->parts[i].covered == JT_CURSOR_SORTS
            || where->parts[i].covered != covered) {
            text = text ? apr_pstrcat(pool, text, " AND ", where->parts[i].text,
                                      NULL) : where->parts[i].text;
        }
    }
    return text;
}
