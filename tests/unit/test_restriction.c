/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of core/jt_restriction.c: what is understood, what it lets pass, and how
 * it is made of what people ask for.
 */
#include "units.h"

#include <apr_strings.h>

#include "core/jt_restriction.h"

/* By the text of the address. */
#define USE(address, reading, area, own) \
    { address, reading, area, own, NULL, 0 }

START_TEST(test_what_is_not_understood_is_refused)
{
    static const char *const texts[] = {
        "", " ", "full", "reads", "Read", "read ", " read", "read  areas=git",
        "read,areas=git", "read read", "areas=git read", "areas=", "areas=,",
        "areas=git,", "areas=,git", "areas=git,,wiki", "areas=Git",
        "areas=git_1", "areas=g t", "areas= git", "areas=git areas=wiki",
        "areas=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", /* 33 */
        "from=", "from=,", "from=10.0.0.0/8,", "from=,10.0.0.0/8",
        "from=10.0.0.1/8", "from=0.0.0.0/0", "from=10.1", "from=10.0.0.0/33",
        "from=localhost", "from=10.0.0.0/8 read", "from=10.0.0.0/8 areas=git",
        "from=192.0.2.1 from=192.0.2.2", "read write", "write", "none", "NULL",
        "read\nareas=git", "read\tareas=git", "read areas=git x",
        "from=\xff",
        "from=192.0.2.1,x"      /* also behind one that fits */
    };
    static const jt_restriction_use_t use = USE("192.0.2.1", 1, "git", 1);
    size_t i;

    for (i = 0; i < UNITS_COUNT(texts); i++) {
        jt_restriction_t limits;

        ck_assert_msg(jt_restriction_check(texts[i], &use)
                          == JT_RESTRICTION_UNKNOWN, "\"%s\"", texts[i]);
        ck_assert_msg(!jt_restriction_parse(texts[i], &limits), "\"%s\"",
                      texts[i]);
    }
}
END_TEST

#define FROM "from=10.0.0.0/8,2001:db8::/32"

START_TEST(test_a_use_has_to_be_within_each_restriction)
{
    static const struct {
        const char *text;
        jt_restriction_use_t use;
        jt_restriction_found_t found;
    } cases[] = {
        { NULL, USE(NULL, 0, NULL, 0), JT_RESTRICTION_FINE },
        { "read", USE(NULL, 1, NULL, 0), JT_RESTRICTION_FINE },
        { "read", USE(NULL, 0, NULL, 0), JT_RESTRICTION_METHOD },
        { "areas=git", USE(NULL, 0, "git", 0), JT_RESTRICTION_FINE },
        { "areas=git,wiki", USE(NULL, 0, "wiki", 0), JT_RESTRICTION_FINE },
        { "areas=git,wiki", USE(NULL, 0, "gi", 0), JT_RESTRICTION_AREA_OTHER },
        { "areas=git", USE(NULL, 0, "gits", 0), JT_RESTRICTION_AREA_OTHER },
        { "areas=git,wiki", USE(NULL, 0, "git,wiki", 0),
          JT_RESTRICTION_AREA_OTHER },
        { "areas=git", USE(NULL, 0, "", 0), JT_RESTRICTION_AREA_OTHER },
        { "areas=git", USE(NULL, 0, NULL, 0), JT_RESTRICTION_AREA_OTHER },
        { FROM, USE("10.1.2.3", 0, NULL, 0), JT_RESTRICTION_FINE },
        { FROM, USE("::ffff:10.1.2.3", 0, NULL, 0), JT_RESTRICTION_FINE },
        { FROM, USE("2001:db8::5", 0, NULL, 0), JT_RESTRICTION_FINE },
        { FROM, USE("2001:db8::5%eth0", 0, NULL, 0), JT_RESTRICTION_FINE },
        { FROM, USE("192.0.2.1", 0, NULL, 0), JT_RESTRICTION_ADDRESS },
        { FROM, USE("::1", 0, NULL, 0), JT_RESTRICTION_ADDRESS },
        { FROM, USE("10.0.0.0/8", 0, NULL, 0), JT_RESTRICTION_ADDRESS },
        { FROM, USE("", 0, NULL, 0), JT_RESTRICTION_ADDRESS },
        { FROM, USE("unknown", 0, NULL, 0), JT_RESTRICTION_ADDRESS },
        { FROM, USE(NULL, 0, NULL, 0), JT_RESTRICTION_ADDRESS },
        /* the address first, then the method, then the area */
        { "read areas=git " FROM, USE("::1", 0, NULL, 0),
          JT_RESTRICTION_ADDRESS },
        { "read areas=git " FROM, USE("10.0.0.1", 0, NULL, 0),
          JT_RESTRICTION_METHOD },
        { "read areas=git " FROM, USE("10.0.0.1", 1, NULL, 0),
          JT_RESTRICTION_AREA_OTHER },
        { "read areas=git " FROM, USE("10.0.0.1", 1, "git", 0),
          JT_RESTRICTION_FINE },
        { "read " FROM, USE("10.0.0.1", 1, NULL, 0), JT_RESTRICTION_FINE }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_restriction_found_t found = jt_restriction_check(cases[i].text,
                                                            &cases[i].use);

        ck_assert_msg(found == cases[i].found, "%s, case %d: %d",
                      cases[i].text, (int)i, found);
    }
}
END_TEST

