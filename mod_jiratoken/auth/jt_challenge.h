/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CHALLENGE_H
#define JT_CHALLENGE_H

#include <httpd.h>

/** Challenges of the Basic scheme (RFC 7617), with charset="UTF-8" (section
 * 2.1): without it, clients send names beyond ASCII in encodings of their own
 * choice. The realm is AuthName, or else ServerName. */

/** Set it as the challenge of a 401, or of a forward proxy's 407, with one for
 * Bearer (RFC 6750) where JiraTokenBearer is On. */
void jt_challenge_set(request_rec *r);

/** Add it to the challenges of another module, unless Basic is among them. */
void jt_challenge_add(request_rec *r);

/** Set the challenge of a 403 for a Bearer token: insufficient_scope. */
void jt_challenge_set_scope(request_rec *r);

/** Register the hook that sets it where tokens are accepted and httpd asks for
 * other credentials, as after a Require that is not met. */
void jt_challenge_register(void);

#endif
