/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_ROTATE_H
#define JT_PAGE_ROTATE_H

#include "http/jt_visit.h"

/** GET: the form for visit->id. */
int jt_page_rotate_show(jt_visit_t *visit);

/** POST: give visit->id a new secret, which this page shows once. */
int jt_page_rotate_submit(jt_visit_t *visit);

#endif
