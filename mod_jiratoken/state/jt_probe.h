/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PROBE_H
#define JT_PROBE_H

#include <httpd.h>

/**
 * Look at the database of every server that uses the module, as httpd starts.
 * @return OK, also when a database cannot be reached now, or says nothing for
 *         two seconds (a warning); on the first start
 *         HTTP_INTERNAL_SERVER_ERROR when one answers that the table is
 *         missing or older
 */
int jt_probe_run(apr_pool_t *ptemp, server_rec *main_server);

#endif
