/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_KEYFILE_H
#define JT_KEYFILE_H

#include "core/jt_secret.h"

/**
 * Read JiraTokenKeyFile. It must be a regular file that only its owner and
 * group can read, and only its owner can write. Blocks on the file system.
 * @param ring set on success; allocated from pconf
 * @param ptemp for scratch and for the message
 * @return NULL, or a message that names the fault, the file and the remedy
 */
const char *jt_keyfile_read(const char *path, jt_secret_ring_t **ring,
                            apr_pool_t *pconf, apr_pool_t *ptemp);

#endif
