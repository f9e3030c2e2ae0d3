/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants, where a crowd reads and writes at once: nobody
 * ever finds another id's bytes, nor some of one version and some of another.
 */
#include "units.h"

#include <apr_atomic.h>

#include "grants.h"

/* All is in two sets of either area. An entry says whose it is, and of which
 * version; all its bytes come from that. */

#define IDS 40
#define ROUNDS 250
#define LEAST 8

typedef struct arena_t {
    table_t table;
    volatile apr_uint32_t versions;
    volatile apr_uint32_t wrong;
} arena_t;

static unsigned char *make_crowd_id(test_id_t id, unsigned number)
{
    return make_id(id, number % 2 ? 0xffffffffU : 0, number);
}

static apr_size_t write_version(unsigned char *bytes, unsigned number,
                                unsigned version)
{
    unsigned kind = mix(number + 31 * version);
    apr_size_t length = LEAST + (kind % 4 ? kind % 100 : kind % 2048);

    make_bytes(bytes, length, number, version);
    memcpy(bytes, &number, sizeof(number));
    memcpy(bytes + sizeof(number), &version, sizeof(version));
    return length;
}

static int is_whole(const unsigned char *bytes, apr_size_t length,
                    unsigned number)
{
    unsigned char expected[JT_GRANTS_LONGEST];
    unsigned version;

    memcpy(&version, bytes + sizeof(number), sizeof(version));
    return length >= LEAST && write_version(expected, number, version) == length
           && !memcmp(expected, bytes, length);
}

static void store_version(arena_t *arena, const jt_grants_t *grants,
                          unsigned number)
{
    unsigned char bytes[JT_GRANTS_LONGEST];
    unsigned version = apr_atomic_inc32(&arena->versions);
    test_id_t id;
    jt_grants_item_t item = { make_crowd_id(id, number), bytes,
                              write_version(bytes, number, version),
                              version };

    jt_grants_store(grants, &item);
}

static void look(arena_t *arena, const jt_grants_t *grants, unsigned number)
{
    unsigned char bytes[JT_GRANTS_LONGEST];
    test_id_t id;
    apr_size_t length = jt_grants_find(grants, make_crowd_id(id, number),
                                       bytes);

    if (length && !is_whole(bytes, length, number)) {
        apr_atomic_inc32(&arena->wrong);
    }
}

static void store_and_look(void *memory, int number)
{
    arena_t *arena = memory;
    jt_grants_t grants = arena->table.grants;
    unsigned seed = mix((unsigned)number + 1);
    int round;

    jt_grants_set_self(&grants, (apr_uint32_t)getpid());
    for (round = 0; round < ROUNDS; round++) {
        unsigned chosen = seed % IDS;

        store_version(arena, &grants, chosen);
        look(arena, &grants, chosen);
        look(arena, &grants, mix(seed) % IDS);
        seed = mix(seed + 1);
    }
}

/* As are the places of all whom the crowd has left. */
static void check_all_places(const table_t *table)
{
    int area;

    for (area = 0; area < (int)UNITS_COUNT(each_area); area++) {
        unsigned number;

        for (number = 101; number <= 100 + WAYS; number++) {
            store(table, each_area[area], number, 0xffffffff);
        }
        for (number = 101; number <= 100 + WAYS; number++) {
            check_found(table, each_area[area], number);
        }
    }
}

START_TEST(test_no_one_of_a_crowd_finds_other_or_torn_bytes)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

    make_table(&arena->table, JT_GRANTS_FEWEST);
    crowd_meet(&crowd_kinds[_i], store_and_look, arena);
    ck_assert_uint_eq(arena->wrong, 0);
    ck_assert_uint_eq(arena->versions,
                      (apr_uint32_t)crowd_size(&crowd_kinds[_i]) * ROUNDS);
    check_all_places(&arena->table);
}
END_TEST

/* One stores one id again and again, the others do nothing but look. */
static void store_or_look(void *memory, int number)
{
    arena_t *arena = memory;
    jt_grants_t grants = arena->table.grants;
    int round;

    jt_grants_set_self(&grants, (apr_uint32_t)getpid());
    for (round = 0; round < 4 * ROUNDS; round++) {
        if (number == 0) {
            store_version(arena, &grants, 2);
        }
        else {
            look(arena, &grants, 2);
        }
    }
}

START_TEST(test_who_looks_while_one_stores_finds_a_whole_one)
{
    arena_t *arena = crowd_memory(sizeof(*arena), units_pool);

    make_table(&arena->table, JT_GRANTS_FEWEST);
    crowd_meet(&crowd_kinds[_i], store_or_look, arena);
    ck_assert_uint_eq(arena->wrong, 0);
    check_all_places(&arena->table);
}
END_TEST

Suite *units_grants_crowd(void)
{
    Suite *suite = suite_create("grants_crowd");
    TCase *crowd = units_case(suite, "crowd");

    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_loop_test(crowd,
                        test_no_one_of_a_crowd_finds_other_or_torn_bytes, 0,
                        CROWD_KINDS);
    tcase_add_loop_test(crowd,
                        test_who_looks_while_one_stores_finds_a_whole_one, 0,
                        CROWD_KINDS);
    return suite;
}
