/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_view_recipes.c: whose name and which address the examples have, on
 * Connect and on the page that shows the token. tests/httpd/test_recipes.py runs
 * them.
 */
#include "view.h"

#include "core/jt_url.h"

/* A page's examples, for a frame. */
static const char *render(const char *file, const jt_view_frame_t *frame)
{
    jt_html_t *scope = jt_view_make(frame, units_pool);
    jt_token_t row = view_row("ci");

    if (!strcmp(file, "shown")) {
        jt_view_shown(scope, &row, TOKEN, NOW, units_pool);
    }
    else {
        jt_view_connect(scope);
    }
    jt_view_recipes(scope, frame, TOKEN, units_pool);
    return units_render(file, scope, units_pool);
}

/* What people read there. */
static const char *read_page(const char *file, const jt_view_frame_t *frame)
{
    return view_text(render(file, frame));
}

static const char *const pages[] = { "connect", "shown" };

/* A user name as each reader has to get it, on the page without its tags. */
typedef struct quoted_t {
    const char *user;
    const char *shell;      /* without its last quote */
    const char *url;
    const char *string;
    const char *powershell;
    const char *netrc;
    const char *xml;
    const char *properties;
} quoted_t;

static const quoted_t quoted[] = {
    { "o'brien", "&#39;o&#39;\\&#39;&#39;brien", "o%27brien",
      "&quot;o&#39;brien&quot;", "&#39;o&#39;&#39;brien&#39;", "o&#39;brien",
      "o&#39;brien", "o&#39;brien" },
    { "$(reboot)", "&#39;$(reboot)", "%24%28reboot%29",
      "&quot;$(reboot)&quot;", "&#39;$(reboot)&#39;", "$(reboot)",
      "$(reboot)", "$(reboot)" },
    { "EXAMPLE\\al", "&#39;EXAMPLE\\al", "EXAMPLE%5Cal",
      "&quot;EXAMPLE\\\\al&quot;", "&#39;EXAMPLE\\al&#39;",
      "&quot;EXAMPLE\\\\al&quot;", "EXAMPLE\\al", "EXAMPLE\\\\al" },
    { "a\"b@c", "&#39;a&quot;b@c", "a%22b%40c", "&quot;a\\&quot;b@c&quot;",
      "&#39;a&quot;b@c&#39;", "&quot;a\\&quot;b@c&quot;", "a&quot;b@c",
      "a&quot;b@c" },
    { "</pre>{{user}}", "&#39;&lt;/pre&gt;{{user}}",
      "%3C%2Fpre%3E%7B%7Buser%7D%7D", "&quot;&lt;/pre&gt;{{user}}&quot;",
      "&#39;&lt;/pre&gt;{{user}}&#39;", "&lt;/pre&gt;{{user}}",
      "&amp;lt;/pre&amp;gt;{{user}}", "&lt;/pre&gt;{{user}}" }
};

/* Each of these begins with the example's own words. */
static void check_quoted(const char *text, const quoted_t *as)
{
    const char *const examples[] = {
        apr_psprintf(units_pool, "curl -i -u %s&#39; https://", as->shell),
        apr_psprintf(units_pool, "curl -i -u %s:" TOKEN "' https://",
                     as->shell),
        apr_psprintf(units_pool, "machine jira.example.org login %s password "
                     TOKEN, as->netrc),
        apr_psprintf(units_pool, "git clone https://%s@jira.example.org:8443/"
                     "PATH/REPOSITORY.git", as->url),
        apr_psprintf(units_pool, "username=%s&#39; password=" TOKEN " | ",
                     as->shell),
        apr_psprintf(units_pool, " auth=(%s, \"" TOKEN "\")", as->string),
        apr_psprintf(units_pool, "basic_auth=(%s, \"" TOKEN "\")",
                     as->string),
        apr_psprintf(units_pool, "{ email: %s, apiToken: \"" TOKEN "\" }",
                     as->string),
        apr_psprintf(units_pool, "$who = %s + ':" TOKEN "'", as->powershell),
        apr_psprintf(units_pool, "String who = %s + \":" TOKEN "\";",
                     as->string),
        apr_psprintf(units_pool, "var who = %s + \":" TOKEN "\";",
                     as->string),
        apr_psprintf(units_pool, "SetBasicAuth(%s, \"" TOKEN "\")",
                     as->string),
        apr_psprintf(units_pool, "&lt;username&gt;%s&lt;/username&gt;",
                     as->xml),
        apr_psprintf(units_pool, "siteUsername=%s sitePassword=" TOKEN,
                     as->properties),
        apr_psprintf(units_pool, "_auth=$(printf %%s %s:" TOKEN "' | base64 ",
                     as->shell),
        apr_psprintf(units_pool, "--index-url=https://%s:" TOKEN "@jira.",
                     as->url),
        apr_psprintf(units_pool, "user=%s&#39; pass=" TOKEN, as->shell),
        apr_psprintf(units_pool, "--username %s&#39; https://", as->shell),
        apr_psprintf(units_pool, "/mnt %s " TOKEN, as->netrc),
        apr_psprintf(units_pool, "* /user:%s", as->powershell),
        apr_psprintf(units_pool, "printf %%s %s:" TOKEN "' | base64 -w0",
                     as->shell),
        apr_psprintf(units_pool, "-u %s&#39;:\"$SITE_TOKEN\" https://",
                     as->shell)
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(examples); i++) {
        check_has(text, examples[i]);
    }
}

