/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks the databases at httpd's start and at each restart: whether they
 * answer, and have the table. Uses connections of its own; it must not know
 * mod_dbd's.
 *
 * While httpd restarts, it answers no clients, and a driver waits without a
 * limit for a database that is frozen. So a child process connects, and is
 * ended after a timeout.
 */
#include "state/jt_probe.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_signal.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <unistd.h>

#include "jt_config.h"
#include "core/jt_store.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds that httpd's start waits for a database. */
#define TIMEOUT 2

/* SQLite would create an empty file, owned by root. */
static int is_absent_file(const jt_config_server_t *config, apr_pool_t *pool)
{
    apr_finfo_t facts;

    return !strcmp(config->dbd_driver, "sqlite3")
           && APR_STATUS_IS_ENOENT(apr_stat(&facts, config->dbd_params,
                                            APR_FINFO_TYPE, pool));
}

/* The result of a probe. The words say why it failed; empty: it succeeded. */
typedef struct probe_result_t {
    int is_down; /* the database could not answer */
    char words[300];
} probe_result_t;

/* PostgreSQL checks privileges only when a statement runs, so one does. */
static const char *query_store(const jt_config_server_t *config,
                               const apr_dbd_driver_t *driver,
                               apr_dbd_t *handle, int *is_down,
                               apr_pool_t *pool)
{
    jt_grant_t *grant;
    jt_store_t *store;

    if (jt_store_make(driver, handle, config->table, &store, pool)
            != APR_SUCCESS || jt_store_probe(store) != APR_SUCCESS) {
        *is_down = !jt_store_is_unfit(store);
        return jt_store_fault(store);
    }
    return jt_store_find(store, "", &grant, pool) == APR_SUCCESS
               ? "" : jt_store_fault(store);
}

static const char *query_database(const jt_config_server_t *config,
                                  int *is_down, apr_pool_t *pool)
{
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const char *words;

    *is_down = 1;
    if (apr_dbd_get_driver(pool, config->dbd_driver, &driver) != APR_SUCCESS) {
        return "its driver cannot be loaded";
    }
    if (apr_dbd_open_ex(driver, pool, config->dbd_params, &handle, &words)
            != APR_SUCCESS) {
        return "it cannot be reached";
    }
    words = query_store(config, driver, handle, is_down, pool);
    apr_dbd_close(driver, handle);
    return words;
}

/* Runs in the child process. SIGALRM ends it, whatever it waits for; it skips
 * httpd's cleanups. */
static void report_result(const jt_config_server_t *config, apr_file_t *out,
                          apr_pool_t *pool)
{
    probe_result_t result = { 0 };

    apr_signal(SIGALRM, SIG_DFL);
    apr_signal_unblock(SIGALRM);
    alarm(TIMEOUT);
    apr_cpystrn(result.words, query_database(config, &result.is_down, pool),
                sizeof(result.words));
    apr_file_write_full(out, &result, sizeof(result), NULL);
    _exit(0);
}

static void fork_query(const jt_config_server_t *config, probe_result_t *result,
                       apr_pool_t *pool)
{
    apr_file_t *in;
    apr_file_t *out;
    apr_proc_t child;
    apr_status_t status = apr_file_pipe_create(&in, &out, pool);

    if (status == APR_SUCCESS) {
        status = apr_proc_fork(&child, pool);
    }
    if (status == APR_INCHILD) {
        report_result(config, out, pool);
    }
    result->is_down = 1;
    if (status != APR_INPARENT) {
        apr_cpystrn(result->words, "there is no process that could ask it",
                    sizeof(result->words));
        return;
    }
    apr_file_close(out);
    if (apr_file_read_full(in, result, sizeof(*result), NULL) != APR_SUCCESS) {
        apr_snprintf(result->words, sizeof(result->words),
                     "it says nothing for %d seconds", TIMEOUT);
    }
    apr_file_close(in);
    apr_proc_wait(&child, NULL, NULL, APR_WAIT);
}

static int probe_server(server_rec *s, server_rec **down, apr_pool_t *ptemp)
{
    const jt_config_server_t *config = jt_config_server(s);
    int is_first = ap_state_query(AP_SQ_CONFIG_GEN) <= 1;
    probe_result_t result = { 0 };

    if (is_absent_file(config, ptemp)) {
        apr_snprintf(result.words, sizeof(result.words), "there is no file %s",
                     config->dbd_params);
    }
    else {
        fork_query(config, &result, ptemp);
    }
    if (!*result.words) {
        return OK;
    }
    if (result.is_down) {
        *down = s;
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                     "the token database gives no answer yet, tokens and "
                     "pages get 503 until it does: driver=%s reason=%s",
                     config->dbd_driver, result.words);
        return OK;
    }
    ap_log_error(APLOG_MARK,
                 APLOG_STARTUP | (is_first ? APLOG_EMERG : APLOG_ERR),
                 0, s, "mod_jiratoken %s: the table %s is missing, or older "
                 "than this version (%s); create it from conf/sql/%s.sql, for "
                 "the user that httpd's children run as",
                 is_first ? "cannot start" : "will answer 503", config->table,
                 result.words, config->dbd_driver);
    return is_first ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

/* Whether a server before this one has the same table, or a database that is
 * known to be down. */
static int was_probed(server_rec *main_server, const server_rec *s,
                      const server_rec *down)
{
    const jt_config_server_t *config = jt_config_server(s);
    server_rec *other;

    if (down && jt_config_is_same_database(jt_config_server(down), config)) {
        return 1;
    }
    for (other = main_server; other != s; other = other->next) {
        const jt_config_server_t *earlier = jt_config_server(other);

        if (earlier->serves > 0 && jt_config_is_same_database(earlier, config)
            && !strcmp(earlier->table, config->table)) {
            return 1;
        }
    }
    return 0;
}

int jt_probe_run(apr_pool_t *ptemp, server_rec *main_server)
{
    server_rec *down = NULL;
    server_rec *s;
    int result = OK;

    for (s = main_server; s && result == OK; s = s->next) {
        if (jt_config_server(s)->serves > 0
            && !was_probed(main_server, s, down)) {
            result = probe_server(s, &down, ptemp);
        }
    }
    return result;
}
