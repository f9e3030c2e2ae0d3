/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STRIP_H
#define JT_STRIP_H

#include <httpd.h>

/** Remove the headers that backends believe to come from a sign-in module
 * (JiraTokenStripHeaders) from a request that a token opens: that module, which
 * would remove what a client made up, does not run for it. */
void jt_strip_headers(request_rec *r);

#endif
