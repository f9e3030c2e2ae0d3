/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes waiting for a database worthwhile: that it answers others. The
 * clock is an argument.
 */
#include "units.h"

#include <apr_atomic.h>

#include "crowd.h"
#include "state/jt_progress.h"

/* In milliseconds, see state/jt_progress.c. */
#define MOVING 100
#define OPENING 1000
#define ALIVE 1000

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

START_TEST(test_zeroed_memory_has_seen_nothing)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_progress_t progress = { 0, 0, 0, 0 };

        ck_assert(!jt_progress_is_moving(&progress, bases[i]));
        ck_assert(!jt_progress_is_alive(&progress, bases[i]));
    }
}
END_TEST

/* How long ago something happened, and whether waiting is worthwhile for it. */
typedef struct age_t {
    apr_int32_t passed;
    int is_moving; /* after a success */
    int is_alive;
    int is_opened; /* after a first connection began to be opened */
} age_t;

static const age_t ages[] = {
    { 0, 1, 1, 1 },
    { MOVING - 1, 1, 1, 1 },
    { MOVING, 0, 1, 1 },
    { ALIVE - 1, 0, 1, 1 },
    { OPENING, 0, 0, 0 },
    { 3600000, 0, 0, 0 },
    /* another has read the clock later than the caller */
    { -2, 1, 1, 1 },
    { 1 - JT_TICKS_SKEW, 1, 1, 1 },
    /* a clock that was set back ends the wait */
    { -JT_TICKS_SKEW, 0, 0, 0 },
    { -3600000, 0, 0, 0 }
};

START_TEST(test_a_success_moves_for_a_moment_and_is_a_sign_of_life_for_longer)
{
    const age_t *age = &ages[_i];
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_progress_t progress = { 0, 0, 0, 0 };
        jt_ticks_t now = bases[i] + (jt_ticks_t)age->passed;

        jt_progress_note(&progress, bases[i]);
        ck_assert_msg(jt_progress_is_moving(&progress, now) == age->is_moving,
                      "%d ms after %u", age->passed, bases[i]);
        ck_assert_msg(jt_progress_is_alive(&progress, now) == age->is_alive,
                      "%d ms after %u", age->passed, bases[i]);
    }
}
END_TEST

START_TEST(test_a_first_connection_moves_for_a_second_until_it_is_there)
{
    const age_t *age = &ages[_i];
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_progress_t progress = { 0, 0, 0, 0 };
        jt_ticks_t now = bases[i] + (jt_ticks_t)age->passed;

        jt_progress_open(&progress, bases[i]);
        ck_assert_msg(jt_progress_is_moving(&progress, now) == age->is_opened,
                      "%d ms after %u", age->passed, bases[i]);
        ck_assert(!jt_progress_is_alive(&progress, now));
        jt_progress_land(&progress, bases[i]);
        ck_assert(!jt_progress_is_moving(&progress, now));
    }
}
END_TEST

START_TEST(test_of_two_children_that_open_the_later_one_counts)
{
    jt_progress_t progress = { 0, 0, 0, 0 };

    jt_progress_open(&progress, 5001);
    jt_progress_open(&progress, 5501);
    jt_progress_land(&progress, 5001);
    ck_assert(jt_progress_is_moving(&progress, 5501 + OPENING - 2));
    jt_progress_land(&progress, 5501);
    ck_assert(!jt_progress_is_moving(&progress, 5503));
}
END_TEST

/* How long the pool's lock has been held by who opens another connection. */
static const struct {
    apr_int32_t passed;
    int is_moving;
} held[] = {
    { MOVING, 1 }, { OPENING - 1, 1 }, { OPENING, 0 }, { 120000, 0 },
    /* a clock that was set back ends the wait */
    { -3600000, 0 }
};

