/* SPDX-License-Identifier: Apache-2.0
 *
 * The circuit breaker: who may call a database that is down, one after the
 * other. The clock is an argument.
 */
#include "units.h"

#include <apr_atomic.h>

#include "crowd.h"
#include "state/jt_breaker.h"

/* In milliseconds: when a probe that has said nothing has a successor. */
#define PROBE 5000

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

static int allows(jt_breaker_t *breaker, jt_ticks_t now)
{
    jt_ticks_t probe;

    return jt_breaker_allows(breaker, now, &probe);
}

/* Open, by a call that began while it was closed. */
static jt_breaker_t *make_open(jt_ticks_t now)
{
    jt_breaker_t *breaker = crowd_memory(sizeof(*breaker), units_pool);
    jt_ticks_t probe;

    ck_assert(jt_breaker_allows(breaker, now, &probe));
    jt_breaker_report(breaker, probe, 1);
    return breaker;
}

START_TEST(test_zeroed_memory_is_closed_and_allows_all)
{
    jt_breaker_t breaker = { 0 };
    jt_ticks_t probe;
    int i;

    for (i = 0; i < 5; i++) {
        probe = 99;
        ck_assert(jt_breaker_allows(&breaker, 1, &probe));
        ck_assert_uint_eq(probe, 0);
    }
    jt_breaker_report(&breaker, probe, 0);
    ck_assert(allows(&breaker, 1));
    ck_assert(allows(&breaker, 1));
}
END_TEST

START_TEST(test_an_open_one_allows_one_until_it_reports)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_breaker_t *breaker = make_open(bases[i]);
        jt_ticks_t probe;

        ck_assert(jt_breaker_allows(breaker, bases[i], &probe));
        ck_assert_uint_eq(probe, bases[i]);
        ck_assert(!allows(breaker, bases[i]));
        ck_assert(!allows(breaker, bases[i] + 100));
        jt_breaker_report(breaker, probe, 1);
        ck_assert(allows(breaker, bases[i] + 100));
        ck_assert(!allows(breaker, bases[i] + 100));
    }
}
END_TEST

START_TEST(test_an_answer_closes_it_for_all)
{
    jt_breaker_t *breaker = make_open(1);
    jt_ticks_t probe;

    ck_assert(jt_breaker_allows(breaker, 3, &probe));
    jt_breaker_report(breaker, probe, 0);
    ck_assert(allows(breaker, 3));
    ck_assert(allows(breaker, 3));
}
END_TEST

typedef struct silent_t {
    apr_int32_t passed; /* since a probe began that says nothing */
    int is_allowed;
} silent_t;

static const silent_t silent[] = {
    { 0, 0 },
    { 2, 0 },
    { PROBE - 1, 0 },
    { PROBE, 1 },
    { 100 * PROBE, 1 },
    /* a clock set back: a little is nothing, more must not stop all */
    { -2, 0 },
    { 1 - JT_TICKS_SKEW, 0 },
    { -JT_TICKS_SKEW, 1 },
    { -3600000, 1 }
};

/* It may be dead, or hang: nobody asks which. */
START_TEST(test_a_silent_probe_has_one_successor_after_a_while)
{
    const silent_t *at = &silent[_i];
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_breaker_t *breaker = make_open(bases[i]);
        jt_ticks_t now = bases[i] + (jt_ticks_t)at->passed;

        ck_assert(allows(breaker, bases[i]));
        ck_assert_msg(allows(breaker, now) == at->is_allowed,
                      "%d ms after %u", at->passed, bases[i]);
        ck_assert_msg(!allows(breaker, now), "a second, %d ms after %u",
                      at->passed, bases[i]);
    }
}
END_TEST

/* Or each of those in flight when it opens would be replaced by another, and
 * there would never be fewer. */
START_TEST(test_a_call_of_before_makes_no_room_for_another_probe)
{
    jt_breaker_t breaker = { 0 };
    jt_ticks_t before[8];
    jt_ticks_t probe;
    size_t i;

    for (i = 0; i < UNITS_COUNT(before); i++) {
        ck_assert(jt_breaker_allows(&breaker, 1, &before[i]));
    }
    jt_breaker_report(&breaker, before[0], 1);
    ck_assert(jt_breaker_allows(&breaker, 3, &probe));
    for (i = 1; i < UNITS_COUNT(before); i++) {
        jt_breaker_report(&breaker, before[i], 1);
        ck_assert(!allows(&breaker, 5));
    }
    jt_breaker_report(&breaker, probe, 1);
    ck_assert(allows(&breaker, 5));
}
END_TEST

