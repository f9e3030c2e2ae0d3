/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocations: that no answer which was read before a token's row was deleted
 * is believed after the revocation, whatever the order of events.
 */
#include "units.h"

#include <apr_atomic.h>
#include <string.h>

#include "crowd.h"
#include "state/jt_revocations.h"

#define EPOCH APR_UINT64_C(0x1122334455667788)
#define START APR_INT64_C(1700000000)

/* The first two bytes choose the range; the last two share one, for there are
 * 4096. */
static const unsigned char id[] = { 0, 7, 1, 2 };
static const unsigned char other_id[] = { 0, 8, 1, 2 };
static const unsigned char same_range[] = { 16, 7, 9, 9 };

static jt_revocations_t *make_revocations(void)
{
    jt_revocations_t *made = crowd_memory(sizeof(*made), units_pool);

    jt_revocations_init(made, EPOCH, START);
    return made;
}

static jt_revocations_stamp_t stamp_of(jt_revocations_t *revocations,
                                       const unsigned char *of,
                                       apr_int64_t now)
{
    jt_revocations_stamp_t stamp;

    stamp.epoch = revocations->epoch;
    stamp.generation = jt_revocations_generation(revocations, of);
    stamp.asked_at = now;
    return stamp;
}

/* As another httpd has stamped it. */
static jt_revocations_stamp_t foreign_stamp(apr_int64_t now)
{
    jt_revocations_stamp_t stamp;

    stamp.epoch = EPOCH + 1;
    stamp.generation = 0;
    stamp.asked_at = now;
    return stamp;
}

START_TEST(test_an_answer_is_current_until_its_token_is_revoked)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t before = stamp_of(revocations, id, START);
    jt_revocations_stamp_t after;

    ck_assert(jt_revocations_is_current(revocations, id, &before));
    jt_revocations_add(revocations, id, START);
    ck_assert(!jt_revocations_is_current(revocations, id, &before));
    after = stamp_of(revocations, id, START);
    ck_assert(jt_revocations_is_current(revocations, id, &after));
    jt_revocations_add(revocations, id, START);
    ck_assert(!jt_revocations_is_current(revocations, id, &after));
    ck_assert(!jt_revocations_is_current(revocations, id, &before));
}
END_TEST

START_TEST(test_only_ids_of_the_same_range_are_asked_about_anew)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t same = stamp_of(revocations, same_range, START);
    jt_revocations_stamp_t other = stamp_of(revocations, other_id, START);
    jt_revocations_stamp_t foreign = foreign_stamp(START);

    jt_revocations_add(revocations, id, START);
    ck_assert(!jt_revocations_is_current(revocations, same_range, &same));
    ck_assert(jt_revocations_is_current(revocations, other_id, &other));
    ck_assert(!jt_revocations_is_current(revocations, same_range, &foreign));
    ck_assert(jt_revocations_is_current(revocations, other_id, &foreign));
}
END_TEST

START_TEST(test_every_range_is_its_own)
{
    jt_revocations_t *revocations = make_revocations();
    int i;

    for (i = 0; i < JT_REVOCATIONS_RANGES; i++) {
        unsigned char one[] = { (unsigned char)(i >> 8), (unsigned char)i };

        ck_assert_uint_eq(jt_revocations_generation(revocations, one), 0);
        jt_revocations_add(revocations, one, START);
        ck_assert_uint_eq(jt_revocations_generation(revocations, one), 1);
    }
}
END_TEST

START_TEST(test_generations_wrap_and_stay_apart)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t last;

    apr_atomic_set32(&revocations->ranges[7].generation, 0xffffffff);
    last = stamp_of(revocations, id, START);
    ck_assert_uint_eq(last.generation, 0xffffffff);
    ck_assert(jt_revocations_is_current(revocations, id, &last));
    jt_revocations_add(revocations, id, START);
    ck_assert_uint_eq(jt_revocations_generation(revocations, id), 0);
    ck_assert(!jt_revocations_is_current(revocations, id, &last));
}
END_TEST

