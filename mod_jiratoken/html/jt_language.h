/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LANGUAGE_H
#define JT_LANGUAGE_H

#include <apr_general.h>

#include "html/jt_plural.h"

/* The languages of the pages. */

/* ROW(tag, rule): one for each catalogue, html/web/words.TAG. The tag is one of
 * BCP 47, the rule one of html/jt_plural.h. The first is for everybody who
 * reads none of them. build/words reads these rows. */
#define JT_LANGUAGE_ROWS(ROW) \
    ROW("en", en) \
    ROW("de", de) \
    ROW("fr", fr) \
    ROW("es", es) \
    ROW("pt-BR", pt) \
    ROW("ja", ja) \
    ROW("zh-CN", zh) \
    ROW("ar", ar)

typedef struct jt_language_t {
    const char *tag;
    jt_plural_rule_t *rule;
} jt_language_t;

/** The tags of all languages, as "en, de". */
const char *jt_language_tags(void);

/** Find a language by its tag, in any case. @return NULL when there is none */
const jt_language_t *jt_language_find(const char *tag);

/**
 * The language for somebody who reads these (RFC 9110, section 12.5.4; lookup
 * of RFC 4647, section 3.4): of the ranges with the highest weight the first
 * that has a language. "de-CH" is "de"; what has no language of its own takes
 * one of the same primary subtag, as "pt" and "pt-PT" take "pt-BR"; "*" takes
 * the first one. A weight of 0 excludes what the range is a prefix of. What is
 * not well-formed is passed over, and so is what comes after many ranges.
 * @param accept the value of Accept-Language, or NULL
 * @return never NULL: the first language, where none fits
 */
const jt_language_t *jt_language_choose(const char *accept);

/** The same among these languages, at most JT_LANGUAGE_MOST. */
const jt_language_t *jt_language_choose_among(const jt_language_t *languages,
                                              int count, const char *accept);

#define JT_LANGUAGE_MOST 64

#endif
