/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_RECORD_H
#define JT_RECORD_H

#include <apr_hash.h>

#include "core/jt_audit.h"
#include "service/jt_actor.h"

/* How a service records what it changes, where JiraTokenAudit says where. A
 * service makes its changes, begins them on the connection on which it makes
 * them (core/jt_audit.h), sets what became of each, and ends the record:
 *
 *   jt_record_open(&record, actor, JT_AUDIT_REVOKED);
 *   change = jt_record_add(&record, token);
 *   ... jt_dbd_run(): jt_audit_begin(store, record.changes, pool), the change
 *   change->outcome = JT_AUDIT_DONE;
 *   jt_record_close(&record);
 */

/** The changes of one request. */
typedef struct jt_record_t {
    const jt_actor_t *actor;
    const char *event;
    apr_int64_t batch;           /* or JT_AUDIT_NONE */
    const char *series;          /* of a batch's intents; NULL: none */
    apr_array_header_t *changes; /* jt_audit_change_t, from the actor's pool */
    apr_hash_t *places; /* of the changes, by their tokens' ids: int * */
} jt_record_t;

/** Begin a record. Signals that end a prefork child wait until it is closed.
 * Does not block. */
void jt_record_open(jt_record_t *record, const jt_actor_t *actor,
                    const char *event);

/** Give the changes of this record a number that they share, before any is
 * added. */
void jt_record_number(jt_record_t *record);

/**
 * Add a row about the whole batch, with no token: what was asked for. Its
 * outcome is set as a change's is, and `row.detail` may be before that.
 * @param detail such as the filter; any text
 */
jt_audit_change_t *jt_record_add_head(jt_record_t *record,
                                      const char *detail);

/**
 * Add a change of a token, unless the record has one of it.
 * @param token NULL: it is to be created; the caller sets what is known
 * @return the change; it moves when another one is added
 */
jt_audit_change_t *jt_record_add(jt_record_t *record,
                                 const jt_token_t *token);

/** The same of several. @param tokens jt_token_t elements */
void jt_record_add_all(jt_record_t *record, const apr_array_header_t *tokens);

/** Set the outcome of all changes that have none: they were not done. */
void jt_record_fail(jt_record_t *record);

/**
 * Record the outcomes that are set, within work on a connection, and forget
 * these changes: for what goes on and on. What cannot be recorded is left for
 * jt_record_close(). Blocks as the database does.
 */
void jt_record_end(jt_record_t *record, jt_store_t *store, apr_pool_t *pool);

/** The change of a token. Never NULL: one that nothing records, if the record
 * has none. */
jt_audit_change_t *jt_record_get(const jt_record_t *record, apr_int64_t id);

/** What a token's end is called in `detail`: "expires=2027-04-01T00:00:00Z"; or
 * "expires=never". */
const char *jt_record_expiry(apr_int64_t expires_at, apr_pool_t *pool);

/** How many of a token's restrictions, and when it ends. */
const char *jt_record_terms(apr_int64_t expires_at, const char *restrictions,
                            apr_pool_t *pool);

/**
 * Record the outcomes that are set. A change without one keeps a lone intent. A
 * failure is logged: what was changed stays so. Blocks as the database does.
 */
void jt_record_close(jt_record_t *record);

#endif
