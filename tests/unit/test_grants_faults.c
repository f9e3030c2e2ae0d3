/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants where something goes wrong: writers that are
 * killed or stopped half-way, and memory that is corrupt.
 */
#include "units.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "grants.h"

/* A set, as state/jt_grants.c lays it out. */

#define LINE 64

static apr_uint32_t *get_tags(const jt_grants_area_t *area)
{
    return (apr_uint32_t *)(void *)area->memory;
}

static apr_uint32_t *get_sequences(const jt_grants_area_t *area)
{
    return get_tags(area) + WAYS;
}

static char *get_entry(const jt_grants_area_t *area, unsigned way)
{
    return area->memory + LINE + (area->set_size - LINE) / WAYS * way;
}

static apr_uint32_t *get_writer(const jt_grants_area_t *area, unsigned way)
{
    return (apr_uint32_t *)(void *)get_entry(area, way);
}

static unsigned long *get_length(const jt_grants_area_t *area, unsigned way)
{
    return (unsigned long *)(void *)(get_entry(area, way) + 8);
}

static const jt_grants_area_t *get_area(const table_t *table,
                                        apr_size_t length)
{
    return length == SHORT ? &table->grants.small : &table->grants.large;
}

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

/* All eight, from a number on. */
static void fill(const table_t *table, apr_size_t length, unsigned first)
{
    unsigned number;

    for (number = first; number < first + WAYS; number++) {
        store(table, length, number, 9);
    }
}