START_TEST(test_another_httpd_s_answers_go_by_their_time)
{
    static const struct {
        int asked; /* seconds after the revocation */
        int is_current;
    } cases[] = {
        { -100, 0 }, { -1, 0 }, { 0, 0 }, { 1, 1 }, { 100, 1 }
    };
    jt_revocations_t *revocations = make_revocations();
    size_t i;

    jt_revocations_add(revocations, id, START + 50);
    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_revocations_stamp_t stamp = foreign_stamp(START + 50
                                                     + cases[i].asked);

        ck_assert_msg(jt_revocations_is_current(revocations, id, &stamp)
                          == cases[i].is_current, "%d s", cases[i].asked);
        /* its generation means nothing, also where it is the same */
        stamp.generation = jt_revocations_generation(revocations, id);
        ck_assert_int_eq(jt_revocations_is_current(revocations, id, &stamp),
                         cases[i].is_current);
    }
}
END_TEST

START_TEST(test_another_httpd_s_answers_are_current_where_nothing_is_revoked)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t stamp = foreign_stamp(0);

    ck_assert(jt_revocations_is_current(revocations, id, &stamp));
}
END_TEST

START_TEST(test_a_clock_set_back_takes_nothing_back)
{
    static const int later[] = { 50, 49, 0, -1, -100000, 20, 50, 51, 3 };
    jt_revocations_t *revocations = make_revocations();
    apr_int64_t last = START;
    size_t i;

    for (i = 0; i < UNITS_COUNT(later); i++) {
        jt_revocations_stamp_t stamp;
        jt_revocations_stamp_t before = stamp_of(revocations, id, START + 99);

        jt_revocations_add(revocations, id, START + later[i]);
        last = START + later[i] > last ? START + later[i] : last;
        stamp = foreign_stamp(last);
        ck_assert(!jt_revocations_is_current(revocations, id, &stamp));
        stamp = foreign_stamp(last + 1);
        ck_assert(jt_revocations_is_current(revocations, id, &stamp));
        ck_assert(!jt_revocations_is_current(revocations, id, &before));
    }
}
END_TEST

/* A clock that is before the start's when the first revocation comes. */
START_TEST(test_a_revocation_before_the_start_is_one)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t stamp = foreign_stamp(START - 3600);

    jt_revocations_add(revocations, id, START - 3600);
    ck_assert(!jt_revocations_is_current(revocations, id, &stamp));
}
END_TEST

START_TEST(test_memory_of_any_content_begins_without_revocations)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t stamp = foreign_stamp(0);

    memset(revocations, 0xa5, sizeof(*revocations));
    jt_revocations_init(revocations, EPOCH, START);
    ck_assert_uint_eq(jt_revocations_generation(revocations, id), 0);
    ck_assert(jt_revocations_is_current(revocations, id, &stamp));
}
END_TEST

/* Others revoke without being seen here. */
START_TEST(test_of_one_that_is_distrusted_no_answer_is_current)
{
    jt_revocations_t *revocations = make_revocations();
    jt_revocations_stamp_t before = stamp_of(revocations, id, START);
    jt_revocations_stamp_t foreign = foreign_stamp(START);
    jt_revocations_stamp_t after;

    jt_revocations_distrust(revocations);
    after = stamp_of(revocations, id, START + 100);
    ck_assert(!jt_revocations_is_current(revocations, id, &before));
    ck_assert(!jt_revocations_is_current(revocations, id, &after));
    ck_assert(!jt_revocations_is_current(
        revocations, other_id, &(jt_revocations_stamp_t){ EPOCH, 0, START }));
    /* another httpd's go by their time, as ever */
    ck_assert(jt_revocations_is_current(revocations, id, &foreign));
    jt_revocations_add(revocations, id, START);
    after = stamp_of(revocations, id, START + 100);
    ck_assert(!jt_revocations_is_current(revocations, id, &after));
    /* until httpd is stopped and started */
    jt_revocations_init(revocations, EPOCH, START);
    after = stamp_of(revocations, id, START);
    ck_assert(jt_revocations_is_current(revocations, id, &after));
}
END_TEST

