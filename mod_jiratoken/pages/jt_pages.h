/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGES_H
#define JT_PAGES_H

#include <httpd.h>

/**
 * The handler `jiratoken`: the token pages below their mount point.
 * @return DECLINED for any other handler, else what a handler returns
 */
int jt_pages_handler(request_rec *r);

#endif
