/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_BASIC_H
#define JT_BASIC_H

#include <apr_pools.h>

/** What one Authorization header holds (RFC 7617). */
typedef struct jt_basic_t {
    char *user;          /* up to the first colon */
    char *password;      /* in a buffer of its own: see jt_basic_wipe() */
    apr_size_t size;     /* of what is wiped */
    int canonical;       /* zero: NUL, junk or an encoder's other spelling */
} jt_basic_t;

/**
 * What follows an authentication scheme (RFC 9110, section 11.4).
 * @param scheme letters only
 * @return a pointer into header, or NULL when it has another scheme
 */
const char *jt_basic_after_scheme(const char *header, const char *scheme);

/**
 * Read Basic credentials as leniently as mod_auth_basic does, and say whether
 * a strict reader would have found the same.
 * @param header may be NULL
 * @return zero when these are no Basic credentials: out is untouched
 */
int jt_basic_parse(const char *header, jt_basic_t *out, apr_pool_t *pool);

/** Overwrite the password. */
void jt_basic_wipe(jt_basic_t *credentials);

#endif
