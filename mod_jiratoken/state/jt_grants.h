/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_GRANTS_H
#define JT_GRANTS_H

#include <apr_general.h>

#include "core/jt_entry.h"

/** The most bytes of an entry: those of a cache entry, and what is kept beside
 * them. A multiple of 8. */
#define JT_GRANTS_LONGEST (JT_ENTRY_SIZE + 8)

/* The table of remembered grants: bytes, by id. It lies in memory that
 * processes share, has a fixed size, and forgets what does not fit. A reader
 * takes no lock, makes no system call and writes nothing. All functions are
 * thread-safe and never block. An id is JT_SECRET_HASH_SIZE bytes, evenly
 * distributed. */

/** How many grants a table may be made for. */
#define JT_GRANTS_FEWEST 100
#define JT_GRANTS_MOST 10000000

/** Entries of one size. */
typedef struct jt_grants_area_t {
    char *memory;
    apr_uint32_t sets;
    apr_size_t room;     /* bytes that an entry may have */
    apr_size_t set_size; /* in bytes */
} jt_grants_area_t;

/** Where a table lies, in memory of this process: nothing in the shared memory
 * says how large it is. */
typedef struct jt_grants_t {
    jt_grants_area_t small; /* almost all entries fit into this one */
    jt_grants_area_t large;
    apr_uint32_t self; /* this process's id */
} jt_grants_t;

/** The longest that an entry is kept, in seconds. */
#define JT_GRANTS_LIFETIME (2 * 86400)

/**
 * The bytes of memory that a table needs; 0: more than this system can address.
 * @param count JT_GRANTS_FEWEST to JT_GRANTS_MOST grants, almost none of which
 *        has to give way to another
 */
apr_size_t jt_grants_size(apr_uint32_t count);

/**
 * Use memory as a table.
 * @param memory jt_grants_size() bytes, aligned to JT_GRANTS_LINE; zeroed, or
 *        used with the same count before
 */
void jt_grants_use(jt_grants_t *grants, void *memory, apr_uint32_t count);

/** The alignment of a table: a cache line of the processor. */
#define JT_GRANTS_LINE 64

/** A table is used by this process from now on. */
void jt_grants_set_self(jt_grants_t *grants, apr_uint32_t pid);

/** Not the length of any entry. */
#define JT_GRANTS_CORRUPT ((apr_size_t)-1)

/**
 * Copy an entry.
 * @return its length; 0: there is none, or it is just being written;
 *         JT_GRANTS_CORRUPT: nobody has written what is there
 */
apr_size_t jt_grants_find(const jt_grants_t *grants, const unsigned char *id,
                          unsigned char bytes[JT_GRANTS_LONGEST]);

/** An entry to store. */
typedef struct jt_grants_item_t {
    const unsigned char *id;
    const unsigned char *bytes;
    apr_size_t length;  /* 1 to JT_GRANTS_LONGEST */
    apr_uint32_t until; /* seconds since any instant: who is forgotten first */
} jt_grants_item_t;

/** Store an entry. Where others are being written in its place, it is not
 * stored. */
void jt_grants_store(const jt_grants_t *grants, const jt_grants_item_t *item);

/** An entry that is being written. */
typedef struct jt_grants_place_t jt_grants_place_t;
struct jt_grants_place_t {
    const jt_grants_area_t *area;
    char *set; /* NULL: none */
    int way;
};

/* jt_grants_store() in two steps, between which a writer may be killed: nobody
 * finds the entry then, and its place is another's. */

/** Begin. @param place set; its set is NULL where nothing can be stored */
void jt_grants_open(const jt_grants_t *grants, const jt_grants_item_t *item,
                    jt_grants_place_t *place);

/** Write the entry, and end. */
void jt_grants_close(const jt_grants_place_t *place,
                     const jt_grants_item_t *item);

#endif
