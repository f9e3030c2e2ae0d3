/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_JSON_H
#define JT_JSON_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/jt_token.h"

/**
 * Parse a body: an object (RFC 8259) without a member twice, and without NUL.
 * @param body wiped, whatever it is
 * @param fault set to what to change when it fails; nothing of the body
 * @return the object, for jt_json_release; or NULL
 */
json_t *jt_json_parse(char *body, apr_size_t length, const char **fault,
                      apr_pool_t *pool);

/** Wipe every string of a body, wherever it stands, and release it. */
void jt_json_release(json_t *object);

/**
 * Parse what is asked for when a token is made: name, expirationDuration or
 * expiresOn, readOnly, areas, allowedFrom. Unknown members are ignored.
 * @param typed set; its strings are from pool
 * @return NULL, or what to change
 */
const char *jt_json_parse_new(const json_t *object, apr_int64_t now,
                              jt_token_typed_t *typed, apr_pool_t *pool);

/** A member that is a text. @return NULL, or what to change */
const char *jt_json_parse_text(const json_t *object, const char *name,
                               const char **text, apr_pool_t *pool);

/** A member that is a whole number, or absent.
 * @return NULL, or what to change */
const char *jt_json_parse_number(const json_t *object, const char *name,
                                 apr_int64_t least, apr_int64_t most,
                                 apr_int64_t *number, apr_pool_t *pool);

#endif
