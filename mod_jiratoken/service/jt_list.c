/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists a user's own tokens, and logs which of their rows somebody has damaged.
 * It must not know pages.
 *
 * With JiraTokenOwnerSeen the day of the last sign-in is read before the
 * present one is written, so that a list says once why the tokens have opened
 * nothing, and goes on saying so while sign-ins are not written.
 */
#include "service/jt_list.h"

#include <apr_strings.h>
#include <http_log.h>

#include "jt_config.h"
#include "core/jt_date.h"
#include "core/jt_owners.h"
#include "state/jt_dbd.h"
#include "state/jt_log.h"

APLOG_USE_MODULE(jiratoken);

static volatile apr_uint32_t damage_logged; /* see state/jt_log.h */

/* Baton of the database work: its input and its result. */
typedef struct listing_t {
    const jt_actor_t *actor;
    apr_int64_t id;
    apr_array_header_t **tokens;
    jt_token_t **token;
} listing_t;

/* @return 0, which judges nobody, also when the table of owners gives no
 * answer: whoever uses a token is told of that, and a list can do without */
static apr_int64_t find_day(jt_store_t *store, const jt_actor_t *actor,
                            apr_pool_t *pool)
{
    apr_int64_t day;

    if (!jt_config_server(actor->server)->owner_seen
        || jt_owners_find(store, actor->user, actor->now / JT_DATE_DAY, &day,
                          pool) != APR_SUCCESS) {
        return 0;
    }
    return day;
}

static apr_status_t fetch_all(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    const listing_t *listing = baton;
    apr_status_t status = jt_account_list(store, listing->actor->user,
                                          listing->tokens, pool);
    apr_int64_t day;
    int i;

    if (status != APR_SUCCESS || !(*listing->tokens)->nelts) {
        return status;
    }
    day = find_day(store, listing->actor, pool);
    for (i = 0; i < (*listing->tokens)->nelts; i++) {
        APR_ARRAY_IDX(*listing->tokens, i, jt_token_t).owner_seen_on = day;
    }
    return status;
}

static apr_status_t fetch_one(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    const listing_t *listing = baton;
    apr_status_t status = jt_account_find(store, listing->actor->user,
                                          listing->id, listing->token, pool);

    if (status == APR_SUCCESS && *listing->token) {
        (*listing->token)->owner_seen_on = find_day(store, listing->actor,
                                                    pool);
    }
    return status;
}

/* @return the ids, separated by commas; empty when no row is damaged */
static const char *list_damaged(const apr_array_header_t *tokens,
                                apr_pool_t *pool)
{
    const char *ids = "";
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);

        if (token->is_damaged) {
            ids = apr_psprintf(pool, "%s%s%" APR_INT64_T_FMT, ids,
                               *ids ? "," : "", token->grant.id);
        }
    }
    return ids;
}

static void log_damaged(const jt_actor_t *actor,
                        const apr_array_header_t *tokens)
{
    const char *ids = list_damaged(tokens, actor->pool);
    int level;

    if (*ids) {
        level = jt_log_level(APLOG_WARNING, &damage_logged);
        ap_log_rerror(APLOG_MARK, level, 0, actor->r, "rows of the token table "
                      "have text where a number belongs, or no text where some "
                      "belongs: table=%s user=%s id=%s",
                      jt_config_server(actor->server)->table, actor->user,
                      ids);
    }
}

apr_status_t jt_list_all(const jt_actor_t *actor,
                         apr_array_header_t **tokens)
{
    listing_t listing = { 0 };
    apr_status_t status;

    listing.actor = actor;
    listing.tokens = tokens;
    status = jt_dbd_run(actor->server, actor->patience, fetch_all, &listing,
                        actor->pool);
    if (status == APR_SUCCESS) {
        log_damaged(actor, *tokens);
    }
    return status;
}

apr_status_t jt_list_find(const jt_actor_t *actor, apr_int64_t id,
                          jt_token_t **token)
{
    listing_t listing = { 0 };

    listing.actor = actor;
    listing.id = id;
    listing.token = token;
    return jt_dbd_run(actor->server, actor->patience, fetch_one, &listing,
                      actor->pool);
}
