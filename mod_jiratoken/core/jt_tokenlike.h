/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TOKENLIKE_H
#define JT_TOKENLIKE_H

#include <apr_general.h>

/** What a text that somebody presents is to this module. */
typedef enum jt_tokenlike_t {
    JT_TOKENLIKE_NO,        /* nothing: others decide about it */
    JT_TOKENLIKE_MISTYPED,  /* a token of ours with a wrong checksum */
    JT_TOKENLIKE_MALFORMED, /* a token in it, or the beginning of one */
    JT_TOKENLIKE_TOKEN      /* a token, as far as the text says */
} jt_tokenlike_t;

/**
 * Classify a password, a user name or a Bearer credential. What is not NO must
 * not reach another provider, a log or a backend: it may be a live token that
 * was cut, quoted, or pasted with a line break. ASCII white space around a
 * token is passed over.
 * @param prefix a valid JiraTokenPrefix
 * @param text any bytes, NUL-terminated
 * @param token set where it is a TOKEN: its first character
 * @param length set where it is a TOKEN: its length in bytes
 */
jt_tokenlike_t jt_tokenlike_classify(const char *prefix, const char *text,
                                     const char **token, apr_size_t *length);

/**
 * Whether any word of a text is what jt_tokenlike_classify() calls token-like:
 * of a header that is not what it should be, or of what a part of it encodes.
 * @param prefix a valid JiraTokenPrefix
 * @param text any bytes, NUL-terminated
 */
int jt_tokenlike_is_within(const char *prefix, const char *text);

#endif
