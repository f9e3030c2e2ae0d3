/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_HISTORY_H
#define JT_HISTORY_H

#include "core/jt_audit_list.h"
#include "service/jt_actor.h"

/* The audit table, for administrators. All functions block as the database
 * does. */

/** The most rows of a page. */
#define JT_HISTORY_PAGE 100

/** Whether this server has one (JiraTokenAudit). Does not block. */
int jt_history_is_kept(const jt_actor_t *actor);

/**
 * List a page, newest first.
 * @param place of the last row of the page before; id 0: from the newest
 * @param rows jt_audit_row_t elements, from actor->pool
 * @param next what the next page begins behind; id 0: this was the last
 */
apr_status_t jt_history_list(const jt_actor_t *actor,
                             const jt_audit_filter_t *filter,
                             const jt_audit_place_t *place,
                             apr_array_header_t **rows, jt_audit_place_t *next);

/** Receives the rows of one batch (jt_audit_row_t elements).
 * @return zero to stop */
typedef int jt_history_sink_t(void *baton, const apr_array_header_t *rows);

/** Give each row to a sink, newest first, in batches between which no
 * connection is held. */
apr_status_t jt_history_walk(const jt_actor_t *actor,
                             const jt_audit_filter_t *filter,
                             jt_history_sink_t *sink, void *baton);

#endif
