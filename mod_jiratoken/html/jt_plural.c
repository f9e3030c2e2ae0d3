/* SPDX-License-Identifier: Apache-2.0
 *
 * CLDR's plural rules for whole numbers. It must not know texts.
 */
#include "html/jt_plural.h"

/* One more digit fits behind a smaller number. */
#define LARGE APR_UINT64_C(1000000000000000000)

#define MILLION 1000000

jt_plural_t jt_plural_ar(apr_uint64_t number)
{
    unsigned int last_two = (unsigned int)(number % 100);

    if (number < 3) {
        static const jt_plural_t first[] = {
            JT_PLURAL_ZERO, JT_PLURAL_ONE, JT_PLURAL_TWO
        };

        return first[number];
    }
    return last_two >= 11 ? JT_PLURAL_MANY
           : last_two >= 3 ? JT_PLURAL_FEW : JT_PLURAL_OTHER;
}

jt_plural_t jt_plural_de(apr_uint64_t number)
{
    return jt_plural_en(number);
}

jt_plural_t jt_plural_en(apr_uint64_t number)
{
    return number == 1 ? JT_PLURAL_ONE : JT_PLURAL_OTHER;
}

jt_plural_t jt_plural_es(apr_uint64_t number)
{
    if (number == 1) {
        return JT_PLURAL_ONE;
    }
    return number && number % MILLION == 0 ? JT_PLURAL_MANY : JT_PLURAL_OTHER;
}

jt_plural_t jt_plural_fr(apr_uint64_t number)
{
    return number ? jt_plural_es(number) : JT_PLURAL_ONE;
}

jt_plural_t jt_plural_ja(apr_uint64_t number)
{
    (void)number;
    return JT_PLURAL_OTHER;
}

jt_plural_t jt_plural_pt(apr_uint64_t number)
{
    return jt_plural_fr(number);
}

jt_plural_t jt_plural_zh(apr_uint64_t number)
{
    return jt_plural_ja(number);
}

jt_plural_t jt_plural_parse(jt_plural_rule_t *rule, const char *digits)
{
    apr_uint64_t number = 0;
    int has_digit = 0;

    for (; *digits && number < LARGE; digits++) {
        if (*digits >= '0' && *digits <= '9') {
            number = number * 10 + (apr_uint64_t)(*digits - '0');
            has_digit = 1;
        }
    }
    return has_digit ? rule(number) : JT_PLURAL_OTHER;
}
