/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened to tokens, read for administrators. It must not know pages, nor
 * who is one.
 */
#include "service/jt_history.h"

#include "jt_config.h"
#include "state/jt_dbd.h"

/* Baton of the database work: its input and its result. */
typedef struct reading_t {
    const jt_audit_filter_t *filter;
    jt_audit_place_t place;
    int limit;
    apr_array_header_t *rows;
} reading_t;

int jt_history_is_kept(const jt_actor_t *actor)
{
    return jt_config_server(actor->server)->audit != NULL;
}

static apr_status_t list(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    reading_t *reading = baton;

    return jt_audit_list(store, reading->filter, &reading->place,
                         reading->limit, &reading->rows, pool);
}

static jt_audit_place_t get_last(const apr_array_header_t *rows)
{
    const jt_audit_row_t *last = &APR_ARRAY_IDX(rows, rows->nelts - 1,
                                                jt_audit_row_t);
    jt_audit_place_t place;

    place.at = last->at;
    place.id = last->id;
    return place;
}

/* One row more than the page says whether there is a next one. */
apr_status_t jt_history_list(const jt_actor_t *actor,
                             const jt_audit_filter_t *filter,
                             const jt_audit_place_t *place,
                             apr_array_header_t **rows, jt_audit_place_t *next)
{
    reading_t reading = { filter, *place, JT_HISTORY_PAGE + 1, NULL };
    apr_status_t status = jt_dbd_run(actor->server, actor->patience, list,
                                     &reading, actor->pool);

    next->id = 0;
    *rows = reading.rows;
    if (status == APR_SUCCESS && reading.rows->nelts > JT_HISTORY_PAGE) {
        reading.rows->nelts = JT_HISTORY_PAGE;
        *next = get_last(reading.rows);
    }
    return status;
}

apr_status_t jt_history_walk(const jt_actor_t *actor,
                             const jt_audit_filter_t *filter,
                             jt_history_sink_t *sink, void *baton)
{
    reading_t reading = { filter, { 0, 0 }, JT_AUDIT_MOST, NULL };
    apr_status_t status = APR_SUCCESS;
    apr_pool_t *pool;
    int goes_on = 1;

    apr_pool_create(&pool, actor->pool);
    while (goes_on && status == APR_SUCCESS) {
        jt_patience_t patience = { 0 }; /* each batch is a call of its own */

        status = jt_dbd_run(actor->server, &patience, list, &reading, pool);
        if (status == APR_SUCCESS) {
            goes_on = reading.rows->nelts && sink(baton, reading.rows)
                      && reading.rows->nelts == JT_AUDIT_MOST;
            if (goes_on) {
                reading.place = get_last(reading.rows);
            }
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return status;
}
