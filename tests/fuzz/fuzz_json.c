/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives bodies that anybody could send to what reads the API's JSON, and texts
 * that somebody could leave in the table to what writes it.
 */
#include "fuzz.h"

#include <apr_strings.h>
#include <string.h>

#include "json/jt_json.h"
#include "json/jt_json_token.h"

#define MUST FUZZ_MUST

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)

static const jt_restriction_area_t *list_areas(size_t *count)
{
    static const jt_restriction_area_t areas[] = {
        { "git", "Git" }, { "wiki", "Wiki" }
    };

    *count = sizeof(areas) / sizeof(areas[0]);
    return areas;
}

static jt_token_rules_t make_rules(void)
{
    jt_token_rules_t rules = { "jt", 25, 0, 0, 30, 0, NULL };
    apr_array_header_t *made = apr_array_make(fuzz_pool, 2,
                                              sizeof(jt_restriction_area_t));
    size_t count;
    const jt_restriction_area_t *areas = list_areas(&count);
    size_t i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(made, jt_restriction_area_t) = areas[i];
    }
    rules.areas = made;
    return rules;
}

/* Ours all through: nothing of a body, which may have a secret. */
static void check_words(const char *fault)
{
    MUST(*fault && strlen(fault) < 150);
    MUST(!fault[strspn(fault, FUZZ_UNRESERVED " ,;:")]);
}

static json_t *parse(const void *bytes, size_t length)
{
    char *body = apr_pmemdup(fuzz_pool, bytes, length);
    const char *fault = NULL;
    json_t *object = jt_json_parse(body, length, &fault, fuzz_pool);
    size_t i;

    for (i = 0; i < length; i++) {
        MUST(!body[i]);
    }
    MUST(!object == !!fault);
    if (fault) {
        check_words(fault);
    }
    else {
        MUST(json_is_object(object));
    }
    return object;
}

static int is_given(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);

    return member && !json_is_null(member);
}

/* A list is what was sent, whole. */
static void check_list(const json_t *object, const char *name,
                       const apr_array_header_t *list)
{
    const json_t *sent = json_object_get(object, name);
    int i;

    MUST(!list == !is_given(object, name));
    MUST(!list || (list->nelts && json_array_size(sent)
                                  == (size_t)list->nelts));
    for (i = 0; list && i < list->nelts; i++) {
        MUST(!strcmp(json_string_value(json_array_get(sent, (size_t)i)),
                     APR_ARRAY_IDX(list, i, const char *)));
    }
}

/* Nothing that limits a token is passed over. */
static void check_typed(const json_t *object, const jt_token_typed_t *typed)
{
    const json_t *name = json_object_get(object, "name");

    MUST(!strcmp(typed->label, json_string_value(name)));
    MUST(strlen(typed->label) == json_string_length(name));
    MUST(!*typed->expires == !(is_given(object, "expiresOn")
                               || is_given(object, "expirationDuration")));
    MUST(!typed->wish.is_read_only
         == !json_is_true(json_object_get(object, "readOnly")));
    check_list(object, "areas", typed->wish.areas);
    check_list(object, "allowedFrom", typed->wish.networks);
}

static jt_token_t make_token(const jt_token_draft_t *draft)
{
    jt_token_t token = { 0 };

    token.grant.id = 7;
    token.grant.label = draft->label;
    token.grant.expires_at = draft->expires_at;
    token.grant.last_used_at = JT_TOKEN_NEVER;
    token.grant.restrictions = draft->restriction.text;
    token.grant.created_at = NOW;
    return token;
}

/* @return zero when it is not accepted */
static int draft(const json_t *object, jt_token_draft_t *out)
{
    jt_token_rules_t rules = make_rules();
    jt_token_typed_t typed = { 0 };
    const char *fault = jt_json_parse_new(object, NOW, &typed, fuzz_pool);

    if (fault) {
        check_words(fault);
        return 0;
    }
    check_typed(object, &typed);
    return jt_token_draft(&rules, "alice", &typed, NOW, out, fuzz_pool);
}

