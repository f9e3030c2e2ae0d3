/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_USE_H
#define JT_USE_H

#include <httpd.h>

/** The child_init hook. */
void jt_use_child_init(apr_pool_t *pool, server_rec *main_server);

/** Whether notes can be written, as far as is known: for a minute after one
 * could not be, they are taken for those that cannot. */
int jt_use_is_well(const request_rec *r);

/**
 * Write down that a token was used by this request, once its response has gone
 * out: at once, or, while another thread of this child writes such notes, that
 * one does. A failure is logged by jt_dbd.c, and touches nobody.
 * @param id the row's
 * @param digest the row's
 */
void jt_use_note(request_rec *r, apr_int64_t id, const char *digest);

#endif
