/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGES_H
#define JT_PAGES_H

#include <httpd.h>

/**
 * Answer a request for the pages.
 * @param r in a location with a mount point
 * @return what a handler returns
 */
int jt_pages_serve(request_rec *r);

#endif
