/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_MODES_H
#define JT_MODES_H

#include <apr_pools.h>
#include <sys/types.h>

/** An account that this process need not be. */
typedef struct jt_modes_account_t {
    const char *name; /* for the words */
    uid_t uid;
    const gid_t *groups; /* all of its own */
    int count;
} jt_modes_account_t;

/**
 * Check whether an account may run a program, by the modes of the program and
 * of the folders above it. What has an access control list is passed over.
 * Blocks on the file system.
 * @param path absolute; what is not there is no obstacle
 * @return NULL, or what is in the way and how to change it, from pool
 */
const char *jt_modes_check(const char *path, const jt_modes_account_t *account,
                           apr_pool_t *pool);

#endif
