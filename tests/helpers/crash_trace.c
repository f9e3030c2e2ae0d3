/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD: whichever thread of httpd crashes writes where it
 * was to the file that JIRATOKEN_CRASHES names, and ends as it would have.
 *
 * httpd sets handlers of its own, after which a constructor's would be gone; so
 * sigaction() leaves those of the fatal signals to us. Only the first thread
 * that crashes is written down: what others do in a broken process says nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MOST_FRAMES 100

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static const size_t fatals = sizeof(fatal) / sizeof(fatal[0]);
static char path[512];
static atomic_flag written = ATOMIC_FLAG_INIT;

typedef int (*set_action_t)(int, const struct sigaction *, struct sigaction *);

static set_action_t set_action(void)
{
    static set_action_t found;

    if (!found) {
        *(void **)&found = dlsym(RTLD_NEXT, "sigaction");
    }
    return found;
}

static int is_fatal(int number)
{
    for (size_t i = 0; i < fatals; i++) {
        if (fatal[i] == number) {
            return 1;
        }
    }
    return 0;
}

static void write_trace(int number)
{
    void *frames[MOST_FRAMES];
    char line[80];
    int file = open(path, O_WRONLY | O_APPEND);

    /* Children that end together may crash together: their lines must not mix. */
    if (file < 0 || flock(file, LOCK_EX)) {
        return;
    }
    int size = snprintf(line, sizeof(line), "crash of %ld by signal %d\n",
                        (long)getpid(), number);
    if (write(file, line, (size_t)size) == size) {
        backtrace_symbols_fd(frames, backtrace(frames, MOST_FRAMES), file);
        (void)!write(file, "end\n", 4);
    }
    close(file);
}

static void crash(int number)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};

    while (atomic_flag_test_and_set(&written)) {
        pause();    /* the process ends by the other's signal */
    }
    write_trace(number);
    set_action()(number, &usual, NULL);
    kill(getpid(), number);
}

int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    if (*path && action && is_fatal(number)) {
        return set_action()(number, NULL, old);
    }
    return set_action()(number, action, old);
}

__attribute__((constructor)) static void watch(void)
{
    const char *wanted = getenv("JIRATOKEN_CRASHES");
    struct sigaction ours = {.sa_handler = crash, .sa_flags = SA_NODEFER};
    void *frame;

    if (!wanted || strlen(wanted) >= sizeof(path)) {
        return;
    }
    backtrace(&frame, 1);   /* loads what unwinds, while that is safe */
    strcpy(path, wanted);
    for (size_t i = 0; i < fatals; i++) {
        set_action()(fatal[i], &ours, NULL);
    }
}
