/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAGE_CONNECT_H
#define JT_PAGE_CONNECT_H

#include "http/jt_visit.h"

/** GET: how programs use a token. */
int jt_page_connect_show(jt_visit_t *visit);

#endif
