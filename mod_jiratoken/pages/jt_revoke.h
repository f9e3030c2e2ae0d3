/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOKE_H
#define JT_REVOKE_H

#include "pages/jt_visit.h"

/** Ask whether visit->id shall be revoked. */
int jt_revoke_get(jt_visit_t *visit);

/** Revoke visit->id. */
int jt_revoke_post(jt_visit_t *visit);

/** Ask the same of every ?id=, or of all that have expired by ?expired=1. */
int jt_revoke_get_several(jt_visit_t *visit);

/** Revoke every `id` of a form; with `ask`, the question as above: a form may
 * have more of them than a URL. */
int jt_revoke_post_several(jt_visit_t *visit);

#endif
