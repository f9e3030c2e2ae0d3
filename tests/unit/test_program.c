/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_program.c, with real programs of /bin/sh. The clock is an
 * argument, so that nobody waits for a timeout.
 */
#include "units.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "state/jt_program.h"

static jt_program_t program;

static apr_status_t start_command(const char *command, const char *input)
{
    char *argv[5];

    argv[0] = apr_pstrdup(units_pool, "/bin/sh");
    argv[1] = apr_pstrdup(units_pool, "-c");
    argv[2] = apr_pstrdup(units_pool, command);
    argv[3] = apr_pstrdup(units_pool, "created");
    argv[4] = NULL;
    return jt_program_start(&program, argv, input, strlen(input), units_pool);
}

/* Until it has ended, by a clock that stands: it never takes too long. */
static int wait_for_end(void)
{
    int code = -2;

    while (!jt_program_poll(&program, program.begun, &code)) {
        apr_sleep(1000);
    }
    ck_assert_int_eq(program.pid, 0);
    return code;
}

static int run_command(const char *command, const char *input)
{
    UNITS_OK(start_command(command, input));
    return wait_for_end();
}

static const struct {
    const char *command;
    int code;
    const char *said;
} endings[] = {
    { "exit 0", 0, "" },
    { "exit 75", 75, "" },
    { "kill -TERM $$", 128 + SIGTERM, "" },
    { "echo out; echo err >&2; exit 1", 1, "err\n" },
    { "read line; test \"$line\" = 'a message'", 0, "" },
    { "read line; ! read line", 0, "" }, /* its input has an end */
    { "test $0 = created", 0, "" },
    { "test -n \"$PATH\" && ! env | grep -q UNITS_SECRET", 0, "" },
    { "kill -PIPE $$", 128 + SIGPIPE, "" }, /* not ignored, as httpd does */
};

START_TEST(test_its_end_is_known)
{
    ck_assert_int_eq(setenv("UNITS_SECRET", "hidden", 1), 0);
    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(run_command(endings[_i].command, "a message\n"),
                     endings[_i].code);
    (void)signal(SIGPIPE, SIG_DFL);
    ck_assert_str_eq(program.said, endings[_i].said);
    ck_assert_int_eq(program.is_killed, 0);
}
END_TEST

/* Files that the system does not run. A script without its interpreter is not
 * among them: valgrind ends on one. */
static const struct {
    const char *text; /* NULL: there is none */
    apr_fileperms_t mode;
    int fault;
} unfit[] = {
    { NULL, 0, ENOENT },
    { "#!/bin/sh\nexit 0\n", APR_FPROT_UREAD | APR_FPROT_UWRITE, EACCES },
    { "exit 0\n", APR_FPROT_UREAD | APR_FPROT_UEXECUTE, ENOEXEC },
};

static char *make_unfit(int nth, const char *folder)
{
    char *path = apr_pstrcat(units_pool, folder, "/program", NULL);
    apr_size_t length = unfit[nth].text ? strlen(unfit[nth].text) : 0;
    apr_file_t *file;

    if (unfit[nth].text) {
        UNITS_OK(apr_file_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE,
                               unfit[nth].mode, units_pool));
        UNITS_OK(apr_file_write_full(file, unfit[nth].text, length, NULL));
        UNITS_OK(apr_file_close(file));
    }
    return path;
}

