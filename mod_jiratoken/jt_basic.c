/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads Basic credentials. mod_auth_basic stops at a NUL, at junk, at a second
 * credential, and goes on with what it has; what it makes of a header is found
 * here too, and compared with what the header says. Knows no token.
 */
#include "jt_basic.h"

#include <apr_base64.h>
#include <apr_cstr.h>
#include <apr_strings.h>
#include <string.h>

#include "jt_secret.h"

const char *jt_basic_after_scheme(const char *header, const char *scheme)
{
    apr_size_t length = strlen(scheme);

    if (apr_cstr_casecmpn(header, scheme, length) || header[length] != ' ') {
        return NULL;
    }
    for (header += length; *header == ' ' || *header == '\t'; header++) {
    }
    return header;
}

/* Only the one spelling that an encoder makes is canonical (RFC 4648, section
 * 3.5), and only of bytes without NUL. */
static int is_canonical(const char *coded, const char *decoded, int length,
                        apr_pool_t *pool)
{
    char *again;
    int same;

    if (memchr(decoded, '\0', (apr_size_t)length)) {
        return 0;
    }
    again = apr_palloc(pool, (apr_size_t)apr_base64_encode_len(length));
    apr_base64_encode(again, decoded, length);
    same = !strcmp(again, coded); /* both are the client's: nothing leaks */
    jt_secret_wipe(again, strlen(again));
    return same;
}

int jt_basic_parse(const char *header, jt_basic_t *out, apr_pool_t *pool)
{
    const char *coded = header ? jt_basic_after_scheme(header, "Basic") : NULL;
    char *decoded;
    char *colon;
    int length;

    if (!coded || !*coded) {
        return 0;
    }
    out->size = strlen(coded) + 1; /* more than it decodes to */
    decoded = apr_palloc(pool, out->size);
    length = apr_base64_decode(decoded, coded);
    decoded[length] = '\0';
    out->canonical = is_canonical(coded, decoded, length, pool);
    colon = strchr(decoded, ':');
    out->user = colon ? apr_pstrmemdup(pool, decoded,
                                       (apr_size_t)(colon - decoded)) : "";
    out->password = colon ? colon + 1 : decoded + length;
    out->size -= (apr_size_t)(out->password - decoded);
    return 1;
}

void jt_basic_wipe(jt_basic_t *credentials)
{
    jt_secret_wipe(credentials->password, credentials->size);
}
