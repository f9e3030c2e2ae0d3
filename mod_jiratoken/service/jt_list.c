/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists a user's own tokens, and logs which of their rows somebody has damaged.
 * It must not know pages.
 */
#include "service/jt_list.h"

#include <apr_strings.h>
#include <http_log.h>

#include "jt_config.h"
#include "state/jt_dbd.h"
#include "state/jt_log.h"

APLOG_USE_MODULE(jiratoken);

static volatile apr_uint32_t damage_logged; /* see state/jt_log.h */

/* Baton of the database work: its input and its result. */
typedef struct listing_t {
    const char *user;
    apr_int64_t id;
    apr_array_header_t **tokens;
    jt_token_t **token;
} listing_t;

static apr_status_t fetch_all(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    const listing_t *listing = baton;

    return jt_account_list(store, listing->user, listing->tokens, pool);
}

static apr_status_t fetch_one(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    const listing_t *listing = baton;

    return jt_account_find(store, listing->user, listing->id, listing->token,
                           pool);
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

    listing.user = actor->user;
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

    listing.user = actor->user;
    listing.id = id;
    listing.token = token;
    return jt_dbd_run(actor->server, actor->patience, fetch_one, &listing,
                      actor->pool);
}
