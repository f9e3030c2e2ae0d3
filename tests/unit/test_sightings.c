/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a child has seen today: once each, and what becomes of them.
 */
#include "units.h"

#include <apr_atomic.h>
#include <apr_strings.h>

#include "crowd.h"
#include "state/jt_sightings.h"

static int servers[2]; /* their addresses are compared, and nothing else is */

static jt_sightings_t *make_sightings(void)
{
    jt_sightings_t *made;

    UNITS_OK(jt_sightings_make(&made, units_pool));
    return made;
}

static jt_sighting_t sight(int server, apr_int64_t day, const char *user)
{
    jt_sighting_t made;

    memset(&made, 0, sizeof(made));
    made.server = &servers[server];
    made.day = day;
    apr_cpystrn(made.user, user, sizeof(made.user));
    return made;
}

static int has(jt_sightings_t *all, int server, apr_int64_t day,
               const char *user)
{
    jt_sighting_t one = sight(server, day, user);

    return jt_sightings_has(all, &one);
}

static int add(jt_sightings_t *all, int server, apr_int64_t day,
               const char *user)
{
    jt_sighting_t one = sight(server, day, user);

    return jt_sightings_add(all, &one);
}

static int take_all(jt_sightings_t *all)
{
    jt_sighting_t one;
    int taken = 0;

    while (jt_sightings_take(all, &one)) {
        taken++;
    }
    return taken;
}

START_TEST(test_a_person_is_noted_once_a_day_and_server)
{
    jt_sightings_t *all = make_sightings();
    jt_sighting_t one;

    ck_assert(!has(all, 0, 1, "alice"));
    ck_assert(add(all, 0, 1, "alice"));
    ck_assert(has(all, 0, 1, "alice"));
    ck_assert(!add(all, 0, 1, "alice"));
    ck_assert(!has(all, 0, 1, "Alice") && !has(all, 0, 1, "alice "));
    ck_assert(!has(all, 1, 1, "alice") && !has(all, 0, 2, "alice"));
    add(all, 1, 1, "alice");
    ck_assert(jt_sightings_take(all, &one));
    ck_assert_ptr_eq(one.server, &servers[0]);
    ck_assert_str_eq(one.user, "alice");
    ck_assert_int_eq(one.day, 1);
    ck_assert_int_eq(take_all(all), 1);
    /* It is written. */
    ck_assert(add(all, 0, 1, "alice"));
    ck_assert_int_eq(take_all(all), 0);
}
END_TEST

START_TEST(test_the_next_day_begins_anew_and_the_day_before_does_not_come_back)
{
    jt_sightings_t *all = make_sightings();

    add(all, 0, 1, "alice");
    add(all, 0, 1, "bob");
    add(all, 0, 2, "alice");
    ck_assert(has(all, 0, 2, "alice") && !has(all, 0, 2, "bob"));
    ck_assert(!has(all, 0, 1, "alice"));
    add(all, 0, 1, "carol"); /* whose request was slow */
    ck_assert(has(all, 0, 2, "alice") && has(all, 0, 1, "carol"));
    ck_assert_int_eq(take_all(all), 4);
}
END_TEST

START_TEST(test_a_full_queue_leaves_the_rest_for_later)
{
    jt_sightings_t *all = make_sightings();
    int i;

    for (i = 0; i < JT_SIGHTINGS_SIZE + 9; i++) {
        add(all, 0, 1, apr_itoa(units_pool, i));
    }
    for (i = 0; i < JT_SIGHTINGS_SIZE + 9; i++) {
        ck_assert_int_eq(has(all, 0, 1, apr_itoa(units_pool, i)),
                         i < JT_SIGHTINGS_SIZE);
    }
    ck_assert_int_eq(take_all(all), JT_SIGHTINGS_SIZE);
}
END_TEST

START_TEST(test_what_is_forgotten_is_noted_again)
{
    jt_sightings_t *all = make_sightings();

    add(all, 0, 1, "alice");
    take_all(all);
    ck_assert(add(all, 0, 1, "bob"));
    jt_sightings_forget(all);
    ck_assert(!has(all, 0, 1, "alice") && !has(all, 0, 1, "bob"));
    ck_assert(!add(all, 0, 1, "bob")); /* the writer is still the writer */
    ck_assert_int_eq(take_all(all), 1);
    ck_assert(add(all, 0, 1, "alice"));
}
END_TEST

/* Thousands of people a day are remembered, nearly all of them. */
START_TEST(test_ten_thousand_people_are_remembered)
{
    jt_sightings_t *all = make_sightings();
    int known = 0;
    int i;

    for (i = 0; i < 10000; i++) {
        const char *user = apr_psprintf(units_pool, "user%d", i);

        ck_assert(!has(all, 0, 1, user));
        add(all, 0, 1, user);
        ck_assert_int_eq(take_all(all), 1);
    }
    for (i = 0; i < 10000; i++) {
        known += has(all, 0, 1, apr_psprintf(units_pool, "user%d", i));
    }
    ck_assert_int_ge(known, 9900);
}
END_TEST

#define PEOPLE 100

typedef struct arena_t {
    jt_sightings_t *all;
    volatile apr_uint32_t writers;
    volatile apr_uint32_t too_many;
    volatile apr_uint32_t written;
} arena_t;

static void write_all(arena_t *arena)
{
    jt_sighting_t one;

    while (jt_sightings_take(arena->all, &one)) {
        if (apr_atomic_inc32(&arena->writers)) {
            apr_atomic_inc32(&arena->too_many);
        }
        apr_atomic_inc32(&arena->written);
        apr_atomic_dec32(&arena->writers);
    }
}

/* Everybody is seen by every thread. */
static void see_all(void *memory, int number)
{
    arena_t *arena = memory;
    jt_sighting_t one;
    int i;

    for (i = 0; i < PEOPLE; i++) {
        memset(&one, 0, sizeof(one));
        one.day = 1;
        apr_snprintf(one.user, sizeof(one.user), "%d",
                     (i + number * 7) % PEOPLE);
        if (!jt_sightings_has(arena->all, &one)
            && jt_sightings_add(arena->all, &one)) {
            write_all(arena);
        }
    }
}

START_TEST(test_threads_write_each_once_and_one_at_a_time)
{
    int round;

    for (round = 0; round < 20; round++) {
        arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

        arena->all = make_sightings();
        crowd_meet(&crowd_kinds[0], see_all, arena);
        ck_assert_uint_eq(arena->too_many, 0);
        ck_assert_uint_eq(arena->written, PEOPLE);
    }
}
END_TEST

Suite *units_sightings(void)
{
    Suite *suite = suite_create("sightings");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_test(rules, test_a_person_is_noted_once_a_day_and_server);
    tcase_add_test(
        rules,
        test_the_next_day_begins_anew_and_the_day_before_does_not_come_back);
    tcase_add_test(rules, test_a_full_queue_leaves_the_rest_for_later);
    tcase_add_test(rules, test_what_is_forgotten_is_noted_again);
    tcase_add_test(rules, test_ten_thousand_people_are_remembered);
    tcase_add_test(crowd, test_threads_write_each_once_and_one_at_a_time);
    return suite;
}
