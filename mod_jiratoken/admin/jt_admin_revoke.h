/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_REVOKE_H
#define JT_ADMIN_REVOKE_H

#include "http/jt_visit.h"

/* Confirmations (GET) and revocations (POST). All block on the database, a
 * cache outside and the client. */

/** D/revoke?id=..&id=.. for those, ?filter for all that match, without both for
 * everything. */
int jt_admin_revoke_show(jt_visit_t *visit);
int jt_admin_revoke_submit(jt_visit_t *visit);

/** D/{id}/revoke */
int jt_admin_revoke_one_show(jt_visit_t *visit);
int jt_admin_revoke_one_submit(jt_visit_t *visit);

#endif
