/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of last uses: its bound, what it drops, and its one writer.
 */
#include "units.h"

#include <apr_atomic.h>
#include <string.h>

#include "crowd.h"
#include "state/jt_notes.h"

/* A writer hands over after so many. */
#define MOST 64

static int servers[2]; /* their addresses are compared, and nothing else is */

static jt_notes_t *make_notes(void)
{
    jt_notes_t *notes;

    UNITS_OK(jt_notes_make(&notes, units_pool));
    return notes;
}

static jt_note_t note_of(int server, apr_int64_t id)
{
    jt_note_t note;

    memset(&note, 0, sizeof(note));
    note.server = &servers[server];
    note.id = id;
    note.at = id * 2;
    note.hash[31] = (unsigned char)id;
    memcpy(note.from, "192.0.2.1", sizeof("192.0.2.1"));
    return note;
}

static int add(jt_notes_t *notes, int server, apr_int64_t id)
{
    jt_note_t note = note_of(server, id);

    return jt_notes_add(notes, &note);
}

/* The next ones, as one writer. @return how many there were */
static int take_all(jt_notes_t *notes)
{
    jt_note_t note;
    int written = 0;

    while (jt_notes_take(notes, written, &note)) {
        written++;
    }
    return written;
}

START_TEST(test_a_note_is_copied_whole)
{
    jt_notes_t *notes = make_notes();
    jt_note_t left = note_of(1, 7);
    const jt_note_t as_left = left;
    jt_note_t taken;

    ck_assert(jt_notes_add(notes, &left));
    memset(&left, 0, sizeof(left));
    ck_assert(jt_notes_take(notes, 0, &taken));
    ck_assert_mem_eq(&taken, &as_left, sizeof(taken));
    ck_assert(!jt_notes_take(notes, 1, &taken));
}
END_TEST

START_TEST(test_the_first_is_the_writer_until_there_is_no_note)
{
    jt_notes_t *notes = make_notes();

    ck_assert(add(notes, 0, 1));
    ck_assert(!add(notes, 0, 2));
    ck_assert(!add(notes, 0, 3));
    ck_assert_int_eq(take_all(notes), 3);
    ck_assert(add(notes, 0, 4));
    ck_assert(!add(notes, 0, 5));
}
END_TEST

START_TEST(test_notes_are_written_in_their_order)
{
    jt_notes_t *notes = make_notes();
    jt_note_t note;
    int round;
    int i;

    for (round = 0; round < 2 * JT_NOTES_SIZE; round++) {
        for (i = 0; i < 3; i++) {
            ck_assert_int_eq(add(notes, 0, 3 * round + i), i == 0);
        }
        for (i = 0; i < 3; i++) {
            ck_assert(jt_notes_take(notes, i, &note));
            ck_assert_int_eq(note.id, 3 * round + i);
        }
        ck_assert(!jt_notes_take(notes, 3, &note));
    }
}
END_TEST

START_TEST(test_a_token_that_waits_is_not_noted_twice)
{
    jt_notes_t *notes = make_notes();
    jt_note_t later = note_of(0, 1);
    jt_note_t note;

    add(notes, 0, 1);
    add(notes, 0, 2);
    later.at += 60;
    ck_assert(!jt_notes_add(notes, &later));
    ck_assert(jt_notes_take(notes, 0, &note));
    ck_assert_int_eq(note.id, 1);
    ck_assert_int_eq(note.at, later.at - 60);
    /* it waits no longer */
    ck_assert(!jt_notes_add(notes, &later));
    ck_assert_int_eq(take_all(notes), 2);
}
END_TEST

START_TEST(test_another_server_s_token_of_the_same_id_is_another)
{
    jt_notes_t *notes = make_notes();
    jt_note_t note;

    add(notes, 0, 1);
    add(notes, 1, 1);
    add(notes, 1, 1);
    add(notes, 0, 1);
    ck_assert(jt_notes_take(notes, 0, &note));
    ck_assert_ptr_eq(note.server, &servers[0]);
    ck_assert(jt_notes_take(notes, 1, &note));
    ck_assert_ptr_eq(note.server, &servers[1]);
    ck_assert(!jt_notes_take(notes, 2, &note));
}
END_TEST

START_TEST(test_a_full_queue_drops_the_newest_and_none_that_waits)
{
    jt_notes_t *notes = make_notes();
    jt_note_t note;
    int i;

    for (i = 0; i < JT_NOTES_SIZE + 50; i++) {
        ck_assert_int_eq(add(notes, 0, i), i == 0);
    }
    for (i = 0; i < JT_NOTES_SIZE; i++) {
        if (i && i % MOST == 0) {
            ck_assert(!jt_notes_take(notes, MOST, &note));
            ck_assert(add(notes, 0, i)); /* waits already */
        }
        ck_assert(jt_notes_take(notes, i % MOST, &note));
        ck_assert_int_eq(note.id, i);
    }
    ck_assert(!jt_notes_take(notes, 1, &note));
}
END_TEST

START_TEST(test_a_writer_hands_over_after_64)
{
    jt_notes_t *notes = make_notes();
    int i;

    for (i = 0; i < MOST + 10; i++) {
        add(notes, 0, i);
    }
    ck_assert_int_eq(take_all(notes), MOST);
    ck_assert(add(notes, 0, 1000));
    ck_assert(!add(notes, 0, 1001));
    ck_assert_int_eq(take_all(notes), 12);
}
END_TEST

