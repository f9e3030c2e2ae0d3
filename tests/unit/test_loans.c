/* SPDX-License-Identifier: Apache-2.0
 *
 * A child's connections to one database: who gets one, who may open another,
 * and who waits. The clock is an argument, and the pool is played.
 */
#include "units.h"

#include <apr_atomic.h>
#include <sched.h>
#include <stdlib.h>

#include "crowd.h"
#include "state/jt_loans.h"

/* In milliseconds, see state/jt_loans.c. */
#define OPENING 1000
#define HELD_UP 100
#define PAUSE 1000

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

#define NONE JT_LOANS_NONE
#define TAKE JT_LOANS_TAKE
#define OPEN JT_LOANS_OPEN

static void check_right(jt_loans_t *loans, jt_ticks_t now,
                        jt_loans_right_t expected)
{
    ck_assert_int_eq(jt_loans_begin(loans, now), expected);
}

/* The pool opens a connection for somebody, who keeps it. */
static void open_one(jt_loans_t *loans, jt_ticks_t begun, jt_ticks_t now)
{
    check_right(loans, begun, OPEN);
    jt_loans_add(loans, 10);
    jt_loans_succeed(loans, OPEN, now);
}

/* @return loans of so many connections, all on loan, and no pause; one took
 *         nothing to open */
static jt_loans_t make_lent(apr_uint32_t count, jt_ticks_t now)
{
    jt_loans_t loans = { 0 };

    while (count--) {
        open_one(&loans, now, now);
    }
    return loans;
}

START_TEST(test_the_first_opens_and_the_others_wait)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_loans_t loans = { 0 };

        ck_assert_uint_eq(jt_loans_count(&loans), 0);
        ck_assert(!jt_loans_is_locked(&loans));
        check_right(&loans, bases[i], OPEN);
        ck_assert(jt_loans_is_locked(&loans));
        ck_assert_uint_eq(jt_loans_opening(&loans), bases[i]);
        check_right(&loans, bases[i], NONE);
        check_right(&loans, bases[i] + 2000, NONE);
        jt_loans_add(&loans, 10);
        ck_assert_uint_eq(jt_loans_count(&loans), 1);
        /* it is being prepared, for the one who opened it */
        check_right(&loans, bases[i] + 2000, NONE);
        jt_loans_succeed(&loans, OPEN, bases[i] + 2002);
        ck_assert(!jt_loans_is_locked(&loans));
        jt_loans_end(&loans);
        check_right(&loans, bases[i] + 2004, TAKE);
        jt_loans_succeed(&loans, TAKE, bases[i] + 2004);
    }
}
END_TEST

START_TEST(test_each_idle_connection_is_taken_once)
{
    jt_loans_t loans = make_lent(3, 1);

    jt_loans_end(&loans);
    jt_loans_end(&loans);
    check_right(&loans, 1, TAKE);
    check_right(&loans, 1, TAKE);
    check_right(&loans, 1, OPEN);
    check_right(&loans, 1, NONE);
}
END_TEST

/* The pool's lock is free for all: whoever may open one can be faster, and then
 * the other one opens it, for as long as that takes. */
START_TEST(test_who_takes_may_have_to_open_and_nobody_else_does_meanwhile)
{
    jt_loans_t loans = make_lent(1, 1000);
    jt_ticks_t now = 1000 + PAUSE;

    jt_loans_end(&loans);
    check_right(&loans, now, TAKE);
    check_right(&loans, now, OPEN);
    jt_loans_succeed(&loans, OPEN, now); /* with the idle one */
    ck_assert_int_ne(jt_loans_is_locked(&loans), 0);
    check_right(&loans, now + 1, NONE);
    check_right(&loans, now + 60000, NONE);
    jt_loans_add(&loans, 10);            /* by who was to take that */
    ck_assert_int_eq(jt_loans_is_locked(&loans), 0);
    jt_loans_succeed(&loans, TAKE, now + 60000);
    check_right(&loans, now + 60000, OPEN);
    jt_loans_fail(&loans, OPEN, now + 60000);
    jt_loans_end(&loans);
    check_right(&loans, now + 60000, TAKE);
}
END_TEST

START_TEST(test_no_more_are_opened_than_the_pool_may_have)
{
    jt_loans_t loans = { 0 };

    check_right(&loans, 1, OPEN);
    jt_loans_add(&loans, 2);
    jt_loans_succeed(&loans, OPEN, 1);
    check_right(&loans, 3, OPEN);
    jt_loans_add(&loans, 2);
    jt_loans_succeed(&loans, OPEN, 3);
    check_right(&loans, 5, NONE);
    check_right(&loans, 3600001, NONE);
    jt_loans_end(&loans);
    check_right(&loans, 3600003, TAKE);
}
END_TEST

START_TEST(test_without_a_pool_everybody_opens_one)
{
    jt_loans_t loans = { 0 };
    int i;

    check_right(&loans, 1, OPEN);
    jt_loans_add(&loans, 0);
    for (i = 0; i < 5; i++) {
        check_right(&loans, 1, TAKE);
    }
}
END_TEST

