/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_MOUNT_H
#define JT_MOUNT_H

#include <httpd.h>

/** Serve a request below a mount point. @return what a handler returns */
typedef int jt_mount_serve_t(request_rec *r);

/**
 * Register the hooks that make every URL below a <Location> with one of our
 * handlers this module's, whatever else maps it: ProxyPass, RewriteRule,
 * FallbackResource, SetHandler around it.
 * @param serve_each JT_CONFIG_HANDLERS of them; must live as long as the
 * process
 */
void jt_mount_register(jt_mount_serve_t *const serve_each[]);

#endif
