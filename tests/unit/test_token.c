/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_token.c: what a new token may be, when its use is to be
 * written down, and what an id is.
 */
#include "units.h"

#include <string.h>

#include "core/jt_date.h"
#include "core/jt_token.h"

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)
#define TODAY APR_INT64_C(1768435200)

static jt_token_rules_t rules;

/* Check may run all tests in one process. */
static void reset_rules(void)
{
    memset(&rules, 0, sizeof(rules));
}

/* Looks at both faults; gives the expiry. */
static apr_int64_t check_draft(const char *label, const char *expires,
                               apr_int64_t now, jt_label_fault_t label_fault,
                               jt_token_expiry_t expiry_fault)
{
    jt_token_typed_t typed = { label, expires, { 0, NULL, NULL }, "" };
    jt_token_draft_t draft;
    int fine = jt_token_draft(&rules, "alice", &typed, now, &draft,
                              units_pool);

    ck_assert_int_eq(draft.label_fault, label_fault);
    ck_assert_msg(draft.expiry_fault == expiry_fault, "\"%s\" of %d: %d",
                  expires, rules.max_lifetime, (int)draft.expiry_fault);
    ck_assert_int_eq(!fine, label_fault != JT_LABEL_FINE
                            || expiry_fault != JT_TOKEN_EXPIRY_FINE);
    return draft.expires_at;
}

START_TEST(test_a_draft_ends_with_the_day_that_was_typed)
{
    static const struct {
        const char *typed;
        int max_lifetime;
        jt_token_expiry_t fault;
        apr_int64_t expires_at;
    } cases[] = {
        { "", 0, JT_TOKEN_EXPIRY_FINE, JT_TOKEN_NEVER },
        { "2026-01-15", 0, JT_TOKEN_EXPIRY_FINE, TODAY + 86400 },
        { "9999-12-31", 0, JT_TOKEN_EXPIRY_FINE, JT_DATE_END },
        { "2026-01-14", 0, JT_TOKEN_EXPIRY_PAST, 0 },
        { "1969-12-31", 0, JT_TOKEN_EXPIRY_PAST, 0 },
        { "2026-02-29", 0, JT_TOKEN_EXPIRY_FORMAT, 0 },
        { " ", 0, JT_TOKEN_EXPIRY_FORMAT, 0 },
        { "", 90, JT_TOKEN_EXPIRY_REQUIRED, 0 },
        { "2026-01-15", 90, JT_TOKEN_EXPIRY_FINE, TODAY + 86400 },
        { "2026-04-15", 90, JT_TOKEN_EXPIRY_FINE, TODAY + 91 * 86400 },
        { "2026-04-16", 90, JT_TOKEN_EXPIRY_LATE, 0 },
        { "2026-01-17", 1, JT_TOKEN_EXPIRY_LATE, 0 },
        { "9999-12-31", 2147483647, JT_TOKEN_EXPIRY_FINE, JT_DATE_END }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_int64_t end;

        rules.max_lifetime = cases[i].max_lifetime;
        end = check_draft("ci", cases[i].typed, NOW, JT_LABEL_FINE,
                          cases[i].fault);
        ck_assert(cases[i].fault != JT_TOKEN_EXPIRY_FINE
                  || end == cases[i].expires_at);
    }
}
END_TEST

START_TEST(test_a_draft_names_both_of_its_faults)
{
    check_draft("\t", "soon", NOW, JT_LABEL_CONTROL, JT_TOKEN_EXPIRY_FORMAT);
    check_draft("", "", NOW, JT_LABEL_EMPTY, JT_TOKEN_EXPIRY_FINE);
    /* Today is today's in UTC until its last second. */
    check_draft("ci", "2026-01-15", TODAY + 86399, JT_LABEL_FINE,
                JT_TOKEN_EXPIRY_FINE);
    check_draft("ci", "2026-01-15", TODAY + 86400, JT_LABEL_FINE,
                JT_TOKEN_EXPIRY_PAST);
}
END_TEST

static int is_due(apr_int64_t last_used_at, int interval)
{
    jt_grant_t grant = { 0 };

    grant.last_used_at = last_used_at;
    return jt_token_is_touch_due(&grant, NOW, interval) != 0;
}

START_TEST(test_a_use_is_due_once_an_interval)
{
    ck_assert_int_eq(is_due(JT_TOKEN_NEVER, 600), 1);
    ck_assert_int_eq(is_due(NOW - 599, 600), 0);
    ck_assert_int_eq(is_due(NOW - 600, 600), 1);
    ck_assert_int_eq(is_due(0, 600), 1);
    ck_assert_int_eq(is_due(NOW, 1), 0);
    ck_assert_int_eq(is_due(NOW + 60, 600), 0);
    ck_assert_int_eq(is_due(JT_TOKEN_NEVER, 0), 0);
    ck_assert_int_eq(is_due(0, 0), 0);
}
END_TEST

START_TEST(test_an_id_is_a_canonical_decimal_number)
{
    static const struct {
        const char *text;
        apr_int64_t id;
    } cases[] = {
        { "1", 1 }, { "7", 7 }, { "10", 10 }, { "2147483648", 2147483648 },
        { "9223372036854775807", APR_INT64_C(9223372036854775807) },
        { "1000000000000000000", APR_INT64_C(1000000000000000000) },
        { "", 0 }, { "0", 0 }, { "00", 0 }, { "01", 0 }, { "-1", 0 },
        { "+1", 0 }, { " 1", 0 }, { "1 ", 0 }, { "1\n", 0 }, { "1a", 0 },
        { "a", 0 }, { "0x1", 0 }, { "1e3", 0 }, { "1.0", 0 }, { "1,0", 0 },
        { "9223372036854775808", 0 }, { "9999999999999999999", 0 },
        { "10000000000000000000", 0 }, { "18446744073709551617", 0 },
        { "1/2", 0 }, { "\xD9\xA1", 0 }, { "1\xC2\xA0", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_int64_t id = 0;
        apr_status_t status = jt_token_parse_id(cases[i].text, &id);

        ck_assert_msg(status == (cases[i].id ? APR_SUCCESS : APR_EINVAL),
                      "\"%s\"", cases[i].text);
        ck_assert(status != APR_SUCCESS || id == cases[i].id);
    }
}
END_TEST

Suite *units_token(void)
{
    Suite *suite = suite_create("token");
    TCase *draft = units_case(suite, "draft");

    tcase_add_checked_fixture(draft, reset_rules, NULL);
    tcase_add_test(draft, test_a_draft_ends_with_the_day_that_was_typed);
    tcase_add_test(draft, test_a_draft_names_both_of_its_faults);
    tcase_add_test(draft, test_a_use_is_due_once_an_interval);
    tcase_add_test(draft, test_an_id_is_a_canonical_decimal_number);
    return suite;
}
