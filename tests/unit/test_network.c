/* SPDX-License-Identifier: Apache-2.0
 *
 * Which texts are networks, how they are written, and what is in them.
 */
#include "units.h"

#include <string.h>

#include "core/jt_network.h"

START_TEST(test_a_network_has_one_text)
{
    static const struct {
        const char *text;
        const char *canonical; /* on FINE and HOST */
        jt_network_fault_t fault;
    } cases[] = {
        { "10.0.0.0/8", "10.0.0.0/8", JT_NETWORK_FINE },
        { "10.0.0.1", "10.0.0.1", JT_NETWORK_FINE },
        { "10.0.0.1/32", "10.0.0.1", JT_NETWORK_FINE },
        { "0.0.0.0/1", "0.0.0.0/1", JT_NETWORK_FINE },
        { "255.255.255.255", "255.255.255.255", JT_NETWORK_FINE },
        { "192.0.2.128/25", "192.0.2.128/25", JT_NETWORK_FINE },
        { "2001:DB8::/32", "2001:db8::/32", JT_NETWORK_FINE },
        { "2001:0db8:0:0:0:0:0:1", "2001:db8::1", JT_NETWORK_FINE },
        { "::1/128", "::1", JT_NETWORK_FINE },
        { "8000::/1", "8000::/1", JT_NETWORK_FINE },
        { "::ffff:10.0.0.0/104", "10.0.0.0/8", JT_NETWORK_FINE },
        { "::ffff:192.0.2.1", "192.0.2.1", JT_NETWORK_FINE },
        { "::FFFF:c000:201/128", "192.0.2.1", JT_NETWORK_FINE },
        { "10.0.0.1/8", "10.0.0.0/8", JT_NETWORK_HOST },
        { "192.0.2.129/25", "192.0.2.128/25", JT_NETWORK_HOST },
        { "128.0.0.0/1", "128.0.0.0/1", JT_NETWORK_FINE },
        { "64.0.0.0/1", "0.0.0.0/1", JT_NETWORK_HOST },
        { "2001:db8::1/64", "2001:db8::/64", JT_NETWORK_HOST },
        { "::ffff:10.0.0.1/104", "10.0.0.0/8", JT_NETWORK_HOST },
        { "10.0.0.0/33", NULL, JT_NETWORK_BITS },
        { "10.0.0.0/128", NULL, JT_NETWORK_BITS },
        { "::/129", NULL, JT_NETWORK_BITS }, { "::/999", NULL, JT_NETWORK_BITS },
        { "0.0.0.0/0", NULL, JT_NETWORK_ALL }, { "::/0", NULL, JT_NETWORK_ALL },
        { "10.0.0.1/0", NULL, JT_NETWORK_ALL },
        { "::ffff:0:0/96", NULL, JT_NETWORK_ALL },
        { "", NULL, JT_NETWORK_FORM }, { "/8", NULL, JT_NETWORK_FORM },
        { "10", NULL, JT_NETWORK_FORM }, { "10.1", NULL, JT_NETWORK_FORM },
        { "10.", NULL, JT_NETWORK_FORM }, { "10.0.0", NULL, JT_NETWORK_FORM },
        { "10.0.0.0.0", NULL, JT_NETWORK_FORM },
        { "10.0.0.256", NULL, JT_NETWORK_FORM },
        { "010.0.0.1", NULL, JT_NETWORK_FORM },
        { "0x0a.0.0.1", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/08", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/8/8", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/-8", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/+8", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/ 8", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/8 ", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/1000", NULL, JT_NETWORK_FORM },
        { "10.0.0.0/255.0.0.0", NULL, JT_NETWORK_FORM },
        { " 10.0.0.0", NULL, JT_NETWORK_FORM },
        { "10.0.0.0 ", NULL, JT_NETWORK_FORM },
        { "fe80::1%eth0", NULL, JT_NETWORK_FORM },
        { "[::1]", NULL, JT_NETWORK_FORM }, { "::1::", NULL, JT_NETWORK_FORM },
        { ":", NULL, JT_NETWORK_FORM }, { "1:2:3", NULL, JT_NETWORK_FORM },
        { "localhost", NULL, JT_NETWORK_FORM }, { "*", NULL, JT_NETWORK_FORM },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:/8",
          NULL, JT_NETWORK_FORM }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        char text[JT_NETWORK_SIZE];
        jt_network_t network;
        jt_network_fault_t fault = jt_network_parse(
            cases[i].text, strlen(cases[i].text), &network);

        ck_assert_msg(fault == cases[i].fault, "%s: %d", cases[i].text, fault);
        if (cases[i].canonical) {
            jt_network_format(&network, text);
            ck_assert_str_eq(text, cases[i].canonical);
        }
    }
}
END_TEST

START_TEST(test_a_text_ends_where_its_length_says)
{
    jt_network_t network;

    ck_assert_int_eq(jt_network_parse("10.0.0.0/8,x", 10, &network),
                     JT_NETWORK_FINE);
    ck_assert_int_eq(network.bits, 8);
    ck_assert_int_eq(jt_network_parse("10.0.0.0/8", 8, &network),
                     JT_NETWORK_FINE);
    ck_assert_int_eq(network.bits, 32);
    ck_assert_int_eq(jt_network_parse("10.0.0.1\0" "2", 10, &network),
                     JT_NETWORK_FORM);
}
END_TEST

START_TEST(test_an_address_is_in_a_network_by_its_first_bits)
{
    static const struct {
        const char *network;
        const char *address;
        int has;
    } cases[] = {
        { "10.0.0.0/8", "10.255.255.255", 1 }, { "10.0.0.0/8", "11.0.0.0", 0 },
        { "10.0.0.0/8", "9.255.255.255", 0 },
        { "10.0.0.0/8", "::ffff:10.1.2.3", 1 },
        { "192.0.2.1", "192.0.2.1", 1 }, { "192.0.2.1", "192.0.2.0", 0 },
        { "192.0.2.0/31", "192.0.2.1", 1 }, { "192.0.2.0/31", "192.0.2.2", 0 },
        { "128.0.0.0/1", "255.0.0.1", 1 }, { "128.0.0.0/1", "127.0.0.1", 0 },
        { "2001:db8::/32", "2001:db8:ffff::1", 1 },
        { "2001:db8::/32", "2001:db9::1", 0 },
        { "2001:db8::/33", "2001:db8:8000::1", 0 },
        { "::/1", "10.0.0.1", 0 }, { "::ffff:0:0/95", "10.0.0.1", 0 },
        { "0.0.0.0/1", "::1", 0 }, { "::1", "::1", 1 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_network_t network;
        jt_network_t address;

        (void)jt_network_parse(cases[i].network, strlen(cases[i].network),
                               &network);
        ck_assert_int_eq(jt_network_parse(cases[i].address,
                                          strlen(cases[i].address), &address),
                         JT_NETWORK_FINE);
        ck_assert_msg(jt_network_has(&network, &address) == cases[i].has,
                      "%s in %s", cases[i].address, cases[i].network);
    }
}
END_TEST

Suite *units_network(void)
{
    Suite *suite = suite_create("network");
    TCase *texts = units_case(suite, "texts");

    tcase_add_test(texts, test_a_network_has_one_text);
    tcase_add_test(texts, test_a_text_ends_where_its_length_says);
    tcase_add_test(texts, test_an_address_is_in_a_network_by_its_first_bits);
    return suite;
}
