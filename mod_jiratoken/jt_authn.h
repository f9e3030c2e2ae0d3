/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUTHN_H
#define JT_AUTHN_H

#include <httpd.h>

/**
 * Register the Basic provider `jiratoken` (mod_auth.h), the check_authn hook
 * ahead of mod_auth_basic that asks the table and answers 503 where a
 * provider could only say 500, and the hook that notes a token's last use.
 */
void jt_authn_register(apr_pool_t *pool);

/**
 * Whether anything about a request, or about those that it came from, was
 * presented with a token: verified or not, at this URL or before an internal
 * redirect. Pages ask this and refuse.
 */
int jt_authn_came_by_token(request_rec *r);

/** The header with the verified token of this request, or of the one that it
 * came from; NULL when there is none. Lives as long as the initial request. */
const char *jt_authn_verified(request_rec *r);

/** The header that credentials for this server come in. */
const char *jt_authn_header_name(const request_rec *r);

#endif
