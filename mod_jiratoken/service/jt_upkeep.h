/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_UPKEEP_H
#define JT_UPKEEP_H

#include <httpd.h>

/* What httpd does by itself, in a thread of mod_watchdog's in one of its
 * children. */

/** In post_config, after jt_config_check(): ask mod_watchdog for a thread,
 * where a setting needs one. @return OK, or what prevents the start */
int jt_upkeep_start(apr_pool_t *pconf, server_rec *main_server);

/** A child_init hook, before mod_watchdog's. @param pool the child's */
void jt_upkeep_child_init(apr_pool_t *pool, server_rec *main_server);

/** The child_stopping hook, where httpd has it (2.4.49): end what is going on.
 * Blocks for some seconds at most. */
void jt_upkeep_child_stopping(apr_pool_t *pool, int graceful);

/** The last child_init hook: databases can be asked from now on. */
void jt_upkeep_child_ready(apr_pool_t *pool, server_rec *main_server);

#endif
