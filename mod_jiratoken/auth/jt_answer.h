/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ANSWER_H
#define JT_ANSWER_H

#include <httpd.h>

#include "core/jt_attempt.h"

/**
 * Log why a token was refused, never the token.
 * @param user the claimed name; NULL if it is a token itself
 */
void jt_answer_log_refusal(request_rec *r, const jt_check_t *check,
                           const char *user);

/**
 * Refuse with 401, and with JiraToken-Status where the verdict has one. Logs
 * it. The holder of an expired token gets a text/plain body that says so, which
 * git prints, unless the site has its own ErrorDocument.
 * @return HTTP_UNAUTHORIZED
 */
int jt_answer_refuse(request_rec *r, const jt_check_t *check,
                     const char *user);

/**
 * Forbid what a good token is not for, with 403, JiraToken-Status and a
 * text/plain body that says why, unless the site has its own ErrorDocument.
 * @return HTTP_FORBIDDEN
 */
int jt_answer_forbid(request_rec *r, const jt_check_t *check,
                     const char *user);

/**
 * The database could not answer: set Retry-After (RFC 9110, section 10.2.3).
 * @return HTTP_SERVICE_UNAVAILABLE
 */
int jt_answer_unavailable(request_rec *r);

/** The same for a page or a route of ours, and count it: credentials are
 * counted when they are examined. */
int jt_answer_page_unavailable(request_rec *r);

/**
 * Log that a page is configured wrongly, which its visitors cannot help: as an
 * error once a minute, else for debugging.
 * @param words what to change
 * @param logged this fault's own, static; see state/jt_log.h
 */
void jt_answer_log_misconfigured(request_rec *r, const char *words,
                                 volatile apr_uint32_t *logged);

/** Register what makes those bodies text/plain. */
void jt_answer_register(void);

#endif
