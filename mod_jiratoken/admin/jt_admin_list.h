/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_LIST_H
#define JT_ADMIN_LIST_H

#include "http/jt_visit.h"

/** GET D/: everybody's tokens. Blocks on the database. */
int jt_admin_list_show(jt_visit_t *visit);

/** The list with a fault instead of tokens, and its status. @param wrong key of
 * a text */
int jt_admin_list_send_wrong(jt_visit_t *visit, int status, const char *wrong);

/** Keep the list that a form or query came from (its field `list`), to go back
 * to it. What is no query is passed over. */
void jt_admin_list_keep(jt_visit_t *visit, const jt_http_form_t *form);

#endif