START_TEST(test_a_hostile_user_name_is_quoted_for_each_program)
{
    size_t i;
    size_t j;

    for (i = 0; i < UNITS_COUNT(quoted); i++) {
        jt_view_frame_t frame = view_frame(quoted[i].user);

        for (j = 0; j < UNITS_COUNT(pages); j++) {
            const char *page = render(pages[j], &frame);

            check_quoted(view_text(page), &quoted[i]);
            ck_assert_int_eq(units_occurrences(page, "<pre>"),
                             units_occurrences(page, "</pre>"));
        }
    }
}
END_TEST

START_TEST(test_only_the_first_example_is_open)
{
    jt_view_frame_t frame = view_frame("alice");
    size_t i;

    for (i = 0; i < UNITS_COUNT(pages); i++) {
        const char *page = render(pages[i], &frame);

        ck_assert_int_eq(units_occurrences(page, "<details "), 22);
        ck_assert_int_eq(
            units_occurrences(page, "<details name=\"recipe\" id=\"recipe-"),
            22);
        ck_assert_int_eq(units_occurrences(page, " open>"), 1);
        check_has(page, "id=\"recipe-looker\" open><summary>Looker Studio");
    }
}
END_TEST

START_TEST(test_both_pages_have_the_same_examples)
{
    jt_view_frame_t frame = view_frame("alice");
    const char *begin = "<section class=\"recipes\">";

    ck_assert_str_eq(view_between(render("connect", &frame), begin,
                                  "</section>"),
                     view_between(render("shown", &frame), begin,
                                  "</section>"));
}
END_TEST

START_TEST(test_the_browser_fills_in_this_servers_address)
{
    jt_view_frame_t frame = view_frame("alice");
    const char *page = render("connect", &frame);

    check_has(page, "<code id=\"address\" class=\"copied\"><span data-url>"
                    "<span data-scheme>https</span>://"
                    "<span data-host>jira.example.org:8443</span>/</span>"
                    "</code>");
    check_has(page, "machine <span data-hostname>jira.example.org</span>");
    check_lacks(page, "id=\"service\"");
    check_lacks(page, "data-protocol");
}
END_TEST

static jt_view_frame_t with_services(const jt_url_service_t *services,
                                     int count)
{
    jt_view_frame_t frame = view_frame("alice");
    apr_array_header_t *made = apr_array_make(units_pool, count,
                                              sizeof(*services));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(made, jt_url_service_t) = services[i];
    }
    frame.services = made;
    return frame;
}

