/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants where writers meet, or are killed half-way.
 */
#include "units.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "grants.h"

/* Begins to write an entry of the first set, and does not end.
 * @return whether it could begin */
static int open_only(const table_t *table, apr_size_t length, unsigned number,
                     jt_grants_place_t *place)
{
    static const unsigned char nothing[JT_GRANTS_LONGEST];
    test_id_t id;
    jt_grants_item_t item = { make_id(id, 0, number), nothing, length, 9 };

    jt_grants_open(&table->grants, &item, place);
    return place->set != NULL;
}

static void end(const jt_grants_place_t *place, apr_size_t length,
                unsigned number)
{
    unsigned char bytes[JT_GRANTS_LONGEST];
    test_id_t id;
    jt_grants_item_t item = { make_id(id, 0, number), bytes, length, 9 };

    make_bytes(bytes, length, number, 0);
    jt_grants_close(place, &item);
}

START_TEST(test_an_entry_being_written_is_none_until_it_is_written)
{
    apr_size_t length = each_area[_i];
    jt_grants_place_t place;
    table_t table;

    make_table(&table, JT_GRANTS_FEWEST);
    fill(&table, length, 1);
    ck_assert(open_only(&table, length, 3, &place));
    check_all_but(&table, length, 3);
    end(&place, length, 3);
    check_all_but(&table, length, 0);
}
END_TEST

START_TEST(test_an_entry_being_written_is_nobody_else_s)
{
    apr_size_t length = each_area[_i];
    jt_grants_place_t place;
    jt_grants_place_t other;
    table_t table;

    make_table(&table, JT_GRANTS_FEWEST);
    fill(&table, length, 1);
    ck_assert(open_only(&table, length, 3, &place));
    ck_assert(!open_only(&table, length, 3, &other));
    store(&table, length, 3, 9);
    ck_assert_uint_eq(find(&table, 3), 0);
    end(&place, length, 3);
    check_all_but(&table, length, 0);
}
END_TEST

START_TEST(test_the_other_seven_are_used_while_one_is_written)
{
    apr_size_t length = each_area[_i];
    jt_grants_place_t place;
    table_t table;
    unsigned first;

    make_table(&table, JT_GRANTS_FEWEST);
    ck_assert(open_only(&table, length, 99, &place));
    for (first = 1; first <= 17; first += WAYS) {
        fill(&table, length, first);
        ck_assert_int_eq(count_found(&table, first + WAYS - 1), WAYS - 1);
    }
    end(&place, length, 99);
    ck_assert_uint_eq(find(&table, 99), length);
    ck_assert_int_eq(count_found(&table, 24), WAYS - 1);
}
END_TEST

START_TEST(test_where_all_are_written_nothing_is_stored)
{
    apr_size_t length = each_area[_i];
    jt_grants_place_t places[WAYS];
    jt_grants_place_t none;
    table_t table;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    for (n = 0; n < WAYS; n++) {
        ck_assert(open_only(&table, length, n + 1, &places[n]));
    }
    ck_assert(!open_only(&table, length, 9, &none));
    store(&table, length, 9, 9);
    ck_assert_int_eq(count_found(&table, 9), 0);
    for (n = 0; n < WAYS; n++) {
        end(&places[n], length, n + 1);
    }
    check_all_but(&table, length, 0);
}
END_TEST

/* Both find that the other has not stored it yet. The second to end is not
 * found then, or the first: each is whole. */
START_TEST(test_of_two_who_store_one_id_one_is_found)
{
    apr_size_t length = each_area[_i];
    jt_grants_place_t place;
    table_t table;

    make_table(&table, JT_GRANTS_FEWEST);
    ck_assert(open_only(&table, length, 1, &place));
    store(&table, length, 1, 9);
    check_found(&table, length, 1);
    end(&place, length, 1);
    check_found(&table, length, 1);
}
END_TEST

/* Its one entry in the other area is being written. */
START_TEST(test_an_entry_changes_areas_while_it_is_written)
{
    jt_grants_place_t place;
    table_t table;

    make_table(&table, JT_GRANTS_FEWEST);
    store(&table, SHORT, 1, 9);
    ck_assert(open_only(&table, SHORT, 1, &place));
    store(&table, LONG, 1, 9);
    check_found(&table, LONG, 1);
    end(&place, SHORT, 1);
    check_found(&table, SHORT, 1);
}
END_TEST

typedef struct scene_t {
    table_t table;
    apr_size_t length;
    unsigned number;
} scene_t;

/* The work of a process that is killed then. */
static void begin_to_write(void *memory, int number)
{
    scene_t *scene = memory;
    jt_grants_place_t place;

    (void)number;
    jt_grants_set_self(&scene->table.grants, (apr_uint32_t)getpid());
    if (!open_only(&scene->table, scene->length, scene->number, &place)) {
        _exit(EXIT_FAILURE);
    }
}

START_TEST(test_who_is_killed_half_way_leaves_a_miss)
{
    apr_size_t length = each_area[_i];
    crowd_victim_t victim;
    scene_t scene = { 0 };

    make_table(&scene.table, JT_GRANTS_FEWEST);
    scene.length = length;
    scene.number = 3;
    fill(&scene.table, length, 1);
    crowd_fork(&victim, begin_to_write, &scene);
    check_all_but(&scene.table, length, 3);
    crowd_kill(&victim);
    /* a zombie lives, as far as others can tell */
    store(&scene.table, length, 3, 9);
    check_all_but(&scene.table, length, 3);
    crowd_bury(&victim);
    check_all_but(&scene.table, length, 3);
    store(&scene.table, length, 3, 9);
    check_all_but(&scene.table, length, 0);
}
END_TEST