START_TEST(test_a_late_probe_makes_no_room_beside_its_successor)
{
    jt_breaker_t *breaker = make_open(1);
    jt_ticks_t late;
    jt_ticks_t probe;

    ck_assert(jt_breaker_allows(breaker, 1, &late));
    ck_assert(jt_breaker_allows(breaker, 1 + PROBE, &probe));
    jt_breaker_report(breaker, late, 1);
    ck_assert(!allows(breaker, 3 + PROBE));
    jt_breaker_report(breaker, probe, 1);
    ck_assert(allows(breaker, 3 + PROBE));
}
END_TEST

/* The database is back, whoever found it: a probe that hangs since before must
 * not keep others out when it fails again. */
START_TEST(test_a_success_ends_a_probe_that_hangs)
{
    jt_breaker_t *breaker = make_open(1);
    jt_ticks_t hung;
    jt_ticks_t probe;

    ck_assert(jt_breaker_allows(breaker, 1, &hung));
    jt_breaker_report(breaker, 0, 0);
    ck_assert(allows(breaker, 3));
    jt_breaker_report(breaker, 0, 1);
    ck_assert(jt_breaker_allows(breaker, 5, &probe));
    jt_breaker_report(breaker, hung, 1);
    ck_assert(!allows(breaker, 7));
}
END_TEST

/* As one that gets no permit, or no connection to ask on. */
START_TEST(test_a_probe_that_finds_out_nothing_lets_the_next_one_begin)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_breaker_t *breaker = make_open(bases[i]);
        jt_ticks_t probe;

        ck_assert(jt_breaker_allows(breaker, bases[i], &probe));
        jt_breaker_release(breaker, probe);
        ck_assert(jt_breaker_allows(breaker, bases[i] + 2, &probe));
        ck_assert_uint_ne(probe, 0);
        ck_assert(!allows(breaker, bases[i] + 2));
    }
}
END_TEST

START_TEST(test_a_probe_that_finds_out_nothing_opens_none_that_was_closed)
{
    jt_breaker_t *breaker = make_open(1);
    jt_ticks_t probe;

    ck_assert(jt_breaker_allows(breaker, 3, &probe));
    jt_breaker_report(breaker, 0, 0);
    jt_breaker_release(breaker, probe);
    ck_assert(allows(breaker, 5));
    ck_assert(allows(breaker, 5));
}
END_TEST

START_TEST(test_a_late_probe_that_finds_out_nothing_keeps_its_successor_s_place)
{
    jt_breaker_t *breaker = make_open(1);
    jt_ticks_t late;

    ck_assert(jt_breaker_allows(breaker, 1, &late));
    ck_assert(allows(breaker, 1 + PROBE));
    jt_breaker_release(breaker, late);
    ck_assert(!allows(breaker, 1 + PROBE));
}
END_TEST

START_TEST(test_an_ordinary_call_that_finds_out_nothing_changes_nothing)
{
    jt_breaker_t breaker = { 0 };
    jt_ticks_t before;

    ck_assert(jt_breaker_allows(&breaker, 1, &before));
    jt_breaker_release(&breaker, before);
    ck_assert(allows(&breaker, 1));
    jt_breaker_report(&breaker, 0, 1);
    ck_assert(allows(&breaker, 3));
    jt_breaker_release(&breaker, before);
    ck_assert(!allows(&breaker, 3));
}
END_TEST

START_TEST(test_waiting_for_a_probe_is_worthwhile_while_it_is_young)
{
    static const struct {
        apr_int32_t passed;
        int is_probed;
    } cases[] = {
        { 0, 1 }, { 99, 1 }, { 100, 0 }, { PROBE, 0 },
        { -2, 1 }, { -JT_TICKS_SKEW, 0 }
    };
    size_t base;
    size_t i;

    for (base = 0; base < UNITS_COUNT(bases); base++) {
        jt_breaker_t *breaker = make_open(bases[base]);

        ck_assert(allows(breaker, bases[base]));
        for (i = 0; i < UNITS_COUNT(cases); i++) {
            ck_assert_msg(jt_breaker_is_probed(
                              breaker,
                              bases[base] + (jt_ticks_t)cases[i].passed, 100)
                              == cases[i].is_probed,
                          "%d ms after %u", cases[i].passed, bases[base]);
        }
    }
}
END_TEST

