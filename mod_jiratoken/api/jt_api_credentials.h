/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_API_CREDENTIALS_H
#define JT_API_CREDENTIALS_H

#include "api/jt_call.h"

/** POST /credentials/revoke: whoever holds a token may kill it, without signing
 * in. The answer is the same for known and unknown ones. */
int jt_api_credentials_revoke(jt_call_t *call);

#endif
