/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_access.c: it names what keeps an account from SQLite's file, and
 * only that. As root may do everything, nobody is asked in its place.
 */
#include "units.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/jt_access.h"

#define NOBODY 65534

/* Made for each test, with data/tokens.db in it, which are nobody's own. */
static char *top;
static char *folder;
static char *file;

static void give(const char *path, mode_t mode)
{
    ck_assert_int_eq(chmod(path, mode), 0);
    if (!geteuid()) {
        ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
    }
}

static void make_file(const char *path)
{
    apr_file_t *made;

    UNITS_OK(apr_file_open(&made, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE,
                           APR_FPROT_UREAD | APR_FPROT_UWRITE, units_pool));
    apr_file_close(made);
    give(path, 0600);
}

static void make_folder(void)
{
    const char *parent;

    UNITS_OK(apr_temp_dir_get(&parent, units_pool));
    top = apr_pstrcat(units_pool, parent, "/jiratoken-access-XXXXXX", NULL);
    ck_assert_ptr_nonnull(mkdtemp(top));
    give(top, 0700);
    folder = apr_pstrcat(units_pool, top, "/data", NULL);
    file = apr_pstrcat(units_pool, folder, "/tokens.db", NULL);
    UNITS_OK(apr_dir_make(folder, APR_FPROT_OS_DEFAULT, units_pool));
    make_file(file);
    give(folder, 0700);
}

static void remove_folder(void)
{
    static const char *const names[] = {
        "data/tokens.db", "data/tokens.db-wal", "data/tokens.db-shm",
        "data/tokens.db-journal", "link", "data", ""
    };
    size_t i;

    chmod(top, 0700);
    chmod(folder, 0700);
    for (i = 0; i < UNITS_COUNT(names); i++) {
        remove(apr_pstrcat(units_pool, top, "/", names[i], NULL));
    }
}

/* What a process of nobody's finds; empty for nothing. */
static const char *ask_nobody(const char *path)
{
    static char answer[1000];
    int ends[2];
    pid_t child;
    ssize_t length;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        const char *found;

        if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY))) {
            _exit(1);
        }
        found = jt_access_check(path, "them", units_pool);
        found = found ? found : "";
        _exit(write(ends[1], found, strlen(found)) != (ssize_t)strlen(found));
    }
    close(ends[1]);
    length = read(ends[0], answer, sizeof(answer) - 1);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_ge(length, 0);
    answer[length] = '\0';
    return answer;
}

static const char *make_words(const char *what, const char *path,
                              const char *rights)
{
    return apr_psprintf(units_pool, "the children run as them, who cannot %s "
                        "%s (Permission denied): chmod %s %s", what, path,
                        rights, path);
}

START_TEST(test_what_can_be_used_is_not_named)
{
    ck_assert_str_eq(ask_nobody(file), "");
    make_file(apr_pstrcat(units_pool, file, "-wal", NULL));
    ck_assert_str_eq(ask_nobody(file), "");
    remove(file); /* not there yet: that is for others to say */
    ck_assert_str_eq(ask_nobody(file), "");
}
END_TEST

START_TEST(test_the_folder_is_named)
{
    static const mode_t modes[] = { 0500, 0300 };
    size_t i;

    for (i = 0; i < UNITS_COUNT(modes); i++) {
        give(folder, modes[i]);
        ck_assert_str_eq(ask_nobody(file),
                         make_words("write the folder", folder, "u+rwx"));
    }
}
END_TEST

START_TEST(test_a_folder_above_is_named)
{
    give(top, 0600);
    ck_assert_str_eq(ask_nobody(file),
                     make_words("enter the folder", top, "u+x"));
}
END_TEST

START_TEST(test_each_file_is_named)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    static const mode_t modes[] = { 0400, 0200, 0 };
    size_t i;

    for (i = 0; i < UNITS_COUNT(endings) * UNITS_COUNT(modes); i++) {
        const char *path = apr_pstrcat(units_pool, file,
                                       endings[i / UNITS_COUNT(modes)], NULL);

        make_file(path);
        give(path, modes[i % UNITS_COUNT(modes)]);
        ck_assert_str_eq(ask_nobody(file),
                         make_words("read and write the file", path, "u+rw"));
        give(path, 0600);
    }
}
END_TEST

START_TEST(test_a_link_is_followed)
{
    const char *link = apr_pstrcat(units_pool, top, "/link", NULL);

    ck_assert_int_eq(symlink(file, link), 0);
    ck_assert_str_eq(ask_nobody(link), "");
    give(folder, 0500);
    ck_assert_str_eq(ask_nobody(link),
                     make_words("write the folder", folder, "u+rwx"));
    give(folder, 0600);
    ck_assert_ptr_nonnull(strstr(ask_nobody(link), "cannot"));
}
END_TEST

START_TEST(test_a_path_without_a_folder_is_looked_up_here)
{
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_str_eq(ask_nobody("tokens.db"), "");
    give(file, 0400);
    ck_assert_str_eq(ask_nobody("tokens.db"),
                     make_words("read and write the file", file, "u+rw"));
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

Suite *units_access(void)
{
    Suite *suite = suite_create("access");
    TCase *files = units_case(suite, "files");

    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, test_what_can_be_used_is_not_named);
    tcase_add_test(files, test_the_folder_is_named);
    tcase_add_test(files, test_a_folder_above_is_named);
    tcase_add_test(files, test_each_file_is_named);
    tcase_add_test(files, test_a_link_is_followed);
    tcase_add_test(files, test_a_path_without_a_folder_is_looked_up_here);
    return suite;
}
