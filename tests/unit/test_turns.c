/* SPDX-License-Identifier: Apache-2.0
 *
 * Who of those that wait goes first, and that nobody keeps the others out who
 * has gone. The clock is an argument.
 */
#include "units.h"

#include <apr_atomic.h>
#include <sched.h>

#include "crowd.h"
#include "state/jt_turns.h"

/* In milliseconds, see state/jt_turns.c. */
#define OLD 500
#define PRESENT 50

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

START_TEST(test_who_has_not_waited_for_long_keeps_nobody_out)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_turns_t turns = { 0, 0 };
        jt_ticks_t now = bases[i];

        ck_assert(jt_turns_allows(&turns, now, now));
        ck_assert(jt_turns_allows(&turns, now, now + OLD - 1));
        ck_assert(jt_turns_allows(&turns, now + OLD - 2, now + OLD - 2));
        jt_turns_leave(&turns, now);
        ck_assert(jt_turns_allows(&turns, now + OLD, now + OLD));
    }
}
END_TEST

START_TEST(test_who_has_waited_longest_goes_first)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_turns_t turns = { 0, 0 };
        jt_ticks_t oldest = bases[i];
        jt_ticks_t now = oldest + 2 * OLD;

        ck_assert(jt_turns_allows(&turns, oldest + 2, now));
        ck_assert(jt_turns_allows(&turns, oldest, now));
        ck_assert(!jt_turns_allows(&turns, oldest + 2, now));
        ck_assert(!jt_turns_allows(&turns, now - 2, now));
        ck_assert(!jt_turns_allows(&turns, now, now));
        ck_assert(jt_turns_allows(&turns, oldest, now + PRESENT));
        ck_assert(!jt_turns_allows(&turns, oldest + 2, now + PRESENT + 2));
        jt_turns_leave(&turns, oldest);
        ck_assert(jt_turns_allows(&turns, now, now + PRESENT + 2));
        ck_assert(jt_turns_allows(&turns, oldest + 2, now + PRESENT + 2));
        ck_assert(!jt_turns_allows(&turns, now, now + PRESENT + 2));
    }
}
END_TEST

START_TEST(test_two_who_came_together_go_together)
{
    jt_turns_t turns = { 0, 0 };

    ck_assert(jt_turns_allows(&turns, 1, 1 + OLD));
    ck_assert(jt_turns_allows(&turns, 1, 1 + OLD));
    jt_turns_leave(&turns, 1);
    ck_assert(jt_turns_allows(&turns, 1, 3 + OLD));
    ck_assert(!jt_turns_allows(&turns, 3, 3 + OLD));
}
END_TEST

START_TEST(test_who_was_not_the_first_takes_nothing_with_him)
{
    jt_turns_t turns = { 0, 0 };

    ck_assert(jt_turns_allows(&turns, 1, 1 + OLD));
    jt_turns_leave(&turns, 3);
    ck_assert(!jt_turns_allows(&turns, 3, 3 + OLD));
}
END_TEST

/* How long ago the first one looked, and whether others must wait for it. */
static const struct {
    apr_int32_t passed;
    int is_allowed;
} absent[] = {
    { 0, 0 }, { PRESENT - 1, 0 }, { PRESENT, 1 }, { 3600000, 1 },
    /* a clock that was set back must not stop all */
    { -2, 0 }, { 1 - JT_TICKS_SKEW, 0 }, { -JT_TICKS_SKEW, 1 },
    { -3600000, 1 }
};

/* Killed, perhaps. */
START_TEST(test_who_does_not_look_any_more_keeps_nobody_out)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_turns_t turns = { 0, 0 };
        jt_ticks_t seen = bases[i] + OLD;
        jt_ticks_t now = seen + (jt_ticks_t)absent[_i].passed;

        ck_assert(jt_turns_allows(&turns, bases[i], seen));
        ck_assert_msg(jt_turns_allows(&turns, now, now)
                          == absent[_i].is_allowed,
                      "%d ms after %u", absent[_i].passed, seen);
    }
}
END_TEST

#define ROUNDS 300

typedef struct arena_t {
    jt_turns_t turns;
    volatile apr_uint32_t entered;
} arena_t;

/* All have waited for long, each since another time; the clock stands still. */
static void enter_and_leave(void *memory, int number)
{
    arena_t *arena = memory;
    jt_ticks_t now = 3600001;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t since = now - (jt_ticks_t)(2 * (OLD + number));

        while (!jt_turns_allows(&arena->turns, since, now)) {
            sched_yield();
        }
        apr_atomic_inc32(&arena->entered);
        jt_turns_leave(&arena->turns, since);
    }
}

START_TEST(test_of_a_crowd_everybody_gets_in_and_nobody_is_left_first)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

    crowd_meet(&crowd_kinds[_i], enter_and_leave, arena);
    ck_assert_uint_eq(arena->entered,
                      (apr_uint32_t)(crowd_size(&crowd_kinds[_i]) * ROUNDS));
    ck_assert_uint_eq(arena->turns.first, 0);
}
END_TEST

Suite *units_turns(void)
{
    Suite *suite = suite_create("turns");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_who_has_not_waited_for_long_keeps_nobody_out);
    tcase_add_test(rules, test_who_has_waited_longest_goes_first);
    tcase_add_test(rules, test_two_who_came_together_go_together);
    tcase_add_test(rules, test_who_was_not_the_first_takes_nothing_with_him);
    tcase_add_loop_test(rules,
                        test_who_does_not_look_any_more_keeps_nobody_out, 0,
                        UNITS_COUNT(absent));
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd,
                        test_of_a_crowd_everybody_gets_in_and_nobody_is_left_first,
                        0, CROWD_KINDS);
    return suite;
}
