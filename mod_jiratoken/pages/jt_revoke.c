/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that revoke tokens, one or several at once. Only ever the user's
 * own: every row that is not is as if it were not there.
 */
#include "pages/jt_revoke.h"

#include <http_log.h>
#include <string.h>

#include "state/jt_cache.h"
#include "state/jt_dbd.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* What the work that asks the database is handed and gives back. */
typedef struct errand_t {
    server_rec *server;
    const char *user;
    apr_int64_t id;
    jt_store_row_t *row;
    const apr_array_header_t *ids;
    apr_array_header_t *rows;    /* that were meant: jt_store_row_t elements */
    apr_array_header_t *revoked; /* of these, what is gone; NULL: unknown */
    apr_array_header_t *digests; /* of rows that are gone, or may be: char * */
} errand_t;

static apr_status_t fetch_row(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    errand_t *errand = baton;

    return jt_token_find(store, errand->user, errand->id, &errand->row, pool);
}

/* Nobody of this httpd believes what is remembered of a row from now on. Before
 * it goes as well as after, for the child may end in between. */
static void forget(const errand_t *errand, const jt_store_row_t *row,
                   apr_pool_t *pool)
{
    jt_cache_forget(errand->server, row->digest, pool);
}

static void note_digest(const errand_t *errand, const jt_store_row_t *row)
{
    APR_ARRAY_PUSH(errand->digests, const char *) = row->digest;
}

static void forget_all(const errand_t *errand, const apr_array_header_t *rows,
                       apr_pool_t *pool)
{
    int i;

    for (i = 0; i < rows->nelts; i++) {
        forget(errand, &APR_ARRAY_IDX(rows, i, jt_store_row_t), pool);
    }
}

static apr_status_t revoke_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    errand_t *errand = baton;
    jt_store_row_t *seen = errand->row; /* by a try whose answer was lost */
    apr_status_t status = jt_token_find(store, errand->user, errand->id,
                                        &errand->row, pool);

    if (status == APR_SUCCESS && errand->row) {
        const jt_store_row_t *mine = errand->row;

        note_digest(errand, mine);
        forget(errand, mine, pool);
        status = jt_token_revoke(store, errand->user, errand->id,
                                 &errand->row, pool);
        forget(errand, mine, pool);
    }
    if (!errand->row) {
        errand->row = seen;
    }
    return status;
}

static apr_status_t revoke_rows(jt_store_t *store, void *baton,
                                apr_pool_t *pool)
{
    errand_t *errand = baton;
    apr_array_header_t *before;
    apr_status_t status;
    int i;

    /* A second try would not find what the first has revoked. */
    if (errand->rows) {
        errand->revoked = NULL;
        return APR_EGENERAL;
    }
    status = jt_token_list(store, errand->user, &before, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    jt_token_choose(before, errand->ids);
    for (i = 0; i < before->nelts; i++) {
        note_digest(errand, &APR_ARRAY_IDX(before, i, jt_store_row_t));
    }
    forget_all(errand, before, pool);
    status = jt_token_revoke_several(store, errand->user, errand->ids,
                                     &errand->rows, &errand->revoked, pool);
    forget_all(errand, before, pool);
    return status;
}

/* Does the work, and then tells who shares the cache. A cache that hangs keeps
 * no row in the table, and nobody from it: so this comes after the row has gone
 * and the connection is given back. */
static apr_status_t run(const jt_visit_t *visit, jt_dbd_work_t *work,
                        errand_t *errand)
{
    apr_pool_t *pool = visit->r->pool;
    apr_status_t status;
    int i;

    errand->server = visit->r->server;
    errand->user = visit->r->user;
    errand->digests = apr_array_make(pool, 1, sizeof(const char *));
    jt_dbd_hold_signals(1);
    status = jt_visit_run(visit, work, errand);
    for (i = 0; i < errand->digests->nelts; i++) {
        jt_cache_tell(errand->server,
                      APR_ARRAY_IDX(errand->digests, i, const char *), pool);
    }
    jt_dbd_hold_signals(0);
    return status;
}

static void settle(const jt_visit_t *visit, const jt_store_row_t *row)
{
    jt_shared_count(JT_COUNT_REVOKED);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, visit->r,
                  "token revoked: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "user=%s", row->id, row->digest, visit->r->user);
}

/* The answer of the database was lost, and with it what became of a row. */
static void doubt(const jt_visit_t *visit, const jt_store_row_t *row)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, visit->r,
                  "token perhaps revoked, the database did not say: id=%"
                  APR_INT64_T_FMT " digest=%.12s user=%s", row->id,
                  row->digest, visit->r->user);
}

