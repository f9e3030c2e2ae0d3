/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of remembered grants under load, without httpd: what a hit does in
 * shared memory (state/jt_grants.h, jt_revocations.h, jt_counters.h).
 *
 *   tests/bench/table rate [ROUNDS]
 *     Hits a second of one process, and of two side by side, while another one
 *     stores 1,000 a second, in pairs of a second each (41 rounds; 7 is the
 *     least that says something). Ends with 1 when the median of the ratios is
 *     below 1.90. Two processors must have nothing else to do; the ratio by
 *     processor time, which is printed too, tells whether they had.
 *   tests/bench/table tries [N]
 *     N finds (10^8) by two threads of two processes each while two threads of
 *     a third process store without a pause, on more ids than the table has
 *     room for. Ends with 1 when any finds other bytes than its id's.
 *
 *   make bench-table                            # rate
 *   make bench-table TABLE='tries 100000000'
 *   make bench-table-tsan TABLE='tries 10000000'   # under ThreadSanitizer
 *
 * It must not know what the bytes of an entry say.
 */
#include <apr_atomic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state/jt_counters.h"
#include "state/jt_grants.h"
#include "state/jt_revocations.h"

#define BAR 1.90
#define ROUNDS 41
#define MOST_ROUNDS 1001
#define ROUND_SECONDS 1.0
#define STORES_A_SECOND 1000
#define TRIES 100000000.0

/* In use while rates are measured; and while tries are counted, where they
 * crowd each other out. */
#define RATE_IDS 10000
#define TRY_IDS 200

#define READERS 2           /* processes */
#define READER_THREADS 2    /* of each, for tries */
#define WRITER_THREADS 2

typedef unsigned char grant_id_t[JT_SECRET_HASH_SIZE];

/* What a reader has seen. A line of the processor's cache each. */
typedef struct seen_t {
    apr_uint64_t finds;
    apr_uint64_t misses;
    apr_uint64_t wrong;
    double wall; /* in seconds */
    double processor;
} __attribute__((aligned(128))) seen_t;

/* Lies in memory that all processes share, at one address. */
typedef struct arena_t {
    jt_counters_t counters;
    jt_revocations_t revocations;
    jt_grants_t grants;
    unsigned ids; /* that are in use */
    apr_uint64_t tries; /* of each reader */
    volatile apr_uint32_t ready;
    volatile apr_uint32_t is_on;    /* readers begin */
    volatile apr_uint32_t is_over;  /* all end */
    seen_t seen[READERS * READER_THREADS];
} arena_t;

static void die(const char *words)
{
    perror(words);
    exit(2);
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        die("mmap");
    }
    return memory;
}

static double read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void nap(double seconds)
{
    struct timespec rest;

    rest.tv_sec = (time_t)seconds;
    rest.tv_nsec = (long)((seconds - (double)rest.tv_sec) * 1e9);
    nanosleep(&rest, NULL);
}

static unsigned mix(unsigned number)
{
    number = (number ^ number >> 16) * 0x45d9f3bU;
    number = (number ^ number >> 16) * 0x45d9f3bU;
    return number ^ number >> 16;
}

static void make_id(grant_id_t id, unsigned number)
{
    unsigned i;

    for (i = 0; i < JT_SECRET_HASH_SIZE; i += 4) {
        unsigned word = mix(number * 8 + i / 4 + 1);

        memcpy(id + i, &word, sizeof(word));
    }
}

/* Bytes that only this id and version has, as long as most entries are; one of
 * eight is a long one.
 * @return their length */
static apr_size_t write_bytes(unsigned char *bytes, unsigned number,
                              unsigned version)
{
    unsigned seed = mix(number * 65537 + version);
    apr_size_t length = seed % 8 ? 96 + seed % 97 : 300 + seed % 300;
    apr_size_t i;

    for (i = 8; i < length; i++) {
        seed = seed * 1103515245 + 12345;
        bytes[i] = (unsigned char)(seed >> 16);
    }
    memcpy(bytes, &number, sizeof(number));
    memcpy(bytes + sizeof(number), &version, sizeof(version));
    return length;
}