START_TEST(test_one_service_takes_the_place_of_this_server)
{
    static const jt_url_service_t service = {
        "https://files.example:444/a/b.txt", "Files"
    };
    jt_view_frame_t frame = with_services(&service, 1);
    const char *page = render("connect", &frame);
    const char *text = view_text(page);

    check_has(page, "<span data-url>https://files.example:444/a/b.txt</span>");
    check_has(text, "curl -i -n https://files.example:444/a/b.txt ");
    check_has(text, "machine files.example login alice ");
    check_has(text, "git clone https://alice@files.example:444/a/b.txt/"
                    "PATH/REPOSITORY.git ");
    check_has(text, "svn checkout --username &#39;alice&#39; "
                    "https://files.example:444/a/b.txt/PATH ");
    check_has(text, "alice:" TOKEN "@files.example:444/a/b.txt/ PACKAGE ");
    check_has(text, "vendor=other");
    check_lacks(page, "data-scheme");
    check_lacks(page, "data-host");
    check_lacks(page, "jira.example.org");
    check_lacks(page, "id=\"service\"");
    check_lacks(page, "PATH/ ");
}
END_TEST

static const jt_url_service_t several[] = {
    { "https://jira.example/", "Jira & <more>" },
    { "http://[2001:db8::1]:80/git/hello.git", "Code" },
    { "https://svn.example/r", "https://svn.example/r" },
    { "https://x.example/svn/project", "https://x.example/svn/project" },
    { "https://x.example/other.git", "Other" }
};

START_TEST(test_git_and_subversion_take_the_address_that_is_theirs)
{
    jt_view_frame_t frame = with_services(several, UNITS_COUNT(several));
    const char *text = read_page("connect", &frame);

    check_has(text, "curl -i -n https://jira.example/ ");
    check_has(text, "git clone http://alice@[2001:db8::1]:80/git/hello.git ");
    check_has(text, "url=http://[2001:db8::1]:80/git/hello.git username=");
    check_has(text, "&#39;alice&#39; https://svn.example/r ");
}
END_TEST

START_TEST(test_svn_in_a_host_is_none_in_a_path)
{
    static const jt_url_service_t hosts[] = {
        { "https://svn.example/r", "Revisions" },
        { "https://x.example/SVN/project", "Project" }
    };
    jt_view_frame_t frame = with_services(hosts, UNITS_COUNT(hosts));

    check_has(read_page("connect", &frame),
              "&#39;alice&#39; https://x.example/SVN/project ");
}
END_TEST

START_TEST(test_several_services_are_a_choice_with_their_titles)
{
    jt_view_frame_t frame = with_services(several, UNITS_COUNT(several));
    size_t i;

    for (i = 0; i < UNITS_COUNT(pages); i++) {
        const char *page = render(pages[i], &frame);

        ck_assert_int_eq(units_occurrences(page, "<option "), 5);
        check_has(page, ">Jira &amp; &lt;more&gt;</option>");
        check_has(page, "<option data-url=\"https://jira.example/\" "
                        "data-protocol=\"https\" "
                        "data-folder=\"jira.example/\" "
                        "data-machine=\"jira.example\" "
                        "data-gitprotocol=\"http\" "
                        "data-gitrest=\"[2001:db8::1]:80/git/hello.git\" "
                        "data-svn=\"https://svn.example/r\">");
        check_has(page, "data-machine=\"[2001:db8::1]\"");
        /* The chosen one comes before the first of its kind. */
        check_has(page, "data-gitrest=\"x.example/other.git\" "
                        "data-svn=\"https://svn.example/r\">Other<");
        check_has(page, "data-svn=\"https://x.example/svn/project\">https:");
        /* Without a script: all but the first, a title once. */
        check_has(view_text(view_between(page, "<ul><li>", "</ul>")),
                  "Code: http://[2001:db8::1]:80/git/hello.git"
                  "https://svn.example/r");
    }
}
END_TEST

Suite *units_view_recipes(void)
{
    Suite *suite = suite_create("view_recipes");
    TCase *names = units_case(suite, "names");
    TCase *addresses = units_case(suite, "addresses");

    tcase_add_test(names, test_a_hostile_user_name_is_quoted_for_each_program);
    tcase_add_test(names, test_only_the_first_example_is_open);
    tcase_add_test(names, test_both_pages_have_the_same_examples);
    tcase_add_test(addresses, test_the_browser_fills_in_this_servers_address);
    tcase_add_test(addresses, test_one_service_takes_the_place_of_this_server);
    tcase_add_test(addresses,
                   test_git_and_subversion_take_the_address_that_is_theirs);
    tcase_add_test(addresses, test_svn_in_a_host_is_none_in_a_path);
    tcase_add_test(addresses,
                   test_several_services_are_a_choice_with_their_titles);
    return suite;
}
