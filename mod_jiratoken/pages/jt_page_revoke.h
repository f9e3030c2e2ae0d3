/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_REVOKE_H
#define JT_PAGE_REVOKE_H

#include "http/jt_visit.h"

/** GET: the confirmation for visit->id. */
int jt_page_revoke_show(jt_visit_t *visit);

/** POST: revoke visit->id. */
int jt_page_revoke_submit(jt_visit_t *visit);

/** GET: the confirmation for every ?id=, or with ?expired=1 for all expired
 * tokens. */
int jt_page_revoke_several_show(jt_visit_t *visit);

/** POST: revoke every `id` of a form. With a field `ask`, send the confirmation
 * instead, as a form may have more ids than a URL. */
int jt_page_revoke_several_submit(jt_visit_t *visit);

#endif
