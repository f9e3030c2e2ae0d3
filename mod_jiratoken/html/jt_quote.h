/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_QUOTE_H
#define JT_QUOTE_H

#include <apr_pools.h>

/* Each returns a copy from pool, never NULL. The result is source text for
 * the reader named; it still has to be escaped for HTML. */

/** One word of a POSIX shell, in single quotes (POSIX.1 XCU 2.2.2). */
const char *jt_quote_shell(const char *text, apr_pool_t *pool);

/** One part of a URL: all but RFC 3986 "unreserved" percent-encoded. */
const char *jt_quote_url(const char *text, apr_pool_t *pool);

/** A Python string literal in double quotes. */
const char *jt_quote_python(const char *text, apr_pool_t *pool);

/** A word of a .netrc file, as curl and Python read it: in double quotes where
 * it could not be one without. */
const char *jt_quote_netrc(const char *text, apr_pool_t *pool);

/** A PowerShell string in single quotes (about_Quoting_Rules). */
const char *jt_quote_powershell(const char *text, apr_pool_t *pool);

#endif
