/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUDIT_ROW_H
#define JT_AUDIT_ROW_H

#include "core/jt_token.h"

/* What stands in the audit table, for core/jt_audit.h. Pure. */

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

/** A name within a series: 16 hexadecimal digits that the series has, and the
 * token's id. */
#define JT_AUDIT_NAME_FORMAT "%s%016" APR_UINT64_T_HEX_FMT
#define JT_AUDIT_SERIES_SIZE 17

/** A row. NULL texts are NULL in the table. */
typedef struct jt_audit_row_t {
    apr_int64_t id;        /* the table assigns it */
    apr_int64_t at;        /* epoch seconds */
    const char *event;
    const char *stage;
    const char *intent;    /* the same in a change's intent and its outcome, and
                              nowhere else: how the outcome names the intent */
    const char *series;    /* not a column. Of many tokens' changes in one
                              batch: what their intents begin with, before the
                              token's id (JT_AUDIT_NAME_FORMAT); else NULL */
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

#endif
