/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACCESS_H
#define JT_ACCESS_H

#include <apr_pools.h>

/**
 * Check whether this process may use a SQLite file. SQLite also makes files
 * beside it (-journal, -wal, -shm), so its folder must be writable, too
 * (sqlite.org/tempfiles.html). Asks access(2), so for the real user, and
 * changes nothing. Blocks on the file system.
 * @param path an existing file, or one that cannot be seen
 * @param who the account of this process, for the words
 * @return NULL, or what is in the way and how to change it, from pool
 */
const char *jt_access_check(const char *path, const char *who,
                            apr_pool_t *pool);

#endif
