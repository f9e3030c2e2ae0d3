/* SPDX-License-Identifier: Apache-2.0
 *
 * Anonymous shared memory, for as long as a configuration or as httpd lasts. It
 * must not know what lies in it.
 */
#include "state/jt_shm.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

APLOG_USE_MODULE(jiratoken);

/* The system zeroes the memory (mmap(2), MAP_ANONYMOUS). What is never written
 * takes none. */
static apr_status_t make_memory(void **memory, apr_size_t size,
                                apr_pool_t *pool)
{
    apr_shm_t *made;
    apr_status_t status = apr_shm_create(&made, size + JT_SHM_LINE, NULL,
                                         pool);

    if (status == APR_SUCCESS) {
        *memory = (void *)APR_ALIGN((apr_uintptr_t)apr_shm_baseaddr_get(made),
                                    JT_SHM_LINE);
    }
    return status;
}

apr_status_t jt_shm_make(void **memory, apr_size_t size, const char *purpose,
                         apr_pool_t *pool, const server_rec *s)
{
    apr_status_t status = make_memory(memory, size, pool);

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status, s,
                     "mod_jiratoken cannot start: %" APR_SIZE_T_FMT " bytes "
                     "of shared memory for %s could not be had; free some, "
                     "or raise the system's limit", size, purpose);
    }
    return status;
}

/* httpd retains this through restarts. It is the first part of what any version
 * of this module has retained under the name. */
typedef struct retained_t {
    int layout;
    apr_size_t size;
    void *memory;
    apr_pool_t *pool; /* NULL: no memory */
} retained_t;

static retained_t *get_retained(const char *name)
{
    retained_t *retained = ap_retained_data_get(name);

    return retained ? retained
                    : ap_retained_data_create(name, sizeof(*retained));
}

/* Children have it at the same address, and keep it. */
static void drop_memory(retained_t *retained)
{
    if (retained->pool) {
        apr_pool_destroy(retained->pool);
    }
    memset(retained, 0, sizeof(*retained));
}

static void *make_kept(retained_t *retained, const jt_shm_kept_t *kept,
                       int level, const server_rec *main_server)
{
    apr_pool_t *pool;
    apr_status_t status = apr_pool_create(&pool, main_server->process->pool);

    if (status == APR_SUCCESS) {
        retained->pool = pool;
        status = make_memory(&retained->memory, kept->size, pool);
    }
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | level, status, main_server,
                     "mod_jiratoken %s: %" APR_SIZE_T_FMT " bytes of shared "
                     "memory for %s could not be had; free some, or raise the "
                     "system's limit", level == APLOG_EMERG
                                           ? "cannot start" : "does without",
                     kept->size, kept->purpose);
        drop_memory(retained);
        return NULL;
    }
    retained->layout = kept->layout;
    retained->size = kept->size;
    return retained->memory;
}

jt_shm_found_t jt_shm_keep(const jt_shm_kept_t *kept, void **memory,
                           int level, const server_rec *main_server)
{
    retained_t *retained = get_retained(kept->name);
    jt_shm_found_t found = retained->pool ? JT_SHM_OTHER : JT_SHM_FIRST;

    if (retained->pool && retained->layout == kept->layout
        && retained->size == kept->size) {
        *memory = retained->memory;
        return JT_SHM_SAME;
    }
    drop_memory(retained);
    *memory = make_kept(retained, kept, level, main_server);
    return found;
}

void jt_shm_drop(const char *name)
{
    drop_memory(get_retained(name));
}
