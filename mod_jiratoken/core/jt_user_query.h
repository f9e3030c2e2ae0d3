/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_USER_QUERY_H
#define JT_USER_QUERY_H

/**
 * Check a JiraTokenUserQuery, as far as that needs no database: a SELECT with
 * exactly one `%s`, which stands for the user's name and is not quoted, and
 * every percent sign beside it doubled, as apr_dbd_prepare() takes them.
 * @return NULL, or what to change, in words
 */
const char *jt_user_query_check(const char *text);

#endif
