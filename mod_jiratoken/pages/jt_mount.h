/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_MOUNT_H
#define JT_MOUNT_H

/** Register the hooks that have the pages served by this module, whatever else
 * maps their URL: ProxyPass, RewriteRule, an Alias, a file of the same name,
 * MultiViews, FallbackResource, or SetHandler around them. What redirects or
 * refuses a request does so still. */
void jt_mount_register(void);

#endif
