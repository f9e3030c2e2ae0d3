/* SPDX-License-Identifier: Apache-2.0
 *
 * A store's tables: which of them has failed. It must not know what is in them.
 */
#include "core/jt_store_parts.h"

#include <apr_strings.h>

void jt_store_parts_adopt(struct jt_store_t *store,
                          const jt_statements_t *from, const char *what)
{
    jt_statements_t *all = &store->all;

    all->fault = from->fault;
    all->unfit = from->unfit;
    all->lost = from->lost;
    apr_snprintf(all->fault.words, sizeof(all->fault.words), "%s: %s", what,
                 from->fault.words);
}
