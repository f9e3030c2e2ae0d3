/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_USE_H
#define JT_USE_H

#include <httpd.h>

#include "core/jt_restriction.h"

/**
 * What a request is, as far as a token's restrictions go: the client's address
 * (mod_remoteip's, where it is used), whether its method reads
 * (JiraTokenReadMethods), the area of its location (JiraTokenArea), and whether
 * that is the API's.
 * @param use set; its texts live as long as the request or the configuration
 */
void jt_use_describe(request_rec *r, jt_restriction_use_t *use);

#endif
