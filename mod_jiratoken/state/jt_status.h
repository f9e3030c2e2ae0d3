/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STATUS_H
#define JT_STATUS_H

/** Register the section `jiratoken` of mod_status's page, if that is loaded. */
void jt_status_register(void);

#endif
