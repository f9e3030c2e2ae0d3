/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants where its memory is corrupt: what is found was
 * stored, or it is a miss, or corrupt. The table and the reader's buffer end
 * where nothing is mapped.
 */
#include "units.h"

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
START_TEST(test_another_length_is_corrupt)
{
    apr_size_t length = each_area[_i];
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
    *at = 0;
    ck_assert_uint_eq(find(&table, 1), 0);
    for (claimed = 1; claimed <= JT_GRANTS_LONGEST + 100; claimed++) {
        *at = claimed;
        ck_assert_uint_eq(find(&table, 1), claimed == length
                                               ? length : JT_GRANTS_CORRUPT);
    }
    for (i = 0; i < UNITS_COUNT(far); i++) {
        *at = far[i];
        ck_assert_uint_eq(find(&table, 1), JT_GRANTS_CORRUPT);
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

            /* an id of 32 bytes is there by no chance */
            ck_assert_uint_eq(find(&table, n), 0);
            store(&table, length, n, 9);
            if (find(&table, n)) {
                check_found(&table, length, n);
            }
        }
    }
}
END_TEST

/* @param at of the word that is corrupt */
static void check_believed(const table_t *table, apr_size_t length,
                           apr_size_t at, const jt_grants_area_t *area)
{
    unsigned whose = at < LINE ? 0 : 1 + (unsigned)((at - LINE)
                                         / ((area->set_size - LINE) / WAYS));
    apr_size_t in_entry = (at - LINE) % ((area->set_size - LINE) / WAYS);
    apr_size_t found = find(table, whose ? whose
                                         : 1 + (unsigned)(at / 4 % WAYS));

    if (found && found != JT_GRANTS_CORRUPT) {
        ck_assert_uint_eq(found, length);
        ck_assert(has_bytes(table, length,
                            whose ? whose : 1 + (unsigned)(at / 4 % WAYS)));
    }
    /* after the writer and until: the length, the checksum, the id, the bytes */
    if (whose && in_entry >= 24 && in_entry < 24 + JT_SECRET_HASH_SIZE) {
        ck_assert_uint_eq(found, 0);
    }
    else if (whose && in_entry >= 8
             && in_entry < 24 + JT_SECRET_HASH_SIZE + length / 8 * 8) {
        ck_assert_uint_eq(found, JT_GRANTS_CORRUPT);
    }
}

/* Each word of the first set, by what else could stand there: an entry is what
 * was stored, none, or corrupt. Only of the bytes themselves it is known that
 * they are. */
START_TEST(test_of_any_corrupt_word_no_byte_is_believed)
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

            *word ^= masks[n];
            check_believed(&table, length, at, area);
            *word = was;
        }
    }
    check_all_but(&table, length, 0);
}
END_TEST

Suite *units_grants_corrupt(void)
{
    Suite *suite = suite_create("grants_corrupt");
    TCase *memory = units_case(suite, "memory");
    int areas = UNITS_COUNT(each_area);


    tcase_add_loop_test(memory, test_an_odd_sequence_is_a_miss, 0, areas);
    tcase_add_loop_test(memory, test_a_sequence_wraps, 0, areas);
    tcase_add_loop_test(memory, test_another_tag_is_a_miss, 0, areas);
    tcase_add_loop_test(memory, test_another_length_is_corrupt, 0, areas);
    tcase_add_loop_test(memory,
                        test_any_writer_ends_nothing_but_storing_there, 0,
                        areas);
    tcase_add_test(memory,
                   test_in_any_memory_nothing_is_found_that_was_not_stored);
    tcase_add_loop_test(memory, test_of_any_corrupt_word_no_byte_is_believed,
                        0, areas);
    return suite;
}
