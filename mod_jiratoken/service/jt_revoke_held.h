/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_REVOKE_HELD_H
#define JT_REVOKE_HELD_H

#include <apr_tables.h>

#include "service/jt_actor.h"

/**
 * Revoke tokens whose secrets are held by whoever sends them, whoever owns
 * them; a former secret that is still valid is one, too. What is no token, or
 * none any more, is passed over. Takes effect, logs, counts and blocks as
 * jt_revoke_one does.
 * @param texts const char * elements
 * @return APR_SUCCESS; anything else when the database could not answer: some
 *         may be revoked
 */
apr_status_t jt_revoke_held(const jt_actor_t *actor,
                            const apr_array_header_t *texts);

#endif
