/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_API_H
#define JT_API_H

#include <httpd.h>

/** Serve a request below a mount point of `SetHandler jiratoken-api`: JSON, as
 * Jira Data Center's /rest/pat/latest speaks it (docs/api.md). */
int jt_api_serve(request_rec *r);

#endif
