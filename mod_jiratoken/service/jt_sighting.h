/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SIGHTING_H
#define JT_SIGHTING_H

#include "service/jt_actor.h"

/** The child_init hook. @param pool the child's */
void jt_sighting_child_init(apr_pool_t *pool, server_rec *main_server);

/**
 * Whether it is still to be written that a person has signed in today
 * (JiraTokenOwnerSeen): not where this child has done so, nor for a minute
 * after a failure. Asks no database. Thread-safe.
 * @param now epoch seconds
 * @param user a valid name
 */
int jt_sighting_is_due(server_rec *s, apr_int64_t now, const char *user);

/**
 * Write it, once the response has been sent. If another thread of this child is
 * writing sightings, that thread writes this one too; otherwise this call
 * blocks as the database does. A failure is logged by state/jt_dbd.c and has no
 * other effect. Thread-safe.
 */
void jt_sighting_note(const jt_actor_t *actor, const char *user);

#endif
