/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUTHN_H
#define JT_AUTHN_H

#include <httpd.h>

/**
 * Register the check_authn hook that answers for tokens ahead of
 * mod_auth_basic, the provider `jiratoken` (mod_auth.h) that stands for it in
 * AuthBasicProvider, and the hook that notes a token's last use.
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
const char *jt_authn_find_verified(request_rec *r);

/** Whether a token, good or not, was presented where tokens are accepted: by
 * this request or one that it came from. */
int jt_authn_has_seen_token(request_rec *r);

/** Whether an Authorization header has a token in it, by its shape; NULL has
 * none. */
int jt_authn_is_token(request_rec *r, const char *header);

/** The header that credentials for this server come in. */
const char *jt_authn_header_name(const request_rec *r);

#endif
