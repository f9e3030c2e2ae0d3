/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries what is asked about the owners of tokens, at a start: the site's own
 * query, and the table of owners. As the rest of a trial it runs in a process
 * of its own. It must not know connections.
 */
#include "state/jt_trial_owner.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_owners.h"
#include "core/jt_rights.h"

/* A query may need what DBDInitSQL does, as to attach the file with the users.
 * A failure is the query's then. */
static void run_init(const jt_trial_owner_t *owner, apr_pool_t *pool)
{
    char *state = NULL;
    char *text = apr_strtok(apr_pstrdup(pool, owner->config->dbd_init), "\n",
                            &state);
    int affected;

    for (; text; text = apr_strtok(NULL, "\n", &state)) {
        apr_dbd_query(owner->driver, owner->handle, &affected, text);
    }
}

/* The driver's own words: it runs for a name that nobody has, so they can quote
 * none. */
static const char *explain_failure(const jt_trial_owner_t *owner,
                                   apr_pool_t *pool)
{
    const char *words = apr_dbd_error(owner->driver, owner->handle, 0);

    return words && *words
               ? apr_psprintf(pool, "JiraTokenUserQuery: %.*s",
                              (int)strcspn(words, "\r\n"), words)
               : jt_store_fault(owner->store);
}

/* The users are the site's, in tables of its own. */
static const char *try_query(const jt_trial_owner_t *owner, jt_trial_t *trial,
                             apr_pool_t *pool)
{
    int is_there;

    if (!*owner->config->user_query) {
        return "";
    }
    run_init(owner, pool);
    jt_store_set_user_query(owner->store, owner->config->user_query);
    if (jt_store_probe_account(owner->store) != APR_SUCCESS) {
        trial->found = jt_store_is_unfit(owner->store)
                       || jt_store_is_denied(owner->store)
                           ? JT_TRIAL_QUERY : JT_TRIAL_FAILING;
        return jt_store_fault(owner->store);
    }
    if (jt_store_find_account(owner->store, "", &is_there, pool)
            == APR_SUCCESS) {
        return "";
    }
    trial->found = JT_TRIAL_FAILING;
    return explain_failure(owner, pool);
}

/* MySQL denies a right on a table that is missing as well. */
static const char *explain_owners(const jt_trial_owner_t *owner,
                                  const char *table, jt_trial_t *trial,
                                  apr_pool_t *pool)
{
    if (jt_store_is_denied(owner->store)
        && !jt_rights_is_hidden(owner->driver, owner->handle, table, pool)) {
        trial->found = JT_TRIAL_DENIED;
        trial->about = JT_TRIAL_DAYS;
    }
    else {
        trial->found = jt_store_is_unfit(owner->store)
                       || jt_store_is_denied(owner->store)
                           ? JT_TRIAL_OWNERS : JT_TRIAL_FAILING;
    }
    return jt_store_fault(owner->store);
}

static const char *try_owners(const jt_trial_owner_t *owner, jt_trial_t *trial,
                              apr_pool_t *pool)
{
    const char *table;
    const char *grant;

    if (!owner->config->owner_seen) {
        return "";
    }
    table = apr_pstrcat(pool, owner->config->table, JT_OWNERS_SUFFIX, NULL);
    if (jt_owners_probe(owner->store) != APR_SUCCESS) {
        return explain_owners(owner, table, trial, pool);
    }
    grant = jt_rights_find_missing_of_owners(owner->driver, owner->handle,
                                             table, pool);
    if (!grant) {
        return "";
    }
    trial->found = JT_TRIAL_DENIED;
    trial->about = JT_TRIAL_DAYS;
    return apr_psprintf(pool, "this is missing: %s", grant);
}

const char *jt_trial_owner_try(const jt_trial_owner_t *owner, jt_trial_t *trial,
                               apr_pool_t *pool)
{
    const char *words = try_query(owner, trial, pool);

    return *words ? words : try_owners(owner, trial, pool);
}
