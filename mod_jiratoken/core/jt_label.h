/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LABEL_H
#define JT_LABEL_H

#include <apr_general.h>
#include <apr_pools.h>

/* The longest label, in code points, after trimming. */
#define JT_LABEL_MAX 100

typedef enum jt_label_fault_t {
    JT_LABEL_EMPTY,      /* nothing visible */
    JT_LABEL_TOO_LONG,   /* more than JT_LABEL_MAX code points */
    JT_LABEL_ENCODING,   /* not UTF-8 (RFC 3629), or a noncharacter */
    JT_LABEL_CONTROL,    /* a control or line-separator character */
    JT_LABEL_BIDI,       /* a character that reorders its neighbours */
    JT_LABEL_FINE
} jt_label_fault_t;

/**
 * Check a label and trim spaces (Unicode White_Space without controls) from
 * both ends.
 * @param text NUL-terminated bytes from outside, not NULL
 * @param label set to the trimmed copy, from pool, on JT_LABEL_FINE; otherwise
 *        unchanged
 */
jt_label_fault_t jt_label_parse(const char *text, const char **label,
                                apr_pool_t *pool);

/** A copy in valid UTF-8, from pool, to show people what they typed: each byte
 * or character that a label may not have becomes U+FFFD. Never NULL. */
const char *jt_label_clean(const char *text, apr_pool_t *pool);

/** Whether a code point is Unicode White_Space, other than a control or a line
 * separator. */
int jt_label_is_space(apr_int32_t c);

/**
 * Decode one code point of UTF-8 (RFC 3629: no overlong form, no surrogate,
 * nothing above U+10FFFF).
 * @param text advanced past it; unchanged on a fault
 * @return the code point, or -1 for malformed bytes
 */
apr_int32_t jt_label_next(const char **text);

#endif
