/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_RENAME_H
#define JT_PAGE_RENAME_H

#include "http/jt_visit.h"

/** GET: the form for visit->id. */
int jt_page_rename_show(jt_visit_t *visit);

/** POST: change the label of visit->id. */
int jt_page_rename_submit(jt_visit_t *visit);

#endif
