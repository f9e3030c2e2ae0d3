/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ANSWER_H
#define JT_ANSWER_H

#include <httpd.h>

#include "core/jt_attempt.h"

/** Log why a token was refused, never the token. @param user the claimed name;
 * not repeated where it is a token itself */
void jt_answer_log_refusal(request_rec *r, const jt_check_t *check,
                           const char *user);

/** Whether a claimed name may stand in a log: it is no token. */
int jt_answer_is_loggable(request_rec *r, const char *user);

/** Answer 401 for a check that refuses, with JiraToken-Status where the verdict
 * has one. @return HTTP_UNAUTHORIZED */
int jt_answer_refuse(request_rec *r, const jt_check_t *check,
                     const char *user);

/** Nobody can say: set Retry-After (RFC 9110, section 10.2.3). @return
 * HTTP_SERVICE_UNAVAILABLE */
int jt_answer_unavailable(request_rec *r);

#endif
