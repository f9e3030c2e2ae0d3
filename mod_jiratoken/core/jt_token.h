/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TOKEN_H
#define JT_TOKEN_H

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_label.h"

/* Instants and `now` are 64-bit epoch seconds. */

/** A time that is not known: NULL in the table. */
#define JT_TOKEN_NEVER APR_INT64_C(-1)

/** How long before its end a token is marked `Expires soon`, in seconds. */
#define JT_TOKEN_SOON (7 * APR_INT64_C(86400))

/** The only scope that this version grants. */
#define JT_TOKEN_SCOPE_FULL "full"

/** In last_used_from of a token that nobody may have seen yet: its creation
 * was not known to have succeeded. No address, so no use. */
#define JT_TOKEN_UNSEEN "unseen"

/** What a check needs of a token, and what the log and the backend are told. */
typedef struct jt_grant_t {
    apr_int64_t id;
    const char *user;         /* its owner; compared byte for byte */
    const char *label;
    apr_int64_t expires_at;   /* the first instant at which it is dead, or
                                 JT_TOKEN_NEVER */
    apr_int64_t last_used_at; /* or JT_TOKEN_NEVER */
    const char *scope;
    const char *allowed_from; /* NULL: from everywhere */
} jt_grant_t;

/** A whole token: what its owner sees, and what is written when it is made. */
typedef struct jt_token_t {
    jt_grant_t grant;
    apr_int64_t slot;           /* of its owner's, from 0 */
    const char *digest;         /* lower-case hex, see core/jt_secret.h */
    apr_int64_t created_at;     /* or JT_TOKEN_NEVER */
    const char *last_used_from; /* NULL: unknown */
} jt_token_t;

/** What the administrator decided about new tokens. */
typedef struct jt_token_rules_t {
    const char *prefix;
    int max;              /* tokens a user, 1..1000 */
    int max_lifetime;     /* days; 0: none */
    int default_lifetime; /* days; 0: none */
} jt_token_rules_t;

typedef enum jt_token_expiry_t {
    JT_TOKEN_EXPIRY_FORMAT,   /* not YYYY-MM-DD, or no such day */
    JT_TOKEN_EXPIRY_PAST,     /* before today */
    JT_TOKEN_EXPIRY_LATE,     /* beyond max_lifetime */
    JT_TOKEN_EXPIRY_REQUIRED, /* none, though max_lifetime asks for one */
    JT_TOKEN_EXPIRY_FINE
} jt_token_expiry_t;

/** A token that somebody asks for, and what is wrong with it. */
typedef struct jt_token_draft_t {
    const char *user;
    const char *label;
    apr_int64_t expires_at;   /* JT_TOKEN_NEVER: never */
    jt_label_fault_t label_fault;
    jt_token_expiry_t expiry_fault;
} jt_token_draft_t;

typedef enum jt_token_state_t {
    JT_TOKEN_EXPIRED,
    JT_TOKEN_EXPIRES_SOON,
    JT_TOKEN_ACTIVE
} jt_token_state_t;

/** The start of the last day that max_lifetime allows a new token. */
apr_int64_t jt_token_last_day(const jt_token_rules_t *rules, apr_int64_t now);

/** What somebody typed into the form. Never NULL, any bytes. */
typedef struct jt_token_typed_t {
    const char *label;
    const char *expires; /* YYYY-MM-DD, valid through that day; "": none */
} jt_token_typed_t;

/**
 * Validate what was typed. Asks nobody.
 * @param draft set; its strings are from pool or the caller's
 * @return non-zero when draft can be made into a token
 */
int jt_token_draft(const jt_token_rules_t *rules, const char *user,
                   const jt_token_typed_t *typed, apr_int64_t now,
                   jt_token_draft_t *draft, apr_pool_t *pool);

jt_token_state_t jt_token_state(const jt_grant_t *grant, apr_int64_t now);

/** @return non-zero when nobody may ever have seen the token's secret */
int jt_token_is_unseen(const jt_token_t *token);

/** Whether a use should be written down: interval seconds after the last; an
 * interval of 0 is never. */
int jt_token_is_touch_due(const jt_grant_t *grant, apr_int64_t now,
                          int interval);

/** Keep those of the tokens (jt_token_t elements) whose ids are among these
 * (apr_int64_t elements). */
void jt_token_choose(apr_array_header_t *tokens,
                     const apr_array_header_t *ids);

/**
 * Read an id: canonical decimal, 1 to 2^63-1 (no sign, no leading zero).
 * @return APR_SUCCESS, or APR_EINVAL
 */
apr_status_t jt_token_parse_id(const char *text, apr_int64_t *id);

#endif
