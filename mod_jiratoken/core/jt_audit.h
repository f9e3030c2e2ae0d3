/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUDIT_H
#define JT_AUDIT_H

#include "core/jt_store.h"

/* The audit table: what happened to tokens. Rows are only added. Each function
 * blocks as the database does, and returns APR_SUCCESS when it has answered,
 * and APR_EGENERAL when it could not. Those that write do nothing, and succeed,
 * for a store without an audit table. */

/* What a row is about; the words of its column `event`. */
#define JT_AUDIT_CREATED "created"
#define JT_AUDIT_RENAMED "renamed"
#define JT_AUDIT_ROTATED "rotated"
#define JT_AUDIT_REVOKED "revoked"
#define JT_AUDIT_PURGED "purged"

/* What it says of it; those of `stage`. */
#define JT_AUDIT_INTENT "intent"
#define JT_AUDIT_DONE "done"
#define JT_AUDIT_FAILED "failed"

/** No number: NULL in the table. */
#define JT_AUDIT_NONE JT_TOKEN_NEVER

/** The length of what names a change, with its NUL. */
#define JT_AUDIT_NAME_SIZE 33

/** A row. NULL texts are NULL in the table. */
typedef struct jt_audit_row_t {
    apr_int64_t id;        /* the table assigns it */
    apr_int64_t at;        /* epoch seconds */
    const char *event;
    const char *stage;
    const char *intent;    /* the same in a change's intent and its outcome, and
                              nowhere else: how the outcome names the intent */
    apr_int64_t batch;     /* the same in all changes of one request for
                              several; or JT_AUDIT_NONE */
    const char *actor;     /* who did it; NULL: nobody had signed in */
    const char *actor_how; /* how that was known: basic, openid-connect, token,
                              nobody, or httpd itself */
    const char *user;      /* whose token; NULL in a row about a whole batch */
    apr_int64_t token_id;  /* or JT_AUDIT_NONE, as before a creation */
    const char *label;     /* before the change */
    const char *from;      /* the client's address */
    const char *detail;    /* what else there is to say, in canonical words */
    const char *outcome;   /* of an intent that was listed: the stage of its
                              outcome. NULL: perhaps it was done */
} jt_audit_row_t;

/** A change that is recorded: an intent before, an outcome after. */
typedef struct jt_audit_change_t {
    jt_audit_row_t row; /* of the intent; `intent` is set, `stage` is not used.
                           What is known later may be set in between */
    int is_begun;       /* the intent is in the table */
    const char *outcome; /* the stage to record; NULL: none, as nobody knows */
} jt_audit_change_t;

/**
 * Record the intents of changes that have none yet, in as few statements as
 * there may be; of each statement all rows are written, or none. Idempotent:
 * what an earlier try has written is found again. Unless it succeeds, nothing
 * may be changed.
 * @param changes jt_audit_change_t elements; `is_begun` is set
 */
apr_status_t jt_audit_begin(jt_store_t *store, apr_array_header_t *changes,
                            apr_pool_t *pool);

/** The same for one. @param change NULL: there is nothing to record */
apr_status_t jt_audit_begin_one(jt_store_t *store, jt_audit_change_t *change,
                                apr_pool_t *pool);

/**
 * Record an intent whose name is known to others: only one of all who try does.
 * @param claimed whether this call did. Zero also when its answer was lost
 */
apr_status_t jt_audit_claim(jt_store_t *store, jt_audit_change_t *change,
                            int *claimed, apr_pool_t *pool);

/**
 * Record the outcomes of the changes that were begun and have one. Idempotent.
 * @param at of the rows
 */
apr_status_t jt_audit_end(jt_store_t *store,
                          const apr_array_header_t *changes, apr_int64_t at,
                          apr_pool_t *pool);

/** Which rows are listed; NULL and zero filter nothing. */
typedef struct jt_audit_filter_t {
    const char *user;   /* exact, as all of these */
    const char *actor;
    const char *event;
    apr_int64_t from;   /* at that instant or later */
    apr_int64_t before; /* before that instant; 0: whenever */
} jt_audit_filter_t;

/** The most rows that one call lists. */
#define JT_AUDIT_MOST 1000

/**
 * List rows, newest first: by their ids, which grow, so that no row comes twice
 * or is left out while others are added.
 * @param before_id of the last row of the page before; 0: from the newest
 * @param limit 1 to JT_AUDIT_MOST; fewer rows are the end
 * @param rows jt_audit_row_t elements, from pool; none without an audit table
 */
apr_status_t jt_audit_list(jt_store_t *store, const jt_audit_filter_t *filter,
                           apr_int64_t before_id, int limit,
                           apr_array_header_t **rows, apr_pool_t *pool);

/** Whether a text is one of the events. */
int jt_audit_is_event(const char *text);

#endif
