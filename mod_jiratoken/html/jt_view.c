/* SPDX-License-Identifier: Apache-2.0
 *
 * The contents of the pages: turns rows, dates and faults into the names that
 * the templates use, and into keys of the catalogue of words
 * (html/web/words.en). It contains no texts. Time is an argument; it must not
 * know requests.
 */
#include "html/jt_view.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_rotation.h"
#include "html/jt_view_form.h"
#include "html/jt_web.h"

/* The length of YYYY-MM-DD, at the start of every printed time. */
#define DAY_LENGTH 10

/* Seconds from which on a distance is told in years (core/jt_date.h). */
#define YEARS (731 * JT_DATE_DAY)

/* Percent of a user's tokens from which on the list shows how many are left. */
#define NEARLY_FULL 80

/* Seconds after which a token that was never used gets a hint. */
#define UNUSED (30 * JT_DATE_DAY)

static const char *find_tag(const char *name)
{
    const jt_web_file_t *file = jt_web_find_asset(name);

    return file ? file->tag : NULL;
}

jt_html_t *jt_view_make(const jt_view_frame_t *frame, apr_pool_t *pool)
{
    jt_html_t *scope = jt_html_make(frame->language, pool);

    jt_html_set(scope, "base", frame->base);
    jt_html_set(scope, "user", frame->user);
    jt_html_set(scope, "site", frame->site);
    jt_html_set(scope, "stylesheet", frame->stylesheet);
    jt_html_set(scope, "home", frame->home);
    jt_html_set(scope, "sign_out", frame->sign_out);
    jt_html_set(scope, "no_use",
                frame->records_use ? "never-used" : "not-recorded");
    jt_html_flag(scope, "records_use", frame->records_use);
    jt_html_set(scope, "no_expiry", "never");
    jt_html_set(scope, "css", find_tag("style.css"));
    jt_html_set(scope, "js", find_tag("app.js"));
    return scope;
}

/* "in 12 days", "1 hour ago": the key of a text, and the number for it. */
static void set_distance(jt_html_t *scope, apr_int64_t from_now,
                         apr_pool_t *pool)
{
    static const char *const keys[][2] = {
        [JT_DATE_MOMENT] = { "now-past", "now-future" },
        [JT_DATE_MINUTES] = { "minutes-past", "minutes-future" },
        [JT_DATE_HOURS] = { "hours-past", "hours-future" },
        [JT_DATE_DAYS] = { "days-past", "days-future" },
        [JT_DATE_YEARS] = { "years-past", "years-future" },
    };
    int count;
    jt_date_unit_t unit = jt_date_distance(from_now, &count);

    jt_html_set(scope, "far", keys[unit][from_now > 0]);
    jt_html_set(scope, "n", apr_itoa(pool, count));
}

/* Adds a time as a row of its own name, or nothing for JT_TOKEN_NEVER, for
 * which the template has a text.
 * @return NULL then */
static jt_html_t *add_time(jt_html_t *scope, const char *name,
                           apr_int64_t instant, int is_expiry,
                           const char **exact, apr_pool_t *pool)
{
    jt_html_t *time;
    const char *at;

    if (instant == JT_TOKEN_NEVER) {
        return NULL;
    }
    time = jt_html_add(scope, name);
    jt_date_format_both(instant, is_expiry, exact, &at, pool);
    jt_html_set(time, "at", at);
    jt_html_set(time, "exact", *exact);
    return time;
}

/* The same, with the day and the rest of the time separately. */
static jt_html_t *add_day(jt_html_t *scope, const char *name,
                          apr_int64_t instant, int is_expiry,
                          apr_pool_t *pool)
{
    const char *exact;
    jt_html_t *time = add_time(scope, name, instant, is_expiry, &exact, pool);

    if (time) {
        jt_html_set(time, "day", apr_pstrmemdup(pool, exact, DAY_LENGTH));
        jt_html_set(time, "rest", exact + DAY_LENGTH);
    }
    return time;
}

/* From a day on in days of the calendar, from today to the one that is printed:
 * "5 days ago" stands beside the date of 5 days ago. Years are told of the time
 * itself. */
static apr_int64_t get_distance(apr_int64_t expires_at, apr_int64_t now)
{
    apr_int64_t seconds = expires_at - now;
    apr_int64_t days = jt_date_day(expires_at - 1) - jt_date_day(now);

    return (seconds < JT_DATE_DAY && seconds > -JT_DATE_DAY)
                   || seconds > YEARS || seconds < -YEARS
               ? seconds : days;
}

/* @param is_far zero: how far it is does not matter */
static void add_expiry(jt_html_t *scope, const jt_grant_t *grant, int is_far,
                       apr_int64_t now, apr_pool_t *pool)
{
    jt_html_t *expires = add_day(scope, "expires", grant->expires_at, 1,
                                 pool);

    if (expires && is_far) {
        set_distance(expires, get_distance(grant->expires_at, now), pool);
    }
    else if (expires) {
        jt_html_set(expires, "far", NULL);
    }
}

