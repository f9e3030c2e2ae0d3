/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_WITHHOLD_H
#define JT_WITHHOLD_H

/** Register the hooks that remove a token from a request before its handler,
 * and so a backend, sees it (JiraTokenForwardCredentials). */
void jt_withhold_register(void);

#endif
