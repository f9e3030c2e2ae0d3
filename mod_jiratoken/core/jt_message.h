/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_MESSAGE_H
#define JT_MESSAGE_H

#include "core/jt_outbox.h"

/** A message as JSON (RFC 8259), one line with its end: {"event":, "at":,
 * "user":, "id":, "label":, "expiresAt":, "daysLeft":, "by":, "from":}.
 * Instants are RFC 3339; what is not known, and a day where nothing ends, is
 * null; of what is not UTF-8, U+FFFD. From pool. @return NULL: there is no
 * memory */
const char *jt_message_make(const jt_outbox_row_t *row, apr_int64_t now,
                            apr_pool_t *pool);

/** Seconds until a message is tried again that was tried so often, at least
 * once: more each time, an hour at most. */
int jt_message_pause(int tries);

#endif
