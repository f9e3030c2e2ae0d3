/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ATTEMPT_H
#define JT_ATTEMPT_H

#include "core/jt_secret.h"
#include "core/jt_store.h"
#include "core/jt_token.h"
#include "core/jt_verdict.h"

/** What somebody presents, and what for: what is judged. */
typedef struct jt_attempt_t {
    const char *user;     /* any bytes */
    const char *password;
    apr_int64_t now;      /* epoch seconds */
    /* What restrictions are about. This version refuses every restricted
     * token, whatever these say; zero is the strictest. */
    const char *address;  /* the client's; NULL: unknown */
    int is_reading;       /* non-zero: the method changes nothing */
    const char *area;     /* NULL: outside all areas */
} jt_attempt_t;

/** What a check found out. Zeroed memory refuses. */
typedef struct jt_check_t {
    jt_verdict_t verdict;
    jt_grant_t *grant;                  /* NULL when UNKNOWN */
    int nth;                            /* the key of this digest: */
    char digest[JT_SECRET_DIGEST_SIZE]; /* the row's; else the first key's */
    int is_remembered;                  /* the grant is not from the table */
} jt_check_t;

/** Whom a grant lets in. Owner, expiry and limits are compared here, byte for
 * byte, never by a collation or the database's clock. */
jt_verdict_t jt_attempt_judge(const jt_attempt_t *attempt,
                              const jt_grant_t *grant);

/**
 * Check a password that has a token's shape against the table, with each key
 * of the ring in turn. Blocks as the database does.
 * @param hashes of attempt->password
 * @param check set; its grant is from pool
 * @return APR_SUCCESS when the database has answered, APR_EGENERAL when it
 *         could not: then check says nothing and nobody may be let in
 */
apr_status_t jt_attempt_check(const jt_attempt_t *attempt, jt_store_t *store,
                              jt_secret_hashes_t *hashes, jt_check_t *check,
                              apr_pool_t *pool);

#endif
