/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody's tokens, listed and counted for administrators. It must not know
 * pages, nor who is one.
 */
#include "service/jt_survey.h"

#include <apr_strings.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_listing.h"
#include "core/jt_owners.h"
#include "state/jt_dbd.h"

/* Baton of the database work: its input and its result. */
typedef struct asking_t {
    jt_listing_t what;
    apr_array_header_t *tokens;
    const char *next;
    int is_lost;         /* the cursor is none of this table's; no fault */
    jt_survey_count_t count;
    const apr_array_header_t *ids;
    apr_int64_t after;   /* of a walk: the last id of the batch before */
    apr_int64_t reached; /* and of this one */
} asking_t;

/* Of a page; a walk has larger ones. */
void jt_survey_describe(const jt_actor_t *actor, const jt_survey_t *survey,
                        jt_listing_t *what)
{
    const jt_config_server_t *config = jt_config_server(actor->server);

    memset(what, 0, sizeof(*what));
    what->filter = &survey->filter;
    what->sort = survey->sort;
    what->descending = survey->descending;
    what->after = survey->after;
    what->every_spelling = survey->every_spelling && config->lowers_users;
    what->limit = JT_SURVEY_PAGE;
    what->now = actor->now;
    what->max_idle = config->rules.max_idle;
    if (config->rules.owner_seen) {
        what->owners = apr_pstrcat(actor->pool, config->table,
                                   JT_OWNERS_SUFFIX, NULL);
        what->seen_since = jt_token_seen_since(config->rules.owner_seen,
                                               actor->now);
    }
}

/* When their owners were seen is a part of their state. */
static apr_status_t mark_owners(jt_store_t *store, const asking_t *asking,
                                apr_pool_t *pool)
{
    return asking->what.owners && asking->tokens
               ? jt_owners_mark(store, asking->tokens, pool) : APR_SUCCESS;
}

static apr_status_t list(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    asking_t *asking = baton;
    apr_status_t status = jt_listing_read(store, &asking->what,
                                          &asking->tokens, &asking->next,
                                          pool);

    asking->is_lost = status == APR_EINVAL;
    if (status == APR_SUCCESS) {
        status = mark_owners(store, asking, pool);
    }
    return asking->is_lost ? APR_SUCCESS : status;
}

apr_status_t jt_survey_list(const jt_actor_t *actor, const jt_survey_t *survey,
                            apr_array_header_t **tokens, const char **next)
{
    asking_t asking = { 0 };
    apr_status_t status;

    jt_survey_describe(actor, survey, &asking.what);
    status = jt_dbd_run(actor->server, actor->patience, list, &asking,
                        actor->pool);
    *tokens = asking.tokens;
    *next = asking.next;
    return asking.is_lost ? APR_EINVAL : status;
}

static apr_status_t count(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    asking_t *asking = baton;

    return jt_listing_count(store, &asking->what, &asking->count.number,
                            &asking->count.is_estimate, pool);
}

apr_status_t jt_survey_count(const jt_actor_t *actor,
                             const jt_survey_t *survey,
                             jt_survey_count_t *number)
{
    asking_t asking = { 0 };
    apr_status_t status;

    jt_survey_describe(actor, survey, &asking.what);
    status = jt_dbd_run(actor->server, actor->patience, count, &asking,
                        actor->pool);
    *number = asking.count;
    return status;
}

/* In parts of one statement each. */
static apr_status_t find(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    asking_t *asking = baton;
    apr_status_t status = APR_SUCCESS;
    int i;

    asking->tokens = apr_array_make(pool, asking->ids->nelts + 1,
                                    sizeof(jt_token_t));
    for (i = 0; i < asking->ids->nelts && status == APR_SUCCESS;
         i += JT_STORE_BATCH) {
        apr_array_header_t part = *asking->ids;
        apr_array_header_t *found;

        part.elts += (apr_size_t)i * sizeof(apr_int64_t);
        part.nelts = asking->ids->nelts - i < JT_STORE_BATCH
                         ? asking->ids->nelts - i : JT_STORE_BATCH;
        status = jt_store_list_ids(store, &part, &found, pool);
        apr_array_cat(asking->tokens, found);
    }
    return status;
}

apr_status_t jt_survey_find(const jt_actor_t *actor,
                            const apr_array_header_t *ids,
                            apr_array_header_t **tokens)
{
    asking_t asking = { 0 };
    apr_status_t status;

    asking.ids = ids;
    status = jt_dbd_run(actor->server, actor->patience, find, &asking,
                        actor->pool);
    *tokens = asking.tokens;
    return status;
}

static apr_status_t take(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    asking_t *asking = baton;

    apr_status_t status = jt_listing_take(store, &asking->what, asking->after,
                                          &asking->tokens, &asking->reached,
                                          pool);

    return status == APR_SUCCESS ? mark_owners(store, asking, pool) : status;
}

apr_status_t jt_survey_walk(const jt_actor_t *actor, const jt_survey_t *survey,
                            jt_survey_sink_t *sink, void *baton)
{
    asking_t asking = { 0 };
    apr_status_t status = APR_SUCCESS;
    apr_pool_t *pool;
    int goes_on = 1;

    jt_survey_describe(actor, survey, &asking.what);
    asking.what.limit = JT_SURVEY_BATCH;
    apr_pool_create(&pool, actor->pool);
    while (goes_on && status == APR_SUCCESS) {
        jt_patience_t patience = { 0 }; /* each batch is a call of its own */

        status = jt_dbd_run(actor->server, &patience, take, &asking, pool);
        if (status == APR_SUCCESS) {
            goes_on = sink(baton, asking.tokens)
                      && asking.reached != JT_LISTING_END;
            asking.after = asking.reached;
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return status;
}
