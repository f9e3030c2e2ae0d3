/* SPDX-License-Identifier: Apache-2.0
 *
 * Which headers are one variable to a program, and which texts name headers.
 */
#include "units.h"

#include "core/jt_header.h"

START_TEST(test_headers_that_become_one_variable_match)
{
    static const struct {
        const char *pattern;
        const char *name;
        int matches;
    } cases[] = {
        { "OIDC_*", "OIDC_CLAIM_email", 1 },
        { "OIDC_*", "OIDC-CLAIM-email", 1 },
        { "OIDC_*", "oidc.claim.email", 1 },
        { "OIDC_*", "Oidc!", 1 },
        { "OIDC_*", "OIDC_", 1 },
        { "OIDC_*", "OIDC", 0 },
        { "OIDC_*", "XOIDC_CLAIM", 0 },
        { "OIDC_*", "OIDCS_x", 0 },
        { "OIDC_*", "", 0 },
        { "OIDC-*", "OIDC_CLAIM_email", 1 },
        { "X-Remote-User", "x_remote_user", 1 },
        { "X-Remote-User", "X-Remote-User2", 0 },
        { "X-Remote-User", "X-Remote-Use", 0 },
        { "X-Remote-User", "X--Remote-User", 0 },
        { "a*", "A", 1 },
        { "a*", "ab*", 1 },
        { "a*b", "a*b", 1 },
        { "a*b", "axb", 0 },
        { "a*b", "a_b", 1 },
        { "h\xC3\xA9", "h__", 1 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_header_matches(cases[i].pattern, cases[i].name)
                          == !cases[i].matches,
                      "%s, %s", cases[i].pattern, cases[i].name);
    }
}
END_TEST

/* Else a header would pass that is to be removed. */
START_TEST(test_a_header_that_matches_begins_as_its_pattern_may)
{
    char pattern[] = "?*";
    char name[] = "?x";
    int others = 0;
    int a;
    int b;

    for (a = 1; a < 256; a++) {
        for (b = 1; b < 256; b++) {
            pattern[0] = (char)a;
            name[0] = (char)b;
            if (!(jt_header_bits(pattern) & jt_header_bit(name))) {
                ck_assert_msg(!jt_header_matches(pattern, name), "%s, %s",
                              pattern, name);
                others++;
            }
        }
    }
    ck_assert_int_gt(others, 62 * 61); /* most letters and digits are told */
    ck_assert(!(jt_header_bits("OIDC_*") & jt_header_bit("Authorization")));
}
END_TEST

START_TEST(test_a_pattern_names_something)
{
    static const struct {
        const char *text;
        int is_pattern;
    } cases[] = {
        { "OIDC_*", 1 }, { "X-Remote-User", 1 }, { "a", 1 }, { "7*", 1 },
        { "", 0 }, { "*", 0 }, { "_*", 0 }, { "-", 0 }, { "a**", 0 },
        { "a*b", 0 }, { "*a", 0 }, { "a b", 0 }, { "a:", 0 }, { "a,b", 0 },
        { "a\n", 0 }, { "\xC3\xA9", 0 }, { "a\xC3\xA9", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_header_is_pattern(cases[i].text)
                          == !cases[i].is_pattern, "%s", cases[i].text);
    }
}
END_TEST

Suite *units_header(void)
{
    Suite *suite = suite_create("header");
    TCase *names = units_case(suite, "names");

    tcase_add_test(names, test_headers_that_become_one_variable_match);
    tcase_add_test(names, test_a_header_that_matches_begins_as_its_pattern_may);
    tcase_add_test(names, test_a_pattern_names_something);
    return suite;
}
