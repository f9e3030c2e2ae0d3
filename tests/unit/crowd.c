/* SPDX-License-Identifier: Apache-2.0
 *
 * Many at once, see crowd.h. One crowd at a time. Knows nothing of what it
 * works on.
 */
#include "crowd.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_PROCESSES 8
#define MOST_THREADS 16

const crowd_kind_t crowd_kinds[CROWD_KINDS] = {
    { "threads", 0, 8 },
    { "processes", 3, 1 },
    { "threads of processes", 2, 3 }
};

typedef struct task_t {
    crowd_work_t *work;
    void *memory;
    int number;
} task_t;

/* Lies in memory that the crowd shares. */
static pthread_barrier_t *barrier;

int crowd_size(const crowd_kind_t *kind)
{
    return (kind->processes + 1) * kind->threads;
}

typedef struct mapped_t {
    void *memory;
    apr_size_t size;
} mapped_t;

static apr_status_t unmap(void *baton)
{
    mapped_t *mapped = baton;

    munmap(mapped->memory, mapped->size);
    return APR_SUCCESS;
}

void *crowd_memory(apr_size_t size, apr_pool_t *from)
{
    mapped_t *mapped = apr_palloc(from, sizeof(*mapped));

    mapped->size = size;
    mapped->memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(mapped->memory, MAP_FAILED);
    apr_pool_cleanup_register(from, mapped, unmap, apr_pool_cleanup_null);
    return mapped->memory;
}

void crowd_wait(void)
{
    pthread_barrier_wait(barrier);
}

static void *run_task(void *baton)
{
    const task_t *task = baton;

    crowd_wait();
    task->work(task->memory, task->number);
    return NULL;
}

/* @return zero when a thread could not be had */
static int run_threads(int count, int first, crowd_work_t *work, void *memory)
{
    task_t tasks[MOST_THREADS];
    pthread_t threads[MOST_THREADS];
    int i;

    for (i = 0; i < count; i++) {
        tasks[i].work = work;
        tasks[i].memory = memory;
        tasks[i].number = first + i;
        if (pthread_create(&threads[i], NULL, run_task, &tasks[i])) {
            return 0;
        }
    }
    for (i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    return 1;
}

static void make_barrier(unsigned count, apr_pool_t *pool)
{
    pthread_barrierattr_t attributes;

    barrier = crowd_memory(sizeof(*barrier), pool);
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ck_assert_int_eq(pthread_barrier_init(barrier, &attributes, count), 0);
    pthread_barrierattr_destroy(&attributes);
}

static void wait_for(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS,
                  "a process of the crowd ended with %#x", (unsigned)status);
}

void crowd_meet(const crowd_kind_t *kind, crowd_work_t *work, void *memory)
{
    pid_t pids[MOST_PROCESSES];
    apr_pool_t *pool;
    int i;

    ck_assert_int_le(kind->processes, MOST_PROCESSES);
    ck_assert_int_le(kind->threads, MOST_THREADS);
    apr_pool_create(&pool, NULL);
    make_barrier((unsigned)crowd_size(kind), pool);
    for (i = 0; i < kind->processes; i++) {
        pids[i] = fork();
        if (!pids[i]) {
            _exit(run_threads(kind->threads, (i + 1) * kind->threads, work,
                              memory) ? EXIT_SUCCESS : EXIT_FAILURE);
        }
        ck_assert_int_gt(pids[i], 0);
    }
    ck_assert(run_threads(kind->threads, 0, work, memory));
    for (i = 0; i < kind->processes; i++) {
        wait_for(pids[i]);
    }
    pthread_barrier_destroy(barrier);
    apr_pool_destroy(pool);
}

/* It ends with the test's process, too. */
static void work_and_stay(crowd_work_t *work, void *memory, int said,
                          int leash)
{
    char byte = 0;

    work(memory, 0);
    if (write(said, &byte, 1) != 1 || read(leash, &byte, 1)) {
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

void crowd_fork(crowd_victim_t *victim, crowd_work_t *work, void *memory)
{
    int said[2];
    int leash[2];
    char byte;

    ck_assert(!pipe(said) && !pipe(leash));
    victim->pid = fork();
    if (!victim->pid) {
        close(said[0]);
        close(leash[1]);
        work_and_stay(work, memory, said[1], leash[0]);
    }
    ck_assert_int_gt(victim->pid, 0);
    close(said[1]);
    close(leash[0]);
    victim->leash = leash[1];
    ck_assert_int_eq(read(said[0], &byte, 1), 1);
    close(said[0]);
}

void crowd_kill(crowd_victim_t *victim)
{
    siginfo_t about;

    memset(&about, 0, sizeof(about));
    ck_assert_int_eq(kill(victim->pid, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)victim->pid, &about,
                            WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(about.si_code, CLD_KILLED);
}

void crowd_bury(crowd_victim_t *victim)
{
    int status;

    ck_assert_int_eq(waitpid(victim->pid, &status, 0), victim->pid);
    ck_assert(WIFSIGNALED(status));
    close(victim->leash);
}
