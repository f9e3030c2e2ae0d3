/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TOKEN_H
#define JT_TOKEN_H

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_label.h"
#include "core/jt_restriction.h"

/* Instants and `now` are 64-bit epoch seconds. */

/** An unknown or absent time: NULL in the table. */
#define JT_TOKEN_NEVER APR_INT64_C(-1)

/** How long before its expiry a token is shown as `Expires soon`, in
 * seconds. */
#define JT_TOKEN_SOON (7 * APR_INT64_C(86400))

/** The part of a token that a check needs, and that the log and the backend
 * get. */
typedef struct jt_grant_t {
    apr_int64_t id;
    const char *user;         /* its owner; compared byte for byte */
    const char *label;
    apr_int64_t expires_at;   /* valid before this instant, or JT_TOKEN_NEVER */
    apr_int64_t last_used_at; /* or JT_TOKEN_NEVER */
    apr_int64_t created_at;   /* of its secret; or JT_TOKEN_NEVER */
    const char *restrictions; /* core/jt_restriction.h; NULL: none */
} jt_grant_t;

/** A slot that cannot be read. */
#define JT_TOKEN_NO_SLOT APR_INT64_C(-1)

/** A whole token: what its owner sees, and what is inserted. */
typedef struct jt_token_t {
    jt_grant_t grant;
    apr_int64_t slot;           /* of its owner, from 0; or JT_TOKEN_NO_SLOT */
    const char *digest;         /* lower-case hex, see core/jt_secret.h */
    const char *last_used_from; /* NULL: unknown */
    const char *previous_digest; /* of the secret before the last rotation;
                                    NULL: none */
    apr_int64_t previous_until;  /* that secret is valid before this instant, or
                                    JT_TOKEN_NEVER */
    apr_int64_t owner_seen_on; /* the day of its owner's last sign-in, since
                                  1970-01-01; 0: not looked up, and not judged.
                                  core/jt_owners.h sets it */
    int is_unseen;     /* its creation was not confirmed, so its secret was
                          perhaps shown to nobody */
    int is_damaged;    /* somebody has edited the row: a value was invalid, and
                          is absent here */
    int is_unreadable; /* damaged so that no check can judge it. Only its id,
                          owner and label are known */
} jt_token_t;

/** The administrator's rules for new tokens. */
typedef struct jt_token_rules_t {
    const char *prefix;
    int max;              /* tokens a user, 1..1000 */
    int max_lifetime;     /* days; 0: none */
    int default_lifetime; /* days; 0: none */
    int max_idle;         /* days that a token may be unused; 0: for ever */
    int owner_seen;       /* days that its owner may stay away; 0: for ever */
    const apr_array_header_t *areas; /* jt_restriction_area_t; NULL: none */
} jt_token_rules_t;

typedef enum jt_token_expiry_t {
    JT_TOKEN_EXPIRY_FORMAT,   /* not YYYY-MM-DD, or no such day */
    JT_TOKEN_EXPIRY_PAST,     /* before today */
    JT_TOKEN_EXPIRY_LATE,     /* beyond max_lifetime */
    JT_TOKEN_EXPIRY_REQUIRED, /* none, but max_lifetime requires one */
    JT_TOKEN_EXPIRY_FINE
} jt_token_expiry_t;

/** A token as requested, and what is wrong with it. */
typedef struct jt_token_draft_t {
    const char *user;
    const char *label;
    apr_int64_t expires_at;   /* JT_TOKEN_NEVER: no expiry */
    jt_restriction_made_t restriction;
    jt_label_fault_t label_fault;
    jt_token_expiry_t expiry_fault;
} jt_token_draft_t;

typedef enum jt_token_state_t {
    JT_TOKEN_UNREADABLE,
    JT_TOKEN_EXPIRED,
    JT_TOKEN_IDLE, /* not used for too long */
    JT_TOKEN_OWNER_NOT_SEEN, /* its owner has not signed in for too long */
    JT_TOKEN_EXPIRES_SOON,
    JT_TOKEN_ACTIVE
} jt_token_state_t;

/** The start of the last day on which a new token may expire. */
apr_int64_t jt_token_last_day(const jt_token_rules_t *rules, apr_int64_t now);

/** Text from the form. Never NULL, any bytes. */
typedef struct jt_token_typed_t {
    const char *label;
    const char *expires; /* YYYY-MM-DD, valid through that day; "": none */
    jt_restriction_wish_t wish;
    const char *from;    /* the wish's networks, as a person typed them */
} jt_token_typed_t;

/**
 * Check what was typed. Does not block.
 * @param draft set; its strings are from pool or the caller's
 * @return non-zero when a token can be created from draft
 */
int jt_token_draft(const jt_token_rules_t *rules, const char *user,
                   const jt_token_typed_t *typed, apr_int64_t now,
                   jt_token_draft_t *draft, apr_pool_t *pool);

jt_token_state_t jt_token_state(const jt_token_rules_t *rules,
                                const jt_token_t *token, apr_int64_t now);

/** A state in the words of the API: "expires-soon". */
const char *jt_token_state_name(jt_token_state_t state);

/** Since when a token is unused: its last use, or the creation of its secret
 * when that is later. @return JT_TOKEN_NEVER when neither is known */
apr_int64_t jt_token_unused_since(const jt_grant_t *grant);

/** Whether a token was unused for so many days. @param max_idle 0: no limit */
int jt_token_is_idle(const jt_grant_t *grant, int max_idle, apr_int64_t now);

/** The first day, since 1970-01-01, on which an owner must have been seen: so
 * many whole days may pass after it. @param days 1 or more */
apr_int64_t jt_token_seen_since(int days, apr_int64_t now);

/** Whether an owner has not been seen for so many whole days.
 * @param seen_on a day since 1970-01-01
 * @param days 0: no limit */
int jt_token_is_owner_away(apr_int64_t seen_on, int days, apr_int64_t now);

/** Whether the token was perhaps never shown to its user. */
int jt_token_is_unseen(const jt_token_t *token);

/** Whether a use must be recorded: `interval` seconds after the last one, or
 * never if that is 0. */
int jt_token_is_touch_due(const jt_grant_t *grant, apr_int64_t now,
                          int interval);

/** The token with this id among these (jt_token_t elements).
 * @return NULL: there is none */
const jt_token_t *jt_token_find(const apr_array_header_t *tokens,
                                apr_int64_t id);

/** Filter tokens (jt_token_t elements) in place: keep those with one of these
 * ids (apr_int64_t elements). */
void jt_token_choose(apr_array_header_t *tokens,
                     const apr_array_header_t *ids);

/**
 * Parse an id: canonical decimal, 1 to 2^63-1 (no sign, no leading zero).
 * @return APR_SUCCESS, or APR_EINVAL
 */
apr_status_t jt_token_parse_id(const char *text, apr_int64_t *id);

#endif
