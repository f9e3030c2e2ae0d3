/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PURGE_H
#define JT_PURGE_H

#include <httpd.h>

#include "core/jt_cursor.h"

/** What a process knows of the purging of one server's table. Zeroed at first;
 * one thread's. */
typedef struct jt_purge_t {
    server_rec *server;
    volatile apr_uint32_t *is_awaited; /* not zero: a step ends as soon as it
                                          can */
    apr_time_t next;      /* not before */
    apr_int64_t slot;     /* that this process has claimed; 0: none */
    apr_int64_t batch;    /* of its rows in the audit */
    int count;            /* purged in it */
    char passed[JT_CURSOR_MAX + 1]; /* where the list goes on; "": its begin */
} jt_purge_t;

/**
 * Delete tokens that ended JiraTokenPurgeExpired days ago, for a second at
 * most, if it is time and no other server does. Logs and records each. Blocks
 * as the database and a cache outside do.
 * @param pool scratch
 */
void jt_purge_step(jt_purge_t *purge, apr_pool_t *pool);

/** The process will not go on: record what it has done. Blocks as above. */
void jt_purge_stop(jt_purge_t *purge, apr_pool_t *pool);

#endif
