/* SPDX-License-Identifier: Apache-2.0
 *
 * A revocation against checks that store what they have read: in every order of
 * their steps, with the functions of state/jt_revocations.c and
 * state/jt_grants.c themselves, nobody is admitted by the table once the
 * revocation has ended.
 */
#include "units.h"

#include <unistd.h>

#include "crowd.h"
#include "state/jt_grants.h"
#include "state/jt_revocations.h"

#define START APR_INT64_C(1700000000)

static const unsigned char id[JT_SECRET_HASH_SIZE] = { 1, 2, 3, 4, 5 };

/* What a check has read, and where it writes. */
typedef struct checker_t {
    jt_revocations_stamp_t stamp;
    int has_row;
    jt_grants_place_t place;
} checker_t;

typedef struct world_t {
    jt_grants_t grants;
    jt_revocations_t *revocations;
    int has_row;
    checker_t checkers[2];
} world_t;

/* @param checker NULL for the revocation */
typedef void step_t(world_t *world, checker_t *checker);

static void read_generation(world_t *world, checker_t *checker)
{
    checker->stamp.epoch = world->revocations->epoch;
    checker->stamp.asked_at = START;
    checker->stamp.generation = jt_revocations_generation(world->revocations,
                                                          id);
}

static void read_row(world_t *world, checker_t *checker)
{
    checker->has_row = world->has_row;
}

static jt_grants_item_t make_item(const checker_t *checker)
{
    jt_grants_item_t item = { id, (const unsigned char *)&checker->stamp,
                              sizeof(checker->stamp), 9 };

    return item;
}

/* What has not been found is not stored. */
static void open_place(world_t *world, checker_t *checker)
{
    jt_grants_item_t item = make_item(checker);

    checker->place.set = NULL;
    if (checker->has_row) {
        jt_grants_open(&world->grants, &item, &checker->place);
    }
}

static void close_place(world_t *world, checker_t *checker)
{
    jt_grants_item_t item = make_item(checker);

    (void)world;
    if (checker->place.set) {
        jt_grants_close(&checker->place, &item);
    }
}

static void raise_generation(world_t *world, checker_t *checker)
{
    (void)checker;
    jt_revocations_add(world->revocations, id, START);
}

static void delete_row(world_t *world, checker_t *checker)
{
    (void)checker;
    world->has_row = 0;
}

static void do_nothing(world_t *world, checker_t *checker)
{
    (void)world;
    (void)checker;
}

/* A reader: whether the table admits the token's user. */
static int is_admitted(const world_t *world)
{
    unsigned char bytes[JT_GRANTS_LONGEST];
    jt_revocations_stamp_t stamp;

    if (jt_grants_find(&world->grants, id, bytes) != sizeof(stamp)) {
        return 0;
    }
    memcpy(&stamp, bytes, sizeof(stamp));
    return jt_revocations_is_current(world->revocations, id, &stamp);
}

#define CHECK_STEPS 4
#define REVOKE_STEPS 3
#define CHECKERS 2
#define ACTORS (CHECKERS + 1)

/* Those that are not safe show that the orders find a fault. */
typedef struct plan_t {
    const char *name;
    step_t *check[CHECK_STEPS];
    step_t *revoke[REVOKE_STEPS];
    int is_safe;
} plan_t;

static const plan_t plans[] = {
    { "as it is", { read_generation, read_row, open_place, close_place },
      { raise_generation, delete_row, raise_generation }, 1 },
    { "not raised after the row is gone",
      { read_generation, read_row, open_place, close_place },
      { raise_generation, delete_row, do_nothing }, 0 },
    { "raised twice before",
      { read_generation, read_row, open_place, close_place },
      { raise_generation, raise_generation, delete_row }, 0 },
    { "the generation is read after the row",
      { read_row, read_generation, open_place, close_place },
      { raise_generation, delete_row, raise_generation }, 0 },
    { "the generation is read when it is stored",
      { read_row, open_place, read_generation, close_place },
      { raise_generation, delete_row, raise_generation }, 0 }
};

