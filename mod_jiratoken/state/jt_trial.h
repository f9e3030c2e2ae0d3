/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TRIAL_H
#define JT_TRIAL_H

#include <httpd.h>

#include "state/jt_trial_found.h"

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

/**
 * Write down that JiraTokenOwnerSeen is in force from today on, and that
 * JiraTokenMessageCmd tells changes from now on, unless they were before. In
 * the same process, after a trial that found all fine, and before requests are
 * served.
 */
void jt_trial_begin(server_rec *s, apr_pool_t *pool);

/** The rows could not be counted. */
#define JT_TRIAL_UNCOUNTED (-1)

/**
 * Count the rows that JiraTokenUserCase lower hides, in the same process, after
 * a trial to which the database answered. Reads the whole table.
 * @return their number, or JT_TRIAL_UNCOUNTED
 */
apr_int64_t jt_trial_count(server_rec *s, apr_pool_t *pool);

#endif
