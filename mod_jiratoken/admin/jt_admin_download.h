/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_DOWNLOAD_H
#define JT_ADMIN_DOWNLOAD_H

#include <apr_tables.h>

#include "http/jt_visit.h"

/** Writes one row. @param pool cleared behind it */
typedef void jt_admin_download_row_t(const jt_visit_t *visit, const void *row,
                                     apr_pool_t *pool);

/** A CSV file (RFC 4180) that is made as it is sent: it begins with the first
 * rows, and from then on nothing is said by a status. */
typedef struct jt_admin_download_t {
    jt_visit_t *visit;
    const char *name;   /* of the file, without quotes */
    const char *header; /* its first line, with CR LF */
    jt_admin_download_row_t *write;
    int has_begun;      /* zero at first */
} jt_admin_download_t;

/** Send some rows. @param baton jt_admin_download_t. @return zero when the
 * client has gone. Blocks on the client. */
int jt_admin_download_rows(void *baton, const apr_array_header_t *rows);

/** After the last rows, or none. @param status of reading them; on a failure a
 * file that has begun is broken off, so that nobody takes it for whole.
 * @return the handler's answer */
int jt_admin_download_end(jt_admin_download_t *download, apr_status_t status);

/**
 * Write a cell. No cell is a formula: what looks like the beginning of one gets
 * an apostrophe before it. Blocks on the client.
 * @param end what stands behind it: "," or CR LF
 */
void jt_admin_download_cell(request_rec *r, const char *text,
                            const char *end);

/** A cell of any bytes, made fit to be seen; NULL: an empty one. */
void jt_admin_download_text(request_rec *r, const char *text, const char *end,
                            apr_pool_t *pool);

#endif
