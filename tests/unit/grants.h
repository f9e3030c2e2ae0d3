/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of state/jt_grants.h share: a table that ends where nothing is
 * mapped, ids of a certain set, and bytes that only one id has.
 */
#ifndef GRANTS_H
#define GRANTS_H

#include <sys/mman.h>
#include <unistd.h>

#include "crowd.h"
#include "state/jt_grants.h"

#define WAYS 8
#define PAGE ((apr_size_t)65536)

/* Entries of both areas. */
#define SHORT 100
#define LONG 1000
static const apr_size_t each_area[] = { SHORT, LONG };

typedef unsigned char test_id_t[JT_SECRET_HASH_SIZE];

typedef struct table_t {
    jt_grants_t grants;
    char *memory;
    apr_size_t size;
    unsigned char *found; /* JT_GRANTS_LONGEST bytes */
} table_t;

static inline apr_size_t round_up(apr_size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

/* Zeroed bytes at the end of what is mapped, in memory that processes share.
 * Before it nothing is mapped either, but for what fills a page. */
static inline char *make_fenced(apr_size_t size)
{
    apr_size_t room = round_up(size);
    char *memory = crowd_memory(room + 2 * PAGE, units_pool);

    UNITS_OK(mprotect(memory, PAGE, PROT_NONE));
    UNITS_OK(mprotect(memory + PAGE + room, PAGE, PROT_NONE));
    return memory + PAGE + room - size;
}

static inline void make_table(table_t *table, apr_uint32_t count)
{
    table->size = jt_grants_size(count);
    table->memory = make_fenced(table->size);
    table->found = (unsigned char *)make_fenced(JT_GRANTS_LONGEST);
    jt_grants_use(&table->grants, table->memory, count);
    jt_grants_set_self(&table->grants, (apr_uint32_t)getpid());
}

static inline unsigned mix(unsigned number)
{
    number = (number ^ number >> 16) * 0x45d9f3bU;
    number = (number ^ number >> 16) * 0x45d9f3bU;
    return number ^ number >> 16;
}

/* An id of a set, with a tag of its own. @param set the higher, the later
 * @return it */
static inline unsigned char *make_id(test_id_t id, unsigned set,
                                     unsigned number)
{
    unsigned i;

    for (i = 0; i < JT_SECRET_HASH_SIZE; i += 4) {
        unsigned word = mix(number * 8 + i / 4 + 1);

        memcpy(id + i, &word, sizeof(word));
    }
    memcpy(id + 4, &number, sizeof(number));
    memcpy(id + 8, &set, sizeof(set));
    return id;
}

/* Bytes that only this id and version has. */
static inline void make_bytes(unsigned char *bytes, apr_size_t length,
                              unsigned number, unsigned version)
{
    unsigned seed = mix(number * 65537 + version);
    apr_size_t i;

    for (i = 0; i < length; i++) {
        seed = seed * 1103515245 + 12345;
        bytes[i] = (unsigned char)(seed >> 16);
    }
}

static inline void store_at(const table_t *table, const unsigned char *id,
                            apr_size_t length, unsigned number,
                            apr_uint32_t until)
{
    unsigned char *bytes = (unsigned char *)make_fenced(length ? length : 1);
    jt_grants_item_t item = { id, bytes, length, until };

    make_bytes(bytes, length, number, 0);
    jt_grants_store(&table->grants, &item);
}

/* Of the first set. */
static inline void store(const table_t *table, apr_size_t length,
                         unsigned number, apr_uint32_t until)
{
    test_id_t id;

    store_at(table, make_id(id, 0, number), length, number, until);
}

static inline apr_size_t find(const table_t *table, unsigned number)
{
    test_id_t id;

    return jt_grants_find(&table->grants, make_id(id, 0, number),
                          table->found);
}

static inline int has_bytes(const table_t *table, apr_size_t length,
                            unsigned number)
{
    unsigned char *bytes = apr_palloc(units_pool, length + 1);

    make_bytes(bytes, length, number, 0);
    return !memcmp(table->found, bytes, length);
}

static inline void check_found(const table_t *table, apr_size_t length,
                               unsigned number)
{
    ck_assert_uint_eq(find(table, number), length);
    ck_assert(has_bytes(table, length, number));
}

/* @return of the numbers from 1, a bit for each that is found */
static inline unsigned find_all(const table_t *table, unsigned count)
{
    unsigned bits = 0;
    unsigned number;

    for (number = 1; number <= count; number++) {
        bits |= (find(table, number) ? 1U : 0) << number;
    }
    return bits;
}

static inline int count_found(const table_t *table, unsigned count)
{
    return __builtin_popcount(find_all(table, count));
}

/* All eight, from a number on. */
static inline void fill(const table_t *table, apr_size_t length,
                        unsigned first)
{
    unsigned number;

    for (number = first; number < first + WAYS; number++) {
        store(table, length, number, 9);
    }
}

/* Each of the numbers 1 to 8 is found, but one. */
static inline void check_all_but(const table_t *table, apr_size_t length,
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

#endif
