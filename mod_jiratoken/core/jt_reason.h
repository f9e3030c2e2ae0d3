/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REASON_H
#define JT_REASON_H

#include <apr_pools.h>

/**
 * What a log may say of a driver's words about a connection that failed: one
 * line. A message's details and hints are left out. What stands in DBDParams
 * and may be a part of a password becomes ***, as libpq quotes what it cannot
 * parse.
 * @param words what the driver said; NULL or empty: nothing
 * @param params DBDParams of PostgreSQL or MySQL
 * @return from pool; never NULL, empty for no words
 */
const char *jt_reason_clean(const char *words, const char *params,
                            apr_pool_t *pool);

/** What an administrator may change about such a failure. @return NULL where
 * the words alone must do */
const char *jt_reason_find_advice(const char *words);

#endif
