/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_HEADER_H
#define JT_HEADER_H

#include <apr_general.h>

/** Names of request headers, as programs behind CGI, WSGI and FastCGI see them
 * (RFC 3875, section 4.1.18): in one case, with '_' for every character but
 * letters and digits. So different headers are one variable. */

/* Most names begin with another letter than any pattern. Both functions are in
 * the header, as a call would cost more than they do. */

/** The bit of a first character: letters have the same in either case. */
static inline apr_uint32_t jt_header_bit(const char *name)
{
    return (apr_uint32_t)1 << (*name & 31);
}

/** Whether a character is not one of those that count as '_'. ASCII alone: no
 * locale has a say. */
static inline int jt_header_is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z');
}

/** The bits of the first characters of all names that match a pattern. */
static inline apr_uint32_t jt_header_bits(const char *pattern)
{
    return jt_header_is_plain(*pattern) ? jt_header_bit(pattern) : 0xffffffff;
}

/**
 * Whether a header has the name of a pattern.
 * @param pattern jt_header_is_pattern(); a '*' at its end stands for the rest
 * @param name any bytes, NUL-terminated
 */
int jt_header_matches(const char *pattern, const char *name);

/** Whether a text is a pattern: characters of a header's name (RFC 9110,
 * section 5.6.2), a letter or digit among them, and perhaps a '*' at its
 * end. */
int jt_header_is_pattern(const char *text);

#endif
