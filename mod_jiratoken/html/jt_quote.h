/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_QUOTE_H
#define JT_QUOTE_H

#include <apr_pools.h>

/* Each returns a copy from pool, never NULL. The result is source text of the
 * language named; it must still be escaped for HTML. Texts are UTF-8 without
 * control characters and line separators, as user names are (core/jt_user.h).
 */

/** A word of a POSIX shell, in single quotes (POSIX.1 XCU 2.2.2). */
const char *jt_quote_shell(const char *text, apr_pool_t *pool);

/** A part of a URL: all but RFC 3986 "unreserved" is percent-encoded. */
const char *jt_quote_url(const char *text, apr_pool_t *pool);

/** A string literal of Python, JavaScript, Go and C# in double quotes. */
const char *jt_quote_string(const char *text, apr_pool_t *pool);

/** A word of a .netrc file, as curl and Python parse it: in double quotes where
 * it needs them. */
const char *jt_quote_netrc(const char *text, apr_pool_t *pool);

/** A PowerShell string in single quotes (about_Quoting_Rules). */
const char *jt_quote_powershell(const char *text, apr_pool_t *pool);

/** A string literal of Java in ASCII, whatever javac takes the encoding of a
 * file to be (JLS 3.3 and 3.10.5). */
const char *jt_quote_java(const char *text, apr_pool_t *pool);

/** A value of a .properties file, which is Latin-1 or UTF-8
 * (java.util.Properties). The text begins with no white space. */
const char *jt_quote_properties(const char *text, apr_pool_t *pool);

/** The text of an XML element. */
const char *jt_quote_xml(const char *text, apr_pool_t *pool);

#endif
