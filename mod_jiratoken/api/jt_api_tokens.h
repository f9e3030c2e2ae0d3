/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_API_TOKENS_H
#define JT_API_TOKENS_H

#include "api/jt_call.h"

/* /tokens */
int jt_api_tokens_list(jt_call_t *call);
int jt_api_tokens_create(jt_call_t *call);

/* /tokens/{id}: call->id */
int jt_api_tokens_show(jt_call_t *call);
int jt_api_tokens_rename(jt_call_t *call);
int jt_api_tokens_delete(jt_call_t *call);

/* /tokens/{id}/rotate */
int jt_api_tokens_rotate(jt_call_t *call);

#endif
