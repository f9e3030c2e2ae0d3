/* SPDX-License-Identifier: Apache-2.0
 *
 * A gate's permits: how many get in, when nobody does, and what becomes of a
 * permit whose holder is killed. The clock is an argument.
 */
#include "units.h"

#include <apr_atomic.h>
#include <sched.h>
#include <unistd.h>

#include "crowd.h"
#include "state/jt_gate.h"

/* In milliseconds, see jt_gate_terms_t. */
#define AFTER 1000
#define UNTIL 6000

/* Some lie so that a later time has wrapped. */
static const jt_ticks_t bases[] = { 12345679, 0xffffff01, 0xffffffff, 1 };

static jt_gate_t *make_gate(apr_uint32_t count)
{
    return jt_gate_make(crowd_memory(jt_gate_size(count), units_pool), count);
}

static apr_uint32_t self(void)
{
    return (apr_uint32_t)getpid();
}

/* @param stuck whether holders can be stuck */
static jt_gate_terms_t make_terms(int stuck)
{
    jt_gate_terms_t terms = { 0 };

    terms.self = self();
    terms.most = JT_GATE_NONE;
    terms.stuck_after = stuck ? AFTER : 0;
    terms.stuck_until = stuck ? UNTIL : 0;
    return terms;
}

static apr_status_t enter(jt_gate_t *gate, const jt_gate_terms_t *terms,
                          jt_ticks_t now)
{
    apr_uint32_t permit;

    return jt_gate_enter(gate, terms, now, &permit);
}

static void check_is_free(const jt_gate_t *gate)
{
    apr_uint32_t i;

    for (i = 0; i < gate->count; i++) {
        ck_assert_uint_eq(gate->permits[i].holder, 0);
    }
}

START_TEST(test_a_gate_of_n_lets_n_in)
{
    jt_gate_t *gate = make_gate(3);
    jt_gate_terms_t terms = make_terms(0);
    apr_uint32_t permit;
    apr_uint32_t i;

    for (i = 0; i < 3; i++) {
        UNITS_OK(jt_gate_enter(gate, &terms, 1, &permit));
        ck_assert_uint_eq(permit, i);
    }
    ck_assert_int_eq(jt_gate_enter(gate, &terms, 1, &permit), APR_EBUSY);
    jt_gate_leave(gate, 1);
    UNITS_OK(jt_gate_enter(gate, &terms, 1, &permit));
    ck_assert_uint_eq(permit, 1);
    for (i = 0; i < 3; i++) {
        jt_gate_leave(gate, i);
    }
    check_is_free(gate);
}
END_TEST

