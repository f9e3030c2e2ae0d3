/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs every suite of the pure and the domain layer. It is linked without
 * httpd, so that a stray ap_ call breaks the build. Check's own variables
 * choose what is run (CK_RUN_SUITE, CK_RUN_CASE, CK_FORK). Also the database
 * that several suites work on.
 */
#include "units.h"

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of all the databases: made before the first child and removed after the
 * last, so that a test that fails leaves nothing behind, either. */
static char *folder;

static int make_folder(apr_pool_t *process)
{
    const char *parent;

    if (apr_temp_dir_get(&parent, process) != APR_SUCCESS) {
        return 0;
    }
    folder = apr_pstrcat(process, parent, "/jiratoken-units-XXXXXX", NULL);
    return mkdtemp(folder) != NULL;
}

static void remove_folder(apr_pool_t *process)
{
    apr_dir_t *open;
    apr_finfo_t file;

    if (apr_dir_open(&open, folder, process) != APR_SUCCESS) {
        return;
    }
    while (apr_dir_read(&file, APR_FINFO_NAME, open) == APR_SUCCESS) {
        if (file.name[0] != '.') {
            apr_file_remove(apr_pstrcat(process, folder, "/", file.name,
                                        NULL), process);
        }
    }
    apr_dir_close(open);
    apr_dir_remove(folder, process);
}

/* apr_dbd_open() leaves it to its caller to close. */
static apr_status_t close_db(void *opened)
{
    const units_db_t *db = opened;

    apr_dbd_close(db->driver, db->handle);
    apr_dbd_close(db->driver, db->other);
    return APR_SUCCESS;
}

void units_db_open(units_db_t *db, apr_pool_t *from)
{
    static int count;

    db->path = apr_psprintf(from, "%s/%ld-%d.db", folder, (long)getpid(),
                            count++);
    UNITS_OK(apr_dbd_get_driver(from, "sqlite3", &db->driver));
    UNITS_OK(apr_dbd_open(db->driver, from, db->path, &db->handle));
    UNITS_OK(apr_dbd_open(db->driver, from, db->path, &db->other));
    apr_pool_cleanup_register(from, apr_pmemdup(from, db, sizeof(*db)),
                              close_db, apr_pool_cleanup_null);
}

/* As a selection, for a pragma answers with a row, which apr_dbd_query()
 * takes for a failure and leaves open. */
void units_db_run(const units_db_t *db, const char *sql)
{
    apr_dbd_results_t *results = NULL;
    apr_pool_t *scratch;
    int code;

    apr_pool_create(&scratch, NULL);
    code = apr_dbd_select(db->driver, scratch, db->other, &results, sql, 1);
    apr_pool_destroy(scratch);
    ck_assert_msg(code == 0, "%s: %d, %s", sql, code,
                  apr_dbd_error(db->driver, db->other, code));
}

int units_db_number(const units_db_t *db, const char *sql, apr_pool_t *from)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    ck_assert_int_eq(apr_dbd_select(db->driver, from, db->other, &results,
                                    sql, 1), 0);
    ck_assert_int_eq(apr_dbd_get_row(db->driver, from, results, &row, 1), 0);
    return (int)strtol(apr_dbd_get_entry(db->driver, row, 0), NULL, 10);
}

static char *read_script(const char *path, apr_pool_t *from)
{
    apr_file_t *file;
    apr_finfo_t about;
    char *text;

    UNITS_OK(apr_file_open(&file, path, APR_READ, 0, from));
    UNITS_OK(apr_file_info_get(&about, APR_FINFO_SIZE, file));
    text = apr_pcalloc(from, (apr_size_t)about.size + 1);
    UNITS_OK(apr_file_read_full(file, text, (apr_size_t)about.size, NULL));
    apr_file_close(file);
    return text;
}

/* One statement after the other; comments are blanked, for they may hold a
 * semicolon. */
static void run_script(const units_db_t *db, char *text)
{
    char *mark;
    char *state = NULL;

    while ((mark = strstr(text, "--"))) {
        memset(mark, ' ', strcspn(mark, "\n"));
    }
    for (text = apr_strtok(text, ";", &state); text;
         text = apr_strtok(NULL, ";", &state)) {
        if (text[strspn(text, " \r\n\t")]) {
            units_db_run(db, text);
        }
    }
}

void units_db_load(const units_db_t *db, apr_pool_t *from)
{
    run_script(db, read_script(JT_SQL "sqlite3.sql", from));
}

