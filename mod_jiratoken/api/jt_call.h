/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CALL_H
#define JT_CALL_H

#include <httpd.h>

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

#endif
