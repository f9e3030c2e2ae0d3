/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TRIAL_FOUND_H
#define JT_TRIAL_FOUND_H

/** What a trial found. Zero: nothing is known. */
typedef enum jt_trial_found_t {
    JT_TRIAL_DOWN,      /* the database could not answer */
    JT_TRIAL_UNFIT,     /* the table is missing or has another schema */
    JT_TRIAL_EARLIER,   /* it has one that conf/sql upgrades */
    JT_TRIAL_DENIED,    /* the account lacks a right on the table */
    JT_TRIAL_QUERY,     /* JiraTokenUserQuery cannot be prepared */
    JT_TRIAL_FAILING,   /* it, or the table of owners, fails */
    JT_TRIAL_OWNERS,    /* JiraTokenOwnerSeen's table is missing, or another */
    JT_TRIAL_READ_ONLY, /* it answers, and SQLite's file cannot be written */
    JT_TRIAL_FINE
} jt_trial_found_t;

/** Which table it is about; those before it are fine. */
typedef enum jt_trial_about_t {
    JT_TRIAL_TOKENS,
    JT_TRIAL_AUDIT,
    JT_TRIAL_OUTBOX,
    JT_TRIAL_DAYS /* JiraTokenOwnerSeen's */
} jt_trial_about_t;

/** A message from the process of the trial, small enough for a pipe to take
 * whole (PIPE_BUF). */
typedef struct jt_trial_t {
    jt_trial_found_t found;
    jt_trial_about_t about;
    char words[1000]; /* what is wrong, without secrets */
} jt_trial_t;

#endif
