/* SPDX-License-Identifier: Apache-2.0
 *
 * How often a failure that repeats is told to an operator: once a minute, so
 * that a log does not fill while a database or a cache is down. Logs nothing
 * itself.
 */
#include "state/jt_log.h"

#include <apr_atomic.h>
#include <apr_time.h>
#include <httpd.h>
#include <http_log.h>

#define EVERY 60

int jt_log_level(int level, volatile apr_uint32_t *logged)
{
    apr_uint32_t now = (apr_uint32_t)apr_time_sec(apr_time_now());
    apr_uint32_t last = apr_atomic_read32(logged);

    return now - last >= EVERY && apr_atomic_cas32(logged, now, last) == last
               ? level : APLOG_DEBUG;
}
