/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PROBE_H
#define JT_PROBE_H

#include <httpd.h>

/**
 * Check the database of every server that uses the module, as httpd starts, by
 * the account of httpd's children. Blocks for up to two seconds per database.
 * @return OK, also when a database cannot be reached or times out (a warning);
 *         HTTP_INTERNAL_SERVER_ERROR on the first start, when a database
 *         answers that the table is missing or has another schema
 */
int jt_probe_run(apr_pool_t *ptemp, server_rec *main_server);

/** The same for `httpd -t`, as the test_config hook: every finding is said on
 * standard error at its own level, and none fails. Run by another account than
 * root it takes that account for the children's, as a start would. */
void jt_probe_check(apr_pool_t *pconf, server_rec *main_server);

#endif
