/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_modes.c: by modes alone, it names what keeps an account from
 * running a program, and only that. Whose the files are is told by the account
 * that asks, so that these tests need not be root's.
 */
#include "units.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include "state/jt_modes.h"

#define NOBODY 65534
#define STRANGER 54321

/* Made for each test: a program in a folder, both somebody's who is not root. */
static char *top;
static char *folder;
static char *program;
static gid_t groups[2];
static jt_modes_account_t account;

static void give(const char *path)
{
    if (!geteuid()) {
        ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
    }
}

static void make_program(void)
{
    const char *parent;
    apr_file_t *made;

    UNITS_OK(apr_temp_dir_get(&parent, units_pool));
    top = apr_pstrcat(units_pool, parent, "/jiratoken-modes-XXXXXX", NULL);
    ck_assert_ptr_nonnull(mkdtemp(top));
    folder = apr_pstrcat(units_pool, top, "/bin", NULL);
    program = apr_pstrcat(units_pool, folder, "/tell", NULL);
    UNITS_OK(apr_dir_make(folder, APR_FPROT_OS_DEFAULT, units_pool));
    UNITS_OK(apr_file_open(&made, program, APR_FOPEN_WRITE | APR_FOPEN_CREATE,
                           APR_FPROT_UREAD, units_pool));
    apr_file_close(made);
    give(program);
    give(folder);
    give(top);
    ck_assert_int_eq(chmod(program, 0755), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(chmod(top, 0755), 0);
}

static void remove_program(void)
{
    chmod(top, 0700);
    chmod(folder, 0700);
    remove(apr_pstrcat(units_pool, top, "/link", NULL));
    remove(program);
    remove(folder);
    remove(top);
}

/* The account is the files' owner, of their group, anybody else, or root. */
static const char *ask(char who, const char *path)
{
    const char *found;

    groups[0] = STRANGER;
    groups[1] = who == 'g' ? (geteuid() ? getegid() : NOBODY) : STRANGER;
    account.name = "them";
    account.uid = who == 'r' ? 0 : who == 'u' ? (geteuid() ? geteuid() : NOBODY)
                                              : STRANGER;
    account.groups = groups;
    account.count = 2;
    found = jt_modes_check(path, &account, units_pool);
    return found ? found : "";
}

static const struct {
    char who;
    mode_t mode;
    int may;
} modes[] = {
    { 'u', 0100, 1 }, { 'u', 0677, 0 }, { 'u', 0677 | 0100, 1 },
    { 'g', 0010, 1 }, { 'g', 0767, 0 }, { 'g', 0707, 0 },
    { 'o', 0001, 1 }, { 'o', 0776, 0 }, { 'o', 0770, 0 }, { 'o', 0700, 0 },
};

START_TEST(test_program_is_run_by_whom_its_mode_lets)
{
    char who = modes[_i].who;

    ck_assert_int_eq(chmod(program, modes[_i].mode), 0);
    ck_assert_str_eq(ask(who, program), modes[_i].may ? "" : apr_psprintf(
        units_pool, "the children run as them, who cannot run %s: "
        "chmod %c+rx %s", program, who, program));
}
END_TEST

static const char *make_words(char who, const char *path)
{
    return apr_psprintf(units_pool, "the children run as them, who cannot "
                        "enter the folder %s: chmod %c+x %s, or keep the "
                        "program elsewhere", path, who, path);
}

START_TEST(test_each_folder_above_is_entered_by_whom_its_mode_lets)
{
    const char *const above[] = { folder, top };
    char who = modes[_i].who;
    size_t i;

    for (i = 0; i < UNITS_COUNT(above); i++) {
        ck_assert_int_eq(chmod(above[i], modes[_i].mode), 0);
        ck_assert_str_eq(ask(who, program),
                         modes[_i].may ? "" : make_words(who, above[i]));
        ck_assert_int_eq(chmod(above[i], 0755), 0);
    }
}
END_TEST

START_TEST(test_root_may_what_anybody_may)
{
    ck_assert_int_eq(chmod(folder, 0700), 0);
    ck_assert_int_eq(chmod(program, 0001), 0);
    ck_assert_str_eq(ask('r', program), "");
    ck_assert_int_eq(chmod(program, 0666), 0);
    ck_assert_str_ne(ask('r', program), "");
}
END_TEST

START_TEST(test_a_link_is_followed)
{
    const char *link = apr_pstrcat(units_pool, top, "/link", NULL);

    ck_assert_int_eq(symlink(program, link), 0);
    ck_assert_str_eq(ask('o', link), "");
    ck_assert_int_eq(chmod(folder, 0750), 0);
    ck_assert_str_eq(ask('o', link), make_words('o', folder));
}
END_TEST

START_TEST(test_what_is_not_there_is_no_obstacle)
{
    remove(program);
    ck_assert_str_eq(ask('o', program), "");
}
END_TEST

#ifdef __linux__
/* Version 2, and five entries of tag, rights and id, as they are in
 * linux/posix_acl_xattr.h: STRANGER may enter. */
START_TEST(test_what_has_a_list_is_passed_over)
{
    static const unsigned char list[] = {
        2, 0, 0, 0,
        0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
        0x02, 0, 5, 0, 0x31, 0xd4, 0, 0, /* STRANGER */
        0x04, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
        0x10, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
        0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff
    };

    ck_assert_int_eq(chmod(folder, 0700), 0);
    ck_assert_str_ne(ask('o', program), "");
    if (setxattr(folder, "system.posix_acl_access", list, sizeof(list), 0)) {
        ck_assert_int_eq(errno, ENOTSUP); /* there are none here */
        return;
    }
    ck_assert_str_eq(ask('o', program), "");
}
END_TEST
#endif

Suite *units_modes(void)
{
    Suite *suite = suite_create("modes");
    TCase *programs = units_case(suite, "programs");

    tcase_add_checked_fixture(programs, make_program, remove_program);
    tcase_add_loop_test(programs, test_program_is_run_by_whom_its_mode_lets, 0,
                        UNITS_COUNT(modes));
    tcase_add_loop_test(programs,
                        test_each_folder_above_is_entered_by_whom_its_mode_lets,
                        0, UNITS_COUNT(modes));
    tcase_add_test(programs, test_root_may_what_anybody_may);
    tcase_add_test(programs, test_a_link_is_followed);
    tcase_add_test(programs, test_what_is_not_there_is_no_obstacle);
#ifdef __linux__
    tcase_add_test(programs, test_what_has_a_list_is_passed_over);
#endif
    return suite;
}