START_TEST(test_an_address_may_come_as_its_bytes)
{
    static const unsigned char four[] = { 10, 1, 2, 3 };
    static const unsigned char mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
                                            0xff, 10, 1, 2, 3 };
    static const unsigned char six[] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,
                                         0, 0, 0, 0, 0, 0, 0, 5 };
    static const unsigned char other[] = { 192, 0, 2, 1 };
    static const struct {
        const unsigned char *bytes;
        int size;
        jt_restriction_found_t found;
    } cases[] = {
        { four, 4, JT_RESTRICTION_FINE }, { mapped, 16, JT_RESTRICTION_FINE },
        { six, 16, JT_RESTRICTION_FINE }, { other, 4, JT_RESTRICTION_ADDRESS }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_restriction_use_t use = USE(NULL, 0, NULL, 0);

        use.bytes = cases[i].bytes;
        use.bytes_size = cases[i].size;
        ck_assert_int_eq(jt_restriction_check(FROM, &use), cases[i].found);
    }
}
END_TEST

START_TEST(test_a_token_asks_about_itself_from_its_addresses_alone)
{
    static const struct {
        const char *text;
        const char *address;
        jt_restriction_found_t found;
    } cases[] = {
        { "read areas=git", NULL, JT_RESTRICTION_FINE },
        { "read " FROM, "10.0.0.1", JT_RESTRICTION_FINE },
        { "read " FROM, "::1", JT_RESTRICTION_ADDRESS },
        { "read write", "::1", JT_RESTRICTION_UNKNOWN },
        { NULL, NULL, JT_RESTRICTION_FINE }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_restriction_use_t use = USE(cases[i].address, 0, NULL, 1);

        ck_assert_int_eq(jt_restriction_check(cases[i].text, &use),
                         cases[i].found);
    }
}
END_TEST

/* @param words with blanks between them; NULL: no list */
static apr_array_header_t *split(const char *words)
{
    apr_array_header_t *made = apr_array_make(units_pool, 2,
                                              sizeof(const char *));
    char *state = NULL;
    char *word = words ? apr_strtok(apr_pstrdup(units_pool, words), " ", &state)
                       : NULL;

    while (word) {
        APR_ARRAY_PUSH(made, const char *) = word;
        word = apr_strtok(NULL, " ", &state);
    }
    return words ? made : NULL;
}

/* The site's areas, of these names. */
static apr_array_header_t *make_areas(const char *words)
{
    const apr_array_header_t *names = split(words);
    apr_array_header_t *made = apr_array_make(units_pool, 2,
                                              sizeof(jt_restriction_area_t));
    int i;

    for (i = 0; i < names->nelts; i++) {
        jt_restriction_area_t *area = apr_array_push(made);

        area->name = APR_ARRAY_IDX(names, i, const char *);
        area->title = "A title";
    }
    return made;
}

