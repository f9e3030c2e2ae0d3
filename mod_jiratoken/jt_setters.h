/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SETTERS_H
#define JT_SETTERS_H

#include "jt_config.h"

/* What the setters of directives share, and those of the groups that have a
 * file of their own. Each returns NULL, or what is wrong. */

/** Parse a whole number. @param number set when it is from least to most */
const char *jt_setters_parse(cmd_parms *cmd, const char *text,
                             int least, int most, int *number);

/** Check a table's name, which statements contain as it is. */
const char *jt_setters_check_table(cmd_parms *cmd, const char *text);

/* jt_setters_audit.c */
const char *jt_setters_audit(cmd_parms *cmd, void *dir, const char *text);
const char *jt_setters_message(cmd_parms *cmd, void *dir, int count,
                               char *const words[]);
const char *jt_setters_notice(cmd_parms *cmd, void *dir, int count,
                              char *const words[]);
const char *jt_setters_purge(cmd_parms *cmd, void *dir, const char *text);

/* jt_setters_pages.c */
const char *jt_setters_page_title(cmd_parms *cmd, void *dir,
                                  const char *text);
const char *jt_setters_stylesheet(cmd_parms *cmd, void *dir, const char *url);
const char *jt_setters_home_url(cmd_parms *cmd, void *dir, const char *url);
const char *jt_setters_sign_out_url(cmd_parms *cmd, void *dir,
                                    const char *url);
const char *jt_setters_service_url(cmd_parms *cmd, void *dir, const char *url,
                                   const char *title);

#endif
