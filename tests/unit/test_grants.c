/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants: what is stored is found, byte for byte, who
 * is forgotten, and that no more memory is used than jt_grants_size() says.
 * What goes wrong is in test_grants_faults.c.
 */
#include "units.h"

#include "grants.h"

START_TEST(test_nothing_is_found_in_zeroed_memory)
{
    table_t table;
    test_id_t id = { 0 };

    make_table(&table, JT_GRANTS_FEWEST);
    ck_assert_uint_eq(find(&table, 1), 0);
    /* neither the id that the memory spells */
    ck_assert_uint_eq(jt_grants_find(&table.grants, id, table.found), 0);
}
END_TEST

START_TEST(test_entries_of_every_length_are_found_byte_for_byte)
{
    table_t table;
    apr_size_t length;
    unsigned char *bytes;
    jt_grants_item_t item;
    test_id_t id;

    make_table(&table, JT_GRANTS_FEWEST);
    bytes = (unsigned char *)make_fenced(JT_GRANTS_LONGEST);
    item.id = id;
    item.until = 9;
    for (length = 1; length <= JT_GRANTS_LONGEST; length++) {
        unsigned number = (unsigned)length;

        make_id(id, number * 0x1000193U, number);
        item.bytes = bytes + JT_GRANTS_LONGEST - length;
        item.length = length;
        make_bytes(bytes + JT_GRANTS_LONGEST - length, length, number, 0);
        jt_grants_store(&table.grants, &item);
        memset(table.found, 0xa5, JT_GRANTS_LONGEST);
        ck_assert_uint_eq(jt_grants_find(&table.grants, id, table.found),
                          length);
        ck_assert(!memcmp(table.found, item.bytes, length));
    }
}
END_TEST

START_TEST(test_an_entry_longer_than_the_longest_is_not_stored)
{
    static const apr_size_t lengths[] = {
        0, JT_GRANTS_LONGEST + 1, JT_GRANTS_LONGEST + 7, JT_GRANTS_LONGEST + 8,
        JT_GRANTS_LONGEST + 9, JT_GRANTS_LONGEST + 64, 100000
    };
    table_t table;
    size_t i;

    make_table(&table, JT_GRANTS_FEWEST);
    store(&table, SHORT, 1, 9);
    store(&table, JT_GRANTS_LONGEST, 2, 9);
    for (i = 0; i < UNITS_COUNT(lengths); i++) {
        store(&table, lengths[i], 3, 9);
        ck_assert_uint_eq(find(&table, 3), 0);
    }
    check_found(&table, SHORT, 1);
    check_found(&table, JT_GRANTS_LONGEST, 2);
}
END_TEST

START_TEST(test_an_id_with_any_bit_changed_is_another)
{
    size_t i;
    unsigned bit;

    for (i = 0; i < UNITS_COUNT(each_area); i++) {
        table_t table;
        test_id_t id;

        make_table(&table, JT_GRANTS_FEWEST);
        store(&table, each_area[i], 1, 9);
        for (bit = 0; bit < 8 * JT_SECRET_HASH_SIZE; bit++) {
            make_id(id, 0, 1)[bit / 8] ^= (unsigned char)(1 << bit % 8);
            ck_assert_uint_eq(jt_grants_find(&table.grants, id, table.found),
                              0);
        }
        check_found(&table, each_area[i], 1);
    }
}
END_TEST

/* Two of one tag, and of one set; one has the tag zero, which means free. */
START_TEST(test_ids_of_one_set_and_one_tag_are_told_apart)
{
    table_t table;
    test_id_t ids[WAYS];
    size_t i;
    unsigned n;

    for (i = 0; i < UNITS_COUNT(each_area); i++) {
        make_table(&table, JT_GRANTS_FEWEST);
        for (n = 0; n < WAYS; n++) {
            apr_uint32_t tag = n == 0 ? 0 : 1;

            memcpy(make_id(ids[n], 0, n + 1) + 4, &tag, sizeof(tag));
            store_at(&table, ids[n], each_area[i], n + 1, 9);
        }
        for (n = 0; n < WAYS; n++) {
            ck_assert_uint_eq(jt_grants_find(&table.grants, ids[n],
                                             table.found), each_area[i]);
            ck_assert(has_bytes(&table, each_area[i], n + 1));
        }
    }
}
END_TEST