START_TEST(test_what_is_dropped_is_gone_and_the_writer_goes_on)
{
    jt_notes_t *notes = make_notes();
    jt_note_t note;
    int i;

    for (i = 0; i < 200; i++) {
        add(notes, 0, i);
    }
    ck_assert(jt_notes_take(notes, 0, &note));
    jt_notes_drop(notes);
    ck_assert(!add(notes, 0, 1000));
    ck_assert(!add(notes, 0, 5)); /* waits no longer: no duplicate */
    ck_assert(jt_notes_take(notes, 1, &note));
    ck_assert_int_eq(note.id, 1000);
    ck_assert(jt_notes_take(notes, 2, &note));
    ck_assert_int_eq(note.id, 5);
    ck_assert(!jt_notes_take(notes, 3, &note));
    jt_notes_drop(notes);
    ck_assert(add(notes, 0, 1));
}
END_TEST

/* Threads that note and write, as those of a child. Together they leave no more
 * than there is room for; what only the writer writes has no lock. */

#define EACH (JT_NOTES_SIZE / 8)
#define SPARE JT_NOTES_SIZE

typedef struct arena_t {
    jt_notes_t *notes;
    volatile apr_uint32_t writers;
    volatile apr_uint32_t too_many;
    volatile apr_uint32_t taken[JT_NOTES_SIZE + 1];
} arena_t;

static void write_notes(arena_t *arena)
{
    jt_note_t note;
    int written = 0;

    while (jt_notes_take(arena->notes, written++, &note)) {
        if (apr_atomic_inc32(&arena->writers)) {
            apr_atomic_inc32(&arena->too_many);
        }
        apr_atomic_inc32(&arena->taken[note.id]);
        apr_atomic_dec32(&arena->writers);
    }
}

static void note_and_write(void *memory, int number)
{
    arena_t *arena = memory;
    int i;

    for (i = 0; i < EACH; i++) {
        if (add(arena->notes, 0, number * EACH + i)) {
            write_notes(arena);
        }
    }
}

START_TEST(test_a_crowd_has_one_writer_and_loses_no_note)
{
    int round;

    for (round = 0; round < 20; round++) {
        arena_t *arena = crowd_memory(sizeof(*arena), units_pool);
        int i;

        arena->notes = make_notes();
        crowd_meet(&crowd_kinds[0], note_and_write, arena);
        /* what the last writer has left to the next one */
        for (i = 0; i < JT_NOTES_SIZE; i += MOST) {
            ck_assert(add(arena->notes, 1, SPARE));
            write_notes(arena);
        }
        ck_assert_uint_eq(arena->too_many, 0);
        for (i = 0; i < JT_NOTES_SIZE; i++) {
            ck_assert_msg(arena->taken[i] == 1, "note %d: %u", i,
                          arena->taken[i]);
        }
    }
}
END_TEST

/* Nothing but the queue orders these. */
typedef struct plain_t {
    jt_notes_t *notes;
    int written;
    int again;
    int torn;
} plain_t;

static void write_plainly(void *memory, int number)
{
    plain_t *plain = memory;
    jt_note_t note;
    int i;

    for (i = 0; i < 500; i++) {
        int written = 0;

        if (!add(plain->notes, number % 2, i)) {
            continue;
        }
        while (jt_notes_take(plain->notes, written++, &note)) {
            plain->torn += plain->written != plain->again;
            plain->written++;
            plain->again = plain->written;
            if (written % 50 == 0) {
                jt_notes_drop(plain->notes);
            }
        }
    }
}

START_TEST(test_what_one_writer_writes_the_next_one_reads)
{
    plain_t *plain = crowd_memory(sizeof(*plain), units_pool);

    plain->notes = make_notes();
    crowd_meet(&crowd_kinds[0], write_plainly, plain);
    ck_assert_int_eq(plain->torn, 0);
    ck_assert_int_gt(plain->written, 0);
}
END_TEST

Suite *units_notes(void)
{
    Suite *suite = suite_create("notes");
    TCase *rules = units_case(suite, "rules");
    TCase *crowd = units_case(suite, "crowd");

    tcase_add_test(rules, test_a_note_is_copied_whole);
    tcase_add_test(rules, test_the_first_is_the_writer_until_there_is_no_note);
    tcase_add_test(rules, test_notes_are_written_in_their_order);
    tcase_add_test(rules, test_a_token_that_waits_is_not_noted_twice);
    tcase_add_test(rules,
                   test_another_server_s_token_of_the_same_id_is_another);
    tcase_add_test(rules,
                   test_a_full_queue_drops_the_newest_and_none_that_waits);
    tcase_add_test(rules, test_a_writer_hands_over_after_64);
    tcase_add_test(rules, test_what_is_dropped_is_gone_and_the_writer_goes_on);
    tcase_set_timeout(crowd, CROWD_TIMEOUT);
    tcase_add_test(crowd, test_a_crowd_has_one_writer_and_loses_no_note);
    tcase_add_test(crowd, test_what_one_writer_writes_the_next_one_reads);
    return suite;
}
