/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SIGN_IN_H
#define JT_SIGN_IN_H

/** Register the hooks that note who signs in, for JiraTokenOwnerSeen. */
void jt_sign_in_register(void);

#endif