/* Who saw it just before the report must look once more, not give up. */
START_TEST(test_waiting_stays_worthwhile_when_the_probe_reports)
{
    jt_breaker_t *breaker = make_open(1);
    jt_ticks_t probe;

    ck_assert(jt_breaker_allows(breaker, 5001, &probe));
    jt_breaker_report(breaker, probe, 0);
    ck_assert(jt_breaker_is_probed(breaker, 5051, 100));
}
END_TEST

/* The crowd: in each round all of them ask, at the same time. */

#define ROUNDS 300

typedef struct arena_t {
    jt_breaker_t breaker;
    int is_reported;
    volatile apr_uint32_t allowed[ROUNDS];
} arena_t;

static void ask_in_rounds(void *memory, int number)
{
    arena_t *arena = memory;
    jt_ticks_t now = 0xfff00001; /* wraps in between */
    int round;

    (void)number;
    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t probe = 0;
        int is_allowed;

        crowd_wait();
        is_allowed = jt_breaker_allows(&arena->breaker, now, &probe);
        if (is_allowed) {
            apr_atomic_inc32(&arena->allowed[round]);
        }
        now += PROBE + 2;
        crowd_wait();
        if (is_allowed && arena->is_reported) {
            jt_breaker_report(&arena->breaker, probe, 1);
        }
    }
}

/* Once when the one before has reported, once when it is silent. */
START_TEST(test_an_open_one_allows_exactly_one_of_a_crowd)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);
    int round;

    arena->is_reported = _i / CROWD_KINDS;
    jt_breaker_report(&arena->breaker, 0, 1);
    crowd_meet(&crowd_kinds[_i % CROWD_KINDS], ask_in_rounds, arena);
    for (round = 0; round < ROUNDS; round++) {
        ck_assert_msg(arena->allowed[round] == 1, "round %d: %u", round,
                      arena->allowed[round]);
    }
}
END_TEST

/* Nothing else orders these: neither atomics nor locks. */
typedef struct plain_t {
    jt_breaker_t breaker;
    apr_uint32_t probes;
    apr_uint32_t again;
    apr_uint32_t torn;
} plain_t;

static void probe_again(void *memory, int number)
{
    plain_t *plain = memory;
    int round;

    (void)number;
    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t probe;

        if (jt_breaker_allows(&plain->breaker, 1, &probe)) {
            plain->torn += plain->probes != plain->again;
            plain->probes++;
            plain->again = plain->probes;
            jt_breaker_report(&plain->breaker, probe, 1);
        }
    }
}

START_TEST(test_what_one_probe_writes_the_next_one_reads)
{
    plain_t *plain = crowd_memory(sizeof(*plain), units_pool);

    jt_breaker_report(&plain->breaker, 0, 1);
    crowd_meet(&crowd_kinds[_i], probe_again, plain);
    ck_assert_uint_eq(plain->torn, 0);
    ck_assert_uint_gt(plain->probes, 0);
    ck_assert(allows(&plain->breaker, 1));
}
END_TEST

Suite *units_breaker(void)
{
    Suite *suite = suite_create("breaker");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_zeroed_memory_is_closed_and_allows_all);
    tcase_add_test(rules, test_an_open_one_allows_one_until_it_reports);
    tcase_add_test(rules, test_an_answer_closes_it_for_all);
    tcase_add_loop_test(rules,
                        test_a_silent_probe_has_one_successor_after_a_while, 0,
                        UNITS_COUNT(silent));
    tcase_add_test(rules,
                   test_a_call_of_before_makes_no_room_for_another_probe);
    tcase_add_test(rules,
                   test_a_late_probe_makes_no_room_beside_its_successor);
    tcase_add_test(rules,
                   test_a_success_ends_a_probe_that_hangs);
    tcase_add_test(rules,
                   test_a_probe_that_finds_out_nothing_lets_the_next_one_begin);
    tcase_add_test(
        rules, test_a_probe_that_finds_out_nothing_opens_none_that_was_closed);
    tcase_add_test(
        rules,
        test_a_late_probe_that_finds_out_nothing_keeps_its_successor_s_place);
    tcase_add_test(rules,
                   test_an_ordinary_call_that_finds_out_nothing_changes_nothing);
    tcase_add_test(rules,
                   test_waiting_for_a_probe_is_worthwhile_while_it_is_young);
    tcase_add_test(rules,
                   test_waiting_stays_worthwhile_when_the_probe_reports);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd, test_an_open_one_allows_exactly_one_of_a_crowd,
                        0, 2 * CROWD_KINDS);
    tcase_add_loop_test(crowd, test_what_one_probe_writes_the_next_one_reads,
                        0, CROWD_KINDS);
    return suite;
}
