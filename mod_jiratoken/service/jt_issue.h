/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ISSUE_H
#define JT_ISSUE_H

#include "core/jt_account.h"
#include "core/jt_secret.h"
#include "service/jt_actor.h"

/** The result of a creation. */
typedef struct jt_issued_t {
    jt_account_made_t made;
    jt_token_t *token; /* set on JT_ACCOUNT_MADE */
} jt_issued_t;

/**
 * Make a secret, and its digest by the first key. Logs a failure of OpenSSL's,
 * once a minute. Does not block.
 * @param secret a buffer that the caller wipes
 */
apr_status_t jt_issue_secret(const jt_actor_t *actor,
                             char secret[JT_SECRET_SIZE],
                             char digest[JT_SECRET_DIGEST_SIZE]);

/**
 * Create a token for actor->user, who must be draft->user. Logs and counts it.
 * Blocks as the database does; retries while other changes of the same user's
 * tokens interfere.
 * @param draft valid, from jt_token_draft()
 * @param secret a buffer that the caller wipes: the new token, to be shown once
 * @param issued set; what it points to is from actor->pool
 * @return APR_SUCCESS; anything else when the database could not answer: the
 *         token may have been created, but its secret was shown to nobody
 */
apr_status_t jt_issue(const jt_actor_t *actor, const jt_token_draft_t *draft,
                      char secret[JT_SECRET_SIZE], jt_issued_t *issued);

#endif
