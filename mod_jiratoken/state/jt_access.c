/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds out which file or folder keeps an account from using SQLite, and says
 * how to change it. It must not know databases or httpd.
 */
#include "state/jt_access.h"

#include <apr_strings.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the account must be able to do with a file or folder. */
typedef struct need_t {
    int mode;         /* of access(2) */
    const char *verb;
    const char *rights; /* of chmod(1), where the account is the owner */
} need_t;

static const need_t enter_folder = { X_OK, "enter the folder", "u+x" };
static const need_t write_folder = { R_OK | W_OK | X_OK, "write the folder",
                                     "u+rwx" };
static const need_t write_file = { R_OK | W_OK, "read and write the file",
                                   "u+rw" };

/* What is in a folder of the system's must not change hands with it. */
static const char *get_remedy(const char *path, const need_t *need, int code,
                              const char *who, apr_pool_t *pool)
{
    struct stat facts;

    if (code == EROFS) {
        return "its file system is mounted read-only, perhaps for httpd alone "
               "(systemd: ReadWritePaths=)";
    }
    if (!stat(path, &facts) && facts.st_uid == getuid()) {
        return apr_psprintf(pool, "chmod %s %s", need->rights, path);
    }
    if (need == &enter_folder) {
        return apr_psprintf(pool, "chmod o+x %s, or keep the file elsewhere",
                            path);
    }
    return apr_psprintf(pool, "chown %s %s%s", who, path,
                        need == &write_folder ? ", if it holds nothing else"
                                              : "");
}

/* @return NULL, or what is in the way; also NULL for what is not there */
static const char *find_obstacle(const char *path, const need_t *need,
                                 const char *who, apr_pool_t *pool)
{
    int code = access(path, need->mode) ? errno : 0;

    if (!code || code == ENOENT) {
        return NULL;
    }
    return apr_psprintf(pool, "the children run as %s, who cannot %s %s (%s): "
                        "%s", who, need->verb, path, strerror(code),
                        get_remedy(path, need, code, who, pool));
}

/* The folders above, from the root down. */
static const char *find_closed_folder(const char *path, const char *who,
                                      apr_pool_t *pool)
{
    const char *slash = strchr(path, '/');
    const char *found = NULL;

    for (; !found && slash; slash = strchr(slash + 1, '/')) {
        found = find_obstacle(apr_pstrmemdup(pool, path,
                                             (apr_size_t)(slash - path)),
                              &enter_folder, who, pool);
    }
    return found;
}

static const char *get_folder(const char *path, apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');

    if (!slash) {
        return ".";
    }
    return slash == path ? "/" : apr_pstrmemdup(pool, path,
                                                (apr_size_t)(slash - path));
}

const char *jt_access_check(const char *path, const char *who,
                            apr_pool_t *pool)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    const char *found = find_closed_folder(path, who, pool);
    char *real;
    size_t i;

    /* SQLite puts its files beside what a symbolic link points to. */
    real = found ? NULL : realpath(path, NULL);
    if (real) {
        path = apr_pstrdup(pool, real);
        free(real);
        found = find_closed_folder(path, who, pool);
    }
    if (!found) {
        found = find_obstacle(get_folder(path, pool), &write_folder, who,
                              pool);
    }
    for (i = 0; !found && i < sizeof(endings) / sizeof(endings[0]); i++) {
        found = find_obstacle(apr_pstrcat(pool, path, endings[i], NULL),
                              &write_file, who, pool);
    }
    return found;
}
