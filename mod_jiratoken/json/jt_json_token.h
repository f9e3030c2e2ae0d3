/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_JSON_TOKEN_H
#define JT_JSON_TOKEN_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_token.h"

/** A string of JSON (RFC 8259, section 7), with its quotation marks.
 * @param text valid UTF-8 @return "null" without memory */
const char *jt_json_quote(const char *text, apr_pool_t *pool);

/** A token as an object, without its secret. */
const char *jt_json_token(const jt_token_t *token,
                          const jt_token_rules_t *rules, apr_int64_t now,
                          apr_pool_t *pool);

/** The same, with its owner. */
const char *jt_json_token_of_user(const jt_token_t *token,
                                  const jt_token_rules_t *rules,
                                  apr_int64_t now, apr_pool_t *pool);

/** An array. @param objects const char * elements, texts of JSON */
const char *jt_json_list(const apr_array_header_t *objects, apr_pool_t *pool);

#endif
