/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ISSUE_H
#define JT_ISSUE_H

#include "core/jt_account.h"
#include "core/jt_secret.h"
#include "service/jt_actor.h"

/** What became of it. */
typedef struct jt_issued_t {
    jt_account_made_t made;
    jt_token_t *token; /* set when it is JT_ACCOUNT_MADE */
} jt_issued_t;

/**
 * Make a new token for actor->user, who is draft->user: nobody makes one for
 * somebody else. Logs and counts it. Blocks as the database does; tries again
 * while other changes of the same user's tokens are in the way.
 * @param draft of jt_token_draft(), lawful
 * @param secret a buffer that the caller wipes: the new token, to be shown once
 * @return APR_SUCCESS; anything else when the database could not say: the
 *         token is made perhaps, and nobody has its secret
 */
apr_status_t jt_issue(const jt_actor_t *actor, const jt_token_draft_t *draft,
                      char secret[JT_SECRET_SIZE], jt_issued_t *issued);

#endif