START_TEST(test_the_first_permits_are_for_those_who_may_have_no_others)
{
    static const struct {
        apr_uint32_t count;
        apr_uint32_t most;
        int entered;
    } cases[] = {
        { 3, 0, 0 }, { 3, 1, 1 }, { 3, 2, 2 }, { 3, 3, 3 }, { 3, 4, 3 },
        { 3, JT_GATE_NONE, 3 }, { 1, 2, 1 }, { 0, 2, 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_gate_t *gate = make_gate(cases[i].count);
        jt_gate_terms_t terms = make_terms(1);
        int entered = 0;

        terms.most = cases[i].most;
        while (enter(gate, &terms, 1) == APR_SUCCESS) {
            entered++;
        }
        ck_assert_int_eq(entered, cases[i].entered);
        ck_assert_int_eq(enter(gate, &terms, 1), APR_EBUSY);
    }
}
END_TEST

START_TEST(test_one_certain_permit_is_held_once)
{
    jt_gate_t *gate = make_gate(3);

    UNITS_OK(jt_gate_enter_at(gate, 1, 0, self(), 1));
    ck_assert_int_eq(jt_gate_enter_at(gate, 1, 0, self(), 99999), APR_EBUSY);
    UNITS_OK(jt_gate_enter_at(gate, 2, 0, self(), 1));
    jt_gate_leave(gate, 1);
    UNITS_OK(jt_gate_enter_at(gate, 1, 0, self(), 1));
}
END_TEST

START_TEST(test_who_holds_a_certain_permit_says_what_for)
{
    jt_gate_t *gate = make_gate(2);

    UNITS_OK(jt_gate_enter_at(gate, 1, 7, self(), 1));
    ck_assert_int_eq(jt_gate_enter_at(gate, 1, 7, self(), 1), APR_EEXIST);
    ck_assert_int_eq(jt_gate_enter_at(gate, 1, 8, self(), 1), APR_EBUSY);
    ck_assert_int_eq(jt_gate_enter_at(gate, 1, 0, self(), 1), APR_EBUSY);
    UNITS_OK(jt_gate_enter_at(gate, 0, 7, self(), 1));
    /* what it was for says nothing when it is free */
    jt_gate_leave(gate, 1);
    UNITS_OK(jt_gate_enter_at(gate, 1, 7, self(), 1));
    jt_gate_leave(gate, 1);
    UNITS_OK(jt_gate_enter_at(gate, 1, 8, self(), 1));
    ck_assert_int_eq(jt_gate_enter_at(gate, 1, 7, self(), 1), APR_EBUSY);
    /* nor when somebody has taken it, and is about to say what for */
    jt_gate_leave(gate, 1);
    apr_atomic_set32(&gate->permits[1].holder, self());
    ck_assert_int_eq(jt_gate_enter_at(gate, 1, 8, self(), 1), APR_EBUSY);
}
END_TEST

typedef struct stuck_t {
    apr_int32_t passed; /* since the first permit was taken */
    int is_urgent;
    apr_status_t with_room; /* what somebody finds while a permit is free */
    apr_status_t when_full;
} stuck_t;

static const stuck_t stuck[] = {
    { 0, 0, APR_SUCCESS, APR_EBUSY }, { AFTER - 1, 0, APR_SUCCESS, APR_EBUSY },
    { AFTER, 0, APR_TIMEUP, APR_TIMEUP },
    { UNTIL - 1, 0, APR_TIMEUP, APR_TIMEUP },
    { UNTIL, 0, APR_SUCCESS, APR_TIMEUP },
    { 100 * UNTIL, 0, APR_SUCCESS, APR_TIMEUP },
    { 0, 1, APR_SUCCESS, APR_EBUSY }, { AFTER - 1, 1, APR_SUCCESS, APR_EBUSY },
    { AFTER, 1, APR_SUCCESS, APR_TIMEUP },
    { UNTIL - 1, 1, APR_SUCCESS, APR_TIMEUP },
    { UNTIL, 1, APR_SUCCESS, APR_TIMEUP },
    /* a clock set back: a little is nothing, more is a holder stuck for long */
    { -1, 0, APR_SUCCESS, APR_EBUSY },
    { 1 - JT_TICKS_SKEW, 0, APR_SUCCESS, APR_EBUSY },
    { -JT_TICKS_SKEW, 0, APR_SUCCESS, APR_TIMEUP },
    { -3600000, 0, APR_SUCCESS, APR_TIMEUP }
};

START_TEST(test_who_finds_a_stuck_holder_does_without)
{
    const stuck_t *at = &stuck[_i];
    size_t i;

    for (i = 0; i < UNITS_COUNT(bases); i++) {
        jt_ticks_t now = bases[i] + (jt_ticks_t)at->passed;
        jt_gate_t *gate = make_gate(2);
        jt_gate_terms_t terms = make_terms(1);

        UNITS_OK(enter(gate, &terms, bases[i]));
        terms.is_urgent = at->is_urgent;
        ck_assert_msg(enter(gate, &terms, now) == at->with_room,
                      "%d ms after %u", at->passed, bases[i]);
        if (at->with_room != APR_SUCCESS) {
            UNITS_OK(jt_gate_enter_at(gate, 1, 0, self(), now));
        }
        ck_assert_msg(enter(gate, &terms, now) == at->when_full,
                      "%d ms after %u, full", at->passed, bases[i]);
    }
}
END_TEST

START_TEST(test_nobody_is_stuck_where_nobody_can_be)
{
    jt_gate_t *gate = make_gate(2);
    jt_gate_terms_t terms = make_terms(0);

    UNITS_OK(enter(gate, &terms, 1));
    UNITS_OK(enter(gate, &terms, 100 * UNTIL));
    ck_assert_int_eq(enter(gate, &terms, 200 * UNTIL), APR_EBUSY);
}
END_TEST

START_TEST(test_a_holder_beyond_the_first_permits_is_not_looked_at)
{
    jt_gate_t *gate = make_gate(3);
    jt_gate_terms_t terms = make_terms(1);

    UNITS_OK(jt_gate_enter_at(gate, 2, 0, self(), 1));
    terms.most = 2;
    UNITS_OK(enter(gate, &terms, 1 + AFTER));
    terms.most = 3;
    ck_assert_int_eq(enter(gate, &terms, 1 + AFTER), APR_TIMEUP);
}
END_TEST

/* As between the two steps of entering, and of leaving. */
START_TEST(test_who_is_about_to_enter_is_well)
{
    jt_gate_t *gate = make_gate(1);
    jt_gate_terms_t terms = make_terms(1);

    UNITS_OK(enter(gate, &terms, 1));
    apr_atomic_set32(&gate->permits[0].since, 0);
    ck_assert_int_eq(enter(gate, &terms, 1), APR_EBUSY);
    ck_assert_int_eq(enter(gate, &terms, 1 + AFTER), APR_EBUSY);
    ck_assert_int_eq(enter(gate, &terms, 1 + UNTIL), APR_EBUSY);
}
END_TEST

/* How long a permit has been held, and whether a gate with such a one is
 * still. */
static const struct {
    apr_int32_t passed;
    int is_still;
} held[] = {
    { 0, 0 }, { 999, 0 }, { 1000, 1 }, { 3600000, 1 },
    /* another has read the clock later than the caller */
    { -1, 0 }, { -999, 0 },
    /* a clock that was set back ends the wait */
    { -1000, 1 }, { -3600000, 1 }
};

START_TEST(test_a_gate_is_still_when_all_permits_are_held_for_long)
{
    size_t base;
    size_t i;

    for (base = 0; base < UNITS_COUNT(bases); base++) {
        for (i = 0; i < UNITS_COUNT(held); i++) {
            jt_ticks_t now = bases[base];
            jt_gate_t *gate = make_gate(2);

            ck_assert(!jt_gate_is_still(gate, now, 1000));
            UNITS_OK(jt_gate_enter_at(gate, 0, 0, self(), now - 5000));
            ck_assert(!jt_gate_is_still(gate, now, 1000));
            UNITS_OK(jt_gate_enter_at(gate, 1, 0, self(),
                                      now - (jt_ticks_t)held[i].passed));
            ck_assert_msg(jt_gate_is_still(gate, now, 1000)
                              == held[i].is_still,
                          "held for %d ms", held[i].passed);
        }
    }
}
END_TEST

START_TEST(test_who_enters_or_leaves_moves_a_gate_that_was_still)
{
    jt_gate_t *gate = make_gate(2);
    jt_gate_terms_t terms = make_terms(0);

    UNITS_OK(enter(gate, &terms, 5001));
    UNITS_OK(enter(gate, &terms, 5001));
    ck_assert(jt_gate_is_still(gate, 6001, 1000));
    jt_gate_leave(gate, 1);
    ck_assert(!jt_gate_is_still(gate, 6001, 1000));
    UNITS_OK(enter(gate, &terms, 6001));
    ck_assert(!jt_gate_is_still(gate, 6999, 1000));
    ck_assert(jt_gate_is_still(gate, 7001, 1000));
    /* between the two steps of entering, and of leaving */
    apr_atomic_set32(&gate->permits[0].since, 0);
    ck_assert(!jt_gate_is_still(gate, 7001, 1000));
}
END_TEST

START_TEST(test_it_is_known_what_permits_are_held_for)
{
    jt_gate_t *gate = make_gate(3);
    jt_gate_terms_t terms = make_terms(0);
    apr_uint32_t first;
    apr_uint32_t second;

    ck_assert(!jt_gate_is_held_for(gate, 1));
    terms.kind = 1;
    UNITS_OK(jt_gate_enter(gate, &terms, 1, &first));
    UNITS_OK(jt_gate_enter(gate, &terms, 1, &second));
    ck_assert(jt_gate_is_held_for(gate, 1));
    ck_assert(!jt_gate_is_held_for(gate, 2));
    jt_gate_leave(gate, first);
    ck_assert(jt_gate_is_held_for(gate, 1));
    terms.kind = 2;
    UNITS_OK(jt_gate_enter(gate, &terms, 1, &first));
    ck_assert(jt_gate_is_held_for(gate, 2));
    jt_gate_leave(gate, second);
    ck_assert(!jt_gate_is_held_for(gate, 1));
    ck_assert(jt_gate_is_held_for(gate, 2));
    jt_gate_leave(gate, first);
    ck_assert(!jt_gate_is_held_for(gate, 2));
}
END_TEST

/* When a holder that is killed has taken its permit, the second of two. */
#define ENTERED 5001

/* The first is held by one who is well at all times. */
static jt_gate_t *make_half_full(void)
{
    jt_gate_t *gate = make_gate(2);

    UNITS_OK(jt_gate_enter_at(gate, 0, 0, self(), ENTERED));
    apr_atomic_set32(&gate->permits[0].since, 0);
    return gate;
}

static void hold(void *memory, int number)
{
    (void)number;
    if (jt_gate_enter_at(memory, 1, 0, self(), ENTERED) != APR_SUCCESS) {
        _exit(1);
    }
}

/* Somebody takes a permit and is killed; its process is gone. */
static void leave_to_the_dead(crowd_work_t *take, jt_gate_t *gate)
{
    crowd_victim_t victim;

    crowd_fork(&victim, take, gate);
    crowd_kill(&victim);
    crowd_bury(&victim);
}

/* Killed between the two steps of entering. */
static void begin_to_hold(void *memory, int number)
{
    jt_gate_t *gate = memory;

    (void)number;
    apr_atomic_set32(&gate->permits[1].holder, self());
}

static apr_status_t enter_after(jt_gate_t *gate, jt_ticks_t passed,
                                int is_urgent)
{
    jt_gate_terms_t terms = make_terms(1);

    terms.is_urgent = is_urgent;
    return enter(gate, &terms, ENTERED + passed);
}

static apr_status_t by_entering(jt_gate_t *gate)
{
    return enter_after(gate, AFTER, 0);
}

static apr_status_t by_entering_urgently(jt_gate_t *gate)
{
    return enter_after(gate, AFTER, 1);
}

static apr_status_t by_entering_much_later(jt_gate_t *gate)
{
    return enter_after(gate, UNTIL, 0);
}

static apr_status_t by_entering_at(jt_gate_t *gate)
{
    return jt_gate_enter_at(gate, 1, 0, self(), ENTERED);
}

static apr_status_t by_reclaiming(jt_gate_t *gate)
{
    jt_gate_terms_t terms = make_terms(0);

    jt_gate_reclaim(gate);
    return enter(gate, &terms, ENTERED);
}

static const struct {
    const char *name;
    apr_status_t (*take)(jt_gate_t *gate);
    apr_status_t alive; /* what is said while the holder lives */
    crowd_work_t *hold;
} ways[] = {
    { "entering", by_entering, APR_TIMEUP, hold },
    { "entering urgently", by_entering_urgently, APR_TIMEUP, hold },
    { "entering much later", by_entering_much_later, APR_TIMEUP, hold },
    { "entering at", by_entering_at, APR_EBUSY, hold },
    { "reclaiming", by_reclaiming, APR_EBUSY, hold },
    { "entering, in between", by_entering, APR_EBUSY, begin_to_hold },
    { "entering at, in between", by_entering_at, APR_EBUSY, begin_to_hold },
    { "reclaiming, in between", by_reclaiming, APR_EBUSY, begin_to_hold }
};

/* A process that is dead counts as alive until it is waited for, for kill(2)
 * finds it until then. httpd waits for its children. */
START_TEST(test_a_permit_is_taken_back_from_the_dead_and_from_nobody_else)
{
    jt_gate_t *gate = make_half_full();
    crowd_victim_t victim;

    crowd_fork(&victim, ways[_i].hold, gate);
    ck_assert_msg(ways[_i].take(gate) == ways[_i].alive, "%s: the living",
                  ways[_i].name);
    crowd_kill(&victim);
    ck_assert_msg(ways[_i].take(gate) == ways[_i].alive, "%s: the zombie",
                  ways[_i].name);
    ck_assert_uint_eq(gate->permits[1].holder, (apr_uint32_t)victim.pid);
    crowd_bury(&victim);
    ck_assert_msg(ways[_i].take(gate) == APR_SUCCESS, "%s: the dead",
                  ways[_i].name);
    ck_assert_uint_eq(gate->permits[1].holder, self());
    ck_assert_uint_eq(gate->permits[0].holder, self());
}
END_TEST

START_TEST(test_a_dead_holder_that_is_not_late_keeps_its_permit)
{
    jt_gate_t *gate = make_half_full();
    jt_gate_terms_t terms = make_terms(1);

    leave_to_the_dead(hold, gate);
    ck_assert_int_eq(enter(gate, &terms, ENTERED + AFTER - 1), APR_EBUSY);
}
END_TEST

/* Who takes it next has not yet said since when, and is not as late as who
 * was killed. */
START_TEST(test_a_permit_that_was_taken_back_keeps_nothing_of_the_dead)
{
    jt_gate_t *gate = make_half_full();
    jt_gate_terms_t terms = make_terms(1);

    leave_to_the_dead(hold, gate);
    jt_gate_reclaim(gate);
    ck_assert_uint_eq(gate->permits[1].holder, 0);
    apr_atomic_set32(&gate->permits[1].holder, self());
    ck_assert_int_eq(enter(gate, &terms, ENTERED + 2 * AFTER), APR_EBUSY);
}
END_TEST

/* For who was refused may try again then, and else in vain. */
START_TEST(test_it_is_said_how_many_permits_were_taken_back)
{
    jt_gate_t *gate = make_half_full();
    crowd_victim_t victim;

    crowd_fork(&victim, hold, gate);
    ck_assert_uint_eq(jt_gate_reclaim(gate), 0);
    crowd_kill(&victim);
    crowd_bury(&victim);
    ck_assert_uint_eq(jt_gate_reclaim(gate), 1);
    ck_assert_uint_eq(jt_gate_reclaim(gate), 0);
    leave_to_the_dead(hold, gate);
    apr_atomic_set32(&gate->permits[0].holder, gate->permits[1].holder);
    ck_assert_uint_eq(jt_gate_reclaim(gate), 2);
    check_is_free(gate);
}
END_TEST

#define ROUNDS 400

/* A crowd at a gate: what is inside is counted with atomics. */
typedef struct arena_t {
    const jt_gate_terms_t *terms; /* NULL: one certain permit */
    jt_gate_t *gate;
    volatile apr_uint32_t inside;
    volatile apr_uint32_t entered;
    volatile apr_uint32_t too_many;
    apr_uint32_t most;
} arena_t;

static apr_status_t try_to_enter(const arena_t *arena, jt_ticks_t now,
                                 apr_uint32_t *permit)
{
    jt_gate_terms_t terms;

    if (!arena->terms) {
        *permit = 1;
        return jt_gate_enter_at(arena->gate, 1, 0, self(), now);
    }
    terms = *arena->terms;
    terms.self = self();
    return jt_gate_enter(arena->gate, &terms, now, permit);
}

/* Each has a clock of its own, an hour from the others': all holders look
 * stuck to it. */
static void go_in_and_out(void *memory, int number)
{
    arena_t *arena = memory;
    jt_ticks_t now = (jt_ticks_t)number * 3600000 + 1;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        apr_uint32_t permit;

        while (try_to_enter(arena, now, &permit) != APR_SUCCESS) {
            sched_yield();
        }
        apr_atomic_inc32(&arena->entered);
        if (apr_atomic_inc32(&arena->inside) >= arena->most) {
            apr_atomic_inc32(&arena->too_many);
        }
        sched_yield();
        apr_atomic_dec32(&arena->inside);
        jt_gate_leave(arena->gate, permit);
    }
}

