/* SPDX-License-Identifier: Apache-2.0
 *
 * Rate limit for the log: a failure that repeats is logged once a minute, so
 * that the log does not fill up while a database or cache is down. It does not
 * log anything itself.
 */
#include "state/jt_log.h"

#include <apr_atomic.h>
#include <apr_time.h>
#include <httpd.h>
#include <http_log.h>

#define INTERVAL 60

int jt_log_level(int level, volatile apr_uint32_t *logged)
{
    apr_uint32_t now = (apr_uint32_t)apr_time_sec(apr_time_now());
    apr_uint32_t last = apr_atomic_read32(logged);

    return now - last >= INTERVAL && apr_atomic_cas32(logged, now, last) == last
               ? level : APLOG_DEBUG;
}