static void store(const jt_grants_t *grants, unsigned number,
                  unsigned version)
{
    unsigned char bytes[JT_GRANTS_LONGEST];
    grant_id_t id;
    jt_grants_item_t item = { id, bytes, 0, version };

    make_id(id, number);
    item.length = write_bytes(bytes, number, version);
    jt_grants_store(grants, &item);
}

static int is_whole(const unsigned char *bytes, apr_size_t length,
                    unsigned number)
{
    unsigned char expected[JT_GRANTS_LONGEST];
    unsigned version;

    memcpy(&version, bytes + sizeof(number), sizeof(version));
    return write_bytes(expected, number, version) == length
           && !memcmp(bytes, expected, length);
}

/* @return grants for this process to use */
static jt_grants_t get_grants(const arena_t *arena)
{
    jt_grants_t grants = arena->grants;

    jt_grants_set_self(&grants, (apr_uint32_t)getpid());
    return grants;
}

static arena_t *make_arena(apr_uint32_t count, unsigned ids)
{
    arena_t *arena = map(sizeof(*arena));
    jt_grants_t grants;
    unsigned number;

    jt_grants_use(&arena->grants, map(jt_grants_size(count)), count);
    jt_revocations_init(&arena->revocations, 1, 1);
    arena->ids = ids;
    grants = get_grants(arena);
    for (number = 0; number < ids; number++) {
        store(&grants, number, 1);
    }
    return arena;
}

/* Each process works on its own, and is reported an error of. */
typedef void work_t(arena_t *arena, int nth);

static pid_t begin(arena_t *arena, work_t *work, int nth)
{
    pid_t pid = fork();

    if (pid < 0) {
        die("fork");
    }
    if (!pid) {
        work(arena, nth);
        _exit(0);
    }
    return pid;
}

static void end(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) != pid || status) {
        fprintf(stderr, "a process ended with %#x\n", (unsigned)status);
        exit(2);
    }
}

/* A reader or a writer, just before it works. */
static void come(arena_t *arena)
{
    apr_atomic_inc32(&arena->ready);
    while (!apr_atomic_read32(&arena->is_on)) {
        nap(0.0005);
    }
}

/* Back when so many have come, who then work. */
static void begin_all(arena_t *arena, apr_uint32_t count)
{
    while (apr_atomic_read32(&arena->ready) < count) {
        nap(0.0005);
    }
    apr_atomic_set32(&arena->is_on, 1);
}

/* ---- rate */

/* Made beforehand: what is measured is the table alone. */
static grant_id_t rate_ids[RATE_IDS];

/* As a hit: found, of a current generation, and counted. */
static void hit(arena_t *arena, const jt_grants_t *grants, unsigned number,
                seen_t *seen)
{
    const unsigned char *id = rate_ids[number];
    unsigned char bytes[JT_GRANTS_LONGEST];
    jt_revocations_stamp_t stamp = { 1, 0, 1 };
    unsigned found;

    jt_counters_add(&arena->counters, JT_COUNT_CHECKS);
    seen->finds++;
    if (!jt_grants_find(grants, id, bytes)
        || !jt_revocations_is_current(&arena->revocations, id, &stamp)) {
        seen->misses++;
        return;
    }
    memcpy(&found, bytes, sizeof(found));
    seen->wrong += found != number;
    jt_counters_add(&arena->counters, JT_COUNT_HITS);
}