START_TEST(test_what_is_stored_again_takes_the_place_of_what_was)
{
    table_t table;
    unsigned number;
    unsigned times;

    make_table(&table, JT_GRANTS_FEWEST);
    for (number = 1; number <= WAYS; number++) {
        for (times = 1; times <= 20; times++) {
            store(&table, times * 10, number, 9);
        }
    }
    for (number = 1; number <= WAYS; number++) {
        check_found(&table, 200, number);
    }
}
END_TEST

/* The entry is then pushed out of the area that it is in, and is not found in
 * the other one. */
static void check_is_there_once(apr_size_t before, apr_size_t after)
{
    table_t table;
    unsigned number;

    make_table(&table, JT_GRANTS_FEWEST);
    store(&table, before, 1, 9);
    store(&table, after, 1, 9);
    check_found(&table, after, 1);
    for (number = 2; number < 2 + WAYS; number++) {
        store(&table, after, number, 10);
    }
    ck_assert_uint_eq(find(&table, 1), 0);
    for (number = 2; number < 2 + WAYS; number++) {
        check_found(&table, after, number);
    }
}

START_TEST(test_an_entry_that_becomes_longer_or_shorter_is_there_once)
{
    check_is_there_once(SHORT, LONG);
    check_is_there_once(LONG, SHORT);
    check_is_there_once(SHORT, SHORT + 1);
    check_is_there_once(LONG, LONG - 1);
    check_is_there_once(1, JT_GRANTS_LONGEST);
    check_is_there_once(JT_GRANTS_LONGEST, 1);
}
END_TEST

START_TEST(test_an_entry_that_is_too_long_now_leaves_the_old_one)
{
    table_t table;

    make_table(&table, JT_GRANTS_FEWEST);
    store(&table, SHORT, 1, 9);
    store(&table, JT_GRANTS_LONGEST + 1, 1, 9);
    check_found(&table, SHORT, 1);
}
END_TEST

START_TEST(test_a_full_set_forgets_its_oldest)
{
    /* of the numbers 1 to 8: until when, and in which order they go */
    static const apr_uint32_t until[WAYS] = { 50, 30, 80, 10, 70, 20, 60, 40 };
    static const unsigned order[WAYS] = { 4, 6, 2, 8, 1, 7, 5, 3 };
    apr_size_t length = each_area[_i];
    unsigned all = 0;
    table_t table;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    for (n = 1; n <= WAYS; n++) {
        store(&table, length, n, until[n - 1]);
        all |= 1U << n;
    }
    ck_assert_uint_eq(find_all(&table, 2 * WAYS), all);
    for (n = 0; n < WAYS; n++) {
        store(&table, length, WAYS + 1 + n, 100);
        all = (all & ~(1U << order[n])) | 1U << (WAYS + 1 + n);
        ck_assert_uint_eq(find_all(&table, 2 * WAYS), all);
    }
}
END_TEST

START_TEST(test_other_sets_forget_nothing)
{
    apr_size_t length = each_area[_i];
    table_t table;
    unsigned n;
    test_id_t id;

    make_table(&table, JT_GRANTS_FEWEST);
    store(&table, length, 1, 1);
    for (n = 2; n < 100; n++) {
        store_at(&table, make_id(id, 0xffffffffU, n), length, n, 99);
    }
    check_found(&table, length, 1);
    make_id(id, 0xffffffffU, 99);
    ck_assert_uint_eq(jt_grants_find(&table.grants, id, table.found), length);
}
END_TEST

