/* SPDX-License-Identifier: Apache-2.0
 *
 * Which texts are addresses; tests/httpd/test_config_brand.py has more of them.
 */
#include "units.h"

#include <apr_strings.h>

#include "core/jt_url.h"

START_TEST(test_what_is_an_address)
{
    static const struct {
        const char *text;
        int is_path;
        int is_address;
    } cases[] = {
        { "/", 1, 0 }, { "/a/b?c#d", 1, 0 }, { "//host/", 0, 0 },
        { "", 0, 0 }, { "a", 0, 0 }, { "/a b", 0, 0 }, { "/a\"", 0, 0 },
        { "/a'", 0, 0 }, { "/\xC3\xA9", 0, 0 }, { "/%C3%A9", 1, 0 },
        { "https://x", 0, 1 }, { "HTTP://x/", 0, 1 }, { "https://", 0, 0 },
        { "https:///x", 0, 0 }, { "http://[::1]:80/", 0, 1 },
        { "http://[]", 0, 0 }, { "http://[::1]x", 0, 0 },
        { "http://[::1", 0, 0 }, { "ftp://x", 0, 0 },
        { "javascript:x", 0, 0 }, { "https://x/<", 0, 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_url_is_own_path(cases[i].text)
                          == !cases[i].is_path, "%s", cases[i].text);
        ck_assert_msg(!jt_url_is_web_address(cases[i].text)
                          == !cases[i].is_address, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(test_an_address_has_a_bound)
{
    const char *longest = apr_pstrcat(
        units_pool, "/", units_repeat("a", JT_URL_MAX - 1), NULL);

    ck_assert(jt_url_is_own_path(longest));
    ck_assert(!jt_url_is_own_path(apr_pstrcat(units_pool, longest, "a",
                                              NULL)));
}
END_TEST

START_TEST(test_what_tokens_open_needs_no_quoting)
{
    static const struct {
        const char *text;
        int is_service;
    } cases[] = {
        { "https://jira.example.com", 1 }, { "https://jira.example.com/", 1 },
        { "http://127.0.0.1:8080/files/a.txt", 1 }, { "http://[::1]/", 1 },
        { "http://[2001:db8::1]:80/x", 1 }, { "https://a-b.c_d/", 1 },
        { "https://x/~a/b.c-d_e:f@g+h,i=j", 1 }, { "https://x/%C3%A9", 1 },
        { "", 0 }, { "/files/", 0 }, { "//x/", 0 }, { "ftp://x/", 0 },
        { "HTTP://x/", 0 }, { "https:/x", 0 }, { "https://", 0 },
        { "https:///x", 0 }, { "https://:443/", 0 }, { "https://.x/", 0 },
        { "https://alice@x/", 0 }, { "https://alice:pw@x/", 0 },
        { "https://x@", 0 }, { "https://x:/", 0 }, { "https://x:80a/", 0 },
        { "https://x:80:80/", 0 }, { "https://[]/", 0 }, { "https://[::1", 0 },
        { "https://[g]/", 0 }, { "https://[::1]x/", 0 },
        { "https://x/?a", 0 }, { "https://x?a", 0 }, { "https://x/#a", 0 },
        { "https://x/a b", 0 }, { "https://x/$(id)", 0 }, { "https://x/`id`", 0 },
        { "https://x/'", 0 }, { "https://x/\"", 0 }, { "https://x/\\", 0 },
        { "https://x/&a", 0 }, { "https://x/;a", 0 }, { "https://x/!a", 0 },
        { "https://x/*", 0 }, { "https://x/[a]", 0 }, { "https://x/{a}", 0 },
        { "https://x/<a>", 0 }, { "https://x/|a", 0 }, { "https://x/\n", 0 },
        { "https://x/\xC3\xA9", 0 }, { "https://\xC3\xA9/", 0 },
        { "https://x/%", 0 }, { "https://x/%4", 0 }, { "https://x/%PATH%", 0 },
        { "https://x%41/", 0 }
    };
    const char *longest = apr_pstrcat(
        units_pool, "https://x/", units_repeat("a", JT_URL_MAX - 10), NULL);
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_msg(!jt_url_is_service(cases[i].text)
                          == !cases[i].is_service, "%s", cases[i].text);
    }
    ck_assert(jt_url_is_service(longest));
    ck_assert(!jt_url_is_service(apr_pstrcat(units_pool, longest, "a", NULL)));
}
END_TEST

Suite *units_url(void)
{
    Suite *suite = suite_create("url");
    TCase *addresses = units_case(suite, "addresses");

    tcase_add_test(addresses, test_what_is_an_address);
    tcase_add_test(addresses, test_an_address_has_a_bound);
    tcase_add_test(addresses, test_what_tokens_open_needs_no_quoting);
    return suite;
}