/* How long an opening took, and for how long it is followed by none. */
static const struct {
    apr_int32_t took;
    apr_int32_t after_success;
    apr_int32_t after_failure;
} pauses[] = {
    { 0, 0, PAUSE }, { 10, 10, PAUSE }, { 100, 100, PAUSE },
    { 300, 300, 3000 }, { 2000, 2000, 20000 }, { 300000, 30000, 30000 },
    { -3600000, 0, PAUSE } /* a clock that was set back */
};

/* @return the time from which on another may be opened, while the one that
 *         there is stays lent */
static jt_ticks_t find_next(jt_loans_t *loans, jt_ticks_t now)
{
    while (jt_loans_begin(loans, now) == NONE) {
        now++;
    }
    return now;
}

START_TEST(test_between_two_openings_the_connections_can_be_used)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        apr_int32_t took = pauses[_i].took;
        jt_ticks_t end = (bases[i] + (jt_ticks_t)took) | 1;
        jt_loans_t loans = make_lent(1, bases[i]);
        jt_loans_t others = make_lent(1, bases[i]);

        open_one(&loans, bases[i], end);
        ck_assert_int_le(abs((apr_int32_t)(find_next(&loans, end) - end)
                             - pauses[_i].after_success), 2);
        check_right(&others, bases[i], OPEN);
        jt_loans_fail(&others, OPEN, end);
        ck_assert_int_le(abs((apr_int32_t)(find_next(&others, end) - end)
                             - pauses[_i].after_failure), 2);
    }
}
END_TEST

START_TEST(test_a_pause_is_for_those_who_ask_for_another_one_only)
{
    jt_loans_t loans = make_lent(1, 1);

    check_right(&loans, 1, OPEN);
    jt_loans_fail(&loans, OPEN, 5001);
    check_right(&loans, 5003, NONE);
    jt_loans_end(&loans);
    check_right(&loans, 5003, TAKE);
    jt_loans_fail(&loans, TAKE, 5003);
    jt_loans_drop(&loans);
    ck_assert_uint_eq(jt_loans_count(&loans), 0);
    /* nothing is left that could be used in a pause */
    check_right(&loans, 5005, OPEN);
}
END_TEST

START_TEST(test_a_clock_that_is_set_back_ends_a_pause)
{
    jt_loans_t loans = make_lent(1, 3600001);

    check_right(&loans, 3600001, OPEN);
    jt_loans_fail(&loans, OPEN, 3600001);
    check_right(&loans, 3600003, NONE);
    check_right(&loans, 1, OPEN);
}
END_TEST

START_TEST(test_what_was_opened_for_others_is_taken)
{
    jt_loans_t loans = { 0 };

    jt_loans_add(&loans, 4);
    jt_loans_add(&loans, 4);
    check_right(&loans, 1, TAKE);
    check_right(&loans, 1, TAKE);
    check_right(&loans, 1, OPEN);
    jt_loans_add(&loans, 4);
    jt_loans_succeed(&loans, OPEN, 1);
    check_right(&loans, 1, OPEN);
}
END_TEST

/* How long ago an opening began, or ended. */
static const struct {
    apr_int32_t passed;
    int is_opening;
    int has_held_up;
} ages[] = {
    { 0, 1, 1 }, { HELD_UP - 1, 1, 1 }, { HELD_UP, 1, 0 },
    { OPENING - 1, 1, 0 }, { OPENING, 0, 0 }, { 3600000, 0, 0 },
    { 1 - JT_TICKS_SKEW, 1, 1 }, { -JT_TICKS_SKEW, 0, 0 },
    { -3600000, 0, 0 }
};

START_TEST(test_an_opening_is_waited_for_and_holds_up_those_who_return_theirs)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_ticks_t now = bases[i] + (jt_ticks_t)ages[_i].passed;
        jt_loans_t loans = { 0 };

        ck_assert(!jt_loans_is_opening(&loans, now));
        check_right(&loans, bases[i], OPEN);
        ck_assert_int_eq(jt_loans_is_opening(&loans, now),
                         ages[_i].is_opening);
        jt_loans_fail(&loans, OPEN, bases[i]);
        ck_assert_int_eq(jt_loans_is_opening(&loans, now),
                         ages[_i].has_held_up);
        loans = make_lent(1, bases[i]);
        ck_assert_int_eq(jt_loans_is_opening(&loans, now),
                         ages[_i].has_held_up);
    }
}
END_TEST

START_TEST(test_who_waits_shares_a_failure_when_there_is_no_connection)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_ticks_t now = bases[i];
        jt_loans_t loans = { 0 };

        ck_assert(!jt_loans_is_hopeless(&loans, now));
        check_right(&loans, now, OPEN);
        ck_assert(!jt_loans_is_hopeless(&loans, now));
        jt_loans_fail(&loans, OPEN, now + 100);
        ck_assert(jt_loans_is_hopeless(&loans, now));
        ck_assert(jt_loans_is_hopeless(&loans, now + 100));
        /* for the next ones the database may be back */
        ck_assert(!jt_loans_is_hopeless(&loans, now + 102));
        check_right(&loans, now + 102, OPEN);
        /* nor is it tried once more for those of before */
        ck_assert(jt_loans_is_hopeless(&loans, now));
        jt_loans_add(&loans, 10);
        ck_assert(!jt_loans_is_hopeless(&loans, now));
        jt_loans_succeed(&loans, OPEN, now + 104);
        jt_loans_end(&loans);
        jt_loans_drop(&loans);
        ck_assert(!jt_loans_is_hopeless(&loans, now));
    }
}
END_TEST

