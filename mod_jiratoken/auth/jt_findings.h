/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_FINDINGS_H
#define JT_FINDINGS_H

#include <httpd.h>

#include "core/jt_attempt.h"
#include "service/jt_actor.h"
#include "state/jt_patience.h"

/** Of jt_findings_t.legacy: the header means the same everywhere. */
#define JT_FINDINGS_ANY (-1)

/** What is known of the credentials of an initial request and all that came
 * from it: subrequests, internal redirects and <If> sections check the same
 * header again. Lives as long as the initial request, which one thread
 * handles. */
typedef struct jt_findings_t {
    const char *header;        /* the last that was examined, or NULL */
    int legacy;                /* whether JiraTokenLegacy was On then;
                                  JT_FINDINGS_ANY: it made no difference */
    int takes_bearer;          /* whether JiraTokenBearer was On then */
    jt_restriction_use_t use;  /* what it was used for then */
    int is_bearer;             /* it is a Bearer credential (RFC 6750) */
    char *user;                /* NULL: none that may be logged */
    apr_status_t status;       /* not APR_SUCCESS: the database could not
                                  answer */
    jt_check_t check;
    const char *verified;      /* sticky: the header that admitted a user, */
    const jt_grant_t *grant;   /* and its grant */
    const request_rec *asking; /* whose other modules are being asked; NULL:
                                  none */
    int saw_token;             /* sticky: a header had a token */
    char type[sizeof("Bearer")]; /* r->ap_auth_type must not be const */
    int touch_due;             /* its last use must be recorded, under */
    char touch_digest[JT_SECRET_DIGEST_SIZE]; /* this digest and */
    apr_int64_t touch_id;      /* this id */
    jt_patience_t patience;    /* of the client's request, whatever it asks */
} jt_findings_t;

/** The client's request, at the start of all subrequests and redirects. */
request_rec *jt_findings_initial(request_rec *r);

/** The findings of the initial request, made at the first call. Never NULL. */
jt_findings_t *jt_findings_get(request_rec *r);

/** The findings, or NULL unless a token was verified for this request or one
 * that it came from. */
jt_findings_t *jt_findings_find_granted(request_rec *r);

/**
 * Check a header's credentials, unless that was done already, and count it.
 * Blocks as jt_verify() does.
 * @param header the value of jt_findings_header_name()
 * @param findings of the initial request; set
 */
void jt_findings_examine(request_rec *r, const char *header,
                         jt_findings_t *findings);

/**
 * The actor of a request, before a user is admitted.
 * @param pool for results
 */
jt_actor_t jt_findings_actor(request_rec *r, apr_pool_t *pool);

/** The name of the header with the credentials for this server. */
const char *jt_findings_header_name(const request_rec *r);

/**
 * Whether an Authorization header has a token, by its shape.
 * @param header NULL has none
 */
int jt_findings_is_token(request_rec *r, const char *header);

/** jt_tokenlike_classify(), by this server's prefix. @return non-zero unless it
 * is JT_TOKENLIKE_NO */
int jt_findings_is_tokenlike(request_rec *r, const char *text);

/** Whether a token, valid or not, was presented where tokens are accepted, by
 * this request or one that it came from. */
int jt_findings_has_seen_token(request_rec *r);

/** Whether this request, or one that it came from, presented a token: verified
 * or not, at this URL or before an internal redirect. Pages refuse such a
 * request. */
int jt_findings_came_by_token(request_rec *r);

#endif