static void check_crowd(const crowd_kind_t *kind, apr_uint32_t count,
                        apr_uint32_t most, const jt_gate_terms_t *terms)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

    arena->gate = make_gate(count);
    arena->terms = terms;
    arena->most = most;
    crowd_meet(kind, go_in_and_out, arena);
    ck_assert_uint_eq(arena->too_many, 0);
    ck_assert_uint_eq(arena->entered,
                      (apr_uint32_t)(crowd_size(kind) * ROUNDS));
    ck_assert_uint_eq(arena->inside, 0);
    check_is_free(arena->gate);
}

START_TEST(test_a_crowd_is_never_more_than_n_inside_and_loses_no_permit)
{
    jt_gate_terms_t terms = make_terms(0);

    check_crowd(&crowd_kinds[_i], 1, 1, &terms);
    check_crowd(&crowd_kinds[_i], 3, 3, &terms);
    terms.most = 2;
    check_crowd(&crowd_kinds[_i], 3, 2, &terms);
}
END_TEST

START_TEST(test_a_crowd_never_robs_the_living_however_late_they_are)
{
    jt_gate_terms_t terms = make_terms(1);

    terms.is_urgent = 1;
    check_crowd(&crowd_kinds[_i], 1, 1, &terms);
    check_crowd(&crowd_kinds[_i], 3, 3, &terms);
}
END_TEST

