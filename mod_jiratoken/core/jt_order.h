/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ORDER_H
#define JT_ORDER_H

#include "core/jt_token.h"

/** What a list of tokens can be ordered by: the columns that people see. */
typedef enum jt_order_key_t {
    JT_ORDER_LABEL,
    JT_ORDER_CREATED,
    JT_ORDER_EXPIRES,
    JT_ORDER_LAST_USED,
    JT_ORDER_STATUS,
    JT_ORDER_KEYS /* their number; also: as the table gave them */
} jt_order_key_t;

/** The name of a key in URLs and in the catalogue of words. */
const char *jt_order_name(jt_order_key_t key);

/** The key of that name; JT_ORDER_KEYS for any other text. */
jt_order_key_t jt_order_parse(const char *name);

/**
 * Order tokens in place. Tokens that are equal keep their order, in both
 * directions. Labels are compared without regard to the case of ASCII
 * letters; a time that is not there comes first for what has been, and last
 * for an expiry; a status begins with what asks for attention.
 * @param tokens jt_token_t elements
 * @param pool for scratch
 */
void jt_order_sort(apr_array_header_t *tokens, jt_order_key_t key,
                   int descending, apr_int64_t now, apr_pool_t *pool);

#endif
