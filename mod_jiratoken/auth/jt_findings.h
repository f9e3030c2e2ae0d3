/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_FINDINGS_H
#define JT_FINDINGS_H

#include <httpd.h>

#include "core/jt_attempt.h"
#include "service/jt_actor.h"

/** What is known of the credentials of an initial request, and of those that
 * came from it: subrequests, internal redirects and <If> sections ask again
 * with the same header. Lives as long as the initial request. */
typedef struct jt_findings_t {
    const char *header;        /* the last that was examined; NULL: none */
    int legacy;                /* and whether JiraTokenLegacy was On there */
    char *user;
    apr_status_t status;       /* not APR_SUCCESS: nobody can say */
    jt_check_t check;
    const char *verified;      /* sticky: the header that let somebody in, */
    const jt_grant_t *grant;   /* and what it was granted by */
    int saw_token;             /* sticky: a header of this request was one */
    char type[sizeof("Basic")]; /* r->ap_auth_type wants one of its own */
    int is_told;               /* the initial request has its variables */
    int touch_due;             /* its last use is to be written down */
} jt_findings_t;

/** The request that a client sent. */
request_rec *jt_findings_initial(request_rec *r);

/** Never NULL. */
jt_findings_t *jt_findings_get(request_rec *r);

/** NULL unless a token was verified for this request or one it came from. */
jt_findings_t *jt_findings_find_granted(request_rec *r);

/** Find out what a header says here, unless that is known; count it. Blocks as
 * jt_verify() does. @param header of jt_findings_header_name() */
void jt_findings_examine(request_rec *r, const char *header,
                         jt_findings_t *known);

/** Who asks, before anybody is let in. @param pool for what is found out */
jt_actor_t jt_findings_actor(request_rec *r, apr_pool_t *pool);

/** The header that credentials for this server come in. */
const char *jt_findings_header_name(const request_rec *r);

/** Whether an Authorization header has a token in it, by its shape; NULL has
 * none. */
int jt_findings_is_token(request_rec *r, const char *header);

/** Whether a token, good or not, was presented where tokens are accepted: by
 * this request or one that it came from. */
int jt_findings_has_seen_token(request_rec *r);

/**
 * Whether anything about a request, or about those that it came from, was
 * presented with a token: verified or not, at this URL or before an internal
 * redirect. Pages ask this and refuse.
 */
int jt_findings_came_by_token(request_rec *r);

#endif
