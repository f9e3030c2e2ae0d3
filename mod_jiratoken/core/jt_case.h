/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CASE_H
#define JT_CASE_H

#include <apr_dbd.h>
#include <apr_pools.h>

/* Rows that JiraTokenUserCase lower does not find: of user names with ASCII
 * capitals. */

/**
 * Count them. Blocks as the database does.
 * @param table a valid JiraTokenTable
 * @param rows set
 * @return APR_SUCCESS, or APR_EGENERAL: the database could not answer
 */
apr_status_t jt_case_count(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, apr_int64_t *rows,
                           apr_pool_t *pool);

/**
 * The statement that lowers them. A name that several spellings had keeps all
 * its rows: their slots become those beyond any limit and beyond the name's
 * own, and of equal labels all but one get a number, "label (2)", within the
 * length of a label. It needs window functions, and UPDATE FROM of SQLite 3.33.
 * @param driver DBDriver: "sqlite3", "pgsql" or "mysql"
 */
const char *jt_case_make_remedy(const char *driver, const char *table,
                                apr_pool_t *pool);

#endif
