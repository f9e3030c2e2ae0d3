/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LOG_H
#define JT_LOG_H

#include <apr_general.h>

/**
 * The level for a failure that may repeat with each request. Thread-safe: of
 * many callers, one gets the level.
 * @param level for the first failure of its kind in a minute
 * @param logged when this kind was last logged, in whole seconds, which wrap in
 *        2106; 0 at first
 * @return level, or APLOG_DEBUG. Never call it in the arguments of
 *         ap_log_error(), a macro that evaluates the level twice.
 */
int jt_log_level(int level, volatile apr_uint32_t *logged);

#endif
