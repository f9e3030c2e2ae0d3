/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_H
#define JT_ADMIN_H

#include <httpd.h>

/** Serve a request below a mount point of `SetHandler jiratoken-admin`. Whoever
 * the site lets in there is an administrator, but a token is no way in. Blocks
 * on the database and the client. @return what a handler returns */
int jt_admin_serve(request_rec *r);

#endif