START_TEST(test_a_failure_is_nobody_else_s_while_there_are_connections)
{
    jt_loans_t loans = make_lent(1, 1);

    check_right(&loans, 3, OPEN);
    jt_loans_fail(&loans, OPEN, 5);
    ck_assert(!jt_loans_is_hopeless(&loans, 1));
    jt_loans_end(&loans);
    check_right(&loans, 7, TAKE);
    jt_loans_fail(&loans, TAKE, 7);
    jt_loans_drop(&loans);
    ck_assert(jt_loans_is_hopeless(&loans, 1));
}
END_TEST

/* A pool of a few connections for a crowd: what is open and idle in it is
 * counted with atomics, as what its users do with it. */

#define ROUNDS 300
#define MOST 3

typedef struct arena_t {
    jt_loans_t loans;
    volatile apr_uint32_t openers;
    volatile apr_uint32_t users;
    volatile apr_uint32_t used;
    volatile apr_uint32_t wrong;
} arena_t;

static void get_connection(arena_t *arena, jt_loans_right_t right, int round)
{
    if (right == OPEN) {
        if (apr_atomic_inc32(&arena->openers)) {
            apr_atomic_inc32(&arena->wrong);
        }
        sched_yield();
        apr_atomic_dec32(&arena->openers);
    }
    if (right == OPEN && round % 3 == 1) {
        jt_loans_fail(&arena->loans, OPEN, (jt_ticks_t)round);
        return;
    }
    if (right == OPEN) {
        jt_loans_add(&arena->loans, MOST);
    }
    jt_loans_succeed(&arena->loans, right, (jt_ticks_t)round);
    if (apr_atomic_inc32(&arena->users) >= MOST) {
        apr_atomic_inc32(&arena->wrong);
    }
    sched_yield();
    apr_atomic_dec32(&arena->users);
    apr_atomic_inc32(&arena->used);
    /* it is closed before it is returned, as one that has died */
    if (round % 7 == 0) {
        jt_loans_drop(&arena->loans);
    }
    jt_loans_end(&arena->loans);
}

static void use_connections(void *memory, int number)
{
    arena_t *arena = memory;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t now = (jt_ticks_t)(3600000 * (number + round)) | 1;
        jt_loans_right_t right;

        while ((right = jt_loans_begin(&arena->loans, now)) == NONE) {
            sched_yield();
            now += 1000;
        }
        get_connection(arena, right, round + number);
    }
}

START_TEST(test_of_a_crowd_one_opens_at_a_time_and_none_is_lost)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);
    apr_uint32_t count;
    apr_uint32_t i;

    crowd_meet(&crowd_kinds[_i], use_connections, arena);
    ck_assert_uint_eq(arena->wrong, 0);
    ck_assert_uint_gt(arena->used, 0);
    count = jt_loans_count(&arena->loans);
    ck_assert_uint_le(count, MOST);
    for (i = 0; i < count; i++) {
        check_right(&arena->loans, 1, TAKE);
    }
    ck_assert_int_ne(jt_loans_begin(&arena->loans, 1), TAKE);
}
END_TEST

Suite *units_loans(void)
{
    Suite *suite = suite_create("loans");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_the_first_opens_and_the_others_wait);
    tcase_add_test(rules, test_each_idle_connection_is_taken_once);
    tcase_add_test(
        rules,
        test_who_takes_may_have_to_open_and_nobody_else_does_meanwhile);
    tcase_add_test(rules, test_no_more_are_opened_than_the_pool_may_have);
    tcase_add_test(rules, test_without_a_pool_everybody_opens_one);
    tcase_add_loop_test(
        rules, test_between_two_openings_the_connections_can_be_used, 0,
        UNITS_COUNT(pauses));
    tcase_add_test(rules,
                   test_a_pause_is_for_those_who_ask_for_another_one_only);
    tcase_add_test(rules, test_a_clock_that_is_set_back_ends_a_pause);
    tcase_add_test(rules, test_what_was_opened_for_others_is_taken);
    tcase_add_loop_test(
        rules,
        test_an_opening_is_waited_for_and_holds_up_those_who_return_theirs, 0,
        UNITS_COUNT(ages));
    tcase_add_test(rules,
                   test_who_waits_shares_a_failure_when_there_is_no_connection);
    tcase_add_test(rules,
                   test_a_failure_is_nobody_else_s_while_there_are_connections);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd,
                        test_of_a_crowd_one_opens_at_a_time_and_none_is_lost, 0,
                        CROWD_KINDS);
    return suite;
}