/* All orders of a check's steps and a revocation's, each in its own order. A
 * check keeps only what it has found; another one believes what is kept. */

#define STEPS 6

typedef struct world_t {
    jt_revocations_t *revocations;
    int has_row;
    int is_revoked; /* the revocation has returned */
    jt_revocations_stamp_t read; /* by the check, not kept yet */
    int has_found;
    jt_revocations_stamp_t kept;
    int is_kept;
} world_t;

typedef void step_t(world_t *world);

static void read_generation(world_t *world)
{
    world->read = stamp_of(world->revocations, id, START);
}

static void read_row(world_t *world)
{
    world->has_found = world->has_row;
}

static void keep(world_t *world)
{
    if (world->has_found) {
        world->kept = world->read;
        world->is_kept = 1;
    }
}

static void add(world_t *world)
{
    jt_revocations_add(world->revocations, id, START);
}

static void delete_row(world_t *world)
{
    world->has_row = 0;
}

static void add_and_return(world_t *world)
{
    add(world);
    world->is_revoked = 1;
}

/* Those that are not safe show that the orders below find a fault. */
typedef struct plan_t {
    step_t *check[3];
    step_t *revocation[3];
    int is_safe;
} plan_t;

static const plan_t plans[] = {
    { { read_generation, read_row, keep },
      { add, delete_row, add_and_return }, 1 },
    { { read_row, read_generation, keep },
      { add, delete_row, add_and_return }, 0 },
    { { read_generation, read_row, keep },
      { add, add, delete_row }, 0 }
};

/* @return whether somebody has believed what was revoked
 * @param order a bit for each step: 1, the revocation's next one */
static int run_order(const plan_t *plan, unsigned order)
{
    world_t world = { 0 };
    int done[2] = { 0, 0 };
    int is_fooled = 0;
    int i;

    world.revocations = make_revocations();
    world.has_row = 1;
    for (i = 0; i < STEPS; i++) {
        int who = (order >> i & 1) != 0;
        step_t *const *steps = who ? plan->revocation : plan->check;

        steps[done[who]++](&world);
        world.is_revoked |= done[1] == STEPS / 2;
        is_fooled |= world.is_revoked && world.is_kept
                     && jt_revocations_is_current(world.revocations, id,
                                                  &world.kept);
    }
    return is_fooled;
}

static int count_bits(unsigned bits)
{
    int count = 0;

    for (; bits; bits >>= 1) {
        count += (bits & 1) != 0;
    }
    return count;
}

START_TEST(test_in_no_order_is_a_revoked_token_believed)
{
    const plan_t *plan = &plans[_i];
    int orders = 0;
    int fooled = 0;
    unsigned order;

    for (order = 0; order < 1 << STEPS; order++) {
        if (count_bits(order) == STEPS / 2) {
            orders++;
            fooled += run_order(plan, order);
        }
    }
    ck_assert_int_eq(orders, 20);
    ck_assert_msg((fooled == 0) == plan->is_safe, "%d orders of %d", fooled,
                  orders);
}
END_TEST

/* A crowd of checks, of which one revokes in each round. */

#define ROUNDS 400

typedef struct arena_t {
    jt_revocations_t *revocations;
    volatile apr_uint32_t rows[ROUNDS]; /* 1: deleted */
    volatile apr_uint32_t revoked[ROUNDS];
    volatile apr_uint32_t fooled;
} arena_t;