static void add_last_use(jt_html_t *scope, const jt_token_t *token,
                         apr_int64_t now, apr_pool_t *pool)
{
    apr_int64_t at = token->grant.last_used_at;
    const char *exact;
    jt_html_t *used = add_time(scope, "used", at, 0, &exact, pool);

    if (used) {
        /* A last use may be in the future: another server's clock skew. */
        set_distance(used, at < now ? at - now : 0, pool);
        jt_html_set(used, "from", token->last_used_from);
    }
}

/* The title of an area that the site has no more is its name. */
static const char *find_title(const apr_array_header_t *areas,
                              const char *name)
{
    int i;

    for (i = 0; areas && i < areas->nelts; i++) {
        const jt_restriction_area_t *area =
            &APR_ARRAY_IDX(areas, i, jt_restriction_area_t);

        if (!strcmp(area->name, name)) {
            return area->title;
        }
    }
    return name;
}

/* Each element of a list in a row of its own. */
static void add_elements(jt_html_t *scope, const char *name,
                         const jt_restriction_part_t *list,
                         const apr_array_header_t *areas, apr_pool_t *pool)
{
    char *state = NULL;
    char *element;

    if (!list->text) {
        return;
    }
    element = apr_strtok(apr_pstrmemdup(pool, list->text, list->length), ",",
                         &state);
    while (element) {
        jt_html_set(jt_html_add(scope, name), "text",
                    find_title(areas, element));
        element = apr_strtok(NULL, ",", &state);
    }
}

/* What a token is limited to. What is not understood opens nothing. */
static void add_limits(jt_html_t *scope, const jt_grant_t *grant,
                       const apr_array_header_t *areas, apr_pool_t *pool)
{
    jt_restriction_t limits;

    if (!grant->restrictions) {
        return;
    }
    jt_html_flag(scope, "aside", 1);
    jt_html_flag(scope, "limited", 1);
    if (!jt_restriction_parse(grant->restrictions, &limits)) {
        jt_html_flag(scope, "not_understood", 1);
        return;
    }
    jt_html_flag(scope, "read_only", limits.is_read_only);
    add_elements(scope, "areas_of", &limits.areas, areas, pool);
    add_elements(scope, "addresses_of", &limits.from, NULL, pool);
}

/* Somebody else has written the label, perhaps, and not by these pages. */
static const char *get_label(const jt_token_t *token, apr_pool_t *pool)
{
    if (!*token->grant.label) {
        return apr_psprintf(pool, "#%" APR_INT64_T_FMT, token->grant.id);
    }
    return jt_label_clean(token->grant.label, pool);
}

/* The secret before the last rotation, while it is valid. */
static void add_previous(jt_html_t *scope, const jt_token_t *token,
                         apr_int64_t now, apr_pool_t *pool)
{
    const char *exact;

    if (token->previous_digest && token->previous_until > now) {
        jt_html_flag(scope, "aside", 1);
        add_time(scope, "previous", token->previous_until, 0, &exact, pool);
    }
}

/* Its URLs begin with `path`. */
static void set_name(jt_html_t *scope, const jt_token_t *token,
                     const char *base, apr_pool_t *pool)
{
    const char *id = apr_off_t_toa(pool, token->grant.id);

    jt_html_set(scope, "label", get_label(token, pool));
    jt_html_set(scope, "id", id);
    jt_html_set(scope, "path", apr_pstrcat(pool, base, id, NULL));
}

/* How far an expiry is matters when it is near or over: in the row of a token
 * that is active, the date is enough. */
static void set_end(jt_html_t *scope, const jt_token_t *token,
                    jt_token_state_t state, apr_int64_t now, apr_pool_t *pool)
{
    add_expiry(scope, &token->grant, state != JT_TOKEN_ACTIVE, now, pool);
    if (state == JT_TOKEN_EXPIRED) {
        jt_html_flag(scope, "dead", 1);
    }
}

static void set_row(jt_html_t *scope, const jt_token_t *token,
                    const char *base, const jt_token_rules_t *rules,
                    apr_int64_t now, apr_pool_t *pool)
{
    jt_token_state_t state = jt_token_state(rules, token, now);

    add_day(scope, "created", token->grant.created_at, 0, pool);
    set_end(scope, token, state, now, pool);
    add_last_use(scope, token, now, pool);
    add_limits(scope, &token->grant, rules->areas, pool);
    add_previous(scope, token, now, pool);
    if (state < JT_TOKEN_IDLE) {
        jt_html_flag(scope, "stays", 1);
    }
    jt_html_set(scope, "replaces",
                apr_pstrndup(pool, token->digest, JT_ROTATION_FINGERPRINT));
    if (jt_token_is_unseen(token)) {
        jt_html_set(scope, "no_use", "never-shown");
    }
    if (token->is_unreadable) {
        jt_html_set(scope, "no_use", "unknown");
        jt_html_set(scope, "no_expiry", "unknown");
    }
    jt_html_set(scope, "state", jt_token_state_name(state));
    set_name(scope, token, base, pool); /* the last are found first */
}

