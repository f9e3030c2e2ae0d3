/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that make a token: the form, and the one page that ever shows
 * what it made. The rules are jt_token.c's, the words jt_view.c's.
 */
#include "pages/jt_create.h"

#include <apr_general.h>
#include <http_log.h>

#include "jt_config.h"
#include "state/jt_shared.h"

APLOG_USE_MODULE(jiratoken);

/* How often a creation is tried that loses the race for a slot, or, within
 * these, that finds JiraTokenDatabaseLimit reached: SQLite's writers of several
 * children wait for each other by tenths of a second. */
#define TRIES 20
#define CROWDED_TRIES 5

/* What the work that asks the database is handed and gives back. */
typedef struct errand_t {
    jt_visit_t *visit;
    const jt_token_draft_t *draft;
    const char *digest;
    jt_token_made_t made;
    jt_store_row_t *row;
} errand_t;

static apr_status_t create_row(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    errand_t *errand = baton;

    return jt_token_create(store, errand->visit->rules, errand->draft,
                           errand->digest, errand->visit->frame.now,
                           &errand->made, &errand->row, pool);
}

/* @return non-zero when both fields came at most once */
static int get_fields(const jt_http_form_t *form, jt_view_typed_t *typed)
{
    return jt_http_get_field(form, "label", &typed->label) == OK
           && jt_http_get_field(form, "expires", &typed->expires) == OK;
}

/* What a link brought along is checked; what it left out is no fault. */
static void prefill(jt_visit_t *visit, jt_view_typed_t *typed)
{
    apr_pool_t *pool = visit->r->pool;
    jt_token_draft_t draft;

    jt_token_draft(visit->rules, visit->r->user, typed->label,
                   typed->expires, visit->frame.now, &draft, pool);
    if (!*typed->label) {
        draft.label_fault = JT_LABEL_FINE;
    }
    if (!*typed->expires) {
        draft.expiry_fault = JT_TOKEN_EXPIRY_FINE;
        typed->expires = jt_view_proposed(visit->rules, visit->frame.now, pool);
    }
    jt_view_create(visit->scope, typed, &draft, visit->rules,
                   visit->frame.now, pool);
}

int jt_create_get(jt_visit_t *visit)
{
    jt_http_form_t *query;
    jt_view_typed_t typed;
    apr_array_header_t *rows;

    if (jt_http_read_query(visit->r, &query) != OK
        || !get_fields(query, &typed)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    if (jt_visit_list(visit, &rows) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    prefill(visit, &typed);
    if (rows->nelts >= visit->rules->max) {
        jt_view_not_made(visit->scope, JT_TOKEN_LIMIT, visit->rules,
                         visit->r->pool);
        jt_html_flag(visit->scope, "full", 1);
    }
    return jt_visit_send(visit, HTTP_OK, "create");
}

/* Another creation by the same user took the slot: wait a little, by chance
 * and longer each time, without holding a connection. */
static void back_off(int tries)
{
    unsigned char chance = 0;

    apr_generate_random_bytes(&chance, 1);
    apr_sleep(apr_time_from_msec(1 + chance % (5 * tries)));
}

static apr_status_t create(errand_t *errand)
{
    int tries;

    for (tries = 1; tries <= TRIES; tries++) {
        apr_status_t status = jt_visit_run(errand->visit, create_row, errand);
        int is_crowded = status == APR_TIMEUP && tries < CROWDED_TRIES;

        if (!is_crowded && (status != APR_SUCCESS
                            || errand->made != JT_TOKEN_CONFLICT)) {
            return status;
        }
        back_off(tries);
    }
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, errand->visit->r,
                  "no token was made: each of %d tries met another change of "
                  "the same user's tokens, user=%s", TRIES,
                  errand->visit->r->user);
    return APR_TIMEUP;
}

static int send_shown(errand_t *errand, const char *token)
{
    jt_visit_t *visit = errand->visit;
    request_rec *r = visit->r;

    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  "token created: id=%" APR_INT64_T_FMT " digest=%.12s "
                  "user=%s", errand->row->id, errand->digest, r->user);
    jt_shared_count(JT_COUNT_CREATED);
    jt_view_shown(visit->scope, errand->row, token, visit->frame.now,
                  r->pool);
    jt_view_recipes(visit->scope, r->user, token, r->pool);
    return jt_visit_send(visit, HTTP_OK, "shown");
}

static int send_not_made(errand_t *errand, const jt_view_typed_t *typed)
{
    jt_visit_t *visit = errand->visit;

    jt_view_create(visit->scope, typed, NULL, visit->rules, visit->frame.now,
                   visit->r->pool);
    jt_view_not_made(visit->scope, errand->made, visit->rules, visit->r->pool);
    return jt_visit_send(visit, HTTP_CONFLICT, "create");
}

/* @param token a buffer that the caller wipes */
static int make_token(jt_visit_t *visit, const jt_token_draft_t *draft,
                      const jt_view_typed_t *typed,
                      char token[JT_SECRET_SIZE])
{
    jt_config_server_t *config = jt_config_server(visit->r->server);
    char digest[JT_SECRET_DIGEST_SIZE];
    errand_t errand = { 0 };

    if (jt_secret_make(visit->rules->prefix, token) != APR_SUCCESS
        || jt_secret_digest(config->ring, 0, token, digest) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, visit->r,
                      "no token can be made: OpenSSL gave no random bytes or "
                      "no digest");
        return jt_visit_send_message(visit, JT_VIEW_FAILED);
    }
    errand.visit = visit;
    errand.draft = draft;
    errand.digest = digest;
    if (create(&errand) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    return errand.made == JT_TOKEN_MADE ? send_shown(&errand, token)
                                        : send_not_made(&errand, typed);
}

int jt_create_post(jt_visit_t *visit)
{
    apr_pool_t *pool = visit->r->pool;
    char token[JT_SECRET_SIZE];
    jt_token_draft_t draft;
    jt_http_form_t *form;
    jt_view_typed_t typed;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    if (!get_fields(form, &typed)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    if (!jt_token_draft(visit->rules, visit->r->user, typed.label,
                        typed.expires, visit->frame.now, &draft, pool)) {
        jt_view_create(visit->scope, &typed, &draft, visit->rules,
                       visit->frame.now, pool);
        return jt_visit_send(visit, HTTP_BAD_REQUEST, "create");
    }
    answer = make_token(visit, &draft, &typed, token);
    jt_secret_wipe(token, sizeof(token));
    return answer;
}