/* Each of the numbers 1 to 8 is found, but one. */
static void check_all_but(const table_t *table, apr_size_t length,
                          unsigned missing)
{
    unsigned number;

    for (number = 1; number <= WAYS; number++) {
        if (number == missing) {
            ck_assert_uint_eq(find(table, number), 0);
        }
        else {
            check_found(table, length, number);
        }
    }
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

/* Memory that is corrupt. */

START_TEST(test_an_odd_sequence_is_a_miss)
{
    apr_size_t length = each_area[_i];
    table_t table;
    apr_uint32_t *sequences;
    int way;

    make_table(&table, JT_GRANTS_FEWEST);
    sequences = get_sequences(get_area(&table, length));
    fill(&table, length, 1);
    for (way = 0; way < WAYS; way++) {
        sequences[way] ^= 1;
        check_all_but(&table, length, (unsigned)way + 1);
        sequences[way] = 0xffffffff;
        check_all_but(&table, length, (unsigned)way + 1);
        store(&table, length, (unsigned)way + 1, 9);
        check_all_but(&table, length, 0);
    }
}
END_TEST

START_TEST(test_a_sequence_wraps)
{
    apr_size_t length = each_area[_i];
    table_t table;
    apr_uint32_t *sequences;
    int times;

    make_table(&table, JT_GRANTS_FEWEST);
    sequences = get_sequences(get_area(&table, length));
    fill(&table, length, 1);
    sequences[0] = 0xfffffffe;
    for (times = 0; times < 3; times++) {
        check_all_but(&table, length, 0);
        store(&table, length, 1, 9);
    }
    ck_assert_uint_eq(sequences[0], 4);
}
END_TEST

START_TEST(test_another_tag_is_a_miss)
{
    static const apr_uint32_t tags[] = { 0, 2, 77, 0xffffffff };
    apr_size_t length = each_area[_i];
    table_t table;
    size_t i;

    make_table(&table, JT_GRANTS_FEWEST);
    for (i = 0; i < UNITS_COUNT(tags); i++) {
        fill(&table, length, 1);
        get_tags(get_area(&table, length))[0] = tags[i];
        check_all_but(&table, length, 1);
    }
    fill(&table, length, 1);
    check_all_but(&table, length, 0);
}
END_TEST

/* The reader's buffer ends where nothing is mapped, and so does the last entry
 * of the table. */
START_TEST(test_a_length_beyond_the_longest_is_a_miss)
{
    apr_size_t length = each_area[_i];
    apr_size_t room = length == SHORT ? 208 : JT_GRANTS_LONGEST;
    static const unsigned long far[] = {
        4096, 65536, 0x7fffffff, 0x80000000UL, 0xffffffffUL, 1UL << 32,
        ~0UL >> 1, ~0UL - 7, ~0UL - 6, ~0UL
    };
    unsigned long *at;
    apr_size_t claimed;
    table_t table;
    size_t i;

    make_table(&table, JT_GRANTS_FEWEST);
    at = get_length(get_area(&table, length), 0);
    store(&table, length, 1, 9);
    ck_assert_uint_eq(*at, length);
    for (claimed = 0; claimed <= room + 100; claimed++) {
        *at = claimed;
        ck_assert_uint_eq(find(&table, 1), claimed <= room ? claimed : 0);
    }
    for (i = 0; i < UNITS_COUNT(far); i++) {
        *at = far[i];
        ck_assert_uint_eq(find(&table, 1), 0);
    }
    store(&table, length, 1, 9);
    check_found(&table, length, 1);
}
END_TEST

/* Of a process that lives, of none, and of several at once (kill(2)). */
START_TEST(test_any_writer_ends_nothing_but_storing_there)
{
    static const apr_uint32_t writers[] = {
        1, 0x7fffffff, 0x80000000U, 0xfffffffeU, 0xffffffffU
    };
    apr_size_t length = each_area[_i];
    table_t table;
    size_t i;

    make_table(&table, JT_GRANTS_FEWEST);
    fill(&table, length, 1);
    for (i = 0; i < UNITS_COUNT(writers); i++) {
        *get_writer(get_area(&table, length), 0) = writers[i];
        check_all_but(&table, length, 0);
        store(&table, length, 2, 9);
        store(&table, length, 1, 9);
        check_all_but(&table, length,
                      find(&table, 1) ? 0 : 1);
    }
}
END_TEST

static void scribble(char *memory, apr_size_t size, unsigned seed)
{
    apr_size_t i;

    for (i = 0; i < size; i += sizeof(seed)) {
        seed = mix(seed + 1);
        memcpy(memory + i, &seed, sizeof(seed));
    }
}

START_TEST(test_in_any_memory_nothing_is_found_that_was_not_stored)
{
    static const unsigned char fills[] = { 0x01, 0x7f, 0x80, 0xfe, 0xff };
    table_t table;
    unsigned round;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    for (round = 0; round < UNITS_COUNT(fills) + 5; round++) {
        if (round < UNITS_COUNT(fills)) {
            memset(table.memory, fills[round], table.size);
        }
        else {
            scribble(table.memory, table.size, round);
        }
        for (n = 1; n <= 2 * WAYS; n++) {
            apr_size_t length = each_area[n % 2];

            ck_assert_uint_eq(find(&table, n), 0);
            store(&table, length, n, 9);
            if (find(&table, n)) {
                check_found(&table, length, n);
            }
        }
    }
}
END_TEST

/* Each word of the first set, by what else could stand there. Whoever stored
 * it, an entry of another id is never found. */
START_TEST(test_of_any_corrupt_word_no_other_id_is_found)
{
    static const apr_uint32_t masks[] = { 1, 2, 0x80000000U, 0xffffffffU };
    apr_size_t length = each_area[_i];
    const jt_grants_area_t *area;
    table_t table;
    apr_size_t at;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    area = get_area(&table, length);
    fill(&table, length, 1);
    for (at = 0; at < area->set_size; at += sizeof(apr_uint32_t)) {
        apr_uint32_t *word = (apr_uint32_t *)(void *)(area->memory + at);

        for (n = 0; n < UNITS_COUNT(masks); n++) {
            apr_uint32_t was = *word;
            unsigned who = 1 + (unsigned)(at % WAYS);
            apr_size_t found;

            *word ^= masks[n];
            ck_assert_uint_eq(find(&table, 9 + who), 0);
            found = find(&table, who);
            ck_assert_uint_le(found, JT_GRANTS_LONGEST);
            *word = was;
        }
    }
    check_all_but(&table, length, 0);
}
END_TEST

static void add_writers(Suite *suite, int areas)
{
    TCase *writers = units_case(suite, "writers");

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
}

static void add_memory(Suite *suite, int areas)
{
    TCase *memory = units_case(suite, "memory");

    tcase_add_loop_test(memory, test_an_odd_sequence_is_a_miss, 0, areas);
    tcase_add_loop_test(memory, test_a_sequence_wraps, 0, areas);
    tcase_add_loop_test(memory, test_another_tag_is_a_miss, 0, areas);
    tcase_add_loop_test(memory, test_a_length_beyond_the_longest_is_a_miss, 0,
                        areas);
    tcase_add_loop_test(memory,
                        test_any_writer_ends_nothing_but_storing_there, 0,
                        areas);
    tcase_add_test(memory,
                   test_in_any_memory_nothing_is_found_that_was_not_stored);
    tcase_add_loop_test(memory, test_of_any_corrupt_word_no_other_id_is_found,
                        0, areas);
}

Suite *units_grants_faults(void)
{
    Suite *suite = suite_create("grants_faults");
    int areas = UNITS_COUNT(each_area);

    add_writers(suite, areas);
    add_memory(suite, areas);
    return suite;
}
