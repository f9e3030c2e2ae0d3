/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CREATE_H
#define JT_CREATE_H

#include "pages/jt_visit.h"

/** The form, filled by ?label= and ?expires=; makes nothing. */
int jt_create_get(jt_visit_t *visit);

/** Make a token, and show it: the only time. */
int jt_create_post(jt_visit_t *visit);

#endif