START_TEST(test_the_place_of_a_killed_one_is_another_s)
{
    apr_size_t length = each_area[_i];
    crowd_victim_t victim;
    scene_t scene = { 0 };

    make_table(&scene.table, JT_GRANTS_FEWEST);
    scene.length = length;
    scene.number = 99;
    crowd_fork(&victim, begin_to_write, &scene);
    fill(&scene.table, length, 1);
    ck_assert_int_eq(count_found(&scene.table, WAYS), WAYS - 1);
    crowd_kill(&victim);
    fill(&scene.table, length, 1);
    ck_assert_int_eq(count_found(&scene.table, WAYS), WAYS - 1);
    crowd_bury(&victim);
    fill(&scene.table, length, 1);
    check_all_but(&scene.table, length, 0);
    ck_assert_uint_eq(find(&scene.table, 99), 0);
}
END_TEST

START_TEST(test_eight_killed_ones_leave_a_set_as_good_as_new)
{
    apr_size_t length = each_area[_i];
    crowd_victim_t victims[WAYS];
    scene_t scene = { 0 };
    int i;

    make_table(&scene.table, JT_GRANTS_FEWEST);
    scene.length = length;
    for (i = 0; i < WAYS; i++) {
        scene.number = 100 + (unsigned)i;
        crowd_fork(&victims[i], begin_to_write, &scene);
    }
    store(&scene.table, length, 1, 9);
    ck_assert_uint_eq(find(&scene.table, 1), 0);
    for (i = 0; i < WAYS; i++) {
        crowd_kill(&victims[i]);
        crowd_bury(&victims[i]);
    }
    fill(&scene.table, length, 1);
    check_all_but(&scene.table, length, 0);
}
END_TEST

static void die(int signal)
{
    (void)signal;
    kill(getpid(), SIGKILL);
}

/* The bytes to be stored are not mapped from one on. */
static void die_in_the_middle(const scene_t *scene, apr_size_t readable)
{
    unsigned char *bytes = (unsigned char *)make_fenced(readable);
    test_id_t id;
    jt_grants_item_t item = { make_id(id, 0, scene->number), bytes,
                              scene->length, 9 };

    signal(SIGSEGV, die);
    signal(SIGBUS, die);
    memset(bytes, 0x77, readable);
    jt_grants_store(&scene->table.grants, &item);
    _exit(EXIT_FAILURE);
}

static void kill_writing(scene_t *scene, apr_size_t readable)
{
    int status;
    pid_t pid = fork();

    if (!pid) {
        jt_grants_set_self(&scene->table.grants, (apr_uint32_t)getpid());
        die_in_the_middle(scene, readable);
    }
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}

START_TEST(test_who_is_killed_after_any_word_leaves_a_miss)
{
    apr_size_t length = each_area[_i];
    apr_size_t readable;
    scene_t scene = { 0 };

    make_table(&scene.table, JT_GRANTS_FEWEST);
    scene.length = length;
    for (readable = 8; readable < length; readable += length / 10) {
        fill(&scene.table, length, 1);
        check_all_but(&scene.table, length, 0);
        scene.number = 5;
        kill_writing(&scene, readable);
        check_all_but(&scene.table, length, 5);
        scene.number = 99;
        kill_writing(&scene, readable);
        ck_assert_uint_eq(find(&scene.table, 99), 0);
    }
    /* none of the places is lost */
    for (scene.number = 1; scene.number <= WAYS; scene.number++) {
        store(&scene.table, length, scene.number, 10);
    }
    check_all_but(&scene.table, length, 0);
}
END_TEST

Suite *units_grants_faults(void)
{
    Suite *suite = suite_create("grants_faults");
    TCase *writers = units_case(suite, "writers");
    int areas = UNITS_COUNT(each_area);


    tcase_add_loop_test(
        writers, test_an_entry_being_written_is_none_until_it_is_written, 0,
        areas);
    tcase_add_loop_test(
        writers, test_an_entry_being_written_is_nobody_else_s, 0, areas);
    tcase_add_loop_test(
        writers, test_the_other_seven_are_used_while_one_is_written, 0, areas);
    tcase_add_loop_test(writers, test_where_all_are_written_nothing_is_stored,
                        0, areas);
    tcase_add_loop_test(writers, test_of_two_who_store_one_id_one_is_found, 0,
                        areas);
    tcase_add_test(writers, test_an_entry_changes_areas_while_it_is_written);
    tcase_add_loop_test(writers, test_who_is_killed_half_way_leaves_a_miss, 0,
                        areas);
    tcase_add_loop_test(writers, test_the_place_of_a_killed_one_is_another_s,
                        0, areas);
    tcase_add_loop_test(
        writers, test_eight_killed_ones_leave_a_set_as_good_as_new, 0, areas);
    tcase_add_loop_test(
        writers, test_who_is_killed_after_any_word_leaves_a_miss, 0, areas);
    return suite;
}
