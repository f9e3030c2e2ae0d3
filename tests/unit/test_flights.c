/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight: who leads, who follows, and for how long. The clock is an
 * argument.
 */
#include "units.h"

#include <apr_atomic.h>

#include "crowd.h"
#include "state/jt_flights.h"
#include "state/jt_patience.h"

/* In milliseconds, see state/jt_flights.h. */
#define WAIT 4000
#define ANSWER 2000
#define SHORT_WAIT 100
#define TIRED 10000

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

/* The third and fourth byte choose the seat; the last two share one, for there
 * are 1024. */
static const unsigned char id[] = { 1, 2, 0, 7 };
static const unsigned char other_id[] = { 1, 2, 0, 8 };
static const unsigned char same_seat[] = { 9, 9, 4, 7 };

static jt_flights_t *make_flights(void)
{
    return crowd_memory(sizeof(jt_flights_t), units_pool);
}

START_TEST(test_the_first_leads_and_the_others_follow_it)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_flights_t *flights = make_flights();
        jt_ticks_t now = bases[i];

        ck_assert_uint_eq(jt_flights_join(flights, id, now), 0);
        ck_assert_uint_eq(jt_flights_join(flights, id, now), now);
        ck_assert_uint_eq(jt_flights_join(flights, id, now + 500), now);
        ck_assert(jt_flights_is_worth_waiting(flights, id, now, now + 500));
        jt_flights_land(flights, id, now, 1);
        ck_assert(!jt_flights_is_worth_waiting(flights, id, now, now + 500));
        ck_assert_uint_eq(jt_flights_join(flights, id, now + 500), 0);
    }
}
END_TEST

START_TEST(test_ids_on_one_seat_wait_for_each_other_and_no_others_do)
{
    jt_flights_t *flights = make_flights();

    ck_assert_uint_eq(jt_flights_join(flights, id, 5001), 0);
    ck_assert_uint_eq(jt_flights_join(flights, other_id, 5003), 0);
    ck_assert_uint_eq(jt_flights_join(flights, same_seat, 5005), 5001);
    jt_flights_land(flights, same_seat, 5003, 1); /* nobody's of that seat */
    ck_assert_uint_eq(jt_flights_join(flights, same_seat, 5005), 5001);
    jt_flights_land(flights, id, 5001, 1);
    ck_assert_uint_eq(jt_flights_join(flights, same_seat, 5007), 0);
    ck_assert_uint_eq(jt_flights_join(flights, id, 5009), 5007);
    ck_assert_uint_eq(jt_flights_join(flights, other_id, 5009), 5003);
}
END_TEST

START_TEST(test_every_seat_is_its_own)
{
    jt_flights_t *flights = make_flights();
    int i;

    for (i = 0; i < JT_FLIGHTS_BUCKETS; i++) {
        unsigned char one[] = { 0, 0, (unsigned char)(i >> 8),
                                (unsigned char)i };

        ck_assert_uint_eq(jt_flights_join(flights, one, 5001), 0);
        ck_assert_uint_eq(jt_flights_join(flights, one, 5003), 5001);
    }
}
END_TEST

typedef struct late_t {
    apr_int32_t passed; /* since somebody began to lead */
    int has_successor;
} late_t;

static const late_t late[] = {
    { 0, 0 },
    { WAIT - 1, 0 },
    { WAIT, 1 },
    { 100 * WAIT, 1 },
    /* a clock set back: a little is nothing, more must stop nobody */
    { -2, 0 },
    { 1 - JT_TICKS_SKEW, 0 },
    { -JT_TICKS_SKEW, 1 },
    { -3600000, 1 }
};

START_TEST(test_a_late_leader_has_one_successor)
{
    const late_t *at = &late[_i];
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_flights_t *flights = make_flights();
        jt_ticks_t begun = bases[i];
        jt_ticks_t now = begun + (jt_ticks_t)at->passed;
        jt_ticks_t leader = at->has_successor ? now : begun;

        ck_assert_uint_eq(jt_flights_join(flights, id, begun), 0);
        ck_assert_int_eq(jt_flights_is_worth_waiting(flights, id, begun, now),
                         !at->has_successor);
        ck_assert_uint_eq(jt_flights_join(flights, id, now),
                          at->has_successor ? 0 : begun);
        ck_assert_uint_eq(jt_flights_join(flights, id, now), leader);
    }
}
END_TEST

START_TEST(test_a_late_landing_does_not_unseat_the_successor)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_flights_t *flights = make_flights();
        jt_ticks_t begun = bases[i];
        jt_ticks_t next = begun + WAIT + 1;

        ck_assert_uint_eq(jt_flights_join(flights, id, begun), 0);
        ck_assert_uint_eq(jt_flights_join(flights, id, next), 0);
        jt_flights_land(flights, id, begun, 1);
        ck_assert_uint_eq(jt_flights_join(flights, id, next + 2), next);
        ck_assert(jt_flights_is_worth_waiting(flights, id, next, next + 2));
        jt_flights_land(flights, id, next, 1);
        ck_assert_uint_eq(jt_flights_join(flights, id, next + 2), 0);
    }
}
END_TEST

