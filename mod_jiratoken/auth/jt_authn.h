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

#endif
