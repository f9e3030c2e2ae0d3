/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACCEPT_H
#define JT_ACCEPT_H

#include <httpd.h>

/** How the location of a request takes tokens. */
typedef enum jt_accept_t {
    JT_ACCEPT_NO,
    JT_ACCEPT_LISTED,   /* AuthType Basic, with the provider in
                           AuthBasicProvider */
    JT_ACCEPT_ON,       /* JiraTokenAccept On, under any AuthType */
    JT_ACCEPT_CHALLENGE /* JiraTokenAccept Challenge */
} jt_accept_t;

jt_accept_t jt_accept_find(request_rec *r);

/** Whether a token that is sent here is meant for this module, also where
 * nobody is asked for credentials (Require all granted). */
int jt_accept_is_meant(request_rec *r);

/** Whether a path is mod_auth_openidc's OIDCRedirectURI. */
int jt_accept_is_callback(const request_rec *r, const char *path);

/**
 * Whether JiraTokenAccept Challenge leaves a request alone: it is a browser's,
 * by its headers (Fetch Metadata; RFC 6454; RFC 6265), or one that the sign-in
 * module answers for itself.
 * @param header the request's credentials that are no token, or NULL
 */
int jt_accept_leaves_alone(request_rec *r, const char *header);

/** Whether the location has AuthType Basic. */
int jt_accept_is_basic(request_rec *r);

/** Whether the location's AuthType answers with a 401 and a challenge of its
 * own, which programs understand, and not with a redirect. */
int jt_accept_has_own_challenge(request_rec *r);

/** Whether the location's AuthType is known to read no Authorization header:
 * people sign in on a page of its own. */
int jt_accept_ignores_header(request_rec *r);

#endif
