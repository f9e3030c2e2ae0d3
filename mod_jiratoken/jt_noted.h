/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_NOTED_H
#define JT_NOTED_H

#include "jt_config.h"

/** Why JiraTokenAccept is refused where the pages are. */
extern const char jt_noted_not_for_pages[];

/** Whether JiraTokenAccept is refused where this handler is mounted. */
int jt_noted_is_refused(int handler, int accept);

/* Setters of directives that other modules own, for the table.
 * @return NULL, or what is wrong */
const char *jt_noted_alias(cmd_parms *cmd, void *dir, const char *args);
const char *jt_noted_provider(cmd_parms *cmd, void *dir, const char *name);
const char *jt_noted_ldap_name(cmd_parms *cmd, void *dir, const char *name);
const char *jt_noted_type(cmd_parms *cmd, void *dir, const char *type);
const char *jt_noted_realm(cmd_parms *cmd, void *dir, const char *name);
const char *jt_noted_handler(cmd_parms *cmd, void *dir, const char *name);
const char *jt_noted_redirect(cmd_parms *cmd, void *dir, const char *uri);
const char *jt_noted_dbd(cmd_parms *cmd, void *dir, const char *text);
const char *jt_noted_init(cmd_parms *cmd, void *dir, const char *sql);

#endif
