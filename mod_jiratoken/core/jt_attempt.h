/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ATTEMPT_H
#define JT_ATTEMPT_H

#include "core/jt_restriction.h"
#include "core/jt_secret.h"
#include "core/jt_store.h"
#include "core/jt_token.h"
#include "core/jt_verdict.h"

/** The credentials to check, and what they are used for. */
typedef struct jt_attempt_t {
    const char *user;     /* any bytes; NULL where is_bearer */
    int is_bearer;        /* whoever owns the token is the user */
    int lowers_user;      /* JiraTokenUserCase lower */
    const char *password;
    apr_int64_t now;      /* epoch seconds */
    int max_idle;         /* days; 0: no limit */
    int owner_seen;       /* the same: JiraTokenOwnerSeen */
    jt_restriction_use_t use;
} jt_attempt_t;

/** The result of a check. Zeroed memory refuses. */
typedef struct jt_check_t {
    jt_verdict_t verdict;
    jt_grant_t *grant;                  /* NULL when the verdict is UNKNOWN */
    int nth;                            /* index of the key that made digest */
    char digest[JT_SECRET_DIGEST_SIZE]; /* the row's; without a row, by the
                                           first key */
    int is_cached;                      /* the grant comes from the cache */
    apr_int64_t owner_seen_on; /* the day, of JT_VERDICT_OWNER */
    int is_good; /* what the table says may be cached: jt_attempt_is_good(),
                    and the owner has an account, and was seen */
} jt_check_t;

/** Whether the row is there and admits the user, if perhaps not to what is
 * asked for now. */
static inline int jt_attempt_is_good(jt_verdict_t verdict)
{
    return verdict == JT_VERDICT_GRANTED || verdict == JT_VERDICT_ADDRESS
           || verdict == JT_VERDICT_METHOD || verdict == JT_VERDICT_AREA;
}

/** The verdict on a grant. Owner, expiry, idle time and restrictions are
 * compared here, in this order, byte for byte, never by a collation or the
 * database's clock. */
jt_verdict_t jt_attempt_check_grant(const jt_attempt_t *attempt,
                                    const jt_grant_t *grant);

/**
 * Look a password up in the table, with each key of the ring in turn, check the
 * grant, and whether its owner has an account (jt_store_set_user_query()) and
 * was seen (attempt->owner_seen). Blocks as the database does.
 * @param hashes of attempt->password
 * @param check set; its grant is allocated from pool
 * @return APR_SUCCESS when the database has answered; APR_EGENERAL when it
 *         could not: check is then undefined and access must not be granted
 */
apr_status_t jt_attempt_check(const jt_attempt_t *attempt, jt_store_t *store,
                              jt_secret_hashes_t *hashes, jt_check_t *check,
                              apr_pool_t *pool);

#endif