START_TEST(test_a_crowd_has_one_certain_permit_once)
{
    check_crowd(&crowd_kinds[_i], 3, 1, NULL);
}
END_TEST

/* Nothing else orders these: neither atomics nor locks. */
typedef struct plain_t {
    jt_gate_t *gate;
    apr_uint32_t count;
    apr_uint32_t twice;
    apr_uint32_t torn;
} plain_t;

static void write_plainly(void *memory, int number)
{
    plain_t *plain = memory;
    jt_gate_terms_t terms = make_terms(number % 2);
    int round;

    terms.is_urgent = 1;
    for (round = 0; round < ROUNDS; round++) {
        apr_uint32_t permit;

        while (jt_gate_enter(plain->gate, &terms, 1, &permit)
               != APR_SUCCESS) {
            sched_yield();
        }
        plain->torn += plain->twice != 2 * plain->count;
        plain->count++;
        sched_yield();
        plain->twice = 2 * plain->count;
        jt_gate_leave(plain->gate, permit);
    }
}

START_TEST(test_what_one_holder_writes_the_next_one_reads)
{
    plain_t *plain = crowd_memory(sizeof(*plain), units_pool);

    plain->gate = make_gate(1);
    crowd_meet(&crowd_kinds[_i], write_plainly, plain);
    ck_assert_uint_eq(plain->torn, 0);
    ck_assert_uint_eq(plain->count,
                      (apr_uint32_t)(crowd_size(&crowd_kinds[_i]) * ROUNDS));
}
END_TEST

