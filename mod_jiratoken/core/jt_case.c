/* SPDX-License-Identifier: Apache-2.0
 *
 * User names with capitals in the table. LOWER() depends on the database, its
 * locale and the column's type; REPLACE() tells letters by their bytes on each
 * of them. It must not know settings.
 */
#include "core/jt_case.h"

#include <apr_errno.h>
#include <apr_strings.h>

/* More than any JiraTokenMax. */
#define FIRST_SLOT "1000"

static const char *make_lowered(apr_pool_t *pool)
{
    const char *made = "user_name";
    int c;

    for (c = 'A'; c <= 'Z'; c++) {
        made = apr_psprintf(pool, "REPLACE(%s,'%c','%c')", made, c,
                            c - 'A' + 'a');
    }
    return made;
}

apr_status_t jt_case_count(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, apr_int64_t *rows,
                           apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *text = apr_psprintf(
        pool, "SELECT COUNT(*) FROM %s WHERE user_name <> %s", table,
        make_lowered(pool));

    if (apr_dbd_select(driver, pool, handle, &results, text, 1)
        || apr_dbd_get_row(driver, pool, results, &row, 1)) {
        return APR_EGENERAL;
    }
    text = apr_dbd_get_entry(driver, row, 0);
    if (!text) {
        return APR_EGENERAL;
    }
    *rows = apr_atoi64(text);
    return APR_SUCCESS;
}

const char *jt_case_make_remedy(const char *table, apr_pool_t *pool)
{
    const char *lowered = make_lowered(pool);

    return apr_psprintf(pool, "UPDATE %s SET slot = " FIRST_SLOT " + id, "
                        "user_name = %s WHERE user_name <> %s", table,
                        lowered, lowered);
}