START_TEST(test_why_it_could_not_be_run_is_known)
{
    char *argv[2] = { NULL, NULL };
    const char *parent;
    char *folder;

    UNITS_OK(apr_temp_dir_get(&parent, units_pool));
    folder = apr_pstrcat(units_pool, parent, "/jiratoken-program-XXXXXX", NULL);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    argv[0] = make_unfit(_i, folder);
    UNITS_OK(jt_program_start(&program, argv, "", 0, units_pool));
    ck_assert_int_eq(wait_for_end(), JT_PROGRAM_NOT_RUN);
    ck_assert_int_eq(APR_TO_OS_ERROR(program.fault), unfit[_i].fault);
    ck_assert_str_eq(program.said, "");
    (void)remove(argv[0]);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(test_one_that_ends_as_if_it_could_not_be_run_was_run)
{
    ck_assert_int_eq(run_command("exit 127", ""), JT_PROGRAM_NOT_RUN);
    ck_assert_int_eq(program.fault, APR_SUCCESS);
}
END_TEST

START_TEST(test_the_beginning_of_what_it_says_is_kept)
{
    size_t i;

    ck_assert_int_eq(run_command("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); "
                                 "echo 0123456789012345678901234567890123456789"
                                 "01234567890123456789012345678 >&2; done", ""),
                     0);
    ck_assert_uint_eq(strlen(program.said), sizeof(program.said) - 1);
    for (i = 0; i < sizeof(program.said) - 1; i++) {
        ck_assert_int_eq(program.said[i],
                         i % 70 == 69 ? '\n' : '0' + (int)(i % 70 % 10));
    }
}
END_TEST

START_TEST(test_input_that_a_pipe_does_not_take_is_refused)
{
    const char *most = units_repeat("x", JT_PROGRAM_INPUT);

    ck_assert_int_eq(run_command("test $(wc -c) -eq 4096", most), 0);
    ck_assert_int_eq(start_command("exit 0", units_repeat("x", 10000000)),
                     APR_ENOSPC);
    ck_assert_int_eq(program.pid, 0);
}
END_TEST

/* Reads a number that the program has said. */
static pid_t read_pid(void)
{
    int code;

    while (!strchr(program.said, '\n')) {
        ck_assert_int_eq(jt_program_poll(&program, program.begun, &code), 0);
        apr_sleep(1000);
    }
    return (pid_t)strtol(program.said, NULL, 10);
}

/* Nobody waits for an orphan but init, which some containers lack. */
static int is_gone(pid_t pid)
{
    const char *path = apr_psprintf(units_pool, "/proc/%ld/stat", (long)pid);
    char text[200] = "";
    int file = open(path, O_RDONLY);

    if (file < 0) {
        return 1;
    }
    (void)!read(file, text, sizeof(text) - 1);
    close(file);
    return strstr(text, ") Z ") != NULL;
}

#define HANGS "sleep 1000000 & echo $! >&2; wait"

START_TEST(test_one_that_takes_too_long_is_killed_with_what_it_began)
{
    pid_t child;
    int code = 0;

    UNITS_OK(start_command(HANGS, ""));
    child = read_pid();
    ck_assert_int_eq(jt_program_poll(&program, program.begun
                                         + JT_PROGRAM_TIMEOUT - 1, &code), 0);
    ck_assert_int_eq(program.is_killed, 0);
    ck_assert_int_eq(jt_program_poll(&program, program.begun
                                         + JT_PROGRAM_TIMEOUT, &code), 0);
    ck_assert_int_eq(program.is_killed, 1);
    ck_assert_int_eq(wait_for_end(), 128 + SIGKILL);
    while (!is_gone(child)) {
        apr_sleep(1000);
    }
}
END_TEST

START_TEST(test_a_clock_that_was_set_back_does_not_let_it_hang)
{
    int code = 0;

    UNITS_OK(start_command(HANGS, ""));
    ck_assert_int_eq(jt_program_poll(&program, program.begun - 1, &code), 0);
    ck_assert_int_eq(program.is_killed, 1);
    ck_assert_int_eq(wait_for_end(), 128 + SIGKILL);
}
END_TEST

START_TEST(test_it_can_be_killed_at_once)
{
    pid_t pid;
    pid_t child;

    UNITS_OK(start_command(HANGS, ""));
    pid = program.pid;
    child = read_pid();
    jt_program_kill(&program);
    ck_assert_int_eq(program.pid, 0);
    while (!is_gone(pid) || !is_gone(child)) {
        apr_sleep(1000);
    }
}
END_TEST

static int count_files(void)
{
    int count = 0;
    int file;

    for (file = 0; file < 256; file++) {
        count += fcntl(file, F_GETFD) >= 0;
    }
    return count;
}

/* Memory that processes share, as Linux calls it. */
static int count_shared(void)
{
    char line[512];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");

    while (maps && fgets(line, sizeof(line), maps)) {
        count += strstr(line, "/dev/zero") != NULL;
    }
    if (maps) {
        fclose(maps);
    }
    return count;
}

START_TEST(test_it_leaves_neither_a_descriptor_nor_memory)
{
    char path[] = "/nowhere/program";
    char *argv[] = { path, NULL };
    int before = count_files();
    int shared = count_shared();

    ck_assert_int_eq(run_command("exit 1", "x"), 1);
    ck_assert_int_eq(start_command("exit 0", units_repeat("x", 10000000)),
                     APR_ENOSPC);
    UNITS_OK(jt_program_start(&program, argv, "", 0, units_pool));
    (void)wait_for_end();
    UNITS_OK(start_command(HANGS, ""));
    ck_assert_int_eq(count_shared(), shared + 1);
    jt_program_kill(&program);
    ck_assert_int_eq(count_files(), before);
    ck_assert_int_eq(count_shared(), shared);
}
END_TEST

START_TEST(test_it_has_no_descriptor_of_ours)
{
    int open_here = dup(1); /* without FD_CLOEXEC, as another module's */

    ck_assert_int_gt(open_here, 2);
    ck_assert_int_eq(run_command(apr_psprintf(units_pool,
                                              "! test -e /proc/$$/fd/%d",
                                              open_here), ""), 0);
    close(open_here);
}
END_TEST

Suite *units_program(void)
{
    Suite *suite = suite_create("program");
    TCase *ends = units_case(suite, "ends");
    TCase *limits = units_case(suite, "limits");

    tcase_add_loop_test(ends, test_its_end_is_known, 0, UNITS_COUNT(endings));
    tcase_add_loop_test(ends, test_why_it_could_not_be_run_is_known, 0,
                        UNITS_COUNT(unfit));
    tcase_add_test(ends,
                   test_one_that_ends_as_if_it_could_not_be_run_was_run);
    tcase_add_test(ends, test_the_beginning_of_what_it_says_is_kept);
    tcase_add_test(limits, test_input_that_a_pipe_does_not_take_is_refused);
    tcase_add_test(limits,
                   test_one_that_takes_too_long_is_killed_with_what_it_began);
    tcase_add_test(limits, test_a_clock_that_was_set_back_does_not_let_it_hang);
    tcase_add_test(limits, test_it_can_be_killed_at_once);
    tcase_add_test(limits, test_it_leaves_neither_a_descriptor_nor_memory);
    tcase_add_test(limits, test_it_has_no_descriptor_of_ours);
    return suite;
}