/* Before one who has died, all at once: one gets its permit. */
typedef struct heirs_t {
    jt_gate_t *gate;
    apr_status_t (*take)(jt_gate_t *gate);
    volatile apr_uint32_t entered;
} heirs_t;

static void inherit(void *memory, int number)
{
    heirs_t *heirs = memory;

    (void)number;
    if (heirs->take(heirs->gate) == APR_SUCCESS) {
        apr_atomic_inc32(&heirs->entered);
    }
    crowd_wait();
}

START_TEST(test_of_a_crowd_one_takes_a_dead_holder_s_permit)
{
    size_t way = (size_t)_i / CROWD_KINDS;
    heirs_t *heirs = crowd_memory(sizeof(*heirs), units_pool);

    heirs->gate = make_half_full();
    heirs->take = ways[way].take;
    leave_to_the_dead(ways[way].hold, heirs->gate);
    crowd_meet(&crowd_kinds[_i % CROWD_KINDS], inherit, heirs);
    ck_assert_msg(heirs->entered == 1, "%s: %u have it", ways[way].name,
                  heirs->entered);
}
END_TEST

static void reclaim(void *memory, int number)
{
    heirs_t *heirs = memory;
    apr_uint32_t count = jt_gate_reclaim(heirs->gate);

    (void)number;
    apr_atomic_add32(&heirs->entered, count);
}

