/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SCHEMA_H
#define JT_SCHEMA_H

#include <apr_dbd.h>
#include <apr_pools.h>

/**
 * Find out whether the token table is one that conf/sql/upgrade-<driver>.sql
 * makes into today's: that of an earlier version, or the one without dates of
 * an older system. Blocks as the database does.
 * @param table a valid JiraTokenTable
 * @return zero also for a table of today, for none, and without an answer
 */
int jt_schema_is_earlier(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         const char *table, apr_pool_t *pool);

#endif