/* It counts as the oldest. */
START_TEST(test_an_entry_until_zero_is_found_and_forgotten_first)
{
    apr_size_t length = each_area[_i];
    table_t table;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    for (n = 1; n <= WAYS; n++) {
        store(&table, length, n, n == 5 ? 0 : n + 1);
        check_found(&table, length, n);
    }
    ck_assert_int_eq(count_found(&table, WAYS), WAYS);
    store(&table, length, 9, 100);
    ck_assert_uint_eq(find(&table, 5), 0);
    ck_assert_int_eq(count_found(&table, 9), WAYS);
}
END_TEST

/* It would keep its place for as long as the clock was ahead. */
START_TEST(test_what_was_stored_while_the_clock_was_ahead_is_forgotten_first)
{
    const apr_uint32_t now = 1700000000;
    apr_size_t length = each_area[_i];
    table_t table;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    for (n = 1; n <= WAYS; n++) {
        store(&table, length, n, n < WAYS ? now + JT_GRANTS_LIFETIME * 2 + n
                                          : now + JT_GRANTS_LIFETIME);
    }
    for (n = WAYS + 1; n < 2 * WAYS; n++) {
        store(&table, length, n, now + n);
    }
    ck_assert_int_eq(count_found(&table, WAYS), 1);
    check_found(&table, length, WAYS);
    ck_assert_int_eq(count_found(&table, 2 * WAYS), WAYS);
}
END_TEST

START_TEST(test_the_last_second_is_later_than_all)
{
    table_t table;
    unsigned n;

    make_table(&table, JT_GRANTS_FEWEST);
    store(&table, SHORT, 1, 0xffffffff);
    for (n = 2; n <= 30; n++) {
        store(&table, SHORT, n, 0xfffffffe);
    }
    check_found(&table, SHORT, 1);
    check_found(&table, SHORT, 30);
}
END_TEST

static const apr_uint32_t counts[] = {
    JT_GRANTS_FEWEST, 101, 103, 127, 128, 191, 192, 1000, 3001
};

/* So many as it was made for: 1 in 250 has to give way. */
START_TEST(test_a_table_holds_almost_all_that_it_was_made_for)
{
    apr_uint32_t count = counts[_i];
    unsigned char bytes[SHORT];
    apr_uint32_t held = 0;
    table_t table;
    unsigned n;
    test_id_t id;

    make_table(&table, count);
    for (n = 1; n <= count; n++) {
        jt_grants_item_t item = { make_id(id, mix(n), n), bytes, SHORT, 9 };

        make_bytes(bytes, SHORT, n, 0);
        jt_grants_store(&table.grants, &item);
    }
    for (n = 1; n <= count; n++) {
        make_id(id, mix(n), n);
        if (jt_grants_find(&table.grants, id, table.found)) {
            held++;
            make_bytes(bytes, SHORT, n, 0);
            ck_assert(!memcmp(bytes, table.found, SHORT));
        }
    }
    ck_assert_msg(count - held <= count / 100 + 2, "%u of %u", held, count);
}
END_TEST

