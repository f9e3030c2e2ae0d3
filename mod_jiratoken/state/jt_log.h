/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LOG_H
#define JT_LOG_H

#include <apr_general.h>

/**
 * The level of a failure that may repeat with each request.
 * @param level where this is the first of its kind in a minute
 * @param logged when this kind was, in whole seconds that wrap in 2106; 0 at
 *        first. Many threads may ask at once: one of them is the first.
 * @return level, or APLOG_DEBUG. Not to be called in the arguments of
 *         ap_log_error(), a macro that asks for the level twice.
 */
int jt_log_level(int level, volatile apr_uint32_t *logged);

#endif
