/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants: a set-associative cache. It must not know
 * what the bytes of an entry say, httpd, or the clock.
 *
 * An id chooses a set of eight entries. The set begins with a line of the
 * processor's cache that says of each entry the first bits of its id (its tag;
 * zero: it is free) and its sequence, which is odd while it is written. A
 * reader copies what has its tag, and takes the copy for none when the sequence
 * was odd or has changed, or the whole id differs. (H.-J. Boehm, "Can seqlocks
 * get along with programming language memory models?", section 5: the bytes are
 * read with acquire and written with release, so that no fence is needed.)
 *
 * A writer puts its process's id into the entry, as in state/jt_gate.c. Who
 * finds the entry of a writer that lives takes another one, or gives up. A
 * writer that was killed leaves an odd sequence, which is a miss, and an entry
 * that the next writer takes.
 *
 * Who is forgotten is the oldest of the set, not the least recently used: a
 * reader would have to write down its use.
 */
#include "state/jt_grants.h"

#include <apr_atomic.h>
#include <string.h>

#include "state/jt_process.h"

#define WAYS 8

/* So many grants that a set is made for, and in the area of the large ones. One
 * in 84 finds its set full (Poisson) when as many are in use as the table was
 * made for. */
#define GRANTS_PER_SET 3
#define GRANTS_PER_LARGE_SET 64

/* An entry of the small area is four lines. */
#define SMALL_SIZE 256

/* What is copied at once: an atomic access of the processor's. */
typedef unsigned long word_t;
#define WORDS(bytes) (((bytes) + sizeof(word_t) - 1) / sizeof(word_t))
#define ID_WORDS WORDS(JT_SECRET_HASH_SIZE)

typedef struct head_t {
    volatile apr_uint32_t tags[WAYS];
    volatile apr_uint32_t sequences[WAYS];
} head_t;

typedef struct entry_t {
    volatile apr_uint32_t writer; /* its process's id; 0: none */
    volatile apr_uint32_t until;
    word_t length;   /* in bytes, of what follows the id */
    word_t checksum; /* of the length and all words */
    word_t words[];  /* the id, and the entry's bytes */
} entry_t;

static apr_size_t align(apr_size_t size)
{
    return (size + JT_GRANTS_LINE - 1) / JT_GRANTS_LINE * JT_GRANTS_LINE;
}

static apr_size_t get_entry_size(const jt_grants_area_t *area)
{
    return (area->set_size - align(sizeof(head_t))) / WAYS;
}

static void set_area(jt_grants_area_t *area, apr_size_t entry_size,
                     apr_uint32_t sets)
{
    area->sets = sets;
    area->room = entry_size - sizeof(entry_t) - JT_SECRET_HASH_SIZE;
    if (area->room > JT_GRANTS_LONGEST) { /* as a reader's buffer has */
        area->room = JT_GRANTS_LONGEST;
    }
    area->set_size = align(sizeof(head_t)) + WAYS * entry_size;
}

static void set_areas(jt_grants_t *grants, apr_uint32_t count)
{
    set_area(&grants->small, SMALL_SIZE, count / GRANTS_PER_SET + 1);
    set_area(&grants->large,
             align(sizeof(entry_t) + JT_SECRET_HASH_SIZE + JT_GRANTS_LONGEST),
             count / GRANTS_PER_LARGE_SET + 1);
}

static apr_uint64_t get_area_size(const jt_grants_area_t *area)
{
    return (apr_uint64_t)area->sets * area->set_size;
}

apr_size_t jt_grants_size(apr_uint32_t count)
{
    jt_grants_t grants;
    apr_uint64_t size;

    set_areas(&grants, count);
    size = get_area_size(&grants.small) + get_area_size(&grants.large);
    return size <= APR_SIZE_MAX / 2 ? (apr_size_t)size : 0;
}

void jt_grants_use(jt_grants_t *grants, void *memory, apr_uint32_t count)
{
    set_areas(grants, count);
    grants->small.memory = memory;
    grants->large.memory = (char *)memory + get_area_size(&grants->small);
    grants->self = 0;
}

void jt_grants_set_self(jt_grants_t *grants, apr_uint32_t pid)
{
    grants->self = pid;
}

/* The first bytes of an id choose other things: state/jt_revocations.h,
 * state/jt_flights.h. */
static apr_uint32_t read_id(const unsigned char *id, int at)
{
    apr_uint32_t bits;

    memcpy(&bits, id + at, sizeof(bits));
    return bits;
}

static apr_uint32_t make_tag(const unsigned char *id)
{
    apr_uint32_t bits = read_id(id, 4);

    return bits ? bits : 1;
}

