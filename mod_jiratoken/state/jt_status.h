/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STATUS_H
#define JT_STATUS_H

/** Add the section `jiratoken` to mod_status's page, where that is loaded. */
void jt_status_register(void);

#endif
