/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of json/jt_json.c and jt_json_token.c: which bodies are read, what is taken from them, and
 * how a token is shown.
 */
#include "units.h"

#include <apr_strings.h>
#include <stdlib.h>

#include "json/jt_json.h"
#include "json/jt_json_token.h"

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)

/* @return NULL for what is refused; else for the caller to release */
static json_t *read_body(const char *text, apr_size_t length)
{
    char *body = apr_pstrmemdup(units_pool, text, length);
    const char *fault = NULL;
    json_t *object = jt_json_parse(body, length, &fault, units_pool);
    apr_size_t i;

    for (i = 0; i < length; i++) {
        ck_assert_int_eq(body[i], 0);
    }
    ck_assert_int_eq(!object, fault != NULL);
    return object;
}

/* @return what to change, or NULL */
static const char *read_new(const char *text, jt_token_typed_t *typed)
{
    json_t *object = read_body(text, strlen(text));
    const char *fault;

    ck_assert_msg(object != NULL, "%s", text);
    memset(typed, 0, sizeof(*typed));
    fault = jt_json_parse_new(object, NOW, typed, units_pool);
    json_decref(object);
    return fault;
}

START_TEST(test_a_body_is_one_object_without_a_member_twice)
{
    static const struct {
        const char *text;
        int is_read;
    } cases[] = {
        { "{}", 1 }, { " {\"name\" : null}\n", 1 }, { "", 0 }, { "[]", 0 },
        { "null", 0 }, { "\"name\"", 0 }, { "{", 0 }, { "{}}", 0 },
        { "{} {}", 0 }, { "{\"a\":1,}", 0 }, { "{'a':1}", 0 },
        { "{\"a\":1,\"a\":1}", 0 }, { "{\"a\":1,\"\\u0061\":2}", 0 },
        { "{\"b\":{\"a\":1,\"a\":1}}", 0 }, { "{\"a\":\"\\u0000\"}", 0 },
        { "{\"a\":\"\xff\"}", 0 }, { "{\"a\":\"\\ud800\"}", 0 },
        { "{\"a\":99999999999999999999}", 0 }, { "{\"a\":NaN}", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        json_t *object = read_body(cases[i].text, strlen(cases[i].text));

        ck_assert_msg(!object == !cases[i].is_read, "%s", cases[i].text);
        json_decref(object);
    }
    ck_assert(!read_body("{}\0", 3));
}
END_TEST

START_TEST(test_what_is_nested_deeper_than_any_use_is_refused)
{
    const char *text = apr_pstrcat(units_pool, "{\"a\":",
                                   units_repeat("[", 30000),
                                   units_repeat("]", 30000), "}", NULL);

    ck_assert(!read_body(text, strlen(text)));
}
END_TEST

START_TEST(test_a_new_token_needs_members_of_the_right_types)
{
    static const struct {
        const char *text;
        int is_fine;
    } cases[] = {
        { "{\"name\":\"ci\"}", 1 }, { "{\"name\":\"ci\",\"more\":[]}", 1 },
        { "{\"name\":\"ci\",\"readOnly\":null,\"areas\":null,"
          "\"allowedFrom\":null,\"expiresOn\":null,"
          "\"expirationDuration\":null}", 1 },
        { "{}", 0 }, { "{\"name\":null}", 0 }, { "{\"name\":1}", 0 },
        { "{\"name\":\"ci\",\"readOnly\":1}", 0 },
        { "{\"name\":\"ci\",\"readOnly\":\"true\"}", 0 },
        { "{\"name\":\"ci\",\"areas\":\"git\"}", 0 },
        { "{\"name\":\"ci\",\"areas\":[]}", 0 },
        { "{\"name\":\"ci\",\"areas\":[null]}", 0 },
        { "{\"name\":\"ci\",\"areas\":{\"git\":1}}", 0 },
        { "{\"name\":\"ci\",\"allowedFrom\":[1]}", 0 },
        { "{\"name\":\"ci\",\"expirationDuration\":0}", 0 },
        { "{\"name\":\"ci\",\"expirationDuration\":-1}", 0 },
        { "{\"name\":\"ci\",\"expirationDuration\":1.0}", 1 },
        { "{\"name\":\"ci\",\"expirationDuration\":1.5}", 0 },
        { "{\"name\":\"ci\",\"expirationDuration\":\"1\"}", 0 },
        { "{\"name\":\"ci\",\"expirationDuration\":36526}", 0 },
        { "{\"name\":\"ci\",\"expirationDuration\":36525}", 1 },
        { "{\"name\":\"ci\",\"expiresOn\":20260115}", 0 },
        { "{\"name\":\"ci\",\"expiresOn\":\"\"}", 0 },
        { "{\"name\":\"ci\",\"expiresOn\":\"2026-01-15\","
          "\"expirationDuration\":1}", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_typed_t typed;
        const char *fault = read_new(cases[i].text, &typed);

        ck_assert_msg((fault == NULL) == cases[i].is_fine, "%s: %s",
                      cases[i].text, fault);
    }
}
END_TEST

START_TEST(test_what_is_asked_for_reaches_the_core)
{
    jt_token_typed_t typed;

    ck_assert(!read_new("{\"name\":\"ci\",\"expirationDuration\":1,"
                        "\"readOnly\":true,\"areas\":[\"git\",\"wiki\"],"
                        "\"allowedFrom\":[\"10.0.0.0/8\"]}", &typed));
    ck_assert_str_eq(typed.label, "ci");
    ck_assert_str_eq(typed.expires, "2026-01-16");
    ck_assert(typed.wish.is_read_only);
    ck_assert_int_eq(typed.wish.areas->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(typed.wish.areas, 1, const char *), "wiki");
    ck_assert_int_eq(typed.wish.networks->nelts, 1);
    ck_assert(!read_new("{\"name\":\"ci\"}", &typed));
    ck_assert_str_eq(typed.expires, "");
    ck_assert(!typed.wish.is_read_only && !typed.wish.areas
              && !typed.wish.networks);
}
END_TEST

START_TEST(test_a_token_is_shown_with_its_limits)
{
    static const struct {
        const char *restrictions;
        const char *shown;
    } cases[] = {
        { NULL, "" }, { "read", ",\"readOnly\":true" },
        { "read areas=git,wiki from=10.0.0.0/8,2001:db8::/32",
          ",\"readOnly\":true,\"areas\":[\"git\",\"wiki\"],"
          "\"allowedFrom\":[\"10.0.0.0/8\",\"2001:db8::/32\"]" },
        { "write", ",\"restrictions\":\"write\"" },
        { "from=,10.0.0.0/8", ",\"restrictions\":\"from=,10.0.0.0/8\"" },
        { "from=10.0.0.1/8", ",\"restrictions\":\"from=10.0.0.1/8\"" },
        { "from=\xff", ",\"restrictions\":\"from=\xEF\xBF\xBD\"" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_rules_t rules = { "jt", 25, 0, 0, 0, 0, NULL };
        jt_token_t token = { 0 };
        const char *text;

        token.grant.id = 7;
        token.grant.label = "ci";
        token.grant.restrictions = cases[i].restrictions;
        token.grant.created_at = NOW;
        token.grant.expires_at = token.grant.last_used_at = JT_TOKEN_NEVER;
        text = jt_json_token(&token, &rules, NOW, units_pool);
        ck_assert_str_eq(text, apr_pstrcat(units_pool, "{\"id\":7,\"name\":"
            "\"ci\",\"createdAt\":\"2026-01-15T10:30:00.000+0000\","
            "\"expiringAt\":null,\"lastAccessedAt\":null,\"lastAccessedFrom\":"
            "null,\"state\":\"active\"", cases[i].shown, "}", NULL));
    }
}
END_TEST

Suite *units_json(void)
{
    Suite *suite = suite_create("json");
    TCase *bodies = units_case(suite, "bodies");

    tcase_add_test(bodies, test_a_body_is_one_object_without_a_member_twice);
    tcase_add_test(bodies,
                   test_what_is_nested_deeper_than_any_use_is_refused);
    tcase_add_test(bodies, test_a_new_token_needs_members_of_the_right_types);
    tcase_add_test(bodies, test_what_is_asked_for_reaches_the_core);
    tcase_add_test(bodies, test_a_token_is_shown_with_its_limits);
    return suite;
}