/* All orders of one plan, and what came of them. */
typedef struct search_t {
    const plan_t *plan;
    apr_uint32_t count; /* of the table */
    char *memory;
    world_t world;
    int order[CHECKERS * CHECK_STEPS + REVOKE_STEPS]; /* the actors */
    int orders;
    int fooled;   /* of these: somebody was admitted after the revocation */
    int admitted; /* somebody was, before it */
} search_t;

static int get_steps(int actor)
{
    return actor < CHECKERS ? CHECK_STEPS : REVOKE_STEPS;
}

/* The id's set is the first one. */
static void begin_anew(search_t *search)
{
    world_t *world = &search->world;
    jt_revocations_t *revocations = world->revocations;

    memset(search->memory, 0, world->grants.small.set_size);
    memset(&revocations->ranges[(id[0] << 8 | id[1]) % JT_REVOCATIONS_RANGES],
           0, sizeof(revocations->ranges[0]));
    memset(world->checkers, 0, sizeof(world->checkers));
    world->has_row = 1;
}

static void run_order(search_t *search, int length)
{
    world_t *world = &search->world;
    int done[ACTORS] = { 0 };
    int is_fooled = 0;
    int is_admitted_before = 0;
    int i;

    begin_anew(search);
    for (i = 0; i < length; i++) {
        int actor = search->order[i];

        if (actor < CHECKERS) {
            search->plan->check[done[actor]++](world, &world->checkers[actor]);
        }
        else {
            search->plan->revoke[done[actor]++](world, NULL);
        }
        if (done[CHECKERS] == REVOKE_STEPS) {
            is_fooled |= is_admitted(world);
        }
        else {
            is_admitted_before |= is_admitted(world);
        }
    }
    search->orders++;
    search->fooled += is_fooled;
    search->admitted += is_admitted_before;
}

/* @param left steps of each actor */
static void run_all(search_t *search, int length, int left[ACTORS])
{
    int actor;
    int is_end = 1;

    for (actor = 0; actor < ACTORS; actor++) {
        if (left[actor]) {
            is_end = 0;
            left[actor]--;
            search->order[length] = actor;
            run_all(search, length + 1, left);
            left[actor]++;
        }
    }
    if (is_end) {
        run_order(search, length);
    }
}

static void make_world(search_t *search)
{
    world_t *world = &search->world;

    search->count = JT_GRANTS_FEWEST;
    search->memory = crowd_memory(jt_grants_size(search->count), units_pool);
    jt_grants_use(&world->grants, search->memory, search->count);
    jt_grants_set_self(&world->grants, (apr_uint32_t)getpid());
    world->revocations = crowd_memory(sizeof(*world->revocations), units_pool);
    jt_revocations_init(world->revocations, 7, START);
}

START_TEST(test_in_no_order_does_the_table_admit_what_is_revoked)
{
    search_t search = { 0 };
    int left[ACTORS];
    int actor;

    search.plan = &plans[_i];
    make_world(&search);
    for (actor = 0; actor < ACTORS; actor++) {
        left[actor] = get_steps(actor);
    }
    run_all(&search, 0, left);
    /* 11! / (4! 4! 3!) */
    ck_assert_int_eq(search.orders, 11550);
    ck_assert_msg((search.fooled == 0) == search.plan->is_safe,
                  "%s: %d orders of %d", search.plan->name, search.fooled,
                  search.orders);
    ck_assert_int_gt(search.admitted, 0);
}
END_TEST

Suite *units_revoke_store(void)
{
    Suite *suite = suite_create("revoke_store");
    TCase *orders = units_case(suite, "orders");

    tcase_add_loop_test(orders,
                        test_in_no_order_does_the_table_admit_what_is_revoked,
                        0, UNITS_COUNT(plans));
    return suite;
}
