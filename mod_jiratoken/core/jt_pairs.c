/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of names and values: headers, or variables. It must not know which.
 */
#include "core/jt_pairs.h"

/* From the end: unsetting a name removes all others of it, and the entries
 * before keep their place or move to the front. */
void jt_pairs_drop(apr_table_t *table, jt_pairs_test_t *is_meant,
                   const void *context)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    int i;

    for (i = entries->nelts; i-- > 0;) {
        const apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        if (is_meant(entry, context)) {
            apr_table_unset(table, entry->key);
            i = i < entries->nelts ? i : entries->nelts;
        }
    }
}
