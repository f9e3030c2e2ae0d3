/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PLURAL_H
#define JT_PLURAL_H

#include <apr_general.h>

/* In which form a sentence stands beside a whole number: the cardinal rules of
 * Unicode's CLDR (UTS #35, part 3, section 5), without those for fractions. */

/** CLDR's forms. */
typedef enum jt_plural_t {
    JT_PLURAL_OTHER,
    JT_PLURAL_ZERO,
    JT_PLURAL_ONE,
    JT_PLURAL_TWO,
    JT_PLURAL_FEW,
    JT_PLURAL_MANY
} jt_plural_t;

/** The rule of a language. */
typedef jt_plural_t jt_plural_rule_t(apr_uint64_t number);

/* ROW(language, forms, forms): jt_plural_en() and the like. The first forms are
 * those that a catalogue has of a text beside "other", which each text has; the
 * second ones it may have. CLDR's "many" of French, Spanish and Portuguese is
 * for whole millions, which take a preposition where they are written in words
 * ("un million de jetons"). The pages write digits, so that the sentence is
 * that of "other", which stands in for a form that a catalogue has not.
 * build/words reads these rows. */
#define JT_PLURAL_ROWS(ROW) \
    ROW(ar, "zero one two few many", "") \
    ROW(de, "one", "") \
    ROW(en, "one", "") \
    ROW(es, "one", "many") \
    ROW(fr, "one", "many") \
    ROW(ja, "", "") \
    ROW(pt, "one", "many") \
    ROW(zh, "", "")

#define JT_PLURAL_DECLARE(language, has, may_have) \
    jt_plural_t jt_plural_##language(apr_uint64_t number);
JT_PLURAL_ROWS(JT_PLURAL_DECLARE)
#undef JT_PLURAL_DECLARE

/** The form for a number in decimal digits. Other characters, which group them
 * ("1,234"), are passed over.
 * @return JT_PLURAL_OTHER where there is no digit */
jt_plural_t jt_plural_parse(jt_plural_rule_t *rule, const char *digits);

#endif