int jt_revoke_get(jt_visit_t *visit)
{
    errand_t errand = { 0 };

    errand.user = visit->r->user;
    errand.id = visit->id;
    if (jt_visit_run(visit, fetch_row, &errand) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (!errand.row) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    jt_view_revoke(visit->scope, errand.row, visit->frame.now,
                   visit->r->pool);
    return jt_visit_send(visit, HTTP_OK, "revoke");
}

int jt_revoke_post(jt_visit_t *visit)
{
    errand_t errand = { 0 };
    jt_http_form_t *form;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    errand.id = visit->id;
    if (run(visit, revoke_row, &errand) != APR_SUCCESS) {
        if (errand.row) {
            doubt(visit, errand.row);
        }
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (!errand.row) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    settle(visit, errand.row);
    return jt_visit_send_to_list(visit, "revoked");
}

/* @return zero when one is no id */
static int read_ids(const jt_http_form_t *form, apr_array_header_t **ids,
                    apr_pool_t *pool)
{
    apr_array_header_t *texts = jt_http_get_fields(form, "id", pool);
    int i;

    *ids = apr_array_make(pool, texts->nelts, sizeof(apr_int64_t));
    for (i = 0; i < texts->nelts; i++) {
        if (jt_token_parse_id(APR_ARRAY_IDX(texts, i, const char *),
                              apr_array_push(*ids)) != APR_SUCCESS) {
            return 0;
        }
    }
    return 1;
}

static void choose_expired(apr_array_header_t *rows, apr_int64_t now)
{
    int kept = 0;
    int i;

    for (i = 0; i < rows->nelts; i++) {
        jt_store_row_t row = APR_ARRAY_IDX(rows, i, jt_store_row_t);

        if (jt_token_state(&row, now) == JT_TOKEN_EXPIRED) {
            APR_ARRAY_IDX(rows, kept++, jt_store_row_t) = row;
        }
    }
    rows->nelts = kept;
}

/* Nothing was chosen, or there is nothing to choose: the list says what to do
 * first. */
static int send_list(jt_visit_t *visit, const apr_array_header_t *rows,
                     const char *wrong)
{
    jt_view_list_t list = { 0 };

    list.rows = rows;
    list.key = JT_ORDER_KEYS;
    list.wrong = wrong;
    jt_view_list(visit->scope, &list, visit->rules, visit->frame.now,
                 visit->r->pool);
    return jt_visit_send(visit, HTTP_BAD_REQUEST, "list");
}

static int send_question(jt_visit_t *visit, const apr_array_header_t *rows)
{
    if (rows->nelts == 1) {
        jt_view_revoke(visit->scope, &APR_ARRAY_IDX(rows, 0, jt_store_row_t),
                       visit->frame.now, visit->r->pool);
        return jt_visit_send(visit, HTTP_OK, "revoke");
    }
    jt_view_several(visit->scope, rows, visit->frame.now, visit->r->pool);
    return jt_visit_send(visit, HTTP_OK, "several");
}

/* @param ids NULL: of all that have expired */
static int ask(jt_visit_t *visit, const apr_array_header_t *ids)
{
    apr_array_header_t *rows;

    if (jt_visit_list(visit, &rows) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (ids && !ids->nelts) {
        return send_list(visit, rows, "select-first");
    }
    if (ids) {
        jt_token_choose(rows, ids);
    }
    else {
        choose_expired(rows, visit->frame.now);
    }
    if (rows->nelts) {
        return send_question(visit, rows);
    }
    return ids ? jt_visit_send_message(visit, JT_VIEW_NOT_FOUND)
               : jt_visit_send_to_list(visit, "none-expired");
}

int jt_revoke_get_several(jt_visit_t *visit)
{
    jt_http_form_t *query;
    apr_array_header_t *ids;
    const char *expired;

    if (jt_http_read_query(visit->r, &query) != OK
        || jt_http_get_field(query, "expired", &expired) != OK
        || !read_ids(query, &ids, visit->r->pool)
        || (*expired && (strcmp(expired, "1") || ids->nelts))) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    return ask(visit, *expired ? NULL : ids);
}

/* What became of the rows that were meant. */
static int send_outcome(jt_visit_t *visit, const errand_t *errand,
                        apr_status_t status)
{
    int i;

    if (!errand->revoked) {
        for (i = 0; errand->rows && i < errand->rows->nelts; i++) {
            doubt(visit, &APR_ARRAY_IDX(errand->rows, i, jt_store_row_t));
        }
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    for (i = 0; i < errand->revoked->nelts; i++) {
        settle(visit, &APR_ARRAY_IDX(errand->revoked, i, jt_store_row_t));
    }
    if (status != APR_SUCCESS) {
        jt_view_count(visit->scope, errand->revoked->nelts,
                      errand->rows->nelts, visit->r->pool);
        return jt_visit_send_message(visit, errand->revoked->nelts
                                                ? JT_VIEW_PARTLY
                                                : JT_VIEW_UNAVAILABLE);
    }
    if (!errand->revoked->nelts) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    return jt_visit_send_to_list(visit, errand->revoked->nelts == 1
                                            ? "revoked" : "several");
}

int jt_revoke_post_several(jt_visit_t *visit)
{
    errand_t errand = { 0 };
    apr_array_header_t *ids;
    jt_http_form_t *form;
    int questions;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    questions = jt_http_get_fields(form, "ask", visit->r->pool)->nelts;
    if (!read_ids(form, &ids, visit->r->pool) || questions > 1) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    /* Even an empty one: what may be a question must not revoke. */
    if (questions) {
        return ask(visit, ids);
    }
    if (!ids->nelts) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    errand.ids = ids;
    return send_outcome(visit, &errand, run(visit, revoke_rows, &errand));
}
