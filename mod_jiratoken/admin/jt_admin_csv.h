/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_CSV_H
#define JT_ADMIN_CSV_H

#include "http/jt_visit.h"

/** GET D/tokens.csv?filter: all that match, streamed (RFC 4180). Blocks on the
 * database and the client. */
int jt_admin_csv_tokens(jt_visit_t *visit);

#endif
