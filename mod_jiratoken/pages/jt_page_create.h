/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_CREATE_H
#define JT_PAGE_CREATE_H

#include "pages/jt_visit.h"

/** GET: the form, filled by ?label= and ?expires=; makes nothing. */
int jt_page_create_show(jt_visit_t *visit);

/** POST: make a token, and show it: the only time. */
int jt_page_create_submit(jt_visit_t *visit);

#endif
