/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACTOR_H
#define JT_ACTOR_H

#include <httpd.h>

#include "state/jt_patience.h"

/** Who calls a service, and where: the same for pages, an API and
 * administrators. All members live as long as the request. */
typedef struct jt_actor_t {
    server_rec *server;  /* its table, keys and rules */
    const char *user;    /* signed in; NULL: nobody yet */
    const char *how;     /* that was found out: the auth type, or "token";
                            NULL: not said */
    const char *address; /* the client's */
    apr_int64_t now;     /* epoch seconds */
    jt_patience_t *patience; /* the client's request's */
    request_rec *r;      /* for log messages only; NULL: httpd acts by itself */
    apr_pool_t *pool;    /* for what a service returns */
} jt_actor_t;

#endif