jt_html_t *jt_view_row(jt_html_t *scope, const jt_token_t *token,
                       const jt_token_rules_t *rules, apr_int64_t now,
                       apr_pool_t *pool)
{
    jt_html_t *row = jt_html_add(scope, "rows");

    set_row(row, token, jt_html_get(scope, "base"), rules, now, pool);
    return row;
}

/* @param made id of a token that was just made, or 0 */
static void add_rows(jt_html_t *scope, const apr_array_header_t *tokens,
                     const jt_token_rules_t *rules, apr_int64_t made,
                     apr_int64_t now, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);
        jt_html_t *row = jt_view_row(scope, token, rules, now, pool);

        if (token->grant.id == made) {
            jt_html_flag(row, "aside", 1);
            jt_html_flag(row, "new", 1);
        }
    }
}

/* Clicking the sorted column again reverses the order. */
static void add_columns(jt_html_t *scope, jt_order_key_t chosen,
                        int descending)
{
    int key;

    for (key = 0; key < JT_ORDER_KEYS; key++) {
        jt_html_t *column = jt_html_add(scope, "columns");

        jt_html_set(column, "key", jt_order_name((jt_order_key_t)key));
        if (key == (int)chosen) {
            jt_html_set(column, "sorted",
                        descending ? "descending" : "ascending");
            jt_html_flag(column, "turn", !descending);
        }
    }
}

/* A new token needs no hint. */
static int is_unused(const jt_token_t *token, apr_int64_t now)
{
    return token->grant.last_used_at == JT_TOKEN_NEVER
           && (token->grant.created_at == JT_TOKEN_NEVER
               || now - token->grant.created_at >= UNUSED);
}

static void set_count(jt_html_t *scope, const char *name, int count,
                      apr_pool_t *pool)
{
    jt_html_set(scope, name, count ? apr_itoa(pool, count) : NULL);
}

/* Counts the rows that deserve attention. */
static void set_hints(jt_html_t *scope, const apr_array_header_t *tokens,
                      const jt_token_rules_t *rules, apr_int64_t now,
                      apr_pool_t *pool)
{
    int expired = 0;
    int idle = 0;
    int away = 0;
    int unused = 0;
    int endless = 0;
    int unseen = 0;
    int unreadable = 0;
    int soon = 0;
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const jt_token_t *token = &APR_ARRAY_IDX(tokens, i, jt_token_t);
        jt_token_state_t state;

        if (token->is_unreadable) {
            unreadable++;
            continue;
        }
        state = jt_token_state(rules, token, now);
        expired += state == JT_TOKEN_EXPIRED;
        soon += state == JT_TOKEN_EXPIRES_SOON;
        idle += state == JT_TOKEN_IDLE;
        away += state == JT_TOKEN_OWNER_NOT_SEEN;
        unused += state > JT_TOKEN_IDLE && is_unused(token, now);
        endless += token->grant.expires_at == JT_TOKEN_NEVER;
        unseen += jt_token_is_unseen(token);
    }
    if (!jt_html_get(scope, "records_use")) {
        unused = 0;
    }
    jt_html_flag(scope, "unreadable", unreadable);
    jt_html_flag(scope, "unseen", unseen);
    set_count(scope, "idle", idle ? rules->max_idle : 0, pool);
    set_count(scope, "away", away ? rules->owner_seen : 0, pool);
    set_count(scope, "soon", soon, pool);
    set_count(scope, "expired", expired, pool);
    set_count(scope, "unused", unused, pool);
    set_count(scope, "endless", endless, pool);
    jt_html_flag(scope, "attention", soon || expired || unused || endless);
}

