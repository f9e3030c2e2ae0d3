/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a process that holds something in shared memory still lives. It must
 * not know what it holds.
 */
#include "state/jt_process.h"

#include <errno.h>
#include <signal.h>
#include <sys/types.h>

int jt_process_is_dead(apr_uint32_t pid)
{
    return kill((pid_t)pid, 0) && errno == ESRCH;
}
