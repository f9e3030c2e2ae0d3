/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LABEL_H
#define JT_LABEL_H

#include <apr_general.h>
#include <apr_pools.h>

/* Longest label, in code points, after trimming. */
#define JT_LABEL_MAX 100

/* Longest user name, in bytes: what the table's column holds. */
#define JT_LABEL_USER_MAX 255

typedef enum jt_label_fault_t {
    JT_LABEL_EMPTY,      /* nothing, or nothing that can be seen */
    JT_LABEL_TOO_LONG,   /* more than JT_LABEL_MAX code points */
    JT_LABEL_ENCODING,   /* not UTF-8 (RFC 3629), or a noncharacter */
    JT_LABEL_CONTROL,    /* a control or line-separator character */
    JT_LABEL_BIDI,       /* a character that reorders its neighbours */
    JT_LABEL_FINE
} jt_label_fault_t;

/**
 * Check a label and cut the spaces (Unicode White_Space, but for controls)
 * from both its ends.
 * @param text NUL-terminated bytes from outside, not NULL
 * @param label set to the trimmed copy, from pool, when the verdict is
 *        JT_LABEL_FINE; otherwise untouched
 */
jt_label_fault_t jt_label_parse(const char *text, const char **label,
                                apr_pool_t *pool);

/**
 * A copy that is always lawful UTF-8, to show people what they typed: each
 * byte or character that a label may not have becomes U+FFFD.
 */
const char *jt_label_clean(const char *text, apr_pool_t *pool);

/**
 * Whether a user name can own tokens: 1 to JT_LABEL_USER_MAX bytes of UTF-8
 * without control characters and without a colon, at which Basic credentials
 * split (RFC 7617, section 2). NULL is not one.
 */
int jt_label_is_user(const char *name);

/**
 * Read one code point of UTF-8 (RFC 3629: no overlong form, no surrogate,
 * nothing above U+10FFFF).
 * @param text moved past it on success; stays on a fault
 * @return the code point, or -1 for malformed bytes
 */
apr_int32_t jt_label_next(const char **text);

#endif
