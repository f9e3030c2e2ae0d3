/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PROGRAM_H
#define JT_PROGRAM_H

#include <apr_pools.h>
#include <apr_time.h>
#include <sys/types.h>

/** How long a program may take. */
#define JT_PROGRAM_TIMEOUT apr_time_from_sec(30)

/** The exit code of one that could not be run, as a shell's. */
#define JT_PROGRAM_NOT_RUN 127

/** The most bytes of its input: what the smallest pipe takes. */
#define JT_PROGRAM_INPUT 4096

/** A program that was begun. One thread's. */
typedef struct jt_program_t {
    pid_t pid;       /* and its process group's; 0: none */
    int errors;      /* what it says is read here */
    apr_time_t begun;
    int is_killed;   /* it took too long */
    int *shared;     /* with the new process, while there is one */
    apr_status_t fault; /* set at its end: why it could not be run */
    char said[500];  /* the beginning of what it wrote to standard error */
    apr_size_t length;
} jt_program_t;

/**
 * Begin a program, with an environment of PATH alone, no descriptors but the
 * first three, and no signals blocked or ignored. Its output is dropped. Does
 * not block.
 * @param argv ends with NULL; the first is a path
 * @param input of JT_PROGRAM_INPUT bytes at most
 * @param pool scratch
 */
apr_status_t jt_program_start(jt_program_t *program, char *const *argv,
                              const char *input, apr_size_t length,
                              apr_pool_t *pool);

/**
 * Look whether it has ended, and kill it with all that it has begun when it
 * takes too long. Does not block.
 * @param code set to its exit code, or to 128 and the signal that ended it
 * @return non-zero: it has ended
 */
int jt_program_poll(jt_program_t *program, apr_time_t now, int *code);

/** Kill it, with all that it has begun. It is not waited for. */
void jt_program_kill(jt_program_t *program);

#endif
