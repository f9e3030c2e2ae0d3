/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_reason.c: what a log repeats of a driver's words. The words are
 * those of libpq 15 and of MariaDB's client library.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_reason.h"

#define TO "connection to server at \"db\" (10.0.0.7), port 5432 failed: "
#define PARAMS "host=db dbname=tokens user=httpd password=hunter2"

START_TEST(test_words_without_secrets_stay_as_they_are)
{
    static const char *const words[][2] = {
        { PARAMS, TO "Connection refused" },
        { PARAMS, TO "FATAL:  password authentication failed for user "
                  "\"httpd\"" },
        { PARAMS, TO "FATAL:  database \"tokens\" does not exist" },
        { "host=db,user=httpd,pass=hunter2",
          "Access denied for user 'httpd'@'10.0.0.1' (using password: YES)" },
        { "host = db  user = 'httpd'  password = 'hunter2'",
          "could not translate host name \"db\" to address: Name or service "
          "not known" },
        { "", "unable to open database file" },
        { PARAMS, "hunter22 is not hunter, nor is ahunter2" },
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(words); i++) {
        ck_assert_str_eq(jt_reason_clean(words[i][1], words[i][0],
                                         units_pool), words[i][1]);
    }
}
END_TEST

START_TEST(test_what_may_be_of_a_password_is_hidden)
{
    /* S04: DBDParams, what the driver says, what is logged. */
    static const char *const cases[][3] = {
        { "host=db password=my secret", "missing \"=\" after \"secret\" in "
          "connection info string", "missing \"=\" after \"***\" in "
          "connection info string" },
        { "host=db password=a b=c", "invalid connection option \"b\"",
          "invalid connection option \"***\"" },
        { PARAMS, "\"hunter2\"", "\"***\"" },
        { PARAMS, "hunter2", "***" },
        { PARAMS, "x=hunter2;hunter2 hunter2", "x=***;*** ***" },
        { "password=hunter2 host=db", "(hunter2)", "(***)" },
        { "password = 'two words' host=db", "\"two\" \"words\"",
          "\"***\" \"***\"" },
        { "password='it''s' host=db", "it s", "*** ***" },
        { "user=httpd,pass=hunter2,host=db", "hunter2", "***" },
        { "user=hunter2 password=hunter2", "user \"hunter2\"", "user \"***\"" },
        { "password=password", "password", "***" },
        { "passwd=hunter2", "invalid connection option \"passwd\" hunter2",
          "invalid connection option \"***\" ***" },
        { "sslpassword=hunter2", "hunter2", "***" },
        { "postgresql://httpd:hunter2@db/tokens", "invalid port in URI: "
          "\"postgresql://httpd:hunter2@db/tokens\"", "invalid port in URI: "
          "\"***://***:***@***/***\"" },
        { "options='-c a' hunter2", "hunter2 a", "*** a" },
        { "options='never closed hunter2", "closed", "closed" },
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(jt_reason_clean(cases[i][1], cases[i][0],
                                         units_pool), cases[i][2]);
    }
}
END_TEST

START_TEST(test_details_are_left_out_and_every_try_stays)
{
    static const char *const cases[][2] = {
        { "one\nDETAIL:  hidden\nHINT:  hidden\n", "one" },
        { TO "Connection refused\n\tIs the server running on that host?\n"
          TO "FATAL:  no entry\n", TO "Connection refused; " TO
          "FATAL:  no entry" },
        { "\r\none\r\n", "one" },
        { "\n\n", "" },
        { "", "" },
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        ck_assert_str_eq(jt_reason_clean(cases[i][0], PARAMS, units_pool),
                         cases[i][1]);
    }
    ck_assert_str_eq(jt_reason_clean(NULL, PARAMS, units_pool), "");
}
END_TEST

START_TEST(test_advice_is_about_the_last_try)
{
    static const char certificate[] =
        TO "could not open certificate file \"/root/.postgresql/"
           "postgresql.crt\": Permission denied";
    static const struct {
        const char *words;
        const char *part; /* of the advice */
    } cases[] = {
        { TO "FATAL:  Peer authentication failed for user \"httpd\"",
          "pg_ident.conf" },
        { TO "fe_sendauth: no password supplied", "passfile=" },
        { TO "FATAL:  unsupported startup parameter: options", "ALTER ROLE" },
    };
    const char *both;
    size_t i;

    ck_assert_ptr_null(jt_reason_find_advice(""));
    ck_assert_ptr_null(jt_reason_find_advice(TO "Connection refused"));
    ck_assert_ptr_nonnull(strstr(jt_reason_find_advice(certificate), "HOME"));
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        both = apr_pstrcat(units_pool, certificate, "; ", cases[i].words,
                           NULL);
        ck_assert_ptr_nonnull(strstr(jt_reason_find_advice(both),
                                     cases[i].part));
    }
    both = apr_pstrcat(units_pool, certificate, "; ", TO
                       "FATAL:  password authentication failed", NULL);
    ck_assert_ptr_null(jt_reason_find_advice(both));
}
END_TEST

Suite *units_reason(void)
{
    Suite *suite = suite_create("reason");
    TCase *words = units_case(suite, "words");

    tcase_add_test(words, test_words_without_secrets_stay_as_they_are);
    tcase_add_test(words, test_what_may_be_of_a_password_is_hidden);
    tcase_add_test(words, test_details_are_left_out_and_every_try_stays);
    tcase_add_test(words, test_advice_is_about_the_last_try);
    return suite;
}
