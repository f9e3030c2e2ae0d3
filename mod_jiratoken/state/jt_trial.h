/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TRIAL_H
#define JT_TRIAL_H

#include <httpd.h>

/** What a trial found. Zero: nothing is known. */
typedef enum jt_trial_found_t {
    JT_TRIAL_DOWN,      /* the database could not answer */
    JT_TRIAL_UNFIT,     /* the table is missing or has another schema */
    JT_TRIAL_EARLIER,   /* it has one that conf/sql upgrades */
    JT_TRIAL_DENIED,    /* the account lacks a right on the table */
    JT_TRIAL_QUERY,     /* JiraTokenUserQuery cannot be prepared */
    JT_TRIAL_FAILING,   /* it can, and fails */
    JT_TRIAL_READ_ONLY, /* it answers, and SQLite's file cannot be written */
    JT_TRIAL_FINE
} jt_trial_found_t;

/** A message from the process of the trial, small enough for a pipe to take
 * whole (PIPE_BUF). */
typedef struct jt_trial_t {
    jt_trial_found_t found;
    int is_audit;     /* it is about the audit table; the other one is fine */
    char words[1000]; /* what is wrong, without secrets */
} jt_trial_t;

/**
 * Become what httpd's children are, and try the database of a server: open it,
 * prepare every statement, run some and JiraTokenUserQuery, and look whether
 * SQLite's file can be written. Only in a process of its own, for there is no
 * way back. Blocks as the database does, perhaps for ever.
 * @param who the account of the children, for the words
 * @param trial filled in
 */
void jt_trial_run(server_rec *s, const char *who, jt_trial_t *trial,
                  apr_pool_t *pool);

/** The rows could not be counted. */
#define JT_TRIAL_UNCOUNTED (-1)

/**
 * Count the rows that JiraTokenUserCase lower hides, in the same process, after
 * a trial to which the database answered. Reads the whole table.
 * @return their number, or JT_TRIAL_UNCOUNTED
 */
apr_int64_t jt_trial_count(server_rec *s, apr_pool_t *pool);

#endif
