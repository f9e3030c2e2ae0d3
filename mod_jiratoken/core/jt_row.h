/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ROW_H
#define JT_ROW_H

#include "core/jt_token.h"

/** The columns that a check reads, and all that a list does, for a SELECT. A
 * driver's work grows with each column. The digest is not among the first: the
 * row was found by it, and a digest that differs in case alone is the same.
 * apr_dbd_sqlite3 has one NULL for SQL NULL and for an empty blob, which is not
 * understood: so
 * that is read as a blank. */
#define JT_ROW_RESTRICTIONS \
    "CASE WHEN length(restrictions) = 0 THEN ' ' ELSE restrictions END"
#define JT_ROW_CHECKED \
    "id, user_name, label, expires_at, last_used_at, created_at, " \
    JT_ROW_RESTRICTIONS
/** The same of a token whose previous secret is presented: that one's end. */
#define JT_ROW_FORMER \
    "id, user_name, label, previous_until, last_used_at, created_at, " \
    JT_ROW_RESTRICTIONS
#define JT_ROW_LISTED \
    JT_ROW_CHECKED ", slot, digest, last_used_from, " \
                   "previous_digest, previous_until, shown"

/** How many these are. */
#define JT_ROW_CHECKED_COUNT 7
#define JT_ROW_LISTED_COUNT 13

/** The columns of an owner, and how many these are: user_name, seen_on. */
#define JT_ROW_OWNER_COUNT 2

/** A row of the table of owners. */
typedef struct jt_row_owner_t {
    const char *user;
    apr_int64_t seen_on; /* days since 1970-01-01 */
} jt_row_owner_t;

/**
 * Parse the values of JT_ROW_CHECKED. SQLite stores any value in any column,
 * and invalid text must not become a number.
 * @param text a value for each column, NULL for SQL NULL; not copied
 * @return 0, or -1 when one of them is invalid
 */
int jt_row_parse_grant(const char *const *text, jt_grant_t *grant);

/** The same of an owner. */
int jt_row_parse_owner(const char *const *text, jt_row_owner_t *owner);

/**
 * Parse the values of JT_ROW_LISTED. Invalid ones leave marks in the token,
 * which can still be named and revoked.
 * @param text as above
 * @return 0, or -1 for a row without an id or owner
 */
int jt_row_parse_token(const char *const *text, jt_token_t *token);

#endif