START_TEST(test_a_larger_table_is_no_smaller)
{
    apr_uint32_t count;
    apr_size_t last = 0;
    int wrong = 0;

    for (count = JT_GRANTS_FEWEST; count < 2000; count++) {
        apr_size_t size = jt_grants_size(count);

        wrong += size < last || size % JT_GRANTS_LINE
                 || size < (apr_size_t)count * 256;
        last = size;
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_uint_gt(jt_grants_size(JT_GRANTS_MOST),
                      (apr_size_t)JT_GRANTS_MOST * 256);
}
END_TEST

/* The table ends where nothing is mapped; what is before it stays as it was. */
START_TEST(test_a_table_writes_to_its_own_memory_alone)
{
    apr_uint32_t count = counts[_i];
    unsigned char bytes[JT_GRANTS_LONGEST] = { 0 };
    unsigned sets = count / 3 + 2;
    apr_size_t before;
    table_t table;
    unsigned n;
    test_id_t id;

    make_table(&table, count);
    before = round_up(table.size) - table.size;
    memset(table.memory - before, 0x5a, before);
    for (n = 0; n < sets * WAYS; n++) {
        unsigned set = (unsigned)((apr_uint64_t)0xffffffffU * (n / WAYS)
                                  / (sets - 1));
        jt_grants_item_t item = { make_id(id, set, n + 1), bytes,
                                  JT_GRANTS_LONGEST, 9 };

        jt_grants_store(&table.grants, &item);
        ck_assert_uint_eq(jt_grants_find(&table.grants, id, table.found),
                          JT_GRANTS_LONGEST);
        item.length = SHORT;
        jt_grants_store(&table.grants, &item);
        ck_assert_uint_eq(jt_grants_find(&table.grants, id, table.found),
                          SHORT);
    }
    while (before && table.memory[-(ptrdiff_t)before] == 0x5a) {
        before--;
    }
    ck_assert_uint_eq(before, 0);
}
END_TEST

START_TEST(test_memory_of_before_is_used_again)
{
    table_t table;
    jt_grants_t again;
    test_id_t id;

    make_table(&table, 500);
    store(&table, SHORT, 1, 9);
    store(&table, LONG, 2, 9);
    jt_grants_use(&again, table.memory, 500);
    ck_assert_uint_eq(jt_grants_find(&again, make_id(id, 0, 1), table.found),
                      SHORT);
    ck_assert_uint_eq(jt_grants_find(&again, make_id(id, 0, 2), table.found),
                      LONG);
}
END_TEST

static void add_rules(Suite *suite)
{
    TCase *rules = units_case(suite, "rules");

    tcase_add_test(rules, test_nothing_is_found_in_zeroed_memory);
    tcase_add_test(rules,
                   test_entries_of_every_length_are_found_byte_for_byte);
    tcase_add_test(rules,
                   test_an_entry_longer_than_the_longest_is_not_stored);
    tcase_add_test(rules, test_an_id_with_any_bit_changed_is_another);
    tcase_add_test(rules, test_ids_of_one_set_and_one_tag_are_told_apart);
    tcase_add_test(rules,
                   test_what_is_stored_again_takes_the_place_of_what_was);
    tcase_add_test(rules,
                   test_an_entry_that_becomes_longer_or_shorter_is_there_once);
    tcase_add_test(rules,
                   test_an_entry_that_is_too_long_now_leaves_the_old_one);
    tcase_add_test(rules, test_memory_of_before_is_used_again);
}

static void add_sets(Suite *suite)
{
    TCase *sets = units_case(suite, "sets");
    int areas = UNITS_COUNT(each_area);

    tcase_add_loop_test(sets, test_a_full_set_forgets_its_oldest, 0, areas);
    tcase_add_loop_test(sets, test_other_sets_forget_nothing, 0, areas);
    tcase_add_loop_test(sets,
                        test_an_entry_until_zero_is_found_and_forgotten_first,
                        0, areas);
    tcase_add_loop_test(
        sets, test_what_was_stored_while_the_clock_was_ahead_is_forgotten_first,
        0, areas);
    tcase_add_test(sets, test_the_last_second_is_later_than_all);
    tcase_add_loop_test(sets,
                        test_a_table_holds_almost_all_that_it_was_made_for, 0,
                        UNITS_COUNT(counts));
    tcase_add_test(sets, test_a_larger_table_is_no_smaller);
    tcase_add_loop_test(sets, test_a_table_writes_to_its_own_memory_alone, 0,
                        UNITS_COUNT(counts) - 2);
}

Suite *units_grants(void)
{
    Suite *suite = suite_create("grants");

    add_rules(suite);
    add_sets(suite);
    return suite;
}
