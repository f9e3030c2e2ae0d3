/* SPDX-License-Identifier: Apache-2.0
 *
 * What httpd says of its databases as it starts, and at each restart: whether
 * they answer, and have the table. Knows connections of its own, none of
 * mod_dbd's.
 *
 * While httpd restarts, nobody answers its clients, and the drivers wait for
 * ever where a database is frozen: so a process that ends soon does the asking.
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

/* In seconds: how long httpd's start waits for a database. */
#define PATIENCE 2

/* SQLite would make an empty file, owned by root, where there is none. */
static int is_absent_file(const jt_config_server_t *config, apr_pool_t *pool)
{
    apr_finfo_t facts;

    return !strcmp(config->dbd_driver, "sqlite3")
           && APR_STATUS_IS_ENOENT(apr_stat(&facts, config->dbd_params,
                                            APR_FINFO_TYPE, pool));
}

/* What was found out. The words say why, and are empty where all is well. */
typedef struct finding_t {
    int is_down; /* nobody could say */
    char words[300];
} finding_t;

/* PostgreSQL looks at rights only when a statement runs, so one does. */
static const char *ask_open(const jt_config_server_t *config,
                            const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                            int *is_down, apr_pool_t *pool)
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

static const char *ask(const jt_config_server_t *config, int *is_down,
                       apr_pool_t *pool)
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
    words = ask_open(config, driver, handle, is_down, pool);
    apr_dbd_close(driver, handle);
    return words;
}

/* The other process's part. SIGALRM ends it, whatever it waits for; nothing of
 * httpd's is tidied up by it. */
static void tell(const jt_config_server_t *config, apr_file_t *out,
                 apr_pool_t *pool)
{
    finding_t found = { 0 };

    apr_signal(SIGALRM, SIG_DFL);
    apr_signal_unblock(SIGALRM);
    alarm(PATIENCE);
    apr_cpystrn(found.words, ask(config, &found.is_down, pool),
                sizeof(found.words));
    apr_file_write_full(out, &found, sizeof(found), NULL);
    _exit(0);
}

static void look(const jt_config_server_t *config, finding_t *found,
                 apr_pool_t *pool)
{
    apr_file_t *in;
    apr_file_t *out;
    apr_proc_t asker;
    apr_status_t status = apr_file_pipe_create(&in, &out, pool);

    if (status == APR_SUCCESS) {
        status = apr_proc_fork(&asker, pool);
    }
    if (status == APR_INCHILD) {
        tell(config, out, pool);
    }
    found->is_down = 1;
    if (status != APR_INPARENT) {
        apr_cpystrn(found->words, "there is no process that could ask it",
                    sizeof(found->words));
        return;
    }
    apr_file_close(out);
    if (apr_file_read_full(in, found, sizeof(*found), NULL) != APR_SUCCESS) {
        apr_snprintf(found->words, sizeof(found->words),
                     "it says nothing for %d seconds", PATIENCE);
    }
    apr_file_close(in);
    apr_proc_wait(&asker, NULL, NULL, APR_WAIT);
}

static int probe(server_rec *s, server_rec **down, apr_pool_t *ptemp)
{
    const jt_config_server_t *config = jt_config_server(s);
    int first = ap_state_query(AP_SQ_CONFIG_GEN) <= 1;
    finding_t found = { 0 };

    if (is_absent_file(config, ptemp)) {
        apr_snprintf(found.words, sizeof(found.words), "there is no file %s",
                     config->dbd_params);
    }
    else {
        look(config, &found, ptemp);
    }
    if (!*found.words) {
        return OK;
    }
    if (found.is_down) {
        *down = s;
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                     "the token database gives no answer yet, tokens and "
                     "pages get 503 until it does: driver=%s reason=%s",
                     config->dbd_driver, found.words);
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | (first ? APLOG_EMERG : APLOG_ERR),
                 0, s, "mod_jiratoken %s: the table %s is missing, or older "
                 "than this version (%s); create it from conf/sql/%s.sql, for "
                 "the user that httpd's children run as",
                 first ? "cannot start" : "will answer 503", config->table,
                 found.words, config->dbd_driver);
    return first ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

/* By a server before this one: the same table, or a database that is known to
 * say nothing. */
static int is_known(server_rec *main_server, const server_rec *s,
                    const server_rec *down)
{
    const jt_config_server_t *config = jt_config_server(s);
    server_rec *other;

    if (down && jt_config_is_same_database(jt_config_server(down), config)) {
        return 1;
    }
    for (other = main_server; other != s; other = other->next) {
        const jt_config_server_t *told = jt_config_server(other);

        if (told->serves > 0 && jt_config_is_same_database(told, config)
            && !strcmp(told->table, config->table)) {
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
            && !is_known(main_server, s, down)) {
            result = probe(s, &down, ptemp);
        }
    }
    return result;
}
