/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives files to the fuzzer's function, one after the other, without a fuzzer:
 * those named, all of a folder named, or the corpus. So `make check` needs no
 * clang, and what a fuzzer has found can be looked at in a debugger.
 */
#include "fuzz.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A folder with fewer has lost some: nothing would be tested any more. */
#define FEWEST 20

static const char *path_now = "";

/* Whose fault it was; async-signal-safe (POSIX.1 XSH 2.4.3). */
static void name_input(int number)
{
    if (write(STDERR_FILENO, path_now, strlen(path_now)) > 0) {
        (void)!write(STDERR_FILENO, "\n", 1);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static apr_status_t replay_file(const char *path, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t about;
    apr_size_t size;
    apr_status_t status;
    void *bytes = NULL;

    status = apr_file_open(&file, path, APR_READ | APR_BINARY, 0, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    status = apr_file_info_get(&about, APR_FINFO_SIZE, file);
    if (status == APR_SUCCESS) {
        size = (apr_size_t)about.size;
        bytes = malloc(size + !size); /* its end is seen by a sanitizer */
        status = bytes ? APR_SUCCESS : APR_ENOMEM;
    }
    if (status == APR_SUCCESS && size) {
        status = apr_file_read_full(file, bytes, size, NULL);
    }
    apr_file_close(file);
    if (status == APR_SUCCESS) {
        path_now = path;
        LLVMFuzzerTestOneInput(bytes, size);
    }
    free(bytes);
    return status;
}

static apr_status_t replay_folder(const char *path, int *count,
                                  apr_pool_t *pool)
{
    apr_dir_t *open;
    apr_finfo_t entry;
    apr_status_t status = apr_dir_open(&open, path, pool);

    while (status == APR_SUCCESS
           && apr_dir_read(&entry, APR_FINFO_NAME, open) == APR_SUCCESS) {
        if (entry.name[0] != '.') {
            status = replay_file(apr_pstrcat(pool, path, "/", entry.name,
                                             NULL), pool);
            ++*count;
        }
    }
    return status;
}

static int replay(const char *path, int *total, apr_pool_t *pool)
{
    apr_finfo_t about;
    apr_status_t status = apr_stat(&about, path, APR_FINFO_TYPE, pool);
    int is_folder = status == APR_SUCCESS && about.filetype == APR_DIR;
    char words[200];
    int count = 1;

    if (is_folder) {
        count = 0;
        status = replay_folder(path, &count, pool);
    }
    else if (status == APR_SUCCESS) {
        status = replay_file(path, pool);
    }
    if (status != APR_SUCCESS) {
        fprintf(stderr, "%s: %s\n", path,
                apr_strerror(status, words, sizeof(words)));
        return 0;
    }
    *total += count;
    if (is_folder && count < FEWEST) {
        fprintf(stderr, "%s: only %d inputs\n", path, count);
        return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    apr_pool_t *pool;
    int total = 0;
    int fine = 1;
    int i;

    LLVMFuzzerInitialize(&argc, &argv);
    signal(SIGABRT, name_input);
    signal(SIGSEGV, name_input);
    apr_pool_create(&pool, NULL);
    if (argc < 2) {
        fine = replay(JT_CORPUS, &total, pool);
    }
    for (i = 1; i < argc && fine; i++) {
        fine = replay(argv[i], &total, pool);
    }
    printf("%d inputs replayed\n", total);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
