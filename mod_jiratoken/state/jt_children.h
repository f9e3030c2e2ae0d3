/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CHILDREN_H
#define JT_CHILDREN_H

#include <httpd.h>

/** The name of the account of httpd's children, as chown(1) takes it; in a
 * child, of its own. Asks the system where no directive names it. */
const char *jt_children_name(apr_pool_t *pool);

/** Warn of each JiraTokenMessageCmd that this account may not run. After
 * jt_config_check(). Blocks on the file system. @param pool scratch */
void jt_children_warn(server_rec *main_server, apr_pool_t *pool);

#endif
