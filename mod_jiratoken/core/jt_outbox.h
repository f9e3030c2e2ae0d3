/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_OUTBOX_H
#define JT_OUTBOX_H

#include "core/jt_store.h"

/* The outbox: messages that are to be told, each until it was. Each function
 * blocks as the database does, and returns APR_SUCCESS when it has answered,
 * and APR_EGENERAL when it could not. The store has an audit table and an
 * outbox. */

/** Seconds for which a claimed message is one server's. */
#define JT_OUTBOX_LEASE 300

/** The length of a holder's name, with its NUL. */
#define JT_OUTBOX_HOLDER_SIZE 33

/** A message. NULL texts and JT_TOKEN_NEVER: not known. */
typedef struct jt_outbox_row_t {
    const char *name;  /* unique: of an event, once for all servers */
    const char *event;
    apr_int64_t at;
    const char *user;
    apr_int64_t token_id;
    const char *label;
    const char *actor;
    const char *from;
    const char *detail; /* of the audit's row */
    apr_int64_t expires_at;
    apr_int64_t due_at; /* as it was read: for the claim */
    int tries;          /* before that */
} jt_outbox_row_t;

/**
 * What is to be told begins when the outbox is first used.
 * @param horizon set to the id of the audit's row up to which all was taken
 * @param since set to the instant of the first use: what ended before is not
 *        told
 */
apr_status_t jt_outbox_begin(jt_store_t *store, apr_int64_t now,
                             apr_int64_t *horizon, apr_int64_t *since,
                             apr_pool_t *pool);

/** The audit's newest row. @param id set; 0: it has none */
apr_status_t jt_outbox_newest(jt_store_t *store, apr_int64_t *id,
                              apr_pool_t *pool);

/** The audit's first row after another. @param id set; 0: there is none */
apr_status_t jt_outbox_next(jt_store_t *store, apr_int64_t after,
                            apr_int64_t *id, apr_pool_t *pool);

/** All up to this row was taken, and none will come between: it was the newest
 * when it was looked for, long enough ago that each row before it is there. */
apr_status_t jt_outbox_advance(jt_store_t *store, apr_int64_t id,
                               apr_pool_t *pool);

/**
 * Take what the audit says was done, and what was done though it says
 * "perhaps", 200 of each at most. Idempotent; where two servers take the same,
 * one of them fails.
 * @param after ids greater than this; all to this one were taken
 * @param last ids up to this one: what is read does not grow with the audit
 * @param lone intents before this instant that are still alone will stay so
 * @param is_more set when there may be others among these ids
 */
apr_status_t jt_outbox_take(jt_store_t *store, apr_int64_t after,
                            apr_int64_t last, apr_int64_t lone, int *is_more,
                            apr_pool_t *pool);

/** List ten messages at most that are to be told by now.
 * @param rows jt_outbox_row_t elements, from pool */
apr_status_t jt_outbox_list_due(jt_store_t *store, apr_int64_t now,
                                apr_array_header_t **rows, apr_pool_t *pool);

/**
 * Claim a message for JT_OUTBOX_LEASE, unless another server has since it was
 * listed.
 * @param holder a random name of this claim
 * @param claimed zero also when the answer was lost: it is due again then
 */
apr_status_t jt_outbox_claim(jt_store_t *store, const jt_outbox_row_t *row,
                             const char *holder, apr_int64_t now, int *claimed,
                             apr_pool_t *pool);

/** It was told. A claim that is over changes nothing. */
apr_status_t jt_outbox_note_sent(jt_store_t *store, const char *name,
                                 const char *holder, apr_int64_t now,
                                 apr_pool_t *pool);

/** It was not; try again then. */
apr_status_t jt_outbox_put_off(jt_store_t *store, const char *name,
                               const char *holder, apr_int64_t due_at,
                               apr_pool_t *pool);

/** Forget messages that were told before this instant, and are known from then
 * on by the horizon or by what the token's row says: the oldest thousand.
 * @param is_more set when there may be others */
apr_status_t jt_outbox_clean(jt_store_t *store, apr_int64_t before,
                             apr_int64_t horizon, int *is_more,
                             apr_pool_t *pool);

/**
 * Put what is to be told of tokens that end into the outbox, and note it in the
 * tokens' rows, 100 at most of those that were told the same last.
 * @param thresholds whole days before the end, int elements, the most first
 * @param since as above
 * @param is_more set when there may be others
 */
apr_status_t jt_outbox_add_ending(jt_store_t *store,
                                  const apr_array_header_t *thresholds,
                                  apr_int64_t since, apr_int64_t now,
                                  int *is_more, apr_pool_t *pool);

/** Which notice a token is due: the nearest of the thresholds that it has
 * passed; 0: it has ended. @return -1: none yet */
int jt_outbox_choose_notice(const apr_array_header_t *thresholds,
                            apr_int64_t expires_at, apr_int64_t now);

#endif
