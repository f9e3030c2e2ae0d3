/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ROTATE_H
#define JT_ROTATE_H

#include "core/jt_rotation.h"
#include "core/jt_secret.h"
#include "service/jt_actor.h"

/** What is asked for. */
typedef struct jt_rotate_t {
    apr_int64_t id;
    const char *replaces; /* as jt_rotation_t's */
    int overlap;          /* seconds */
} jt_rotate_t;

/** The result of a rotation. */
typedef struct jt_rotated_t {
    int has_secret;            /* zero: OpenSSL failed, nothing was tried */
    jt_rotation_found_t found;
    jt_token_t *token;         /* set on JT_ROTATION_DONE */
} jt_rotated_t;

/**
 * Give a token of actor->user a new secret. The former ones end, or are
 * limited, with the next request to any process of this httpd and to all
 * servers that share a cache with it. Logs and counts it. Blocks as the
 * database and a cache outside do.
 * @param secret a buffer that the caller wipes: the new secret, to be shown
 * once
 * @param rotated set; what it points to is from actor->pool
 * @return APR_SUCCESS; anything else when the database could not answer: the
 *         former secret may have been replaced by one that nobody was shown
 */
apr_status_t jt_rotate(const jt_actor_t *actor, const jt_rotate_t *request,
                       char secret[JT_SECRET_SIZE], jt_rotated_t *rotated);

#endif