static char *get_set(const jt_grants_area_t *area, const unsigned char *id)
{
    apr_uint64_t nth = (apr_uint64_t)read_id(id, 8) * area->sets >> 32;

    return area->memory + nth * area->set_size;
}

static head_t *get_head(char *set)
{
    return (head_t *)(void *)set;
}

static entry_t *get_entry(const jt_grants_area_t *area, char *set, int way)
{
    return (entry_t *)(void *)(set + align(sizeof(head_t))
                               + (apr_size_t)way * get_entry_size(area));
}

static apr_uint32_t load32(const volatile apr_uint32_t *from)
{
    return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

static word_t load(const word_t *from)
{
    return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

static void store(word_t *to, word_t word)
{
    __atomic_store_n(to, word, __ATOMIC_RELEASE);
}

/* Each step is a bijection: no word changes alone. It is no defence against who
 * means it. */
static word_t add_to_checksum(word_t sum, word_t word)
{
    sum = (sum ^ word) * (word_t)APR_UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> (4 * sizeof(sum));
}

static word_t begin_checksum(apr_size_t length, const unsigned char *id)
{
    word_t words[ID_WORDS];
    word_t sum = length;
    unsigned i;

    memcpy(words, id, sizeof(words));
    for (i = 0; i < ID_WORDS; i++) {
        sum = add_to_checksum(sum, words[i]);
    }
    return sum;
}

static int has_id(const entry_t *entry, const unsigned char *id)
{
    word_t words[ID_WORDS];
    unsigned i;

    memcpy(words, id, sizeof(words));
    for (i = 0; i < ID_WORDS; i++) {
        if (load(&entry->words[i]) != words[i]) {
            return 0;
        }
    }
    return 1;
}

/* @return whether they are what was written, if nobody has written since */
static int copy_words(const entry_t *entry, apr_size_t length,
                      const unsigned char *id, unsigned char *bytes)
{
    word_t sum = begin_checksum(length, id);
    apr_size_t i;

    for (i = 0; i < WORDS(length); i++) {
        word_t word = load(&entry->words[ID_WORDS + i]);

        sum = add_to_checksum(sum, word);
        memcpy(bytes + i * sizeof(word), &word, sizeof(word));
    }
    return load(&entry->checksum) == sum;
}

/* @return as jt_grants_find(); 0, too, when the copy is torn */
static apr_size_t copy_entry(const jt_grants_area_t *area, char *set, int way,
                             const unsigned char *id, unsigned char *bytes)
{
    const entry_t *entry = get_entry(area, set, way);
    const volatile apr_uint32_t *sequence = &get_head(set)->sequences[way];
    apr_uint32_t before = load32(sequence);
    apr_size_t length = load(&entry->length);

    if (before % 2 || !length || !has_id(entry, id)) {
        return 0;
    }
    if (length > area->room || !copy_words(entry, length, id, bytes)) {
        length = JT_GRANTS_CORRUPT;
    }
    return load32(sequence) == before ? length : 0;
}

static apr_size_t find_in(const jt_grants_area_t *area,
                          const unsigned char *id, unsigned char *bytes)
{
    char *set = get_set(area, id);
    apr_uint32_t tag = make_tag(id);
    apr_size_t length = 0;
    int way;

    for (way = 0; way < WAYS && !length; way++) {
        if (load32(&get_head(set)->tags[way]) == tag) {
            length = copy_entry(area, set, way, id, bytes);
        }
    }
    return length;
}

apr_size_t jt_grants_find(const jt_grants_t *grants, const unsigned char *id,
                          unsigned char bytes[JT_GRANTS_LONGEST])
{
    apr_size_t length = find_in(&grants->small, id, bytes);

    return length ? length : find_in(&grants->large, id, bytes);
}

/* @return zero: its writer lives */
static int take_entry(entry_t *entry, apr_uint32_t self)
{
    apr_uint32_t writer = apr_atomic_read32(&entry->writer);

    return (!writer || jt_process_is_dead(writer))
           && apr_atomic_cas32(&entry->writer, self, writer) == writer;
}

/* The entry is none from here on. */
static int open_entry(const jt_grants_t *grants, const jt_grants_place_t *place)
{
    volatile apr_uint32_t *sequence =
        &get_head(place->set)->sequences[place->way];

    if (!take_entry(get_entry(place->area, place->set, place->way),
                    grants->self)) {
        return 0;
    }
    apr_atomic_set32(sequence, apr_atomic_read32(sequence) | 1);
    return 1;
}

static void close_entry(const jt_grants_place_t *place, apr_uint32_t tag)
{
    head_t *head = get_head(place->set);

    apr_atomic_set32(&head->tags[place->way], tag);
    apr_atomic_inc32(&head->sequences[place->way]);
    apr_atomic_set32(&get_entry(place->area, place->set, place->way)->writer,
                     0);
}

/* @return the way of the set that has an id, or WAYS. May be wrong while
 *         others write. */
static int find_way(const jt_grants_area_t *area, char *set,
                    const unsigned char *id)
{
    apr_uint32_t tag = make_tag(id);
    int way = 0;

    while (way < WAYS && (load32(&get_head(set)->tags[way]) != tag
                          || !has_id(get_entry(area, set, way), id))) {
        way++;
    }
    return way;
}

/* How soon an entry may be another's: a free one first, and one that was stored
 * while the clock was ahead.
 * @param until of the one that is to be stored */
static apr_uint32_t get_rank(const jt_grants_place_t *place, int way,
                             apr_uint32_t until)
{
    apr_uint32_t its = load32(&get_entry(place->area, place->set,
                                         way)->until);

    if (!load32(&get_head(place->set)->tags[way])) {
        return 0;
    }
    return !its || (its > until && its - until > JT_GRANTS_LIFETIME) ? 1 : its;
}

/* @param taken bits of the ways that others are writing, not all of them */
static int find_oldest(const jt_grants_place_t *place, apr_uint32_t until,
                       unsigned taken)
{
    apr_uint32_t least = 0;
    int oldest = WAYS;
    int way;

    for (way = 0; way < WAYS; way++) {
        apr_uint32_t rank = get_rank(place, way, until);

        if (!(taken & 1U << way) && (oldest == WAYS || rank < least)) {
            oldest = way;
            least = rank;
        }
    }
    return oldest;
}

/* Takes the oldest entry that nobody is writing. */
static int open_oldest(const jt_grants_t *grants, apr_uint32_t until,
                       jt_grants_place_t *place)
{
    unsigned taken = 0;
    int tries;

    for (tries = 0; tries < WAYS; tries++) {
        place->way = find_oldest(place, until, taken);
        if (open_entry(grants, place)) {
            return 1;
        }
        taken |= 1U << place->way;
    }
    return 0;
}

static void remove_from(const jt_grants_t *grants,
                        const jt_grants_area_t *area, const unsigned char *id)
{
    jt_grants_place_t place = { area, get_set(area, id), 0 };

    place.way = find_way(area, place.set, id);
    if (place.way < WAYS && open_entry(grants, &place)) {
        store(&get_entry(area, place.set, place.way)->length, 0);
        close_entry(&place, 0);
    }
}

void jt_grants_open(const jt_grants_t *grants, const jt_grants_item_t *item,
                    jt_grants_place_t *place)
{
    int is_small = item->length <= grants->small.room;
    int is_open;

    place->area = is_small ? &grants->small : &grants->large;
    place->set = NULL;
    if (!item->length || item->length > place->area->room) {
        return;
    }
    /* An entry that has become longer or shorter is not there twice. */
    remove_from(grants, is_small ? &grants->large : &grants->small, item->id);
    place->set = get_set(place->area, item->id);
    place->way = find_way(place->area, place->set, item->id);
    is_open = place->way < WAYS ? open_entry(grants, place)
                                : open_oldest(grants, item->until, place);
    if (!is_open) {
        place->set = NULL;
    }
}

void jt_grants_close(const jt_grants_place_t *place,
                     const jt_grants_item_t *item)
{
    entry_t *entry = get_entry(place->area, place->set, place->way);
    word_t sum = begin_checksum(item->length, item->id);
    apr_size_t from;
    apr_size_t i;
    word_t words[ID_WORDS];

    memcpy(words, item->id, sizeof(words));
    for (i = 0; i < ID_WORDS; i++) {
        store(&entry->words[i], words[i]);
    }
    for (from = 0; from < item->length; from += sizeof(word_t)) {
        apr_size_t left = item->length - from;
        word_t word = 0;

        memcpy(&word, item->bytes + from,
               left < sizeof(word) ? left : sizeof(word));
        sum = add_to_checksum(sum, word);
        store(&entry->words[i++], word);
    }
    store(&entry->length, item->length);
    store(&entry->checksum, sum);
    apr_atomic_set32(&entry->until, item->until);
    close_entry(place, make_tag(item->id));
}

void jt_grants_store(const jt_grants_t *grants, const jt_grants_item_t *item)
{
    jt_grants_place_t place;

    jt_grants_open(grants, item, &place);
    if (place.set) {
        jt_grants_close(&place, item);
    }
}
