/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TRIAL_OWNER_H
#define JT_TRIAL_OWNER_H

#include "jt_config.h"
#include "core/jt_store.h"
#include "state/jt_trial_found.h"

/** A database whose token table is fine. */
typedef struct jt_trial_owner_t {
    const jt_config_server_t *config;
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    jt_store_t *store;
} jt_trial_owner_t;

/**
 * Try what a check asks about a token's owner: JiraTokenUserQuery, and the
 * table of JiraTokenOwnerSeen. Blocks as the database does.
 * @param trial its `found` is set where something is wrong
 * @return what is wrong, in words; "" for nothing
 */
const char *jt_trial_owner_try(const jt_trial_owner_t *owner, jt_trial_t *trial,
                               apr_pool_t *pool);

#endif