/* A trigger has statements of its own. */
void units_db_load_audit(const units_db_t *db, apr_pool_t *from)
{
    char *text = read_script(JT_SQL "audit-sqlite3.sql", from);
    char *triggers = strstr(text, "CREATE TRIGGER");

    *triggers = '\0';
    run_script(db, text);
}

void units_db_load_owners(const units_db_t *db, apr_pool_t *from)
{
    run_script(db, read_script(JT_SQL "owners-sqlite3.sql", from));
}

void units_db_load_outbox(const units_db_t *db, apr_pool_t *from)
{
    run_script(db, read_script(JT_SQL "outbox-sqlite3.sql", from));
}

int main(void)
{
    apr_pool_t *process;
    SRunner *runner;
    int failed;

    if (apr_initialize() != APR_SUCCESS || atexit(apr_terminate)) {
        return EXIT_FAILURE;
    }
    apr_pool_create(&process, NULL);
    if (apr_dbd_init(process) != APR_SUCCESS || !make_folder(process)) {
        return EXIT_FAILURE;
    }
    runner = srunner_create(units_date());
    srunner_add_suite(runner, units_basic());
    srunner_add_suite(runner, units_cmac());
    srunner_add_suite(runner, units_crc());
    srunner_add_suite(runner, units_cursor());
    srunner_add_suite(runner, units_digest());
    srunner_add_suite(runner, units_entry());
    srunner_add_suite(runner, units_access());
    srunner_add_suite(runner, units_fault());
    srunner_add_suite(runner, units_keyfile());
    srunner_add_suite(runner, units_label());
    srunner_add_suite(runner, units_language());
    srunner_add_suite(runner, units_plural());
    srunner_add_suite(runner, units_secret());
    srunner_add_suite(runner, units_secret_hash());
    srunner_add_suite(runner, units_header());
    srunner_add_suite(runner, units_html());
    srunner_add_suite(runner, units_html_output());
    srunner_add_suite(runner, units_message());
    srunner_add_suite(runner, units_modes());
    srunner_add_suite(runner, units_network());
    srunner_add_suite(runner, units_json());
    srunner_add_suite(runner, units_order());
    srunner_add_suite(runner, units_outbox());
    srunner_add_suite(runner, units_owners());
    srunner_add_suite(runner, units_pairs());
    srunner_add_suite(runner, units_quote());
    srunner_add_suite(runner, units_reason());
    srunner_add_suite(runner, units_restriction());
    srunner_add_suite(runner, units_rotation());
    srunner_add_suite(runner, units_row());
    srunner_add_suite(runner, units_schema());
    srunner_add_suite(runner, units_spelling());
    srunner_add_suite(runner, units_store());
    srunner_add_suite(runner, units_attempt());
    srunner_add_suite(runner, units_audit());
    srunner_add_suite(runner, units_audit_copy());
    srunner_add_suite(runner, units_account());
    srunner_add_suite(runner, units_token());
    srunner_add_suite(runner, units_tokenlike());
    srunner_add_suite(runner, units_account_several());
    srunner_add_suite(runner, units_view());
    srunner_add_suite(runner, units_view_form());
    srunner_add_suite(runner, units_view_recipes());
    srunner_add_suite(runner, units_view_token());
    srunner_add_suite(runner, units_view_words());
    srunner_add_suite(runner, units_web());
    srunner_add_suite(runner, units_where());
    srunner_add_suite(runner, units_breaker());
    srunner_add_suite(runner, units_case_of_names());
    srunner_add_suite(runner, units_counters());
    srunner_add_suite(runner, units_entry_freshness());
    srunner_add_suite(runner, units_filter());
    srunner_add_suite(runner, units_flights());
    srunner_add_suite(runner, units_gate());
    srunner_add_suite(runner, units_grants());
    srunner_add_suite(runner, units_grants_corrupt());
    srunner_add_suite(runner, units_grants_crowd());
    srunner_add_suite(runner, units_grants_faults());
    srunner_add_suite(runner, units_loans());
    srunner_add_suite(runner, units_notes());
    srunner_add_suite(runner, units_patience());
    srunner_add_suite(runner, units_program());
    srunner_add_suite(runner, units_progress());
    srunner_add_suite(runner, units_revocations());
    srunner_add_suite(runner, units_revoke_store());
    srunner_add_suite(runner, units_sightings());
    srunner_add_suite(runner, units_ticks());
    srunner_add_suite(runner, units_turns());
    srunner_add_suite(runner, units_url());
    srunner_add_suite(runner, units_user());
    srunner_add_suite(runner, units_user_query());
    srunner_add_suite(runner, units_verdict());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    remove_folder(process);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