/* As it is answered, read again. */
static json_t *show(const jt_token_t *token)
{
    jt_token_rules_t rules = make_rules();
    const char *text = jt_json_token(token, &rules, NOW, fuzz_pool);
    json_t *read = parse(text, strlen(text));

    MUST(read);
    return read;
}

/* What is answered makes the same token, if it is sent. */
static void check_new(const json_t *object)
{
    jt_token_draft_t made;
    jt_token_draft_t again;
    jt_token_t token;
    json_t *shown;

    if (!draft(object, &made)) {
        return;
    }
    MUST((made.expires_at == JT_TOKEN_NEVER)
         == !(is_given(object, "expiresOn")
              || is_given(object, "expirationDuration")));
    MUST(made.expires_at == JT_TOKEN_NEVER || made.expires_at > NOW);
    token = make_token(&made);
    shown = show(&token);
    MUST(draft(shown, &again));
    MUST(!strcmp(made.label, again.label));
    MUST(!made.restriction.text == !again.restriction.text);
    MUST(!made.restriction.text
         || !strcmp(made.restriction.text, again.restriction.text));
    json_decref(shown);
}

/* All members once more: which of them would count? */
static void check_twice(const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    const char *twice;

    MUST(text);
    twice = apr_psprintf(fuzz_pool, "%.*s,%s", (int)strlen(text) - 1, text,
                         text + 1);
    MUST(!parse(twice, strlen(twice)));
    free(text);
}

static void check_members(const json_t *object)
{
    const char *text = NULL;
    apr_int64_t number = -7;
    const char *fault = jt_json_parse_text(object, "token", &text, fuzz_pool);

    MUST(!fault == json_is_string(json_object_get(object, "token")));
    MUST(!fault == !!text);
    if (fault) {
        check_words(fault);
    }
    fault = jt_json_parse_number(object, "overlapSeconds", 0, 604800, &number,
                                 fuzz_pool);
    if (fault) {
        check_words(fault);
        MUST(number == -7);
    }
    else {
        MUST((number == -7) == !is_given(object, "overlapSeconds"));
        MUST(number == -7 || (number >= 0 && number <= 604800));
    }
}

/* How many elements a list in a text has. */
static size_t count_elements(const jt_restriction_part_t *part)
{
    size_t count = 0;
    apr_size_t i;

    for (i = 0; part->text && i < part->length; i++) {
        count += part->text[i] == ',';
    }
    return part->text ? count + 1 : 0;
}

static void check_limits(const json_t *shown, const char *text)
{
    static const jt_restriction_use_t use;
    int is_known = jt_restriction_check(text, &use) != JT_RESTRICTION_UNKNOWN;
    jt_restriction_t limits;

    MUST(!is_known == !!json_object_get(shown, "restrictions"));
    if (is_known) {
        MUST(jt_restriction_parse(text, &limits));
        MUST(!limits.is_read_only
             == !json_is_true(json_object_get(shown, "readOnly")));
        MUST(json_array_size(json_object_get(shown, "areas"))
             == count_elements(&limits.areas));
        MUST(json_array_size(json_object_get(shown, "allowedFrom"))
             == count_elements(&limits.from));
    }
}

/* Somebody else has written it into the table, perhaps. */
static void check_shown(const char *text)
{
    jt_token_t token = { 0 };
    json_t *shown;

    token.grant.label = token.grant.restrictions = token.last_used_from
        = text;
    token.grant.last_used_at = token.grant.created_at = NOW;
    token.grant.expires_at = JT_TOKEN_NEVER;
    token.previous_digest = "";
    token.previous_until = NOW + 1;
    shown = show(&token);
    MUST(!strcmp(json_string_value(json_object_get(shown, "name")),
                 jt_label_clean(text, fuzz_pool)));
    MUST(json_is_string(json_object_get(shown, "lastAccessedFrom")));
    MUST(json_is_string(json_object_get(shown, "previousValidUntil")));
    check_limits(shown, text);
    json_decref(shown);
}

void fuzz_json(const uint8_t *bytes, size_t length)
{
    json_t *object = parse(bytes, length);

    if (object) {
        check_new(object);
        check_members(object);
        check_twice(object);
    }
    json_decref(object);
    check_shown(apr_pstrmemdup(fuzz_pool, (const char *)bytes, length));
}