static void hit_until_over(arena_t *arena, int nth)
{
    jt_grants_t grants = get_grants(arena);
    unsigned number = (unsigned)nth * 5000;
    seen_t seen = { 0 };
    int i;

    come(arena);
    seen.wall = read_clock(CLOCK_MONOTONIC);
    seen.processor = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    while (!apr_atomic_read32(&arena->is_over)) {
        for (i = 0; i < 1000; i++) {
            hit(arena, &grants, (number += 7) % arena->ids, &seen);
        }
    }
    seen.wall = read_clock(CLOCK_MONOTONIC) - seen.wall;
    seen.processor = read_clock(CLOCK_PROCESS_CPUTIME_ID) - seen.processor;
    arena->seen[nth] = seen;
}

static void store_at_a_pace(arena_t *arena, int nth)
{
    jt_grants_t grants = get_grants(arena);
    double begun;
    double stored = 0;
    unsigned version = 2;

    (void)nth;
    come(arena);
    begun = read_clock(CLOCK_MONOTONIC);
    while (!apr_atomic_read32(&arena->is_over)) {
        double due = (read_clock(CLOCK_MONOTONIC) - begun) * STORES_A_SECOND;

        for (; stored < due; stored++, version++) {
            store(&grants, mix(version) % arena->ids, version);
        }
        nap(0.001);
    }
}

typedef struct rate_t {
    double by_wall;
    double by_processor;
    double misses; /* of one */
} rate_t;