/* How long ago a leader asked that began `begun` ago, and whether it is still
 * followed. */
static const struct {
    apr_int32_t begun;
    apr_int32_t asked;
    int is_followed;
} asked[] = {
    { 0, 0, 1 }, { ANSWER - 1, ANSWER - 1, 1 }, { ANSWER, ANSWER, 0 },
    { WAIT - 1, 0, 1 }, { WAIT - 1, ANSWER - 1, 1 }, { WAIT - 1, ANSWER, 0 },
    { WAIT, 0, 0 },
    /* asked by one before: not what the followers wait for */
    { 0, 2, 1 }, { ANSWER, 2 * ANSWER, 1 }, { WAIT - 1, WAIT + 1, 1 },
    /* a clock set back */
    { 0, -2, 1 }, { 0, -JT_TICKS_SKEW, 0 }
};

START_TEST(test_a_leader_that_has_asked_is_followed_for_two_seconds)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_flights_t *flights = make_flights();
        jt_ticks_t now = bases[i];
        jt_ticks_t begun = now - (jt_ticks_t)asked[_i].begun;

        ck_assert_uint_eq(jt_flights_join(flights, id, begun), 0);
        jt_flights_ask(flights, id, now - (jt_ticks_t)asked[_i].asked);
        ck_assert_int_eq(jt_flights_is_worth_waiting(flights, id, begun, now),
                         asked[_i].is_followed);
        ck_assert_uint_eq(jt_flights_join(flights, id, now),
                          asked[_i].is_followed ? begun : 0);
    }
}
END_TEST

/* A successor is not what the follower waits for. */
START_TEST(test_who_follows_the_one_before_waits_no_longer)
{
    jt_flights_t *flights = make_flights();

    ck_assert_uint_eq(jt_flights_join(flights, id, 5001), 0);
    ck_assert_uint_eq(jt_flights_join(flights, id, 4901 + WAIT), 5001);
    ck_assert_uint_eq(jt_flights_join(flights, id, 5001 + WAIT), 0);
    ck_assert(!jt_flights_is_worth_waiting(flights, id, 5001, 5001 + WAIT));
    jt_flights_leave(flights, id, 5001, 5003 + WAIT);
    ck_assert_uint_eq(flights->timed_out_at, 0);
}
END_TEST

/* @return for how many milliseconds somebody waits for a leader of `begun` */
static int measure_patience(jt_flights_t *flights, jt_ticks_t begun)
{
    int passed = 0;

    jt_flights_join(flights, id, begun);
    while (jt_flights_is_worth_waiting(flights, id, begun,
                                       begun + (jt_ticks_t)passed)) {
        passed++;
    }
    jt_flights_land(flights, id, begun, 0);
    return passed;
}

/* @return flights of which a follower has waited in vain, until `now` */
static jt_flights_t *make_tired(jt_ticks_t now)
{
    jt_flights_t *flights = make_flights();

    jt_flights_join(flights, id, now - WAIT);
    jt_flights_leave(flights, id, now - WAIT, now);
    jt_flights_land(flights, id, now - WAIT, 0);
    return flights;
}

START_TEST(test_who_waits_in_vain_makes_the_next_ones_wait_less_for_a_while)
{
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_ticks_t now = bases[i];
        jt_flights_t *flights = make_flights();

        ck_assert_int_eq(measure_patience(flights, now), WAIT);
        flights = make_tired(now);
        ck_assert_int_eq(measure_patience(flights, now + 2), SHORT_WAIT);
        ck_assert_int_eq(measure_patience(flights, now + TIRED / 2),
                         SHORT_WAIT);
        ck_assert_int_eq(measure_patience(flights,
                                          now + TIRED - SHORT_WAIT - 1),
                         SHORT_WAIT);
        ck_assert_int_eq(measure_patience(flights, now + TIRED), WAIT);
        /* a clock set back */
        ck_assert_int_eq(measure_patience(flights, now - 3600000), WAIT);
    }
}
END_TEST

/* Or all followers would ask at the moment when their leader may. */
START_TEST(test_followers_wait_longer_than_a_leader_for_its_turn)
{
    jt_flights_t *flights = make_flights();
    jt_patience_t patience = { 0, 0 };
    jt_ticks_t now = 5001;

    jt_flights_join(flights, id, 5001);
    while (jt_patience_lasts(&patience, 5001, now)) {
        now += 2;
    }
    ck_assert(jt_flights_is_worth_waiting(flights, id, 5001, now + 900));
}
END_TEST

