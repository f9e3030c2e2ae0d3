/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ADMIN_DOWNLOAD_H
#define JT_ADMIN_DOWNLOAD_H

#include <httpd.h>

/** Begin a CSV file (RFC 4180). @param header its first line, with CR LF */
void jt_admin_download_begin(request_rec *r, const char *name,
                             const char *header);

/**
 * Write a cell. No cell is a formula: what looks like the beginning of one gets
 * an apostrophe before it. Blocks on the client.
 * @param end what stands behind it: "," or CR LF
 */
void jt_admin_download_cell(request_rec *r, const char *text,
                            const char *end);

#endif
