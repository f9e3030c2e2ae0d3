/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TOKEN_H
#define JT_TOKEN_H

#include "core/jt_label.h"
#include "core/jt_secret.h"
#include "core/jt_store.h"

/* Instants and `now` are epoch seconds. Every function that asks the database
 * returns APR_SUCCESS when it has answered, APR_EGENERAL when it could not;
 * then the out values say nothing and nobody may be let in. */

/* How long before its end a token is marked `Expires soon`. */
#define JT_TOKEN_SOON (7 * APR_INT64_C(86400))

/* The only scope that this version grants. */
#define JT_TOKEN_SCOPE_FULL "full"

/** What a check found out. Zero refuses, and so does all but GRANTED. */
typedef enum jt_verdict_t {
    JT_VERDICT_UNKNOWN,       /* no such token, or revoked */
    JT_VERDICT_FOREIGN,       /* no token of ours: the next provider's */
    JT_VERDICT_MISTYPED,      /* the checksum is wrong: no SQL */
    JT_VERDICT_NOT_CANONICAL, /* NUL, junk or two credentials */
    JT_VERDICT_OTHER_OWNER,   /* a real token, but not this user's */
    JT_VERDICT_RESTRICTED,    /* limited in a way that this version cannot
                                 keep to */
    JT_VERDICT_EXPIRED,
    JT_VERDICT_GRANTED
} jt_verdict_t;

typedef struct jt_token_check_t {
    jt_verdict_t verdict;
    jt_store_row_t *row;                /* NULL when UNKNOWN */
    int nth;                            /* the key of this digest: */
    char digest[JT_SECRET_DIGEST_SIZE]; /* the row's; else the first key's */
    int is_remembered;                  /* the row is not from the table, and
                                           without what only lists need */
} jt_token_check_t;

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

/** A token that somebody wishes for, and what is wrong with the wish. */
typedef struct jt_token_draft_t {
    const char *user;
    const char *label;
    apr_int64_t expires_at;   /* JT_STORE_NEVER: never */
    jt_label_fault_t label_fault;
    jt_token_expiry_t expiry_fault;
} jt_token_draft_t;

/** How a creation ended, when the database could say. */
typedef enum jt_token_made_t {
    JT_TOKEN_LIMIT,     /* the user has as many as may be */
    JT_TOKEN_DUPLICATE, /* the user has one with this label */
    JT_TOKEN_CONFLICT,  /* another creation was in the way: try again */
    JT_TOKEN_MADE
} jt_token_made_t;

typedef enum jt_token_state_t {
    JT_TOKEN_EXPIRED,
    JT_TOKEN_EXPIRES_SOON,
    JT_TOKEN_ACTIVE
} jt_token_state_t;

/** Who a row lets in. Owner, expiry and limits are compared here, byte for
 * byte, never by a collation or the database's clock. */
jt_verdict_t jt_token_judge(const jt_store_row_t *row, const char *user,
                            apr_int64_t now);

/**
 * Check a password that has a token's shape against the table, with each key
 * of the ring in turn.
 */
apr_status_t jt_token_check(jt_store_t *store, jt_secret_hashes_t *hashes,
                            const char *user, apr_int64_t now,
                            jt_token_check_t *check, apr_pool_t *pool);

/** The start of the last day that max_lifetime allows a new token. */
apr_int64_t jt_token_last_day(const jt_token_rules_t *rules, apr_int64_t now);

/**
 * Validate what was typed. Asks nobody.
 * @param expires YYYY-MM-DD, valid through that day; "" for none
 * @return non-zero when draft can be made into a token
 */
int jt_token_draft(const jt_token_rules_t *rules, const char *user,
                   const char *label, const char *expires, apr_int64_t now,
                   jt_token_draft_t *draft, apr_pool_t *pool);

/**
 * Put a draft into a free slot of its user's. The limit is the table's own
 * constraint UNIQUE (user_name, slot), so it holds for any number of servers.
 * Trying again is safe: a row that an earlier try has left is found again.
 * A row whose fate stays unknown is marked, see jt_store_is_unseen().
 * @param digest of the new token, by the ring's first key
 * @param row set to the new row, read back, when made is JT_TOKEN_MADE
 */
apr_status_t jt_token_create(jt_store_t *store, const jt_token_rules_t *rules,
                             const jt_token_draft_t *draft,
                             const char *digest, apr_int64_t now,
                             jt_token_made_t *made, jt_store_row_t **row,
                             apr_pool_t *pool);

/** A user's own rows, oldest first. */
apr_status_t jt_token_list(jt_store_t *store, const char *user,
                           apr_array_header_t **rows, apr_pool_t *pool);

/**
 * A user's own row by its id. @param row set to NULL for somebody else's, for
 * an unknown and for a revoked id alike
 */
apr_status_t jt_token_find(jt_store_t *store, const char *user,
                           apr_int64_t id, jt_store_row_t **row,
                           apr_pool_t *pool);

/**
 * Revoke it.
 * @param row set to what was revoked, or to NULL as above; on APR_EGENERAL to
 *        a row of which nobody can say whether it is gone, or to NULL
 */
apr_status_t jt_token_revoke(jt_store_t *store, const char *user,
                             apr_int64_t id, jt_store_row_t **row,
                             apr_pool_t *pool);

/**
 * Revoke all of the user's rows that have one of these ids.
 * @param ids apr_int64_t elements; those that are not the user's are passed
 *        over
 * @param rows set to the rows that were meant: jt_store_row_t elements; to NULL
 *        when nobody could say which, and nothing was tried
 * @param revoked set to those of them that are gone, also when others are
 *        still there (APR_EGENERAL); NULL when nobody can say which are
 */
apr_status_t jt_token_revoke_several(jt_store_t *store, const char *user,
                                     const apr_array_header_t *ids,
                                     apr_array_header_t **rows,
                                     apr_array_header_t **revoked,
                                     apr_pool_t *pool);

/** Keep those of the rows whose ids are among these. */
void jt_token_choose(apr_array_header_t *rows, const apr_array_header_t *ids);

jt_token_state_t jt_token_state(const jt_store_row_t *row, apr_int64_t now);

/** Whether a use should be written down: interval seconds after the last; an
 * interval of 0 is never. */
int jt_token_is_touch_due(const jt_store_row_t *row, apr_int64_t now,
                          int interval);

/**
 * Read an id: canonical decimal, 1 to 2^63-1 (no sign, no leading zero).
 * @return APR_SUCCESS, or APR_EINVAL
 */
apr_status_t jt_token_parse_id(const char *text, apr_int64_t *id);

#endif
