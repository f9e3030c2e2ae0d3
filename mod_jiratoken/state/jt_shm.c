/* SPDX-License-Identifier: Apache-2.0
 *
 * Anonymous shared memory. It must not know what lies in it.
 */
#include "state/jt_shm.h"

#include <apr_shm.h>
#include <http_log.h>

APLOG_USE_MODULE(jiratoken);

apr_status_t jt_shm_make(void **memory, apr_size_t size, const char *purpose,
                         apr_pool_t *pool, const server_rec *s)
{
    apr_shm_t *made;
    apr_status_t status = apr_shm_create(&made, size, NULL, pool);

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status, s,
                     "mod_jiratoken cannot start: %" APR_SIZE_T_FMT " bytes "
                     "of shared memory for %s could not be had; free some, "
                     "or raise the system's limit", size, purpose);
        return status;
    }
    *memory = apr_shm_baseaddr_get(made);
    memset(*memory, 0, size);
    return APR_SUCCESS;
}