START_TEST(test_of_a_crowd_one_takes_a_permit_back)
{
    heirs_t *heirs = crowd_memory(sizeof(*heirs), units_pool);

    heirs->gate = make_half_full();
    leave_to_the_dead(hold, heirs->gate);
    crowd_meet(&crowd_kinds[_i], reclaim, heirs);
    ck_assert_uint_eq(heirs->entered, 1);
}
END_TEST

Suite *units_gate(void)
{
    Suite *suite = suite_create("gate");
    TCase *rules = units_case(suite, "rules");
    TCase *dead = units_case(suite, "dead");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_a_gate_of_n_lets_n_in);
    tcase_add_test(rules,
                   test_the_first_permits_are_for_those_who_may_have_no_others);
    tcase_add_test(rules, test_one_certain_permit_is_held_once);
    tcase_add_test(rules, test_who_holds_a_certain_permit_says_what_for);
    tcase_add_loop_test(rules, test_who_finds_a_stuck_holder_does_without, 0,
                        UNITS_COUNT(stuck));
    tcase_add_test(rules, test_nobody_is_stuck_where_nobody_can_be);
    tcase_add_test(rules,
                   test_a_holder_beyond_the_first_permits_is_not_looked_at);
    tcase_add_test(rules, test_who_is_about_to_enter_is_well);
    tcase_add_test(rules,
                   test_a_gate_is_still_when_all_permits_are_held_for_long);
    tcase_add_test(rules,
                   test_who_enters_or_leaves_moves_a_gate_that_was_still);
    tcase_add_test(rules, test_it_is_known_what_permits_are_held_for);
    tcase_add_loop_test(
        dead, test_a_permit_is_taken_back_from_the_dead_and_from_nobody_else,
        0, UNITS_COUNT(ways));
    tcase_add_test(dead, test_a_dead_holder_that_is_not_late_keeps_its_permit);
    tcase_add_test(dead,
                   test_a_permit_that_was_taken_back_keeps_nothing_of_the_dead);
    tcase_add_test(dead, test_it_is_said_how_many_permits_were_taken_back);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(
        crowd, test_a_crowd_is_never_more_than_n_inside_and_loses_no_permit,
        0, CROWD_KINDS);
    tcase_add_loop_test(
        crowd, test_a_crowd_never_robs_the_living_however_late_they_are, 0,
        CROWD_KINDS);
    tcase_add_loop_test(crowd, test_a_crowd_has_one_certain_permit_once, 0,
                        CROWD_KINDS);
    tcase_add_loop_test(crowd, test_what_one_holder_writes_the_next_one_reads,
                        0, CROWD_KINDS);
    tcase_add_loop_test(crowd,
                        test_of_a_crowd_one_takes_a_dead_holder_s_permit, 0,
                        CROWD_KINDS * UNITS_COUNT(ways));
    tcase_add_loop_test(crowd, test_of_a_crowd_one_takes_a_permit_back, 0,
                        CROWD_KINDS);
    return suite;
}
