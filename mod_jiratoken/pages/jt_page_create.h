/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_CREATE_H
#define JT_PAGE_CREATE_H

#include "http/jt_visit.h"

/** GET: the form, filled from ?label= and ?expires=. Creates nothing. */
int jt_page_create_show(jt_visit_t *visit);

/** POST: create a token and show its secret, once. */
int jt_page_create_submit(jt_visit_t *visit);

#endif