START_TEST(test_a_wish_becomes_a_text_or_a_fault_in_words)
{
    static const struct {
        int is_read_only;
        const char *areas;
        const char *networks;
        jt_restriction_fault_t fault;
        const char *words; /* the text, or `what` */
    } cases[] = {
        { 0, NULL, NULL, JT_RESTRICTION_NO_FAULT, NULL },
        { 1, NULL, NULL, JT_RESTRICTION_NO_FAULT, "read" },
        { 0, "wiki git", NULL, JT_RESTRICTION_NO_FAULT, "areas=git,wiki" },
        { 0, "git git", NULL, JT_RESTRICTION_NO_FAULT, "areas=git" },
        { 0, NULL, "10.0.0.0/8 ::ffff:10.0.0.0/104 2001:DB8::/32",
          JT_RESTRICTION_NO_FAULT, "from=10.0.0.0/8,2001:db8::/32" },
        { 1, "git", "192.0.2.1/32", JT_RESTRICTION_NO_FAULT,
          "read areas=git from=192.0.2.1" },
        { 0, "git svn", NULL, JT_RESTRICTION_NO_AREA, "svn" },
        { 0, "GIT", NULL, JT_RESTRICTION_NO_AREA, "GIT" },
        { 0, "git,wiki", NULL, JT_RESTRICTION_NO_AREA, "git,wiki" },
        { 0, "", NULL, JT_RESTRICTION_NOTHING, NULL },
        { 0, NULL, "", JT_RESTRICTION_NOTHING, NULL },
        { 0, NULL, "10.0.0.0/8 10.0.0.1/8", JT_RESTRICTION_HOST, "10.0.0.1/8" },
        { 0, NULL, "0.0.0.0/0", JT_RESTRICTION_ALL, "0.0.0.0/0" },
        { 0, NULL, "10.1", JT_RESTRICTION_NO_NETWORK, "10.1" },
        { 0, NULL, "10.0.0.0/8,::1", JT_RESTRICTION_NO_NETWORK,
          "10.0.0.0/8,::1" },
        { 0, NULL, "10.0.0.0/40", JT_RESTRICTION_WIDE, "10.0.0.0/40" },
        { 0, NULL, "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 "
          "1.1.1.8 1.1.1.9 1.1.1.10 1.1.1.11 1.1.1.12 1.1.1.13 1.1.1.14 "
          "1.1.1.15 1.1.1.16 1.1.1.16",
          JT_RESTRICTION_NO_FAULT, "from=1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,"
          "1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9,1.1.1.10,1.1.1.11,1.1.1.12,"
          "1.1.1.13,1.1.1.14,1.1.1.15,1.1.1.16" },
        { 0, NULL, "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 "
          "1.1.1.8 1.1.1.9 1.1.1.10 1.1.1.11 1.1.1.12 1.1.1.13 1.1.1.14 "
          "1.1.1.15 1.1.1.16 1.1.1.17", JT_RESTRICTION_MANY, "1.1.1.17" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_restriction_wish_t wish = { cases[i].is_read_only,
                                       split(cases[i].areas),
                                       split(cases[i].networks) };
        jt_restriction_made_t made;

        jt_restriction_make(&wish, make_areas("git wiki"), &made, units_pool);
        ck_assert_msg(made.fault == cases[i].fault, "case %d: %d", (int)i,
                      made.fault);
        ck_assert_pstr_eq(made.fault == JT_RESTRICTION_NO_FAULT ? made.text
                                                                : made.what,
                          cases[i].words);
        ck_assert(made.fault == JT_RESTRICTION_NO_FAULT || !made.text);
    }
}
END_TEST

START_TEST(test_a_network_that_has_an_address_comes_with_the_one_that_was_meant)
{
    jt_restriction_wish_t wish = { 0, NULL, split("10.0.0.1/8") };
    jt_restriction_made_t made;

    jt_restriction_make(&wish, NULL, &made, units_pool);
    ck_assert_str_eq(made.meant, "10.0.0.0/8");
}
END_TEST

Suite *units_restriction(void)
{
    Suite *suite = suite_create("restriction");
    TCase *check = units_case(suite, "check");
    TCase *make = units_case(suite, "make");

    tcase_add_test(check, test_what_is_not_understood_is_refused);
    tcase_add_test(check, test_an_address_may_come_as_its_bytes);
    tcase_add_test(check, test_a_use_has_to_be_within_each_restriction);
    tcase_add_test(
        check, test_a_token_asks_about_itself_from_its_addresses_alone);
    tcase_add_test(make, test_a_wish_becomes_a_text_or_a_fault_in_words);
    tcase_add_test(
        make,
        test_a_network_that_has_an_address_comes_with_the_one_that_was_meant);
    return suite;
}
