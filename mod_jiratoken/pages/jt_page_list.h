/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_LIST_H
#define JT_PAGE_LIST_H

#include "http/jt_visit.h"

/** GET: the user's tokens, sorted by ?sort= and ?order=. */
int jt_page_list_show(jt_visit_t *visit);

#endif
