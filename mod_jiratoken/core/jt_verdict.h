/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VERDICT_H
#define JT_VERDICT_H

/** What httpd is told. Zero refuses. */
typedef enum jt_answer_t {
    JT_ANSWER_REFUSE,  /* 401 */
    JT_ANSWER_PASS_ON, /* the next provider decides */
    JT_ANSWER_LET_IN
} jt_answer_t;

/**
 * Everything there is to say of a verdict, a row each; a new one is a row here.
 *
 *   name     JT_VERDICT_<name>
 *   reason   in the log
 *   counter  of mod_status, or NULL: not counted
 *   answer   what httpd is told
 *   status   the value of JiraToken-Status, or NULL: no such header. Only for
 *            whoever holds the secret; all others get the same bytes
 *   words    beside the counter
 *
 * The first row is what zeroed memory says.
 */
#define JT_VERDICT_ROWS(ROW) \
    /* no such token, or revoked */ \
    ROW(UNKNOWN, "unknown-or-revoked", "RefusedUnknown", \
        JT_ANSWER_REFUSE, NULL, "refused: unknown or revoked") \
    /* no token of ours */ \
    ROW(FOREIGN, "not-a-token", NULL, \
        JT_ANSWER_PASS_ON, NULL, NULL) \
    /* the checksum is wrong: no SQL */ \
    ROW(MISTYPED, "wrong-checksum", "RefusedMistyped", \
        JT_ANSWER_REFUSE, NULL, "refused: wrong checksum") \
    /* NUL, junk or two credentials */ \
    ROW(NOT_CANONICAL, "credentials-not-canonical", "RefusedNotCanonical", \
        JT_ANSWER_REFUSE, NULL, "refused: credentials not canonical") \
    /* a real token, but not this user's */ \
    ROW(OTHER_OWNER, "somebody-else's", "RefusedOtherOwner", \
        JT_ANSWER_REFUSE, NULL, "refused: somebody else's") \
    /* limited in a way that this version cannot keep to */ \
    ROW(RESTRICTED, "restricted", "RefusedRestricted", \
        JT_ANSWER_REFUSE, NULL, "refused: restricted") \
    ROW(EXPIRED, "expired", "RefusedExpired", \
        JT_ANSWER_REFUSE, "expired", "refused: expired") \
    ROW(GRANTED, "granted", NULL, \
        JT_ANSWER_LET_IN, NULL, NULL)

#define JT_VERDICT_NAME(name, reason, counter, answer, status, words) \
    JT_VERDICT_##name,

/** What a check found out. */
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

/** The row of a verdict; that of UNKNOWN for any other number. Never NULL. */
const jt_verdict_row_t *jt_verdict_row(jt_verdict_t verdict);

#endif
