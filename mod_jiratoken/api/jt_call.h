/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CALL_H
#define JT_CALL_H

#include <httpd.h>
#include <jansson.h>

#include "core/jt_token.h"
#include "service/jt_actor.h"

/** One request to the API, by somebody who was admitted. Lives as long as the
 * request. */
typedef struct jt_call_t {
    request_rec *r;
    jt_actor_t actor;        /* for the services */
    const jt_token_rules_t *rules;
    const jt_grant_t *grant; /* of the token that it came by; NULL: signed in
                                by other means */
    const char *digest;      /* of the secret that was presented, then */
    apr_int64_t id;          /* of /tokens/{id}, or 0 */
} jt_call_t;

/** The handler of a method on a route. @return what a handler returns */
typedef int jt_call_action_t(jt_call_t *call);

/** Send {"error":"words"}. @param words what to change */
int jt_call_fail(request_rec *r, int status, const char *words);

/** Send the failure of a database. */
int jt_call_unavailable(request_rec *r);

/** Send a text of JSON. */
int jt_call_send(request_rec *r, int status, const char *text);

/** Send 204. */
int jt_call_send_nothing(request_rec *r);

/**
 * Send an object with a member more, rawToken: the only answer with a secret.
 * No copy of that is left in memory.
 */
int jt_call_send_secret(request_rec *r, int status, const char *object,
                        const char *secret);

/**
 * Read the body, an object (RFC 8259) of application/json. Blocks on the
 * client.
 * @param object set; the caller releases it
 * @param answer set when it fails: an error was sent, and the handler returns
 *        this
 * @return zero when it fails
 */
int jt_call_read(request_rec *r, json_t **object, int *answer);

#endif
