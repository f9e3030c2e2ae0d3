/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CHECK_H
#define JT_CHECK_H

#include <httpd.h>

#include "core/jt_token.h"

/**
 * Check a password: by what is remembered of it, or by the table.
 * @param user any bytes; what can be no name is unknown, without SQL
 * @param now epoch seconds
 * @param pool has the row, and what asking takes
 * @return APR_SUCCESS, or what jt_dbd_run() returned when nobody can say: then
 *         check says nothing and nobody may be let in
 */
apr_status_t jt_check(server_rec *s, const char *user, const char *password,
                      apr_int64_t now, jt_token_check_t *check,
                      apr_pool_t *pool);

#endif
