/* SPDX-License-Identifier: Apache-2.0
 *
 * Parses Basic credentials. mod_auth_basic decodes up to the first NUL or
 * invalid character and continues with what it has. This parser returns the
 * same user and password, and reports whether a strict one would have refused.
 * It must not know tokens.
 */
#include "core/jt_basic.h"

#include <apr_base64.h>
#include <apr_cstr.h>
#include <arpa/inet.h>
#include <string.h>

#include "core/jt_secret.h"

const char *jt_basic_after_scheme(const char *header, const char *scheme)
{
    /* ASCII letters differ in case by one bit. */
    for (; *scheme; scheme++, header++) {
        if ((*header ^ *scheme) & ~('a' ^ 'A')) {
            return NULL;
        }
    }
    if (*header != ' ') {
        return NULL;
    }
    for (; *header == ' ' || *header == '\t'; header++) {
    }
    return header;
}

int jt_basic_is_scheme(const char *header)
{
    apr_size_t length = strlen("Basic");

    return !apr_cstr_casecmpn(header, "Basic", length)
           && (!header[length] || header[length] == ' '
               || header[length] == '\t');
}

/* A group is the upper 24 bits of a word. An invalid character sets one below
 * them. */
#define NO 1

/* The value of each character (RFC 4648, section 4) at a position of its group,
 * or NO. AT is a macro that makes the one of the other. */
#define NO_8 NO, NO, NO, NO, NO, NO, NO, NO
#define NO_16 NO_8, NO_8
#define NO_64 NO_16, NO_16, NO_16, NO_16
#define FIVE(AT, first) AT(first), AT((first) + 1), AT((first) + 2), \
    AT((first) + 3), AT((first) + 4)
#define TEN(AT, first) FIVE(AT, first), FIVE(AT, (first) + 5)
#define LETTERS(AT, first) TEN(AT, first), TEN(AT, (first) + 10), \
    FIVE(AT, (first) + 20), AT((first) + 25)
#define VALUES(AT) { \
    NO_16, NO_16, NO_8, NO, NO, NO, AT(62), NO, NO, NO, AT(63), \
    TEN(AT, 52), NO, NO, NO, NO, NO, NO, \
    NO, LETTERS(AT, 0), NO, NO, NO, NO, NO, \
    NO, LETTERS(AT, 26), NO, NO, NO, NO, NO, \
    NO_64, NO_64 }
#define FIRST(value) ((apr_uint32_t)(value) << 26)
#define SECOND(value) ((apr_uint32_t)(value) << 20)
#define THIRD(value) ((apr_uint32_t)(value) << 14)
#define FOURTH(value) ((apr_uint32_t)(value) << 8)

static const apr_uint32_t values[4][256] = {
    VALUES(FIRST), VALUES(SECOND), VALUES(THIRD), VALUES(FOURTH)
};

/* Decodes groups of four characters, without padding. Writes one byte beyond
 * the last.
 * @return zero for an invalid character */
static int decode_groups(unsigned char *restrict out,
                         const unsigned char *restrict coded, apr_size_t size)
{
    apr_uint32_t seen = 0;
    apr_size_t i;

/* Runs for each credential. */
#pragma GCC unroll 4
    for (i = 0; i < size; i += 4) {
        apr_uint32_t bits = values[0][coded[i]] | values[1][coded[i + 1]]
                            | values[2][coded[i + 2]]
                            | values[3][coded[i + 3]];
        apr_uint32_t wire = htonl(bits);

        seen |= bits;
        memcpy(out, &wire, sizeof(wire));
        out += 3;
    }
    return !(seen & NO);
}

/* Accepts only the canonical encoding (RFC 4648, section 3.5), and only of
 * bytes without NUL.
 * @param decoded has room for size + 1 bytes
 * @return the number of bytes, or -1 for any other encoding */
static int decode_strictly(char *decoded, const char *coded, apr_size_t size)
{
    char last[4] = "AAAA"; /* '=' is decoded as 'A', which is zero */
    apr_size_t padding = 0;
    apr_size_t length = size / 4 * 3;
    apr_size_t whole = size - 4;

    if (!size || size % 4) {
        return -1;
    }
    while (padding < 2 && coded[size - 1 - padding] == '=') {
        padding++;
    }
    memcpy(last, coded + whole, 4 - padding);
    if (!decode_groups((unsigned char *)decoded,
                       (const unsigned char *)coded, whole)
        || !decode_groups((unsigned char *)decoded + whole / 4 * 3,
                          (const unsigned char *)last, 4)) {
        return -1;
    }
    length -= padding;
    return memchr(decoded, '\0', length)
           || (padding && decoded[length])
           || (padding == 2 && decoded[length + 1]) ? -1 : (int)length;
}

int jt_basic_parse(const char *header, jt_basic_t *out, apr_pool_t *pool)
{
    const char *coded = header ? jt_basic_after_scheme(header, "Basic") : NULL;
    apr_size_t size;
    char *decoded;
    char *colon;
    int length;

    if (!coded || !*coded) {
        return 0;
    }
    size = strlen(coded); /* an upper bound of the decoded size */
    decoded = apr_palloc(pool, size + 1);
    length = decode_strictly(decoded, coded, size);
    out->canonical = length >= 0;
    if (!out->canonical) {
        length = apr_base64_decode(decoded, coded);
    }
    decoded[length] = '\0';
    colon = strchr(decoded, ':');
    out->user = decoded;
    out->password = colon ? colon + 1 : decoded + strlen(decoded);
    if (colon) {
        *colon = '\0';
    }
    /* The bytes after a NUL or an invalid character may be a second credential,
     * decoded: wipe them as well. */
    out->size = size + 1 - (apr_size_t)(out->password - decoded);
    return 1;
}

void jt_basic_wipe(jt_basic_t *credentials)
{
    jt_secret_wipe(credentials->password, credentials->size);
}
