/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ORDER_H
#define JT_ORDER_H

#include "core/jt_token.h"

/** Sort keys: the columns of the list. */
typedef enum jt_order_key_t {
    JT_ORDER_LABEL,
    JT_ORDER_CREATED,
    JT_ORDER_EXPIRES,
    JT_ORDER_LAST_USED,
    JT_ORDER_STATUS,
    JT_ORDER_KEYS /* their number; also: the table's order */
} jt_order_key_t;

/**
 * The name of a key in URLs and in the catalogue of words.
 * @param key not JT_ORDER_KEYS
 */
const char *jt_order_name(jt_order_key_t key);

/** Parse the name of a key. @return JT_ORDER_KEYS for any other text */
jt_order_key_t jt_order_parse(const char *name);

/**
 * Sort tokens in place. The sort is stable in both directions. Labels are
 * compared without regard to ASCII case. Ascending, a missing time of creation
 * or of last use comes first, a missing expiry last, and a status by urgency.
 * @param tokens jt_token_t elements
 * @param rules for the status
 * @param now epoch seconds
 * @param pool for scratch
 */
void jt_order_sort(apr_array_header_t *tokens, jt_order_key_t key,
                   int descending, const jt_token_rules_t *rules,
                   apr_int64_t now, apr_pool_t *pool);

#endif
