/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program beside the threads of a httpd. It must not know what for.
 *
 * A process with threads may do almost nothing between fork() and exec(): here
 * it is system calls, with what was prepared before. APR's own way runs
 * cleanups of pools that other threads are using. A clock that exec() keeps
 * ends the program when its httpd has ended, and nobody else does. Why exec()
 * has failed is left in memory that both processes share until then.
 */
#include "state/jt_program.h"

#include <apr_env.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is read of a program's words before others get their turn. */
#define MOST_READS 256

/* Milliseconds without any, after which it is looked at later. */
#define FLOWS 2

static apr_status_t make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) ? APR_FROM_OS_ERROR(errno) : APR_SUCCESS;
}

static void close_pipe(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* Nobody reads yet, so it has to fit. */
static apr_status_t fill_pipe(const int ends[2], const char *input,
                              apr_size_t length)
{
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK)
        || write(ends[1], input, length) != (ssize_t)length) {
        return APR_ENOSPC;
    }
    return APR_SUCCESS;
}

static char *make_path(apr_pool_t *pool)
{
    char *path;

    return apr_env_get(&path, "PATH", pool) == APR_SUCCESS
               ? apr_pstrcat(pool, "PATH=", path, NULL)
               : apr_pstrdup(pool, "PATH=/usr/local/bin:/usr/bin:/bin");
}

/* What the new process needs, found out before there is one. */
typedef struct image_t {
    char *const *argv;
    char *const *environment;
    int input;
    int errors;
    int output; /* the null device */
    int *fault; /* shared: errno */
} image_t;

/* The first three are open in every process of httpd's, so these are above. */
static int set_files(const image_t *image)
{
    return dup2(image->input, 0) < 0 || dup2(image->output, 1) < 0
           || dup2(image->errors, 2) < 0;
}

/* All else closes by itself (FD_CLOEXEC), but for what another module left
 * open. */
static void close_others(void)
{
#ifdef SYS_close_range
    (void)syscall(SYS_close_range, 3U, ~0U, 0U);
#endif
}

/* httpd ignores SIGPIPE, has handlers of its own, and prefork blocks some. */
static void reset_signals(void)
{
    sigset_t none;
    int number;

    for (number = 1; number < 32; number++) {
        (void)signal(number, SIG_DFL);
    }
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_image(const image_t *image)
{
    (void)setpgid(0, 0);
    reset_signals();
    alarm((unsigned int)apr_time_sec(JT_PROGRAM_TIMEOUT) + 5);
    if (!set_files(image)) {
        close_others();
        execve(image->argv[0], image->argv, image->environment);
    }
    *image->fault = errno;
    _exit(JT_PROGRAM_NOT_RUN);
}

static int *share_number(void)
{
    void *shared = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return shared == MAP_FAILED ? NULL : shared;
}

static void drop_number(int **number)
{
    if (*number) {
        munmap(*number, sizeof(int));
        *number = NULL;
    }
}

static apr_status_t spawn(jt_program_t *program, const image_t *image)
{
    sigset_t all;
    sigset_t before;

    /* No handler of httpd's runs in the new process. */
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before)) {
        return APR_EGENERAL;
    }
    program->pid = fork();
    if (!program->pid) {
        run_image(image);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (program->pid < 0) {
        return APR_FROM_OS_ERROR(errno);
    }
    (void)setpgid(program->pid, program->pid); /* whichever is first */
    return APR_SUCCESS;
}

static apr_status_t start_with(jt_program_t *program, image_t *image,
                               int errors)
{
    apr_status_t status;

    image->output = open("/dev/null", O_WRONLY | O_CLOEXEC);
    image->fault = share_number();
    if (image->output < 0 || !image->fault
        || fcntl(errors, F_SETFL, O_NONBLOCK)) {
        status = APR_FROM_OS_ERROR(errno);
    }
    else {
        status = spawn(program, image);
    }
    close(image->output);
    if (status != APR_SUCCESS) {
        drop_number(&image->fault);
        program->pid = 0;
        return status;
    }
    program->shared = image->fault;
    program->errors = errors;
    program->begun = apr_time_now();
    return APR_SUCCESS;
}

apr_status_t jt_program_start(jt_program_t *program, char *const *argv,
                              const char *input, apr_size_t length,
                              apr_pool_t *pool)
{
    char *environment[] = { make_path(pool), NULL };
    image_t image = { argv, environment, 0, 0, 0, NULL };
    int in[2];
    int errors[2];
    apr_status_t status = make_pipe(in);

    memset(program, 0, sizeof(*program));
    if (status != APR_SUCCESS) {
        return status;
    }
    status = make_pipe(errors);
    if (status != APR_SUCCESS) {
        close_pipe(in);
        return status;
    }
    status = fill_pipe(in, input, length);
    if (status == APR_SUCCESS) {
        image.input = in[0];
        image.errors = errors[1];
        status = start_with(program, &image, errors[0]);
    }
    close_pipe(in);
    close(errors[1]);
    if (status != APR_SUCCESS) {
        close(errors[0]);
    }
    return status;
}

static int awaits_more(int descriptor)
{
    struct pollfd wanted = { descriptor, POLLIN, 0 };

    return poll(&wanted, 1, FLOWS) > 0;
}

static void keep(jt_program_t *program, const char *words, apr_size_t count)
{
    apr_size_t room = sizeof(program->said) - 1 - program->length;

    count = count < room ? count : room;
    memcpy(program->said + program->length, words, count);
    program->length += count;
}

/* What does not fit is read, too, as it would wait otherwise: as long as it
 * flows, for a pipe holds little. */
static void read_errors(jt_program_t *program)
{
    char words[16384];
    int has_read = 0;
    int i;

    for (i = 0; i < MOST_READS; i++) {
        ssize_t count = read(program->errors, words, sizeof(words));

        if (count > 0) {
            keep(program, words, (apr_size_t)count);
            has_read = 1;
        }
        else if (!count || !has_read || !awaits_more(program->errors)) {
            return;
        }
    }
}

static void forget(jt_program_t *program)
{
    close(program->errors);
    drop_number(&program->shared);
    program->pid = 0;
}

int jt_program_poll(jt_program_t *program, apr_time_t now, int *code)
{
    int state = 0;
    pid_t ended;

    read_errors(program);
    ended = waitpid(program->pid, &state, WNOHANG);
    if (!ended) {
        if (!program->is_killed && (now - program->begun >= JT_PROGRAM_TIMEOUT
                                    || now < program->begun)) {
            program->is_killed = 1;
            kill(-program->pid, SIGKILL);
        }
        return 0;
    }
    *code = ended < 0 ? -1 : WIFEXITED(state) ? WEXITSTATUS(state)
                                              : 128 + WTERMSIG(state);
    read_errors(program);
    program->fault = APR_FROM_OS_ERROR(*program->shared);
    forget(program);
    return 1;
}

void jt_program_kill(jt_program_t *program)
{
    kill(-program->pid, SIGKILL);
    waitpid(program->pid, NULL, WNOHANG);
    forget(program);
}
