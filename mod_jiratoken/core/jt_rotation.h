/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ROTATION_H
#define JT_ROTATION_H

#include "core/jt_audit.h"
#include "core/jt_store.h"
#include "core/jt_token.h"

/** The longest overlap of two secrets of one token, in seconds. */
#define JT_ROTATION_OVERLAP_MAX 604800

/** How many characters of a digest say which secret is meant, without its
 * NUL. */
#define JT_ROTATION_FINGERPRINT 12

/** A new secret for a token. */
typedef struct jt_rotation_t {
    const jt_token_rules_t *rules;
    const char *user;     /* who must own it */
    apr_int64_t id;
    const char *replaces; /* the fingerprint of the secret that it takes the
                             place of; NULL: of whichever there is */
    const char *digest;   /* of the new secret, by the ring's first key */
    int overlap;          /* seconds for which the former one is valid still,
                             0 to JT_ROTATION_OVERLAP_MAX */
    apr_int64_t now;
    jt_audit_change_t *audit; /* begun when nothing is in the way; or NULL */
} jt_rotation_t;

/** The result, when the database has answered. */
typedef enum jt_rotation_found_t {
    JT_ROTATION_MISSING,    /* no such token of this user */
    JT_ROTATION_EXPIRED,
    JT_ROTATION_UNREADABLE, /* somebody has edited the row */
    JT_ROTATION_CHANGED,    /* another rotation was first */
    JT_ROTATION_DONE
} jt_rotation_found_t;

/** When a token expires that is rotated: the same number of days from today as
 * it had from the day of its creation, within the rules. What never expires, or
 * has no date of creation, keeps its expiry. */
apr_int64_t jt_rotation_expiry(const jt_token_rules_t *rules,
                               const jt_token_t *token, apr_int64_t now);

/** Whether a fingerprint is the beginning of a digest. */
int jt_rotation_is_of(const char *fingerprint, const char *digest);

/**
 * Replace a token's secret in its row. The former one is valid for the overlap,
 * but no longer than it was before; the one before that is not valid any more.
 * One atomic UPDATE; idempotent: a change by an earlier try is found again.
 * Blocks as the database does.
 * @param former the token as the caller has read it, by the user and id of the
 *        rotation; only a row that has the same secret still is changed. NULL:
 *        there is none
 * @param token set on JT_ROTATION_DONE, read back
 * @return APR_SUCCESS when the database has answered; APR_EGENERAL when it
 *         could not: the secret may or may not have been replaced
 */
apr_status_t jt_rotation_run(jt_store_t *store, const jt_rotation_t *rotation,
                             jt_token_t *former, jt_rotation_found_t *found,
                             jt_token_t **token, apr_pool_t *pool);

#endif