START_TEST(test_an_answer_ends_the_impatience_and_silence_does_not)
{
    jt_flights_t *flights = make_tired(20001);

    jt_flights_join(flights, other_id, 20003);
    jt_flights_land(flights, other_id, 20003, 0);
    ck_assert_int_eq(measure_patience(flights, 20005), SHORT_WAIT);
    jt_flights_join(flights, other_id, 20007);
    jt_flights_land(flights, other_id, 20007, 1);
    ck_assert_int_eq(measure_patience(flights, 20009), WAIT);
}
END_TEST

START_TEST(test_who_was_waited_for_and_has_landed_tires_nobody)
{
    jt_flights_t *flights = make_flights();

    jt_flights_join(flights, id, 5001);
    jt_flights_land(flights, id, 5001, 0);
    jt_flights_leave(flights, id, 5001, 5003);
    ck_assert_int_eq(measure_patience(flights, 5005), WAIT);
}
END_TEST

/* The crowd: in each round all of them join, at the same time, and nobody has
 * landed before. */

#define ROUNDS 300

typedef struct arena_t {
    jt_flights_t flights;
    volatile apr_uint32_t leaders[ROUNDS];
    volatile apr_uint32_t wrong_tickets;
} arena_t;

static void join_in_rounds(void *memory, int number)
{
    arena_t *arena = memory;
    jt_ticks_t now = 0xfffe0001; /* wraps in between */
    int round;

    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t leader;

        crowd_wait();
        leader = jt_flights_join(&arena->flights,
                                 number % 2 ? id : same_seat, now);
        if (!leader) {
            apr_atomic_inc32(&arena->leaders[round]);
        }
        else if (leader != now) {
            apr_atomic_inc32(&arena->wrong_tickets);
        }
        now += WAIT;
    }
}

START_TEST(test_exactly_one_of_a_crowd_leads_and_the_others_follow_it)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);
    int round;

    crowd_meet(&crowd_kinds[_i], join_in_rounds, arena);
    for (round = 0; round < ROUNDS; round++) {
        ck_assert_msg(arena->leaders[round] == 1, "round %d: %u", round,
                      arena->leaders[round]);
    }
    ck_assert_uint_eq(arena->wrong_tickets, 0);
}
END_TEST

/* Nothing else orders these: neither atomics nor locks. */
typedef struct plain_t {
    jt_flights_t flights;
    apr_uint32_t led;
    apr_uint32_t again;
    apr_uint32_t torn;
} plain_t;

static void lead_and_land(void *memory, int number)
{
    plain_t *plain = memory;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        jt_ticks_t leader = jt_flights_join(&plain->flights, id, 5001);

        if (leader) {
            jt_flights_is_worth_waiting(&plain->flights, id, leader, 5003);
            jt_flights_leave(&plain->flights, id, leader, 5003);
            continue;
        }
        plain->torn += plain->led != plain->again;
        plain->led++;
        plain->again = plain->led;
        jt_flights_land(&plain->flights, id, 5001, number % 2);
    }
}

START_TEST(test_what_one_leader_writes_the_next_one_reads)
{
    plain_t *plain = crowd_memory(sizeof(*plain), units_pool);

    crowd_meet(&crowd_kinds[_i], lead_and_land, plain);
    ck_assert_uint_eq(plain->torn, 0);
    ck_assert_uint_gt(plain->led, 0);
    ck_assert_uint_eq(jt_flights_join(&plain->flights, id, 5003), 0);
}
END_TEST

Suite *units_flights(void)
{
    Suite *suite = suite_create("flights");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_the_first_leads_and_the_others_follow_it);
    tcase_add_test(rules,
                   test_ids_on_one_seat_wait_for_each_other_and_no_others_do);
    tcase_add_test(rules, test_every_seat_is_its_own);
    tcase_add_loop_test(rules, test_a_late_leader_has_one_successor, 0,
                        UNITS_COUNT(late));
    tcase_add_test(rules, test_a_late_landing_does_not_unseat_the_successor);
    tcase_add_test(rules, test_who_follows_the_one_before_waits_no_longer);
    tcase_add_test(
        rules,
        test_who_waits_in_vain_makes_the_next_ones_wait_less_for_a_while);
    tcase_add_loop_test(
        rules, test_a_leader_that_has_asked_is_followed_for_two_seconds, 0,
        UNITS_COUNT(asked));
    tcase_add_test(rules,
                   test_followers_wait_longer_than_a_leader_for_its_turn);
    tcase_add_test(rules,
                   test_an_answer_ends_the_impatience_and_silence_does_not);
    tcase_add_test(rules, test_who_was_waited_for_and_has_landed_tires_nobody);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(
        crowd, test_exactly_one_of_a_crowd_leads_and_the_others_follow_it, 0,
        CROWD_KINDS);
    tcase_add_loop_test(crowd, test_what_one_leader_writes_the_next_one_reads,
                        0, CROWD_KINDS);
    return suite;
}
