/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REPLY_H
#define JT_REPLY_H

#include <httpd.h>
#include <jansson.h>

/** Send {"error":"words"}. @param words what to change */
int jt_reply_fail(request_rec *r, int status, const char *words);

/** Send the failure of a database. */
int jt_reply_unavailable(request_rec *r);

/** Send a text of JSON. */
int jt_reply_send(request_rec *r, int status, const char *text);

/** Send 204. */
int jt_reply_nothing(request_rec *r);

/**
 * Send an object with a member more, rawToken: the only answer with a secret.
 * No copy of that is left in memory.
 */
int jt_reply_secret(request_rec *r, int status, const char *object,
                    const char *secret);

/**
 * Read the body, an object (RFC 8259) of application/json. Blocks on the
 * client.
 * @param object set; the caller releases it
 * @param answer set when it fails: an error was sent, and the handler returns
 *        this
 * @return zero when it fails
 */
int jt_reply_read(request_rec *r, json_t **object, int *answer);

#endif
