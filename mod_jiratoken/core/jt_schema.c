/* SPDX-License-Identifier: Apache-2.0
 *
 * Knows the columns of tables that came before today's, so that a start can say
 * what to do about one. Whether a table is today's shows when the statements of
 * core/jt_store.c are prepared. It must not know settings.
 */
#include "core/jt_schema.h"

#include <apr_strings.h>

/* Of the table before there were restrictions and rotation; and of the table
 * without dates, which has no slots. */
#define BEFORE_RESTRICTIONS "id, slot, last_used_from, scope, allowed_from"
#define WITHOUT_DATES "user_name, label, digest"

static int has_columns(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                       const char *columns, const char *table,
                       apr_pool_t *pool)
{
    const char *text = apr_psprintf(pool, "SELECT %s FROM %s WHERE 1 = 0",
                                    columns, table);
    apr_dbd_results_t *results = NULL;

    return apr_dbd_select(driver, pool, handle, &results, text, 1) == 0;
}

int jt_schema_is_earlier(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         const char *table, apr_pool_t *pool)
{
    return has_columns(driver, handle, BEFORE_RESTRICTIONS, table, pool)
           || (has_columns(driver, handle, WITHOUT_DATES, table, pool)
               && !has_columns(driver, handle, "slot", table, pool));
}
