/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_KEYFILE_H
#define JT_KEYFILE_H

#include "core/jt_secret.h"

/**
 * Read JiraTokenKeyFile. It must be a regular file that others cannot read
 * and only its owner can write.
 * @param pconf where the ring lives
 * @param ptemp for scratch and for the words
 * @return NULL, or what is wrong, naming the file and what to do
 */
const char *jt_keyfile_read(const char *path, jt_secret_ring_t **ring,
                            apr_pool_t *pconf, apr_pool_t *ptemp);

#endif
