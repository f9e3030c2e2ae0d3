/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STORE_PARTS_H
#define JT_STORE_PARTS_H

#include "core/jt_statement.h"

/** What a store consists of: for the files of core/ that ask a table of their
 * own beside that of the tokens. The tables are apart: as long as one fails,
 * the statements of the others stay prepared. */
struct jt_store_t {
    jt_statements_t all;     /* of the token table; faults are read from it */
    jt_statements_t account; /* of the site's users */
    jt_statements_t owners;  /* of the table of owners */
};

/** Make the fault of one of the others that of the store.
 * @param what a word for the log: whose fault it is */
void jt_store_parts_adopt(struct jt_store_t *store,
                          const jt_statements_t *from, const char *what);

#endif
