/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PROCESS_H
#define JT_PROCESS_H

#include <apr_general.h>

/** Whether there is no such process any more (kill(2), ESRCH), so that what it
 * held in shared memory may be taken. A zombie counts as alive. Does not block.
 * @param pid of this system, not 0 */
int jt_process_is_dead(apr_uint32_t pid);

#endif
