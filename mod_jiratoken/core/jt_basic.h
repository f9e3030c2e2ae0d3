/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_BASIC_H
#define JT_BASIC_H

#include <apr_pools.h>

/** The contents of an Authorization header (RFC 7617). Allocated from the pool
 * given. */
typedef struct jt_basic_t {
    char *user;          /* up to the first colon */
    char *password;      /* see jt_basic_wipe() */
    apr_size_t size;     /* bytes to wipe, from password on */
    int canonical;       /* zero: NUL, invalid characters or a non-canonical
                            encoding */
} jt_basic_t;

/**
 * Skip an authentication scheme (RFC 9110, section 11.4). Does not allocate.
 * @param scheme letters only
 * @return a pointer into header, or NULL when it has another scheme
 */
const char *jt_basic_after_scheme(const char *header, const char *scheme);

/** Whether a header's scheme is Basic, whatever follows, if anything. Does not
 * allocate. */
int jt_basic_is_scheme(const char *header);

/**
 * Parse Basic credentials as leniently as mod_auth_basic does, and report
 * whether the encoding is canonical.
 * @param header may be NULL
 * @return zero when these are not Basic credentials: out is then unchanged
 */
int jt_basic_parse(const char *header, jt_basic_t *out, apr_pool_t *pool);

/** Overwrite the password and what was decoded after it. */
void jt_basic_wipe(jt_basic_t *credentials);

#endif
