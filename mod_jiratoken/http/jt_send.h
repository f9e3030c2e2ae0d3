/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SEND_H
#define JT_SEND_H

#include <httpd.h>

#include "html/jt_html.h"

/**
 * Send a page: web/<file>.html with `status`. httpd's filters do not compress
 * it.
 * @return for a handler to return
 */
int jt_send_page(request_rec *r, int status, const char *file,
                 const jt_html_t *scope);

/** Send more of a page at once, behind what was sent. Blocks on the client. */
void jt_send_part(request_rec *r, const char *file, const jt_html_t *scope);

/** Break off a response that has begun and cannot be completed, so that the
 * client does not take it for whole: the connection ends without a last chunk
 * (RFC 9112, section 8). @return for a handler to return */
int jt_send_break_off(request_rec *r);

/** Send 303 (RFC 9110, section 15.4.4). @param location a relative reference */
int jt_send_see_other(request_rec *r, const char *location);

/** Whether web/ has a style, script or image of this name. */
int jt_send_is_asset(const char *name);

/** Send an asset, which browsers may cache. @param name jt_send_is_asset() */
int jt_send_asset(request_rec *r, const char *name);

#endif
