/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds out what keeps an account from running a program, and says how to
 * change it. It must not know httpd. access(2) would answer for this process,
 * which is root perhaps, who may run what anybody may.
 */
#include "state/jt_modes.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

/* Which bits of a mode are the account's, as chmod(1) calls them. */
static char get_class(const struct stat *facts,
                      const jt_modes_account_t *account)
{
    int i;

    if (facts->st_uid == account->uid) {
        return 'u';
    }
    for (i = 0; i < account->count; i++) {
        if (facts->st_gid == account->groups[i]) {
            return 'g';
        }
    }
    return 'o';
}

/* Root enters each folder, and runs what has any of the bits. */
static int may_execute(const struct stat *facts,
                       const jt_modes_account_t *account)
{
    if (!account->uid) {
        return S_ISDIR(facts->st_mode)
               || facts->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH);
    }
    switch (get_class(facts, account)) {
    case 'u':
        return (facts->st_mode & S_IXUSR) != 0;
    case 'g':
        return (facts->st_mode & S_IXGRP) != 0;
    default:
        return (facts->st_mode & S_IXOTH) != 0;
    }
}

/* Then the mode does not say it all: acl(5). */
static int has_list(const char *path)
{
#ifdef __linux__
    return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
#else
    (void)path;
    return 0;
#endif
}

/* @return NULL, or what is in the way; also NULL for what is not there */
static const char *find_obstacle(const char *path,
                                 const jt_modes_account_t *account,
                                 apr_pool_t *pool)
{
    struct stat facts;
    int is_folder;

    if (stat(path, &facts) || may_execute(&facts, account) || has_list(path)) {
        return NULL;
    }
    is_folder = S_ISDIR(facts.st_mode);
    return apr_psprintf(pool, "the children run as %s, who cannot %s %s: "
                        "chmod %c+%s %s%s", account->name,
                        is_folder ? "enter the folder" : "run", path,
                        get_class(&facts, account), is_folder ? "x" : "rx",
                        path, is_folder ? ", or keep the program elsewhere"
                                        : "");
}

/* The folders above, from the root down. */
static const char *find_closed_folder(const char *path,
                                      const jt_modes_account_t *account,
                                      apr_pool_t *pool)
{
    const char *slash = strchr(path, '/');
    const char *found = NULL;

    for (; !found && slash; slash = strchr(slash + 1, '/')) {
        found = find_obstacle(slash == path
                                  ? "/"
                                  : apr_pstrmemdup(pool, path,
                                                   (apr_size_t)(slash - path)),
                              account, pool);
    }
    return found;
}

const char *jt_modes_check(const char *path, const jt_modes_account_t *account,
                           apr_pool_t *pool)
{
    const char *found = find_closed_folder(path, account, pool);
    char *real = found ? NULL : realpath(path, NULL);

    if (real) { /* where a symbolic link leads */
        path = apr_pstrdup(pool, real);
        free(real);
        found = find_closed_folder(path, account, pool);
    }
    return found ? found : find_obstacle(path, account, pool);
}
