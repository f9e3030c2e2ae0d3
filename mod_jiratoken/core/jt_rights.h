/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_RIGHTS_H
#define JT_RIGHTS_H

#include <apr_dbd.h>
#include <apr_pools.h>

/* Rights that the database's account lacks. PostgreSQL checks those on a table
 * only when a statement runs, and a schema that may not be used hides what is
 * in it. MySQL denies a right on a missing table as well. */

/**
 * Find what PostgreSQL's role lacks on the token table: SELECT, INSERT, UPDATE,
 * DELETE. Blocks as the database does, as do the others.
 * @param table a valid JiraTokenTable
 * @return the statement that grants it, from pool; NULL: it lacks nothing that
 *         is known, or this is another database
 */
const char *jt_rights_find_missing(const apr_dbd_driver_t *driver,
                                   apr_dbd_t *handle, const char *table,
                                   apr_pool_t *pool);

/** The same of a table that rows are added to: SELECT, INSERT. */
const char *jt_rights_find_missing_of_audit(const apr_dbd_driver_t *driver,
                                            apr_dbd_t *handle,
                                            const char *table,
                                            apr_pool_t *pool);

/** The same of the table of owners: SELECT, INSERT, UPDATE. */
const char *jt_rights_find_missing_of_owners(const apr_dbd_driver_t *driver,
                                             apr_dbd_t *handle,
                                             const char *table,
                                             apr_pool_t *pool);

/** The same where the table is not seen: USAGE of a schema that has it, and
 * that is in the search_path, or in the table's name. */
const char *jt_rights_find_hidden(const apr_dbd_driver_t *driver,
                                  apr_dbd_t *handle, const char *table,
                                  apr_pool_t *pool);

/** Whether MySQL or MariaDB hide the table from the account: it is missing, or
 * the account has no right on it at all. They do not tell which. @return zero
 * also where they gave no answer */
int jt_rights_is_hidden(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                        const char *table, apr_pool_t *pool);

#endif
