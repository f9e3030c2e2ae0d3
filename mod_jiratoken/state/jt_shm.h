/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SHM_H
#define JT_SHM_H

#include <apr_errno.h>
#include <httpd.h>

/**
 * In post_config: make anonymous shared memory, which the children inherit.
 * @param memory set to it: `size` bytes, zeroed, aligned for any type
 * @param purpose what it is for, in the log
 * @param pool unmaps it
 * @return APR_SUCCESS, or why there is none: logged, and httpd must not start
 */
apr_status_t jt_shm_make(void **memory, apr_size_t size, const char *purpose,
                         apr_pool_t *pool, const server_rec *s);

#endif
