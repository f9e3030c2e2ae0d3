/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SHM_H
#define JT_SHM_H

#include <apr_errno.h>
#include <httpd.h>

/** The alignment: a cache line of the processor. */
#define JT_SHM_LINE ((apr_size_t)64)

/**
 * In post_config: make anonymous shared memory, which the children inherit.
 * @param memory set to it: `size` bytes, zeroed, aligned to JT_SHM_LINE
 * @param purpose what it is for, in the log
 * @param pool unmaps it
 * @return APR_SUCCESS, or why there is none: logged, and httpd must not start
 */
apr_status_t jt_shm_make(void **memory, apr_size_t size, const char *purpose,
                         apr_pool_t *pool, const server_rec *s);

/** Memory that lasts through restarts of httpd, and is only made again when
 * another layout or size is wanted. */
typedef struct jt_shm_kept_t {
    const char *name;    /* by which it is found again, never to be changed */
    const char *purpose; /* what it is for, in the log */
    int layout;          /* changed with the meaning of the memory */
    apr_size_t size;     /* in bytes */
} jt_shm_kept_t;

/** What jt_shm_keep() found. */
typedef enum jt_shm_found_t {
    JT_SHM_SAME,  /* the memory of before */
    JT_SHM_FIRST, /* there was none: it is new, and zeroed */
    JT_SHM_OTHER  /* there was one of another layout or size: the same, but
                     older children use that one still */
} jt_shm_found_t;

/**
 * In post_config: find memory again, or make it.
 * @param memory set as by jt_shm_make(); NULL on failure, which has been logged
 *        at `level`
 */
jt_shm_found_t jt_shm_keep(const jt_shm_kept_t *kept, void **memory,
                           int level, const server_rec *main_server);

/** In post_config: give memory back, if there is any. Older children keep
 * theirs. @param name of jt_shm_kept_t */
void jt_shm_drop(const char *name);

#endif
