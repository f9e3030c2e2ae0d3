/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages' languages, and which of them a browser's user reads. It must not
 * know texts or requests.
 */
#include "html/jt_language.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <string.h>

#define JT_LANGUAGE_ROW(tag, rule) { tag, jt_plural_##rule },
static const jt_language_t embedded[] = { JT_LANGUAGE_ROWS(JT_LANGUAGE_ROW) };
#undef JT_LANGUAGE_ROW

#define EMBEDDED ((int)(sizeof(embedded) / sizeof(embedded[0])))

/* Browsers send about five ranges. */
#define RANGES 64

/* Weights are in thousandths. */
#define WHOLE 1000

/* A range of a header, which is not NUL-terminated. */
typedef struct range_t {
    const char *tag;
    apr_size_t length;
    int weight;
} range_t;

/* What is chosen from, and what of it is excluded: a bit for each. */
typedef struct choice_t {
    const jt_language_t *languages;
    int count;
    apr_uint64_t excluded;
} choice_t;

const char *jt_language_tags(void)
{
#define JT_LANGUAGE_ROW(tag, rule) ", " tag
    static const char tags[] = JT_LANGUAGE_ROWS(JT_LANGUAGE_ROW);
#undef JT_LANGUAGE_ROW

    return tags + 2;
}

const jt_language_t *jt_language_find(const char *tag)
{
    int i;

    for (i = 0; i < EMBEDDED; i++) {
        if (!apr_cstr_casecmp(embedded[i].tag, tag)) {
            return &embedded[i];
        }
    }
    return NULL;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* RFC 9110, section 12.4.2: 0.875 is 875.
 * @return what follows the weight, or NULL where there is none */
static const char *parse_weight(const char *text, int *weight)
{
    int unit = WHOLE;

    if (*text != '0' && *text != '1') {
        return NULL;
    }
    *weight = (*text++ - '0') * unit;
    if (*text == '.') {
        for (text++; apr_isdigit(*text) && unit > 1; text++) {
            unit /= 10;
            *weight += (*text - '0') * unit;
        }
    }
    return *weight > WHOLE ? NULL : text;
}

/* RFC 4647, section 2.1: "*", or letters and digits, joined by "-". */
static int is_range(const range_t *range)
{
    apr_size_t i;
    int has_subtag = 0;

    for (i = 0; i < range->length; i++) {
        if (range->tag[i] == '-' && has_subtag) {
            has_subtag = 0;
        }
        else if (apr_isascii(range->tag[i]) && apr_isalnum(range->tag[i])) {
            has_subtag = 1;
        }
        else {
            return range->length == 1 && *range->tag == '*';
        }
    }
    return has_subtag;
}

/* @return zero for what is not a range with at most a weight */
static int parse_range(const char *text, const char *end, range_t *range)
{
    text = skip_blanks(text);
    range->tag = text;
    range->length = strcspn(text, " \t;,");
    range->weight = WHOLE;
    text = skip_blanks(text + range->length);
    if (*text == ';') {
        text = skip_blanks(text + 1);
        if ((*text != 'q' && *text != 'Q') || text[1] != '=') {
            return 0;
        }
        text = parse_weight(text + 2, &range->weight);
        text = text ? skip_blanks(text) : NULL;
    }
    return text == end && is_range(range);
}

/* The next range of the header.
 * @param rest set to what follows
 * @return zero at the end */
static int read_range(const char **rest, range_t *range)
{
    while (**rest) {
        const char *text = *rest;
        const char *end = text + strcspn(text, ",");

        *rest = end + (*end == ',');
        if (parse_range(text, end, range)) {
            return 1;
        }
    }
    return 0;
}

/* Whether one is the other, or the beginning of its subtags. */
static int is_prefix(const char *prefix, apr_size_t length, const char *tag,
                     apr_size_t whole)
{
    return length <= whole && !apr_cstr_casecmpn(prefix, tag, length)
           && (length == whole || tag[length] == '-');
}

static void exclude(choice_t *choice, const range_t *range)
{
    int i;

    for (i = 0; i < choice->count; i++) {
        const char *tag = choice->languages[i].tag;

        if (*range->tag != '*'
            && is_prefix(range->tag, range->length, tag, strlen(tag))) {
            choice->excluded |= APR_UINT64_C(1) << i;
        }
    }
}

/* How much of a range a language is: all of it or the beginning of its subtags,
 * the longer the better; the least for the same primary subtag alone, or for
 * "*"; zero for nothing. */
static apr_size_t compare_range(const range_t *range, const char *tag)
{
    apr_size_t primary = strcspn(tag, "-");
    apr_size_t length = strlen(tag);

    if (*range->tag == '*') {
        return 1;
    }
    if (is_prefix(tag, length, range->tag, range->length)) {
        return length;
    }
    return is_prefix(tag, primary, range->tag, range->length) ? 1 : 0;
}

static const jt_language_t *find_language(const choice_t *choice,
                                          const range_t *range)
{
    const jt_language_t *found = NULL;
    apr_size_t most = 0;
    int i;

    for (i = 0; i < choice->count; i++) {
        const jt_language_t *language = &choice->languages[i];
        apr_size_t fits = choice->excluded >> i & 1
                              ? 0 : compare_range(range, language->tag);

        if (fits > most) {
            most = fits;
            found = language;
        }
    }
    return found;
}

const jt_language_t *jt_language_choose_among(const jt_language_t *languages,
                                              int count, const char *accept)
{
    choice_t choice = { languages, count, 0 };
    const jt_language_t *chosen = languages;
    const char *rest;
    range_t range;
    int heaviest = 0;
    int i;

    rest = accept ? accept : "";
    for (i = 0; i < RANGES && read_range(&rest, &range); i++) {
        if (!range.weight) {
            exclude(&choice, &range);
        }
    }
    rest = accept ? accept : "";
    for (i = 0; i < RANGES && read_range(&rest, &range); i++) {
        const jt_language_t *found = range.weight > heaviest
                                         ? find_language(&choice, &range)
                                         : NULL;

        if (found) {
            heaviest = range.weight;
            chosen = found;
        }
    }
    return chosen;
}

const jt_language_t *jt_language_choose(const char *accept)
{
    return jt_language_choose_among(embedded, EMBEDDED, accept);
}
