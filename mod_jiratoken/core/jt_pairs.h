/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PAIRS_H
#define JT_PAIRS_H

#include <apr_tables.h>

/** Whether a pair is to go. @param context jt_pairs_drop()'s */
typedef int jt_pairs_test_t(const apr_table_entry_t *entry,
                            const void *context);

/** Remove from a table each pair that a test is true for, and all others of
 * the same name. It allocates nothing. */
void jt_pairs_drop(apr_table_t *table, jt_pairs_test_t *is_meant,
                   const void *context);

#endif
