/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VERDICT_H
#define JT_VERDICT_H

/** The answer to httpd. Zero refuses. */
typedef enum jt_answer_t {
    JT_ANSWER_REFUSE,  /* 401 */
    JT_ANSWER_FORBID,  /* 403: the token is good, but not for this */
    JT_ANSWER_PASS_ON, /* the next provider decides */
    JT_ANSWER_LET_IN
} jt_answer_t;

/**
 * Everything about a verdict, one row each; a new verdict is a row here.
 *
 *   name     JT_VERDICT_<name>
 *   reason   in the log
 *   counter  in mod_status, or NULL: not counted
 *   answer   to httpd
 *   status   the value of JiraToken-Status, or NULL: no such header. Only for
 *            clients that hold the secret; all others get the same bytes
 *   words    beside the counter
 *
 * The first row is the value of zeroed memory.
 */
#define JT_VERDICT_ROWS(ROW) \
    /* no such token, or revoked */ \
    ROW(UNKNOWN, "unknown-or-revoked", "RefusedUnknown", \
        JT_ANSWER_REFUSE, NULL, "refused: unknown or revoked") \
    /* not a token of ours */ \
    ROW(FOREIGN, "not-a-token", NULL, \
        JT_ANSWER_PASS_ON, NULL, NULL) \
    /* the checksum is wrong: no SQL */ \
    ROW(MISTYPED, "wrong-checksum", "RefusedMistyped", \
        JT_ANSWER_REFUSE, "malformed", "refused: wrong checksum") \
    /* cut, quoted, in the user name, by Bearer, or with text around it: no \
       SQL */ \
    ROW(MALFORMED, "malformed", "RefusedMalformed", \
        JT_ANSWER_REFUSE, "malformed", "refused: malformed") \
    /* sent to the pages, which no token opens: not looked up */ \
    ROW(MISPLACED, "sent-to-the-pages", "RefusedMisplaced", \
        JT_ANSWER_REFUSE, NULL, "refused: sent to the token pages") \
    /* NUL, invalid characters or two credentials */ \
    ROW(NOT_CANONICAL, "credentials-not-canonical", "RefusedNotCanonical", \
        JT_ANSWER_REFUSE, NULL, "refused: credentials not canonical") \
    /* a valid token of another user */ \
    ROW(OTHER_OWNER, "somebody-else's", "RefusedOtherOwner", \
        JT_ANSWER_REFUSE, NULL, "refused: somebody else's") \
    /* a restriction that this version does not understand */ \
    ROW(RESTRICTED, "restriction", "RefusedRestricted", \
        JT_ANSWER_REFUSE, "restriction", "refused: restriction unknown") \
    ROW(ADDRESS, "address", "RefusedAddress", \
        JT_ANSWER_REFUSE, "address", "refused: another address") \
    ROW(METHOD, "method", "RefusedMethod", \
        JT_ANSWER_FORBID, "method", "refused: read only") \
    ROW(AREA, "area", "RefusedArea", \
        JT_ANSWER_FORBID, "area", "refused: another application") \
    ROW(EXPIRED, "expired", "RefusedExpired", \
        JT_ANSWER_REFUSE, "expired", "refused: expired") \
    /* JiraTokenMaxIdle */ \
    ROW(IDLE, "idle", "RefusedIdle", \
        JT_ANSWER_REFUSE, "idle", "refused: unused for too long") \
    /* JiraTokenUserQuery has no row */ \
    ROW(ACCOUNT, "account", "RefusedAccount", \
        JT_ANSWER_REFUSE, "account", "refused: account gone") \
    /* JiraTokenOwnerSeen */ \
    ROW(OWNER, "owner-not-seen", "RefusedOwnerNotSeen", \
        JT_ANSWER_REFUSE, "owner-not-seen", \
        "refused: owner has not signed in for too long") \
    ROW(GRANTED, "granted", NULL, \
        JT_ANSWER_LET_IN, NULL, NULL)

#define JT_VERDICT_NAME(name, reason, counter, answer, status, words) \
    JT_VERDICT_##name,

/** The result of a check. */
typedef enum jt_verdict_t {
    JT_VERDICT_ROWS(JT_VERDICT_NAME)
    JT_VERDICTS /* their number */
} jt_verdict_t;

#undef JT_VERDICT_NAME

/** A row without its name. */
typedef struct jt_verdict_row_t {
    const char *reason;
    const char *counter;
    jt_answer_t answer;
    const char *status;
    const char *words;
} jt_verdict_row_t;

/** The row of a verdict; for an invalid number, that of UNKNOWN. Never NULL. */
const jt_verdict_row_t *jt_verdict_row(jt_verdict_t verdict);

#endif