static rate_t measure(arena_t *arena, int readers)
{
    rate_t rate = { 0, 0, 0 };
    apr_uint64_t finds = 0;
    pid_t pids[READERS + 1];
    int i;

    arena->ready = arena->is_on = arena->is_over = 0;
    pids[0] = begin(arena, store_at_a_pace, 0);
    for (i = 0; i < readers; i++) {
        pids[i + 1] = begin(arena, hit_until_over, i);
    }
    begin_all(arena, (apr_uint32_t)readers + 1);
    nap(ROUND_SECONDS);
    apr_atomic_set32(&arena->is_over, 1);
    for (i = 0; i <= readers; i++) {
        end(pids[i]);
    }
    for (i = 0; i < readers; i++) {
        const seen_t *seen = &arena->seen[i];

        rate.by_wall += (double)seen->finds / seen->wall;
        rate.by_processor += (double)seen->finds / seen->processor;
        rate.misses += (double)seen->misses;
        finds += seen->finds;
        if (seen->wrong) {
            printf("%.0f finds had another id's bytes\n", (double)seen->wrong);
            exit(1);
        }
    }
    rate.misses /= (double)finds;
    return rate;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double find_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    return count % 2 ? values[count / 2]
                     : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Either comes first in turn. */
static void measure_pair(arena_t *arena, int round, rate_t *one, rate_t *two)
{
    if (round % 2) {
        *two = measure(arena, 2);
        *one = measure(arena, 1);
    }
    else {
        *one = measure(arena, 1);
        *two = measure(arena, 2);
    }
}

static int run_rate(int rounds)
{
    static double by_wall[MOST_ROUNDS];
    static double by_processor[MOST_ROUNDS];
    arena_t *arena = make_arena(20000, RATE_IDS);
    double median;
    int i;

    for (i = 0; i < RATE_IDS; i++) {
        make_id(rate_ids[i], (unsigned)i);
    }
    for (i = 0; i < rounds; i++) {
        rate_t one;
        rate_t two;

        measure_pair(arena, i, &one, &two);
        by_wall[i] = two.by_wall / one.by_wall;
        by_processor[i] = two.by_processor / one.by_processor;
        printf("one %.2f, two %.2f million hits a second: %.3f (%.3f by "
               "processor time); %.5f %% missed\n", one.by_wall / 1e6,
               two.by_wall / 1e6, by_wall[i], by_processor[i],
               100 * two.misses);
        fflush(stdout);
    }
    median = find_median(by_wall, rounds);
    printf("median of %d: %.3f (%.3f by processor time), the bar is %.2f\n",
           rounds, median, find_median(by_processor, rounds), BAR);
    return median >= BAR ? 0 : 1;
}

/* ---- tries */

typedef struct task_t {
    arena_t *arena;
    int nth; /* of all such threads */
} task_t;

static void *try_all(void *baton)
{
    const task_t *task = baton;
    arena_t *arena = task->arena;
    jt_grants_t grants = get_grants(arena);
    unsigned char bytes[JT_GRANTS_LONGEST];
    seen_t seen = { 0 };
    grant_id_t id;

    come(arena);
    for (; seen.finds < arena->tries; seen.finds++) {
        unsigned number = mix((unsigned)seen.finds + (unsigned)task->nth)
                          % arena->ids;
        apr_size_t length;

        make_id(id, number);
        length = jt_grants_find(&grants, id, bytes);
        seen.misses += !length;
        seen.wrong += length && !is_whole(bytes, length, number);
    }
    arena->seen[task->nth] = seen;
    return NULL;
}

static void *store_all(void *baton)
{
    const task_t *task = baton;
    arena_t *arena = task->arena;
    jt_grants_t grants = get_grants(arena);
    unsigned version = (unsigned)task->nth;

    come(arena);
    while (!apr_atomic_read32(&arena->is_over)) {
        store(&grants, mix(version) % arena->ids, version);
        version += WRITER_THREADS;
    }
    return NULL;
}

static void run_threads(arena_t *arena, int first, int count,
                        void *(*work)(void *))
{
    pthread_t threads[READER_THREADS + WRITER_THREADS];
    task_t tasks[READER_THREADS + WRITER_THREADS];
    int i;

    for (i = 0; i < count; i++) {
        tasks[i].arena = arena;
        tasks[i].nth = first + i;
        if (pthread_create(&threads[i], NULL, work, &tasks[i])) {
            _exit(2);
        }
    }
    for (i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void read_in_threads(arena_t *arena, int nth)
{
    run_threads(arena, nth * READER_THREADS, READER_THREADS, try_all);
}

static void write_in_threads(arena_t *arena, int nth)
{
    run_threads(arena, nth, WRITER_THREADS, store_all);
}

static int run_tries(double tries)
{
    arena_t *arena = make_arena(JT_GRANTS_FEWEST, TRY_IDS);
    apr_uint64_t misses = 0;
    apr_uint64_t wrong = 0;
    pid_t readers[READERS];
    pid_t writer;
    int i;

    arena->tries = (apr_uint64_t)(tries / (READERS * READER_THREADS)) + 1;
    writer = begin(arena, write_in_threads, 0);
    for (i = 0; i < READERS; i++) {
        readers[i] = begin(arena, read_in_threads, i);
    }
    begin_all(arena, READERS * READER_THREADS + WRITER_THREADS);
    for (i = 0; i < READERS; i++) {
        end(readers[i]);
    }
    apr_atomic_set32(&arena->is_over, 1);
    end(writer);
    for (i = 0; i < READERS * READER_THREADS; i++) {
        misses += arena->seen[i].misses;
        wrong += arena->seen[i].wrong;
    }
    tries = (double)arena->tries * READERS * READER_THREADS;
    printf("%.0f finds: %.0f hits, %.0f misses, %.0f with wrong bytes\n", tries,
           tries - (double)misses, (double)misses, (double)wrong);
    return wrong || (double)misses > tries * 0.9 ? 1 : 0;
}

int main(int count, char **words)
{
    const char *what = count > 1 ? words[1] : "rate";
    double number = count > 2 ? strtod(words[2], NULL) : 0;

    if (!strcmp(what, "rate") && number >= 0 && number <= MOST_ROUNDS) {
        return run_rate(number ? (int)number : ROUNDS);
    }
    if (!strcmp(what, "tries") && number >= 0) {
        return run_tries(number ? number : TRIES);
    }
    fprintf(stderr, "usage: %s rate [ROUNDS] | tries [N]\n", words[0]);
    return 2;
}
