/* SPDX-License-Identifier: Apache-2.0
 *
 * Loaded into httpd in SQLite's place: a driver that fails as no database's
 * words could tell, in whichever process opens a file.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sqlite3_open(const char *path, void **handle);

int sqlite3_open(const char *path, void **handle)
{
    const char *how = getenv("JIRATOKEN_BROKEN");

    (void)path;
    *handle = NULL;
    if (how && !strcmp(how, "crash")) {
        kill(getpid(), SIGSEGV);
    }
    if (how && !strcmp(how, "exit")) {
        exit(3);
    }
    if (how && !strcmp(how, "end")) {
        _exit(0);
    }
    for (;;) {
        pause();
    }
}
