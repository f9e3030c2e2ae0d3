/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_USER_H
#define JT_USER_H

#include <apr_pools.h>

/* The longest user name, in bytes: the size of the table's column. */
#define JT_USER_MAX 255

/** Whether a user name can own tokens: 1 to JT_USER_MAX bytes of UTF-8 without
 * control or invisible characters, white space at an end, or a colon, at which
 * Basic credentials split (RFC 7617, section 2). NULL cannot. */
int jt_user_is_valid(const char *name);

/**
 * Read a name from Basic credentials: UTF-8, or else Latin-1, in which clients
 * send names that were not told to use UTF-8 (RFC 7617, section 2.1).
 * @param name any bytes, NUL-terminated
 * @return UTF-8: `name` itself, or a copy from pool
 */
char *jt_user_read(char *name, apr_pool_t *pool);

/** JiraTokenUserCase lower: lower the ASCII letters of a name, in place. */
void jt_user_lower(char *name);

/** Whether that would change nothing. */
int jt_user_is_lower(const char *name);

#endif
