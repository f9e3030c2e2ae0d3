/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SWEEP_H
#define JT_SWEEP_H

#include "service/jt_survey.h"

/* Administrators revoke: whoever owns the tokens, and each as instantly as its
 * owner would. Both block as the database and a cache outside do, and return
 * APR_SUCCESS when all that was meant is gone; anything else when the database
 * could not answer: the rest is still there, and the same call goes on with
 * it. */

/** What whoever revokes everything has to type, or send. */
#define JT_SWEEP_PHRASE "revoke everything"

/** Learns how many are gone so far. Between batches, no connection is held.
 * NULL: nobody asks. */
typedef void jt_sweep_progress_t(void *baton, apr_int64_t revoked);

/**
 * Revoke all that match. Order and cursor do not matter.
 * @param revoked set, also on a failure: how many this call has revoked
 */
apr_status_t jt_sweep_matching(const jt_actor_t *actor,
                               const jt_survey_t *survey,
                               jt_sweep_progress_t *progress, void *baton,
                               apr_int64_t *revoked);

/** Revoke those with these ids: apr_int64_t elements. */
apr_status_t jt_sweep_ids(const jt_actor_t *actor,
                          const apr_array_header_t *ids,
                          apr_int64_t *revoked);

#endif
