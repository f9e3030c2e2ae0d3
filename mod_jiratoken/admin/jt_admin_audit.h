/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_AUDIT_H
#define JT_ADMIN_AUDIT_H

#include "http/jt_visit.h"

/* What happened, newest first; the filter is user, actor, event, from and to
 * (days). All block on the database, and the download on the client. */

/** GET D/audit */
int jt_admin_audit_show(jt_visit_t *visit);

/** GET D/audit.csv: all that match, streamed (RFC 4180). */
int jt_admin_audit_csv(jt_visit_t *visit);

/** GET D/api/audit */
int jt_admin_audit_json(jt_visit_t *visit);

#endif
