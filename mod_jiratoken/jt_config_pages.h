/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CONFIG_PAGES_H
#define JT_CONFIG_PAGES_H

#include <httpd.h>

/** The check_config hook, later: refuses JiraTokenAccept at or below the token
 * pages; warns of pages whose people sign in by a directory (provider ldap)
 * under names as they type them, while capitals in names count.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which prevents the start */
int jt_config_pages_check(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp, server_rec *main_server);

#endif
