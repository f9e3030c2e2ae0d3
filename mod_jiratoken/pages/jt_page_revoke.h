/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_REVOKE_H
#define JT_PAGE_REVOKE_H

#include "pages/jt_visit.h"

/** GET: ask whether visit->id shall be revoked. */
int jt_page_revoke_show(jt_visit_t *visit);

/** POST: revoke visit->id. */
int jt_page_revoke_submit(jt_visit_t *visit);

/** GET: ask the same of every ?id=, or of all that have expired by
 * ?expired=1. */
int jt_page_revoke_several_show(jt_visit_t *visit);

/** POST: revoke every `id` of a form; with `ask`, the question as above: a form
 * may have more of them than a URL. */
int jt_page_revoke_several_submit(jt_visit_t *visit);

#endif
