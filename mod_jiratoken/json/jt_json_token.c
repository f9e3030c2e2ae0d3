/* SPDX-License-Identifier: Apache-2.0
 *
 * A token as the API shows it. Its text is written directly: a tree of
 * jansson's for each of a list would cost four times as much. What somebody has
 * typed is quoted by jansson. It must not know requests.
 */
#include "json/jt_json_token.h"

#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/jt_date.h"

const char *jt_json_quote(const char *text, apr_pool_t *pool)
{
    json_t *value = json_string(text);
    char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    const char *made = quoted ? apr_pstrdup(pool, quoted) : "null";

    json_decref(value);
    free(quoted);
    return made;
}

/* As Jira writes an instant. */
static const char *make_instant(apr_int64_t instant, apr_pool_t *pool)
{
    static const char tail[] = ".000+0000\"";
    const char *text;
    char *made;

    if (instant == JT_TOKEN_NEVER) {
        return "null";
    }
    text = jt_date_format_rfc3339(instant, pool); /* ...T00:00:00Z */
    made = apr_palloc(pool, 1 + 19 + sizeof(tail));
    made[0] = '"';
    memcpy(made + 1, text, 19);
    memcpy(made + 1 + 19, tail, sizeof(tail));
    return made;
}

/* The parts of an object's text. @param name with what stands before and behind
 * it */
static void add(apr_array_header_t *parts, const char *name,
                const char *value)
{
    APR_ARRAY_PUSH(parts, const char *) = name;
    APR_ARRAY_PUSH(parts, const char *) = value;
}

/* Elements of a restriction have nothing that JSON quotes. */
static void add_list(apr_array_header_t *parts, const char *name,
                     const jt_restriction_part_t *list)
{
    char *state = NULL;
    char *element;

    if (!list->text) {
        return;
    }
    element = apr_strtok(apr_pstrmemdup(parts->pool, list->text, list->length),
                         ",", &state);
    add(parts, name, "[");
    while (element) {
        add(parts, "\"", element);
        element = apr_strtok(NULL, ",", &state);
        APR_ARRAY_PUSH(parts, const char *) = element ? "\"," : "\"]";
    }
}

/* What is not understood is shown as it stands in the table. */
static void add_limits(apr_array_header_t *parts, const char *restrictions)
{
    jt_restriction_t limits;

    if (!restrictions) {
        return;
    }
    if (!jt_restriction_parse(restrictions, &limits)) {
        add(parts, ",\"restrictions\":",
            jt_json_quote(jt_label_clean(restrictions, parts->pool),
                          parts->pool));
        return;
    }
    if (limits.is_read_only) {
        add(parts, ",\"readOnly\":", "true");
    }
    add_list(parts, ",\"areas\":", &limits.areas);
    add_list(parts, ",\"allowedFrom\":", &limits.from);
}

static const char *get_last_address(const jt_token_t *token, apr_pool_t *pool)
{
    return token->grant.last_used_at != JT_TOKEN_NEVER && token->last_used_from
               ? jt_json_quote(jt_label_clean(token->last_used_from, pool),
                               pool)
               : "null";
}

static const char *make_token(const jt_token_t *token, const char *user,
                              const jt_token_rules_t *rules, apr_int64_t now,
                              apr_pool_t *pool)
{
    const jt_grant_t *grant = &token->grant;
    apr_array_header_t *parts = apr_array_make(pool, 24, sizeof(const char *));

    add(parts, "{\"id\":", apr_off_t_toa(pool, grant->id));
    if (user) {
        add(parts, ",\"user\":", jt_json_quote(user, pool));
    }
    add(parts, ",\"name\":",
        jt_json_quote(jt_label_clean(grant->label, pool), pool));
    add(parts, ",\"createdAt\":", make_instant(grant->created_at, pool));
    add(parts, ",\"expiringAt\":", make_instant(grant->expires_at, pool));
    add(parts, ",\"lastAccessedAt\":", make_instant(grant->last_used_at, pool));
    add(parts, ",\"lastAccessedFrom\":", get_last_address(token, pool));
    add(parts, ",\"state\":\"",
        jt_token_state_name(jt_token_state(rules, token, now)));
    APR_ARRAY_PUSH(parts, const char *) = "\"";
    add_limits(parts, grant->restrictions);
    if (token->previous_digest && token->previous_until > now) {
        add(parts, ",\"previousValidUntil\":",
            make_instant(token->previous_until, pool));
    }
    APR_ARRAY_PUSH(parts, const char *) = "}";
    return apr_array_pstrcat(pool, parts, 0);
}

const char *jt_json_token(const jt_token_t *token,
                          const jt_token_rules_t *rules, apr_int64_t now,
                          apr_pool_t *pool)
{
    return make_token(token, NULL, rules, now, pool);
}

const char *jt_json_token_of_user(const jt_token_t *token,
                                  const jt_token_rules_t *rules,
                                  apr_int64_t now, apr_pool_t *pool)
{
    return make_token(token, jt_label_clean(token->grant.user, pool), rules,
                      now, pool);
}

const char *jt_json_list(const apr_array_header_t *objects, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "[", apr_array_pstrcat(pool, objects, ','), "]",
                       NULL);
}