void jt_view_list(jt_html_t *scope, const jt_view_list_t *list,
                  const jt_token_rules_t *rules, apr_int64_t now,
                  apr_pool_t *pool)
{
    const apr_array_header_t *tokens = list->tokens;
    int full = tokens->nelts >= rules->max;
    jt_token_typed_t nothing = { 0 };

    jt_html_set(scope, "title", "tokens");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "said", list->said);
    jt_html_set(scope, "wrong", list->wrong);
    jt_html_set(scope, "count", apr_itoa(pool, tokens->nelts));
    jt_html_set(scope, "max", apr_itoa(pool, rules->max));
    jt_html_set(scope, "filled",
                apr_itoa(pool, full ? rules->max : tokens->nelts));
    jt_html_flag(scope, "nearly",
                 tokens->nelts * 100 >= rules->max * NEARLY_FULL);
    jt_html_flag(scope, "full", full);
    jt_html_flag(scope, "any", tokens->nelts > 0);
    if (!full) {
        nothing.label = "";
        nothing.from = "";
        nothing.expires = jt_view_proposed(rules, now, pool);
        jt_view_form_set(scope, &nothing, rules, now, pool);
    }
    add_columns(scope, list->key, list->descending);
    add_rows(scope, tokens, rules, list->made, now, pool);
    set_hints(scope, tokens, rules, now, pool);
}

void jt_view_shown(jt_html_t *scope, const jt_token_t *token,
                   const char *secret, apr_int64_t now, apr_pool_t *pool)
{
    jt_html_flag(scope, "on_tokens", 1);
    set_name(scope, token, jt_html_get(scope, "base"), pool);
    jt_html_set(scope, "token", secret);
    add_expiry(scope, &token->grant, 1, now, pool);
}

void jt_view_revoke(jt_html_t *scope, const jt_token_t *token,
                    const jt_token_rules_t *rules, apr_int64_t now,
                    apr_pool_t *pool)
{
    jt_html_set(scope, "title", "revoke-token");
    jt_html_flag(scope, "on_tokens", 1);
    set_row(scope, token, jt_html_get(scope, "base"), rules, now, pool);
}

void jt_view_rotate(jt_html_t *scope, const jt_token_t *token,
                    const char *fault, const jt_token_rules_t *rules,
                    apr_int64_t now, apr_pool_t *pool)
{
    jt_html_set(scope, "title", "rotate-token");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "form_fault", fault);
    set_row(scope, token, jt_html_get(scope, "base"), rules, now, pool);
}

void jt_view_rename(jt_html_t *scope, const jt_token_t *token,
                    const char *typed, const char *fault,
                    apr_pool_t *pool)
{
    jt_html_set(scope, "title", "rename-token");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "typed_label", jt_label_clean(typed, pool));
    jt_html_set(scope, "label_fault", fault);
    set_name(scope, token, jt_html_get(scope, "base"), pool);
}

void jt_view_several(jt_html_t *scope, const apr_array_header_t *tokens,
                     const jt_token_rules_t *rules, apr_int64_t now,
                     apr_pool_t *pool)
{
    jt_html_set(scope, "title", "revoke-tokens");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "count", apr_itoa(pool, tokens->nelts));
    add_rows(scope, tokens, rules, 0, now, pool);
}

void jt_view_count(jt_html_t *scope, int count, int all, apr_pool_t *pool)
{
    jt_html_set(scope, "count", apr_itoa(pool, count));
    jt_html_set(scope, "many", apr_itoa(pool, count));
    jt_html_set(scope, "max", apr_itoa(pool, all));
}

int jt_view_message(jt_html_t *scope, jt_view_message_t which)
{
    static const struct {
        int status;
        const char *title;
        const char *text;
    } words[] = {
        [JT_VIEW_BAD_REQUEST] = { 400, "bad-request-title", "bad-request" },
        [JT_VIEW_BY_TOKEN] = { 403, "by-token-title", "by-token" },
        [JT_VIEW_NOBODY] = { 403, "nobody-title", "nobody" },
        [JT_VIEW_NAMELESS] = { 403, "nameless-title", "nameless" },
        [JT_VIEW_USER_NAME] = { 403, "bad-name-title", "bad-name" },
        [JT_VIEW_FOREIGN_ORIGIN] = { 403, "foreign-title", "foreign" },
        [JT_VIEW_NOT_OPENED] = { 403, "not-opened-title", "not-opened" },
        [JT_VIEW_NOT_FOUND] = { 404, "not-found-title", "not-found" },
        [JT_VIEW_NO_AUDIT] = { 404, "no-audit-title", "no-audit" },
        [JT_VIEW_METHOD] = { 405, "method-title", "method" },
        [JT_VIEW_TOO_LARGE] = { 413, "too-large-title", "too-large" },
        [JT_VIEW_NOT_A_FORM] = { 415, "no-form-title", "no-form" },
        [JT_VIEW_FAILED] = { 500, "failed-title", "failed" },
        [JT_VIEW_PARTLY] = { 503, "partly-title", "partly" },
        [JT_VIEW_SWEPT_PARTLY] = { 503, "swept-partly-title", "swept-partly" },
        [JT_VIEW_UNAVAILABLE] = { 503, "unavailable-title", "unavailable" },
    };

    jt_html_set(scope, "title", words[which].title);
    jt_html_set(scope, "text", words[which].text);
    return words[which].status;
}
