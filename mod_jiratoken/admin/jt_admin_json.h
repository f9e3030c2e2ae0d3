/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_JSON_H
#define JT_ADMIN_JSON_H

#include "http/jt_visit.h"

/* For scripts. Unknown members and filters are errors: a misspelt filter must
 * not become none. All block on the database, and on the client. */

/** GET D/api/tokens?filter */
int jt_admin_json_list(jt_visit_t *visit);

/** DELETE D/api/tokens/{id} */
int jt_admin_json_delete(jt_visit_t *visit);

/** POST D/api/revoke */
int jt_admin_json_revoke(jt_visit_t *visit);

#endif
