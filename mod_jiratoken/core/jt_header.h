/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_HEADER_H
#define JT_HEADER_H

/** Names of request headers, as programs behind CGI, WSGI and FastCGI see them
 * (RFC 3875, section 4.1.18): in one case, with '_' for every character but
 * letters and digits. So different headers are one variable. */

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