static void revoke_row(arena_t *arena, int round)
{
    jt_revocations_add(arena->revocations, id, START + round);
    apr_atomic_set32(&arena->rows[round], 1);
    jt_revocations_add(arena->revocations, id, START + round);
    apr_atomic_set32(&arena->revoked[round], 1);
}

static void check_row(arena_t *arena, int round)
{
    jt_revocations_stamp_t stamp = stamp_of(arena->revocations, id, START);
    jt_revocations_stamp_t foreign = foreign_stamp(START + round);

    if (apr_atomic_read32(&arena->rows[round])) {
        return;
    }
    while (!apr_atomic_read32(&arena->revoked[round])) {
        jt_revocations_is_current(arena->revocations, id, &stamp);
    }
    if (jt_revocations_is_current(arena->revocations, id, &stamp)
        || jt_revocations_is_current(arena->revocations, id, &foreign)) {
        apr_atomic_inc32(&arena->fooled);
    }
}

static void check_in_rounds(void *memory, int number)
{
    arena_t *arena = memory;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        crowd_wait();
        if (number == 0) {
            revoke_row(arena, round);
        }
        else {
            check_row(arena, round);
        }
    }
}

START_TEST(test_no_one_of_a_crowd_believes_what_is_revoked)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

    arena->revocations = make_revocations();
    crowd_meet(&crowd_kinds[_i], check_in_rounds, arena);
    ck_assert_uint_eq(arena->fooled, 0);
    ck_assert_uint_eq(jt_revocations_generation(arena->revocations, id),
                      2 * ROUNDS);
}
END_TEST

static void revoke_at_once(void *memory, int number)
{
    int round;

    for (round = 0; round < ROUNDS; round++) {
        jt_revocations_add(memory, id,
                           START + (number * 7919 + round * 31) % 1000);
    }
    jt_revocations_add(memory, id, START + 1000 + number);
}

START_TEST(test_of_a_crowd_s_revocations_none_and_no_time_is_lost)
{
    jt_revocations_t *revocations = make_revocations();
    int size = crowd_size(&crowd_kinds[_i]);
    jt_revocations_stamp_t stamp = foreign_stamp(START + 1000 + size - 1);

    crowd_meet(&crowd_kinds[_i], revoke_at_once, revocations);
    ck_assert_uint_eq(jt_revocations_generation(revocations, id),
                      (apr_uint32_t)(size * (ROUNDS + 1)));
    ck_assert(!jt_revocations_is_current(revocations, id, &stamp));
    stamp.asked_at++;
    ck_assert(jt_revocations_is_current(revocations, id, &stamp));
}
END_TEST

Suite *units_revocations(void)
{
    Suite *suite = suite_create("revocations");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_an_answer_is_current_until_its_token_is_revoked);
    tcase_add_test(rules, test_only_ids_of_the_same_range_are_asked_about_anew);
    tcase_add_test(rules, test_every_range_is_its_own);
    tcase_add_test(rules, test_generations_wrap_and_stay_apart);
    tcase_add_test(rules, test_another_httpd_s_answers_go_by_their_time);
    tcase_add_test(
        rules,
        test_another_httpd_s_answers_are_current_where_nothing_is_revoked);
    tcase_add_test(rules, test_a_clock_set_back_takes_nothing_back);
    tcase_add_test(rules, test_a_revocation_before_the_start_is_one);
    tcase_add_test(rules,
                   test_memory_of_any_content_begins_without_revocations);
    tcase_add_test(rules,
                   test_of_one_that_is_distrusted_no_answer_is_current);
    tcase_add_loop_test(rules, test_in_no_order_is_a_revoked_token_believed, 0,
                        UNITS_COUNT(plans));
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd, test_no_one_of_a_crowd_believes_what_is_revoked,
                        0, CROWD_KINDS);
    tcase_add_loop_test(crowd,
                        test_of_a_crowd_s_revocations_none_and_no_time_is_lost,
                        0, CROWD_KINDS);
    return suite;
}
