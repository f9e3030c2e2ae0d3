/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUTHN_H
#define JT_AUTHN_H

#include <httpd.h>

/** Register the check_authn hook that answers for tokens ahead of
 * mod_auth_basic, the provider `jiratoken` (mod_auth.h) for AuthBasicProvider,
 * and the hooks that set the variables and record a token's last use. */
void jt_authn_register(apr_pool_t *pool);

#endif
