/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes and reads the places at which pages of the administrators' list end:
 * base64url (RFC 4648, section 5) of the sort, the order, the place and the
 * lengths of two texts, and these. Parses bytes from outside, and takes only
 * what it would write itself. A cursor is no secret and gives no right: who
 * makes one of their own begins the list elsewhere.
 */
#include "core/jt_cursor.h"

#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

#define JUNK "the cursor is none that this list gave: begin with the first page"
#define OTHER \
    "the cursor is of another sort or order: begin with the first page"

/* As a cursor names them. */
static const char sorts[] = "ulcex";
static const char places[] = "von";

static const char *const names[JT_CURSOR_SORTS] = {
    "user", "label", "created", "expires", "used"
};

const char *jt_cursor_sort_name(jt_cursor_sort_t sort)
{
    return names[sort];
}

jt_cursor_sort_t jt_cursor_sort_parse(const char *name)
{
    int sort;

    for (sort = 0; sort < JT_CURSOR_SORTS; sort++) {
        if (!strcmp(name, names[sort])) {
            break;
        }
    }
    return (jt_cursor_sort_t)sort;
}

int jt_cursor_order_parse(const char *name)
{
    if (!strcmp(name, "asc")) {
        return 0;
    }
    return strcmp(name, "desc") ? -1 : 1;
}

int jt_cursor_is_text(jt_cursor_sort_t sort)
{
    return sort == JT_CURSOR_USER || sort == JT_CURSOR_LABEL;
}

void jt_cursor_pass(jt_cursor_t *cursor, const jt_cursor_t *before,
                    apr_pool_t *pool)
{
    apr_int64_t second;

    if (!before || jt_cursor_is_text(cursor->sort)
        || cursor->place != JT_CURSOR_VALUES
        || before->place != JT_CURSOR_VALUES || cursor->id != before->id
        || strcmp(cursor->key, before->key) != 0) {
        return;
    }
    second = apr_atoi64(cursor->key);
    if (second == (cursor->descending ? APR_INT64_MIN : APR_INT64_MAX)) {
        return; /* no number is beyond it */
    }
    cursor->id = cursor->descending ? APR_INT64_MAX : 0;
    cursor->key = apr_off_t_toa(pool, cursor->descending ? second - 1
                                                         : second + 1);
}

const char *jt_cursor_make(const jt_cursor_t *cursor, apr_pool_t *pool)
{
    const char *plain = apr_psprintf(
        pool, "%c%c%c%" APR_INT64_T_FMT " %" APR_SIZE_T_FMT " %" APR_SIZE_T_FMT
        " %s%s", sorts[cursor->sort], cursor->descending ? 'd' : 'a',
        places[cursor->place], cursor->id, strlen(cursor->key),
        strlen(cursor->tie), cursor->key, cursor->tie);
    int length = (int)strlen(plain);
    char *made = apr_palloc(pool, (apr_size_t)apr_base64_encode_len(length));
    char *c;

    apr_base64_encode(made, plain, length);
    for (c = made; *c && *c != '='; c++) {
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    }
    *c = '\0';
    return made;
}

/* @return the bytes, or NULL: not base64url, or with a NUL. That no bit is left
 * over shows when it is written again. */
static const char *decode(const char *text, apr_pool_t *pool)
{
    char *coded = apr_pstrcat(pool, text, "===", NULL);
    apr_size_t length = strlen(text);
    char *plain;
    char *c;
    int size;

    if (!length || length % 4 == 1) {
        return NULL;
    }
    for (c = coded; c < coded + length; c++) {
        if (!apr_isalnum(*c) && *c != '-' && *c != '_') {
            return NULL;
        }
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    }
    coded[(length + 3) / 4 * 4] = '\0';
    plain = apr_palloc(pool, (apr_size_t)apr_base64_decode_len(coded) + 1);
    size = apr_base64_decode(plain, coded);
    plain[size] = '\0';
    return strlen(plain) == (apr_size_t)size ? plain : NULL;
}

/* Reads a canonical number and, after it, a blank.
 * @return zero when there is none */
static int take_number(const char **text, apr_int64_t *number)
{
    const char *digits = *text + (**text == '-');
    char *end;

    if (!apr_isdigit(*digits) || (*digits == '0' && apr_isdigit(digits[1]))) {
        return 0;
    }
    errno = 0;
    *number = apr_strtoi64(*text, &end, 10);
    if (errno || *end != ' ') {
        return 0;
    }
    *text = end + 1;
    return 1;
}

static int is_whole_number(const char *text, apr_pool_t *pool)
{
    const char *with_blank = apr_pstrcat(pool, text, " ", NULL);
    apr_int64_t number;

    return take_number(&with_blank, &number) && !*with_blank
           && strcmp(text, "-0");
}

/* Nothing else may be in a statement's text. */
static int is_instant(const char *text, apr_pool_t *pool)
{
    const char *dot = strchr(text, '.');

    if (!dot) {
        return is_whole_number(text, pool);
    }
    return is_whole_number(apr_pstrmemdup(pool, text,
                                          (apr_size_t)(dot - text)), pool)
           && dot[1] != '-' && is_whole_number(dot + 1, pool);
}

/* Which texts a cursor has. */
static int is_consistent(const jt_cursor_t *cursor, apr_pool_t *pool)
{
    if (cursor->place != JT_CURSOR_VALUES) {
        return !*cursor->key && !*cursor->tie;
    }
    if (cursor->sort == JT_CURSOR_USER) {
        return 1;
    }
    return !*cursor->tie && (cursor->sort == JT_CURSOR_LABEL
                             || is_instant(cursor->key, pool));
}

/* @param plain after the three letters
 * @return zero when it is not as jt_cursor_make() writes it */
static int parse_rest(const char *plain, jt_cursor_t *cursor, apr_pool_t *pool)
{
    apr_int64_t key;
    apr_int64_t tie;
    apr_int64_t length;

    if (!take_number(&plain, &cursor->id) || !take_number(&plain, &key)
        || !take_number(&plain, &tie)) {
        return 0;
    }
    length = (apr_int64_t)strlen(plain);
    if (key < 0 || key > length || tie != length - key) {
        return 0;
    }
    cursor->key = apr_pstrndup(pool, plain, (apr_size_t)key);
    cursor->tie = apr_pstrdup(pool, plain + key);
    return is_consistent(cursor, pool);
}

static int find_letter(const char *letters, char letter)
{
    const char *found = letter ? strchr(letters, letter) : NULL;

    return found ? (int)(found - letters) : -1;
}

const char *jt_cursor_parse(const char *text, jt_cursor_sort_t sort,
                            int descending, jt_cursor_t *cursor,
                            apr_pool_t *pool)
{
    const char *plain = strlen(text) <= JT_CURSOR_MAX ? decode(text, pool)
                                                      : NULL;
    int place;

    if (!plain || strlen(plain) < 3 || find_letter(sorts, plain[0]) < 0
        || find_letter("ad", plain[1]) < 0) {
        return JUNK;
    }
    if (plain[0] != sorts[sort] || (plain[1] == 'd') != (descending != 0)) {
        return OTHER;
    }
    place = find_letter(places, plain[2]);
    if (place < 0) {
        return JUNK;
    }
    cursor->sort = sort;
    cursor->descending = descending != 0;
    cursor->place = (jt_cursor_place_t)place;
    return parse_rest(plain + 3, cursor, pool)
                   && !strcmp(jt_cursor_make(cursor, pool), text)
               ? NULL : JUNK;
}
