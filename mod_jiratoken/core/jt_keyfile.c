/* SPDX-License-Identifier: Apache-2.0
 *
 * The key file: its permissions, and its bytes from the disk into a key ring.
 * It must not know what a line means: that is in core/jt_secret.c.
 */
#include "core/jt_keyfile.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <string.h>

/* Room for sixteen keys and many comments. */
#define SIZE_LIMIT (64 * 1024)

/* The group may read the file, so that sites can share a key with a service.
 * Nobody else may, and only the owner may write. */
static const char *check_key_file(const char *path, const apr_finfo_t *facts,
                                  apr_pool_t *pool)
{
    if (facts->filetype != APR_REG || facts->size > SIZE_LIMIT) {
        return apr_psprintf(pool, "JiraTokenKeyFile %s is not a regular file "
                            "of at most 64 KiB", path);
    }
    if (facts->protection & (APR_FPROT_WREAD | APR_FPROT_WWRITE
                             | APR_FPROT_WEXECUTE | APR_FPROT_GWRITE)) {
        return apr_psprintf(pool, "JiraTokenKeyFile %s is readable or "
                            "writable by others; run: chmod 600 %s", path,
                            path);
    }
    return NULL;
}

/* @return NULL, or what is wrong with the file. It is checked before it is
 *         opened, as opening a FIFO would block, and again once it is open, in
 *         case it was replaced. */
static const char *open_key_file(const char *path, apr_file_t **file,
                                 apr_pool_t *pool)
{
    apr_int32_t wanted = APR_FINFO_PROT | APR_FINFO_TYPE | APR_FINFO_SIZE;
    apr_finfo_t facts;
    apr_status_t status = apr_stat(&facts, path, wanted, pool);
    const char *fault = NULL;
    char reason[120];

    if (status == APR_SUCCESS) {
        fault = check_key_file(path, &facts, pool);
    }
    if (status == APR_SUCCESS && !fault) {
        status = apr_file_open(file, path, APR_READ, 0, pool);
    }
    if (status == APR_SUCCESS && !fault) {
        status = apr_file_info_get(&facts, wanted, *file);
        fault = check_key_file(path, &facts, pool);
    }
    if (status == APR_SUCCESS) {
        return fault;
    }
    return apr_psprintf(pool, "JiraTokenKeyFile %s cannot be opened: %s. If "
                        "there is no key yet, make one: (umask 077; set -C; "
                        "openssl rand -hex 32 > '%s')", path,
                        apr_strerror(status, reason, sizeof(reason)), path);
}

/* The text is read into one buffer, which is wiped. */
const char *jt_keyfile_read(const char *path, jt_secret_ring_t **ring,
                            apr_pool_t *pconf, apr_pool_t *ptemp)
{
    char *text = apr_palloc(ptemp, SIZE_LIMIT + 1);
    apr_size_t length = 0;
    apr_file_t *file = NULL;
    const char *fault = open_key_file(path, &file, ptemp);
    apr_status_t status;

    if (fault) {
        return fault;
    }
    status = apr_file_read_full(file, text, SIZE_LIMIT, &length);
    apr_file_close(file);
    text[length] = '\0';
    if (status != APR_SUCCESS && !APR_STATUS_IS_EOF(status)) {
        fault = "it cannot be read";
    }
    else if (strlen(text) != length) {
        fault = "it is not text";
    }
    else {
        status = jt_secret_ring_parse(text, ring, &fault, pconf);
        fault = status == APR_SUCCESS ? NULL : fault;
    }
    jt_secret_wipe(text, length);
    return fault ? apr_psprintf(ptemp, "JiraTokenKeyFile %s: %s; a line is a "
                                "key in hex, as openssl rand -hex 32 makes "
                                "one", path, fault) : NULL;
}
