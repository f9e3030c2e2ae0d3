/* SPDX-License-Identifier: Apache-2.0
 *
 * The administrators' list and revocations for scripts. It must not know SQL,
 * nor who is admitted.
 */
#include "admin/jt_admin_json.h"

#include <apr_strings.h>
#include <string.h>

#include "admin/jt_admin_query.h"
#include "auth/jt_answer.h"
#include "http/jt_reply.h"
#include "json/jt_json.h"
#include "json/jt_json_token.h"
#include "service/jt_sweep.h"

static const char *const none[] = { NULL };

static const char *make_list(const jt_visit_t *visit,
                             const apr_array_header_t *tokens)
{
    apr_pool_t *pool = visit->actor.pool;
    apr_array_header_t *objects = apr_array_make(pool, tokens->nelts + 1,
                                                 sizeof(const char *));
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        APR_ARRAY_PUSH(objects, const char *) = jt_json_token_of_user(
            &APR_ARRAY_IDX(tokens, i, jt_token_t), visit->rules,
            visit->actor.now, pool);
    }
    return jt_json_list(objects, pool);
}

int jt_admin_json_list(jt_visit_t *visit)
{
    apr_pool_t *pool = visit->actor.pool;
    apr_array_header_t *tokens;
    jt_survey_count_t count;
    jt_admin_fault_t fault;
    jt_http_form_t *query;
    jt_survey_t survey;
    const char *next;
    apr_status_t status;

    if (jt_http_read_query(visit->r, &query) != OK) {
        return jt_reply_fail(visit->r, HTTP_BAD_REQUEST, "the query cannot be "
                             "read");
    }
    if (!jt_admin_query_parse(query, none, 0, &survey, &fault, pool)) {
        return jt_reply_fail(visit->r, HTTP_BAD_REQUEST, fault.words);
    }
    status = jt_survey_list(&visit->actor, &survey, &tokens, &next);
    if (status == APR_EINVAL) {
        return jt_reply_fail(visit->r, HTTP_BAD_REQUEST, JT_ADMIN_QUERY_LOST);
    }
    if (status != APR_SUCCESS
        || jt_survey_count(&visit->actor, &survey, &count) != APR_SUCCESS) {
        return jt_reply_unavailable(visit->r);
    }
    return jt_reply_send(
        visit->r, HTTP_OK,
        apr_psprintf(pool, "{\"tokens\":%s,\"next\":%s,\"estimate\":%"
                     APR_INT64_T_FMT "}", make_list(visit, tokens),
                     next ? jt_json_quote(next, pool) : "null",
                     count.number));
}

int jt_admin_json_delete(jt_visit_t *visit)
{
    apr_array_header_t *ids = apr_array_make(visit->actor.pool, 1,
                                             sizeof(apr_int64_t));
    apr_int64_t revoked;

    APR_ARRAY_PUSH(ids, apr_int64_t) = visit->id;
    if (jt_sweep_ids(&visit->actor, ids, &revoked) != APR_SUCCESS) {
        return jt_reply_unavailable(visit->r);
    }
    return revoked ? jt_reply_nothing(visit->r)
                   : jt_reply_fail(visit->r, HTTP_NOT_FOUND, "there is no such "
                                   "token; it may have been revoked already");
}

/* What is asked to be revoked. */
typedef struct wish_t {
    jt_survey_t survey;
    int is_dry;
    int is_all;
    const char *confirm;
} wish_t;

static const char *parse_flag(const json_t *value, const char *name, int *flag,
                              apr_pool_t *pool)
{
    *flag = json_is_true(value);
    return json_is_boolean(value)
               ? NULL : apr_psprintf(pool, "%s must be true or false", name);
}

/* Days are numbers, everything else is text. */
static const char *parse_filter(const json_t *value, const char *name,
                                jt_filter_t *filter, apr_pool_t *pool)
{
    int is_days = !strcmp(name, "unused") || !strcmp(name, "expiring")
                  || !strcmp(name, "expired");

    if (is_days && json_is_integer(value)) {
        return jt_filter_set(filter, name,
                             apr_off_t_toa(pool, json_integer_value(value)),
                             pool);
    }
    if (!is_days && json_is_string(value)) {
        return jt_filter_set(filter, name,
                             apr_pstrdup(pool, json_string_value(value)),
                             pool);
    }
    return apr_psprintf(pool, is_days ? "%s must be a whole number of days"
                                      : "%s must be a string", name);
}

