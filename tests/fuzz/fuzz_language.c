/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives headers to what chooses the pages' language.
 */
#include "fuzz.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "html/jt_language.h"

#define MUST FUZZ_MUST

static const jt_language_t languages[] = {
    { "en", jt_plural_en }, { "de", jt_plural_de }, { "pt-BR", jt_plural_pt },
    { "zh-CN", jt_plural_zh }
};

#define LANGUAGES ((int)(sizeof(languages) / sizeof(languages[0])))

static const jt_language_t *choose(const char *header)
{
    return jt_language_choose_among(languages, LANGUAGES, header);
}

/* Whether a header has the primary subtag somewhere, or "*". */
static int names(const char *header, const char *tag)
{
    apr_size_t length = strcspn(tag, "-");

    for (; *header; header++) {
        if (*header == '*' || !apr_cstr_casecmpn(header, tag, length)) {
            return 1;
        }
    }
    return 0;
}

static char *swap_case(const char *text)
{
    char *made = apr_pstrdup(fuzz_pool, text);
    char *c;

    for (c = made; *c; c++) {
        if (apr_isascii(*c) && apr_isalpha(*c)) {
            *c ^= 'a' ^ 'A';
        }
    }
    return made;
}

void fuzz_language(const char *text)
{
    const jt_language_t *chosen = choose(text);
    apr_size_t number = (apr_size_t)(chosen - languages);

    MUST(number < LANGUAGES);
    MUST(number == 0 || names(text, chosen->tag));
    MUST(choose(swap_case(text)) == chosen);
    /* Empty elements count for nothing (RFC 9110, section 5.6.1). */
    MUST(choose(apr_pstrcat(fuzz_pool, " , ,", text, " ,", NULL)) == chosen);
    MUST(!jt_language_find(text) || jt_language_choose(text));
}
