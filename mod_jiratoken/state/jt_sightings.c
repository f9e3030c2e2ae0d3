/* SPDX-License-Identifier: Apache-2.0
 *
 * Remembers whom a child has seen today, so that most requests of people who
 * are signed in ask no database, and queues the rest. It must not know the
 * database, or what a sign-in is: that is in service/jt_sighting.c.
 *
 * What is remembered is 32 bits of a hash of server, day and name, in one of a
 * few cells that the hash's other bits choose.
 */
#include "state/jt_sightings.h"

#include <apr_atomic.h>
#include <apr_thread_mutex.h>
#include <string.h>

/* Of cells: 128 KiB, for some ten thousand people a day. */
#define SETS 4096
#define WAYS 8

struct jt_sightings_t {
    apr_thread_mutex_t *mutex;
    int has_writer; /* a thread is writing */
    int first;
    int count;
    apr_int64_t day;   /* of what is remembered */
    unsigned turn;     /* which cell of a full set is replaced */
    jt_sighting_t queue[JT_SIGHTINGS_SIZE];
    volatile apr_uint32_t cells[SETS][WAYS]; /* zero: empty */
};

apr_status_t jt_sightings_make(jt_sightings_t **sightings, apr_pool_t *pool)
{
    *sightings = apr_pcalloc(pool, sizeof(**sightings));
    return apr_thread_mutex_create(&(*sightings)->mutex,
                                   APR_THREAD_MUTEX_DEFAULT, pool);
}

/* FNV-1a. */
static apr_uint64_t add_bytes(apr_uint64_t hash, const void *bytes,
                              apr_size_t length)
{
    const unsigned char *from = bytes;
    apr_size_t i;

    for (i = 0; i < length; i++) {
        hash = (hash ^ from[i]) * APR_UINT64_C(1099511628211);
    }
    return hash;
}

static apr_uint64_t make_hash(const jt_sighting_t *sighting)
{
    apr_uint64_t hash = APR_UINT64_C(14695981039346656037);

    hash = add_bytes(hash, &sighting->server, sizeof(sighting->server));
    hash = add_bytes(hash, &sighting->day, sizeof(sighting->day));
    hash = add_bytes(hash, sighting->user, strlen(sighting->user));
    /* Its high bits hardly depend on the last characters; those of the end of
     * MurmurHash3 depend on all. */
    hash = (hash ^ hash >> 33) * APR_UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * APR_UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

static volatile apr_uint32_t *get_set(jt_sightings_t *sightings,
                                      apr_uint64_t hash)
{
    return sightings->cells[(hash >> 32) % SETS];
}

static apr_uint32_t get_mark(apr_uint64_t hash)
{
    return (apr_uint32_t)hash | 1; /* zero is empty */
}

static int has_mark(volatile apr_uint32_t *set, apr_uint32_t mark)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        if (apr_atomic_read32(&set[i]) == mark) {
            return 1;
        }
    }
    return 0;
}

int jt_sightings_has(jt_sightings_t *sightings, const jt_sighting_t *sighting)
{
    apr_uint64_t hash = make_hash(sighting);

    return has_mark(get_set(sightings, hash), get_mark(hash));
}

static void forget_all(jt_sightings_t *sightings)
{
    int i;
    int way;

    for (i = 0; i < SETS; i++) {
        for (way = 0; way < WAYS; way++) {
            apr_atomic_set32(&sightings->cells[i][way], 0);
        }
    }
}

static void remember(jt_sightings_t *sightings, volatile apr_uint32_t *set,
                     apr_uint32_t mark)
{
    int i = 0;

    while (i < WAYS && apr_atomic_read32(&set[i])) {
        i++;
    }
    if (i == WAYS) {
        i = (int)(sightings->turn++ % WAYS);
    }
    apr_atomic_set32(&set[i], mark);
}

/* What a thread saw before midnight comes late, perhaps: only a later day is
 * another. */
static void add_sighting(jt_sightings_t *sightings,
                         const jt_sighting_t *sighting)
{
    apr_uint64_t hash = make_hash(sighting);
    volatile apr_uint32_t *set = get_set(sightings, hash);

    if (sighting->day > sightings->day) {
        sightings->day = sighting->day;
        forget_all(sightings);
    }
    if (sightings->count == JT_SIGHTINGS_SIZE
        || has_mark(set, get_mark(hash))) {
        return;
    }
    sightings->queue[(sightings->first + sightings->count++)
                     % JT_SIGHTINGS_SIZE] = *sighting;
    remember(sightings, set, get_mark(hash));
}

int jt_sightings_add(jt_sightings_t *sightings, const jt_sighting_t *sighting)
{
    int is_writer;

    apr_thread_mutex_lock(sightings->mutex);
    add_sighting(sightings, sighting);
    is_writer = !sightings->has_writer;
    sightings->has_writer = 1;
    apr_thread_mutex_unlock(sightings->mutex);
    return is_writer;
}

/* The writer goes on to the last: whoever is in the queue counts as seen
 * already, and is noted by nobody else. */
int jt_sightings_take(jt_sightings_t *sightings, jt_sighting_t *sighting)
{
    int is_writer;

    apr_thread_mutex_lock(sightings->mutex);
    is_writer = sightings->count > 0;
    if (is_writer) {
        *sighting = sightings->queue[sightings->first];
        sightings->first = (sightings->first + 1) % JT_SIGHTINGS_SIZE;
        sightings->count--;
    }
    else {
        sightings->has_writer = 0;
    }
    apr_thread_mutex_unlock(sightings->mutex);
    return is_writer;
}

void jt_sightings_forget(jt_sightings_t *sightings)
{
    apr_thread_mutex_lock(sightings->mutex);
    sightings->count = 0;
    forget_all(sightings);
    apr_thread_mutex_unlock(sightings->mutex);
}
