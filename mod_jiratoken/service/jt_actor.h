/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ACTOR_H
#define JT_ACTOR_H

#include <httpd.h>

/** Who asks a service for something: pages, an API and administrators are the
 * same to it. All members live as long as the request. */
typedef struct jt_actor_t {
    server_rec *server;  /* whose table, keys and rules */
    const char *user;    /* who is signed in; NULL: nobody yet */
    const char *address; /* the client's */
    apr_int64_t now;     /* epoch seconds */
    request_rec *r;      /* to log for, and nothing else */
    apr_pool_t *pool;    /* for what a service returns */
} jt_actor_t;

#endif
