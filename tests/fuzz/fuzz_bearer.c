/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives headers to what tells a Bearer credential, and a token in it.
 */
#include "fuzz.h"

#include <apr_cstr.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_basic.h"
#include "core/jt_secret.h"
#include "core/jt_tokenlike.h"

#define MUST FUZZ_MUST

#define TOKEN "jt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1lfU0B"

#define SPACE " \t\r\n\v\f"

/* RFC 9110, section 11.4: a scheme, and at least one blank. */
static const char *check_scheme(const char *header)
{
    const char *rest = jt_basic_after_scheme(header, "Bearer");
    jt_basic_t basic;

    MUST(!rest == (apr_cstr_casecmpn(header, "Bearer ", 7) != 0));
    if (rest) {
        MUST(*rest != ' ' && *rest != '\t');
        MUST(rest == header + 6 + strspn(header + 6, " \t"));
        MUST(!jt_basic_is_scheme(header));
        MUST(!jt_basic_parse(header, &basic, fuzz_pool));
    }
    return rest;
}

static jt_secret_shape_t get_shape(const char *text, apr_size_t length)
{
    return jt_secret_shape("jt", apr_pstrmemdup(fuzz_pool, text, length));
}

/* Whether a good token is anywhere in a text. */
static int has_token(const char *text)
{
    apr_size_t size = strlen(TOKEN);

    for (; strlen(text) >= size; text++) {
        if (get_shape(text, size) == JT_SECRET_TOKEN) {
            return 1;
        }
    }
    return 0;
}

static void check_kind(const char *text)
{
    const char *token = NULL;
    apr_size_t length = 0;
    apr_size_t before = strspn(text, SPACE);

    switch (jt_tokenlike_classify("jt", text, &token, &length)) {
    case JT_TOKENLIKE_TOKEN:
        MUST(token == text + before);
        MUST(get_shape(token, length) == JT_SECRET_TOKEN);
        MUST(!token[length + strspn(token + length, SPACE)]);
        MUST(jt_tokenlike_is_within("jt", text));
        break;
    case JT_TOKENLIKE_MISTYPED:
        MUST(get_shape(text + before, strcspn(text + before, SPACE))
             == JT_SECRET_MISTYPED);
        MUST(jt_tokenlike_is_within("jt", text));
        break;
    case JT_TOKENLIKE_MALFORMED:
        break;
    case JT_TOKENLIKE_NO:
        MUST(!has_token(text));
        break;
    }
    MUST(jt_tokenlike_is_within("jt", text) || !has_token(text));
}

/* A text that has a token in it goes to nobody else, whatever is around it. */
static void check_around(const char *text)
{
    const char *const texts[] = {
        apr_pstrcat(fuzz_pool, text, TOKEN, NULL),
        apr_pstrcat(fuzz_pool, TOKEN, text, NULL),
        apr_pstrcat(fuzz_pool, text, TOKEN, text, NULL)
    };
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *token;
        apr_size_t length;

        MUST(jt_tokenlike_classify("jt", texts[i], &token, &length)
             != JT_TOKENLIKE_NO);
        MUST(jt_tokenlike_is_within("jt", texts[i]));
    }
}

/* As a client sends it: white space around it does no harm. */
static void check_sent(const char *text)
{
    const char *space = apr_pstrndup(fuzz_pool, text, strspn(text, SPACE));
    const char *rest = check_scheme(apr_pstrcat(fuzz_pool, "bEARER ", space,
                                                TOKEN, space, NULL));
    const char *token;
    apr_size_t length;

    MUST(jt_tokenlike_classify("jt", rest, &token, &length)
         == JT_TOKENLIKE_TOKEN);
    MUST(length == strlen(TOKEN) && !strncmp(token, TOKEN, length));
}

void fuzz_bearer(const char *text)
{
    const char *rest = check_scheme(text);

    check_kind(text);
    if (rest) {
        check_kind(rest);
    }
    check_around(text);
    check_sent(text);
}