static const char *parse_member(const char *name, const json_t *value,
                                wish_t *wish, apr_pool_t *pool)
{
    if (!strcmp(name, "dryRun")) {
        return parse_flag(value, name, &wish->is_dry, pool);
    }
    if (!strcmp(name, "all")) {
        return parse_flag(value, name, &wish->is_all, pool);
    }
    if (!strcmp(name, "confirm")) {
        if (!json_is_string(value)) {
            return "confirm must be a string";
        }
        wish->confirm = apr_pstrdup(pool, json_string_value(value));
        return NULL;
    }
    if (!jt_filter_is_name(name)) {
        return apr_psprintf(pool, "there is no filter '%s'; nothing was "
                            "revoked", name);
    }
    return parse_filter(value, name, &wish->survey.filter, pool);
}

/* A filter, or everything with its phrase; never both, and never none. */
static const char *check_wish(const wish_t *wish)
{
    int has_filter = !jt_filter_is_empty(&wish->survey.filter);

    if (has_filter) {
        return wish->is_all || wish->confirm
                   ? "give a filter, or all with confirm, not both" : NULL;
    }
    if (!wish->is_all) {
        return "give a filter, such as user; or, for everything, \"all\":true "
               "with \"confirm\":\"" JT_SWEEP_PHRASE "\"";
    }
    return wish->is_dry
                   || (wish->confirm && !strcmp(wish->confirm, JT_SWEEP_PHRASE))
               ? NULL : "confirm must be \"" JT_SWEEP_PHRASE "\"";
}

static const char *parse_wish(json_t *object, wish_t *wish, apr_pool_t *pool)
{
    const char *fault = NULL;
    const char *name;
    json_t *value;

    wish->survey.every_spelling = 1;
    json_object_foreach(object, name, value) {
        fault = parse_member(name, value, wish, pool);
        if (fault) {
            return fault;
        }
    }
    return check_wish(wish);
}

static int send_numbers(jt_visit_t *visit, const jt_survey_count_t *matched,
                        apr_int64_t revoked)
{
    return jt_reply_send(
        visit->r, HTTP_OK,
        apr_psprintf(visit->actor.pool, "{\"matched\":%" APR_INT64_T_FMT
                     ",\"revoked\":%" APR_INT64_T_FMT "%s}", matched->number,
                     revoked, matched->is_estimate ? ",\"isEstimate\":true"
                                                   : ""));
}

static int send_partly(jt_visit_t *visit, apr_int64_t revoked)
{
    int status = jt_answer_page_unavailable(visit->r);

    return jt_reply_fail(visit->r, status, apr_psprintf(
        visit->actor.pool, "the token database failed: %" APR_INT64_T_FMT
        " are revoked, the others still work; send the same again", revoked));
}

static int run_wish(jt_visit_t *visit, const wish_t *wish)
{
    jt_survey_count_t count = { 0, 0 };

    if (wish->is_dry) {
        return jt_survey_count(&visit->actor, &wish->survey, &count)
                       == APR_SUCCESS
                   ? send_numbers(visit, &count, 0)
                   : jt_reply_unavailable(visit->r);
    }
    if (jt_sweep_matching(&visit->actor, &wish->survey, NULL, NULL,
                          &count.number) == APR_SUCCESS) {
        return send_numbers(visit, &count, count.number);
    }
    return count.number ? send_partly(visit, count.number)
                        : jt_reply_unavailable(visit->r);
}

int jt_admin_json_revoke(jt_visit_t *visit)
{
    wish_t wish = { 0 };
    const char *fault;
    json_t *object;
    int answer;

    if (!jt_reply_read(visit->r, &object, &answer)) {
        return answer;
    }
    fault = parse_wish(object, &wish, visit->actor.pool);
    jt_json_release(object);
    return fault ? jt_reply_fail(visit->r, HTTP_BAD_REQUEST, fault)
                 : run_wish(visit, &wish);
}
