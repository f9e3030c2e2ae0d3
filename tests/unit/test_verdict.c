/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of verdicts: what must hold of every row, whichever there are.
 */
#include "units.h"

#include <limits.h>
#include <string.h>

#include "core/jt_verdict.h"

START_TEST(test_zeroed_memory_refuses)
{
    jt_verdict_t verdict;

    memset(&verdict, 0, sizeof(verdict));
    ck_assert_int_eq(verdict, JT_VERDICT_UNKNOWN);
    ck_assert_int_eq(jt_verdict_row(verdict)->answer, JT_ANSWER_REFUSE);
    ck_assert_int_eq(JT_ANSWER_REFUSE, 0);
}
END_TEST

START_TEST(test_only_granted_lets_in)
{
    unsigned i;

    for (i = 0; i < JT_VERDICTS; i++) {
        ck_assert_msg((jt_verdict_row(i)->answer == JT_ANSWER_LET_IN)
                          == (i == JT_VERDICT_GRANTED),
                      "%s", jt_verdict_row(i)->reason);
    }
}
END_TEST

START_TEST(test_only_what_is_no_token_of_ours_is_passed_on)
{
    unsigned i;

    for (i = 0; i < JT_VERDICTS; i++) {
        ck_assert_msg((jt_verdict_row(i)->answer == JT_ANSWER_PASS_ON)
                          == (i == JT_VERDICT_FOREIGN),
                      "%s", jt_verdict_row(i)->reason);
    }
}
END_TEST

START_TEST(test_any_other_number_is_answered_as_unknown)
{
    static const int numbers[] = {
        -1, JT_VERDICTS, JT_VERDICTS + 1, 255, INT_MAX, INT_MIN
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(numbers); i++) {
        ck_assert_ptr_eq(jt_verdict_row((jt_verdict_t)numbers[i]),
                         jt_verdict_row(JT_VERDICT_UNKNOWN));
    }
}
END_TEST

START_TEST(test_every_verdict_has_a_reason_of_its_own)
{
    unsigned i;
    unsigned other;

    for (i = 0; i < JT_VERDICTS; i++) {
        const char *reason = jt_verdict_row(i)->reason;

        ck_assert_ptr_nonnull(reason);
        ck_assert_str_ne(reason, "");
        for (other = 0; other < i; other++) {
            ck_assert_str_ne(reason, jt_verdict_row(other)->reason);
        }
    }
}
END_TEST

/* The log is key=value, and a space would end the value. */
START_TEST(test_a_reason_is_one_word)
{
    unsigned i;

    for (i = 0; i < JT_VERDICTS; i++) {
        const char *reason = jt_verdict_row(i)->reason;

        ck_assert_msg(!reason[strcspn(reason, " \t\r\n\"=")], "%s", reason);
    }
}
END_TEST

START_TEST(test_every_refusal_is_counted)
{
    unsigned i;

    for (i = 0; i < JT_VERDICTS; i++) {
        const jt_verdict_row_t *row = jt_verdict_row(i);

        ck_assert_msg((row->answer == JT_ANSWER_REFUSE
                       || row->answer == JT_ANSWER_FORBID)
                          == (row->counter != NULL), "%s", row->reason);
    }
}
END_TEST

START_TEST(test_a_counter_has_words_and_nothing_else_has)
{
    unsigned i;

    for (i = 0; i < JT_VERDICTS; i++) {
        const jt_verdict_row_t *row = jt_verdict_row(i);

        ck_assert_msg((row->counter == NULL) == (row->words == NULL),
                      "%s", row->reason);
        ck_assert(!row->counter || (row->counter[0] && row->words[0]));
    }
}
END_TEST

/* Whoever guesses learns nothing: the header is for the token's holder, or says
 * what everybody can see in the text. */
START_TEST(test_only_the_holder_and_the_text_have_a_status)
{
    static const char *const expected[JT_VERDICTS] = {
        [JT_VERDICT_EXPIRED] = "expired",
        [JT_VERDICT_IDLE] = "idle",
        [JT_VERDICT_ACCOUNT] = "account",
        [JT_VERDICT_OWNER] = "owner-not-seen",
        [JT_VERDICT_MISTYPED] = "malformed",
        [JT_VERDICT_MALFORMED] = "malformed",
        [JT_VERDICT_RESTRICTED] = "restriction",
        [JT_VERDICT_ADDRESS] = "address",
        [JT_VERDICT_METHOD] = "method",
        [JT_VERDICT_AREA] = "area"
    };
    unsigned i;

    for (i = 0; i < JT_VERDICTS; i++) {
        ck_assert_pstr_eq(jt_verdict_row(i)->status, expected[i]);
    }
}
END_TEST

Suite *units_verdict(void)
{
    Suite *suite = suite_create("verdict");
    TCase *rows = units_case(suite, "rows");

    tcase_add_test(rows, test_zeroed_memory_refuses);
    tcase_add_test(rows, test_only_granted_lets_in);
    tcase_add_test(rows, test_only_what_is_no_token_of_ours_is_passed_on);
    tcase_add_test(rows, test_any_other_number_is_answered_as_unknown);
    tcase_add_test(rows, test_every_verdict_has_a_reason_of_its_own);
    tcase_add_test(rows, test_a_reason_is_one_word);
    tcase_add_test(rows, test_every_refusal_is_counted);
    tcase_add_test(rows, test_a_counter_has_words_and_nothing_else_has);
    tcase_add_test(
        rows, test_only_the_holder_and_the_text_have_a_status);
    return suite;
}