START_TEST(test_who_is_held_up_moves_until_that_has_lasted_a_second)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_progress_t progress = { 0, 0, 0, 0 };
        jt_ticks_t now = bases[i] + (jt_ticks_t)held[_i].passed;

        jt_progress_note(&progress, bases[i] - MOVING);
        jt_progress_hold_up(&progress, bases[i]);
        jt_progress_hold_up(&progress, bases[i]);
        ck_assert_int_eq(jt_progress_is_moving(&progress, now),
                         held[_i].is_moving);
        jt_progress_let_go(&progress, bases[i] - MOVING);
        ck_assert_int_eq(jt_progress_is_moving(&progress, now),
                         held[_i].is_moving);
        jt_progress_let_go(&progress, now);
        ck_assert(jt_progress_is_moving(&progress, now + MOVING - 2));
        ck_assert(!jt_progress_is_moving(&progress, now + MOVING));
    }
}
END_TEST

START_TEST(test_an_opening_of_long_ago_is_none_that_holds_up)
{
    jt_progress_t progress = { 0, 0, 0, 0 };

    jt_progress_hold_up(&progress, 5001);
    jt_progress_let_go(&progress, 9001);
    jt_progress_hold_up(&progress, 9001);
    ck_assert(jt_progress_is_moving(&progress, 9001 + OPENING - 1));
    jt_progress_let_go(&progress, 9001);
    ck_assert(!jt_progress_is_moving(&progress, 9001 + MOVING));
}
END_TEST

START_TEST(test_what_fails_prolongs_nothing)
{
    jt_progress_t progress = { 0, 0, 0, 0 };
    jt_ticks_t now;

    jt_progress_note(&progress, 5001);
    for (now = 5003; now < 5001 + MOVING; now += 2) {
        jt_progress_open(&progress, now);
        jt_progress_land(&progress, now);
        ck_assert(jt_progress_is_moving(&progress, now));
    }
    ck_assert(!jt_progress_is_moving(&progress, now));
}
END_TEST

#define ROUNDS 400

typedef struct arena_t {
    jt_progress_t progress;
    volatile apr_uint32_t unseen;
} arena_t;

/* Each sees its own success, or another one's of these rounds. */
static void succeed(void *memory, int number)
{
    arena_t *arena = memory;
    int round;

    (void)number;
    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t now = (jt_ticks_t)(2 * round + 1);

        jt_progress_note(&arena->progress, now);
        if (!jt_progress_is_alive(&arena->progress, now)) {
            apr_atomic_inc32(&arena->unseen);
        }
        jt_progress_open(&arena->progress, now);
        jt_progress_land(&arena->progress, now);
        jt_progress_hold_up(&arena->progress, now);
        jt_progress_let_go(&arena->progress, now);
    }
}

START_TEST(test_a_crowd_loses_no_success_and_leaves_nothing_open)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

    crowd_meet(&crowd_kinds[_i], succeed, arena);
    ck_assert_uint_eq(arena->unseen, 0);
    ck_assert(!jt_progress_is_moving(&arena->progress,
                                     2 * ROUNDS + MOVING + 1));
}
END_TEST

Suite *units_progress(void)
{
    Suite *suite = suite_create("progress");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_zeroed_memory_has_seen_nothing);
    tcase_add_loop_test(
        rules,
        test_a_success_moves_for_a_moment_and_is_a_sign_of_life_for_longer, 0,
        UNITS_COUNT(ages));
    tcase_add_loop_test(
        rules, test_a_first_connection_moves_for_a_second_until_it_is_there, 0,
        UNITS_COUNT(ages));
    tcase_add_test(rules, test_of_two_children_that_open_the_later_one_counts);
    tcase_add_loop_test(
        rules, test_who_is_held_up_moves_until_that_has_lasted_a_second, 0,
        UNITS_COUNT(held));
    tcase_add_test(rules, test_an_opening_of_long_ago_is_none_that_holds_up);
    tcase_add_test(rules, test_what_fails_prolongs_nothing);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd,
                        test_a_crowd_loses_no_success_and_leaves_nothing_open,
                        0, CROWD_KINDS);
    return suite;
}
