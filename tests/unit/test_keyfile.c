/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_keyfile.c: which files are taken for a key file, and what is
 * said of every other. What a line means is test_secret.c's.
 */
#include "units.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <string.h>

#include "core/jt_keyfile.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char *make_path(void)
{
    char *path = apr_pstrdup(units_pool, "/tmp/jiratoken-units.XXXXXX");
    apr_file_t *file;

    UNITS_OK(apr_file_mktemp(&file, path, APR_FOPEN_CREATE | APR_FOPEN_WRITE
                                              | APR_FOPEN_EXCL, units_pool));
    apr_file_close(file);
    return path;
}

static const char *make_file(const char *bytes, apr_size_t length,
                             apr_fileperms_t mode)
{
    const char *path = make_path();
    apr_file_t *file;

    UNITS_OK(apr_file_open(&file, path, APR_FOPEN_WRITE, 0, units_pool));
    UNITS_OK(apr_file_write_full(file, bytes, length, NULL));
    apr_file_close(file);
    UNITS_OK(apr_file_perms_set(path, mode));
    return path;
}

static const char *read_file(const char *path, jt_secret_ring_t **ring)
{
    const char *fault;

    *ring = NULL;
    fault = jt_keyfile_read(path, ring, units_pool, units_pool);
    /* Does nothing to a folder. */
    apr_file_remove(path, units_pool);
    return fault;
}

static void check_refused(const char *path, const char *words)
{
    jt_secret_ring_t *ring;
    const char *fault = read_file(path, &ring);

    ck_assert_ptr_nonnull(fault);
    ck_assert_msg(strstr(fault, words) != NULL, "%s", fault);
    ck_assert_msg(strstr(fault, path) != NULL, "%s", fault);
    ck_assert_msg(!strstr(fault, KEY), "%s", fault);
}

START_TEST(test_a_file_of_its_owners_and_its_groups_is_read)
{
    static const apr_fileperms_t lawful[] = { 0x600, 0x400, 0x640, 0x440 };
    jt_secret_ring_t *ring;
    const char *path = make_file(KEY "\n" KEY "\n", 2 * sizeof(KEY),
                                 lawful[_i]);

    ck_assert_ptr_null(read_file(path, &ring));
    ck_assert_int_eq(jt_secret_ring_count(ring), 2);
}
END_TEST

START_TEST(test_a_file_that_others_can_reach_is_refused)
{
    static const apr_fileperms_t unlawful[] = { 0x604, 0x602, 0x601, 0x620,
                                                0x666, 0x777 };

    check_refused(make_file(KEY "\n", sizeof(KEY), unlawful[_i]),
                  "run: chmod 600");
}
END_TEST

START_TEST(test_a_missing_file_comes_with_the_command_to_make_one)
{
    const char *path = make_path();

    apr_file_remove(path, units_pool);
    check_refused(path, "openssl rand -hex 32");
}
END_TEST

START_TEST(test_what_is_no_regular_file_is_refused)
{
    const char *path = make_path();

    apr_file_remove(path, units_pool);
    UNITS_OK(apr_dir_make(path, 0x700, units_pool));
    check_refused(path, "not a regular file");
    UNITS_OK(apr_dir_remove(path, units_pool));
}
END_TEST

START_TEST(test_a_file_that_is_too_large_is_refused)
{
    apr_size_t length = 64 * 1024 + 1;
    char *bytes = apr_palloc(units_pool, length);

    memset(bytes, '\n', length);
    check_refused(make_file(bytes, length, 0x600), "at most 64 KiB");
}
END_TEST

START_TEST(test_a_file_with_a_nul_is_refused)
{
    check_refused(make_file(KEY "\0" KEY, 2 * sizeof(KEY) - 1, 0x600),
                  "it is not text");
}
END_TEST

START_TEST(test_a_file_without_a_key_is_refused)
{
    static const char *const texts[] = { "", "\n", "# no key\n", "abc\n",
                                         "00112233\n" };

    check_refused(make_file(texts[_i], strlen(texts[_i]), 0x600),
                  "openssl rand -hex 32");
}
END_TEST

Suite *units_keyfile(void)
{
    Suite *suite = suite_create("keyfile");
    TCase *rules = units_case(suite, "rules");

    tcase_add_loop_test(rules,
                        test_a_file_of_its_owners_and_its_groups_is_read, 0,
                        4);
    tcase_add_loop_test(rules, test_a_file_that_others_can_reach_is_refused,
                        0, 6);
    tcase_add_test(rules,
                   test_a_missing_file_comes_with_the_command_to_make_one);
    tcase_add_test(rules, test_what_is_no_regular_file_is_refused);
    tcase_add_test(rules, test_a_file_that_is_too_large_is_refused);
    tcase_add_test(rules, test_a_file_with_a_nul_is_refused);
    tcase_add_loop_test(rules, test_a_file_without_a_key_is_refused, 0, 5);
    return suite;
}
