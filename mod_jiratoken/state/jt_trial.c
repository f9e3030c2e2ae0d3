/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries a database as httpd's children will use it: by their account, groups,
 * root folder and environment. Runs in a process of its own
 * (state/jt_probe.c), opens a connection of its own, and must not know
 * mod_dbd's.
 */
#include "state/jt_trial.h"

#include <apr_file_info.h>
#include <apr_strings.h>
#include <http_config.h>
#include <mpm_common.h>

#include "jt_config.h"
#include "core/jt_audit_list.h"
#include "core/jt_case.h"
#include "core/jt_date.h"
#include "core/jt_owners.h"
#include "core/jt_outbox.h"
#include "core/jt_reason.h"
#include "core/jt_rights.h"
#include "core/jt_schema.h"
#include "core/jt_store.h"
#include "state/jt_access.h"
#include "state/jt_trial_owner.h"

static int is_sqlite(const jt_config_server_t *config)
{
    return !strcmp(config->dbd_driver, "sqlite3");
}

/* SQLite would create an empty file. */
static int is_absent_file(const jt_config_server_t *config, apr_pool_t *pool)
{
    apr_finfo_t facts;

    return is_sqlite(config)
           && APR_STATUS_IS_ENOENT(apr_stat(&facts, config->dbd_params,
                                            APR_FINFO_TYPE, pool));
}

/* Statements about a table that are tried. */
typedef struct asking_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    jt_store_t *store;
    const char *table;
    jt_trial_t *trial;
    apr_pool_t *pool;
} asking_t;

static const char *name_grant(const asking_t *asking, const char *grant)
{
    asking->trial->found = JT_TRIAL_DENIED;
    return apr_pstrcat(asking->pool, "this is missing: ", grant, NULL);
}

/* Only MySQL and MariaDB get here. */
static const char *explain_denial(const asking_t *asking)
{
    const char *words = jt_store_fault(asking->store);

    asking->trial->found = JT_TRIAL_DENIED;
    if (jt_rights_is_hidden(asking->driver, asking->handle, asking->table,
                            asking->pool)) {
        asking->trial->found = JT_TRIAL_UNFIT;
        words = apr_pstrcat(asking->pool, words, "; the database says the same "
                            "when the table exists and the account has no "
                            "right on it", NULL);
    }
    return words;
}

/* A statement could not be prepared. */
static const char *explain_store(const asking_t *asking)
{
    const jt_store_t *store = asking->store;
    const char *grant = NULL;

    if (jt_store_is_denied(store)) {
        return explain_denial(asking);
    }
    if (jt_store_is_unfit(store)) {
        asking->trial->found = asking->trial->about == JT_TRIAL_TOKENS
                   && jt_schema_is_earlier(asking->driver, asking->handle,
                                           asking->table, asking->pool)
                   ? JT_TRIAL_EARLIER : JT_TRIAL_UNFIT;
        grant = jt_rights_find_hidden(asking->driver, asking->handle,
                                      asking->table, asking->pool);
    }
    return grant ? name_grant(asking, grant) : jt_store_fault(store);
}

/* Of a table beside the tokens'. */
static const char *find_missing(const asking_t *asking)
{
    const char *missing
        = (asking->trial->about == JT_TRIAL_AUDIT
               ? jt_rights_find_missing_of_audit
               : jt_rights_find_missing)(asking->driver, asking->handle,
                                         asking->table, asking->pool);

    return missing ? name_grant(asking, missing) : NULL;
}

/* @return NULL: everything is there, as of those below */
static const char *query_audit(asking_t *asking, const char *table)
{
    jt_audit_filter_t filter = { 0 };
    jt_audit_place_t end = { 0, 1 };
    apr_array_header_t *rows;
    const char *missing;

    asking->table = table;
    asking->trial->about = JT_TRIAL_AUDIT;
    jt_store_use_audit(asking->store, table);
    if (jt_store_probe_audit(asking->store) != APR_SUCCESS) {
        return explain_store(asking);
    }
    missing = find_missing(asking);
    if (missing) {
        return missing;
    }
    return jt_audit_list(asking->store, &filter, &end, 1, &rows,
                         asking->pool) == APR_SUCCESS
               ? NULL : jt_store_fault(asking->store);
}

static const char *query_outbox(asking_t *asking, const char *table)
{
    apr_array_header_t *rows;
    const char *missing;

    asking->table = table;
    asking->trial->about = JT_TRIAL_OUTBOX;
    jt_store_use_outbox(asking->store, table);
    if (jt_store_probe_outbox(asking->store) != APR_SUCCESS) {
        return explain_store(asking);
    }
    missing = find_missing(asking);
    if (missing) {
        return missing;
    }
    return jt_outbox_list_due(asking->store, 0, &rows, asking->pool)
                   == APR_SUCCESS
               ? NULL : jt_store_fault(asking->store);
}

/* PostgreSQL checks privileges only when a statement runs, so it is asked for
 * them, and one runs. @return NULL: everything is there */
static const char *query_tokens(asking_t *asking)
{
    const char *missing;
    jt_grant_t *grant;

    if (jt_store_make(asking->driver, asking->handle, asking->table,
                      &asking->store, asking->pool) != APR_SUCCESS
        || jt_store_probe(asking->store) != APR_SUCCESS) {
        return explain_store(asking);
    }
    missing = jt_rights_find_missing(asking->driver, asking->handle,
                                     asking->table, asking->pool);
    if (missing) {
        return name_grant(asking, missing);
    }
    /* Twice: a pooler that deals statements out in turn may have dealt the
     * first to the connection that it was prepared on. */
    if (jt_store_find(asking->store, "", &grant, asking->pool) != APR_SUCCESS
        || jt_store_find(asking->store, "", &grant,
                         asking->pool) != APR_SUCCESS) {
        return jt_store_fault(asking->store);
    }
    return NULL;
}

static const char *query_store(const jt_config_server_t *config,
                               const apr_dbd_driver_t *driver,
                               apr_dbd_t *handle, jt_trial_t *trial,
                               apr_pool_t *pool)
{
    jt_trial_owner_t owner = { config, driver, handle, NULL };
    asking_t asking = { driver, handle, NULL, config->table, trial, pool };
    const char *words = query_tokens(&asking);

    if (!words && config->audit) {
        words = query_audit(&asking, config->audit);
    }
    if (!words && config->outbox) {
        words = query_outbox(&asking, config->outbox);
    }
    if (words) {
        return words;
    }
    trial->found = JT_TRIAL_FINE;
    trial->about = JT_TRIAL_TOKENS;
    owner.store = asking.store;
    return jt_trial_owner_try(&owner, trial, pool);
}

/* DBDParams of SQLite is the file's name; of the others it has a password. */
static const char *explain_refusal(const jt_config_server_t *config,
                                   const char *words, const char *who,
                                   apr_pool_t *pool)
{
    const char *params = is_sqlite(config) ? "" : config->dbd_params;
    const char *clean = jt_reason_clean(words, params, pool);
    const char *advice = jt_reason_find_advice(clean);

    return apr_psprintf(pool, "no connection as %s, whom the children run as: "
                        "%s%s%s%s", who,
                        *clean ? clean : "the driver does not say why",
                        advice ? " (" : "", advice ? advice : "",
                        advice ? ")" : "");
}

static const char *query_database(const jt_config_server_t *config,
                                  const char *who, jt_trial_t *trial,
                                  apr_pool_t *pool)
{
    const apr_dbd_driver_t *driver;
    const char *words = NULL;
    apr_dbd_t *handle;

    trial->found = JT_TRIAL_DOWN;
    if (apr_dbd_get_driver(pool, config->dbd_driver, &driver) != APR_SUCCESS) {
        return "its driver cannot be loaded";
    }
    if (apr_dbd_open_ex(driver, pool, config->dbd_params, &handle, &words)
            != APR_SUCCESS) {
        return explain_refusal(config, words, who, pool);
    }
    words = query_store(config, driver, handle, trial, pool);
    apr_dbd_close(driver, handle);
    return words;
}

/* What SQLite says of a file that it cannot use names neither the file nor the
 * account. */
static const char *check_file(const jt_config_server_t *config,
                              const char *who, const char *words,
                              jt_trial_t *trial, apr_pool_t *pool)
{
    const char *obstacle = jt_access_check(config->dbd_params, who, pool);

    if (!obstacle || trial->found == JT_TRIAL_UNFIT
        || trial->found == JT_TRIAL_QUERY || trial->found == JT_TRIAL_OWNERS
        || trial->found == JT_TRIAL_EARLIER) {
        return words;
    }
    if (trial->found == JT_TRIAL_FINE) {
        trial->found = JT_TRIAL_READ_ONLY;
        return obstacle;
    }
    return apr_psprintf(pool, "%s; %s", words, obstacle);
}

static const char *try_database(const jt_config_server_t *config,
                                const char *who, jt_trial_t *trial,
                                apr_pool_t *pool)
{
    const char *words;

    if (is_absent_file(config, pool)) {
        trial->found = JT_TRIAL_UNFIT;
        return apr_psprintf(pool, "there is no file %s", config->dbd_params);
    }
    words = query_database(config, who, trial, pool);
    return is_sqlite(config) ? check_file(config, who, words, trial, pool)
                             : words;
}

void jt_trial_run(server_rec *s, const char *who, jt_trial_t *trial,
                  apr_pool_t *pool)
{
    const char *words;

    /* The hook by which the MPMs' children change, mod_unixd's above all. */
    if (ap_run_drop_privileges(pool, s) != OK) {
        words = apr_psprintf(pool, "no process can become %s, see the message "
                             "before this one", who);
    }
    else {
        words = try_database(jt_config_server(s), who, trial, pool);
    }
    apr_cpystrn(trial->words, words, sizeof(trial->words));
}

/* A connection of its own: the trial's is closed, so that nothing is open while
 * the verdict is told. */
static apr_status_t open_database(const jt_config_server_t *config,
                                  const apr_dbd_driver_t **driver,
                                  apr_dbd_t **handle, apr_pool_t *pool)
{
    apr_status_t status = apr_dbd_get_driver(pool, config->dbd_driver, driver);

    return status == APR_SUCCESS
               ? apr_dbd_open_ex(*driver, pool, config->dbd_params, handle,
                                 NULL)
               : status;
}

/* What fails here is done with the first check, or the first look at the audit,
 * and they say so. */
static void begin_tables(const jt_config_server_t *config, jt_store_t *store,
                         apr_pool_t *pool)
{
    apr_int64_t now = apr_time_sec(apr_time_now());
    apr_int64_t horizon;
    apr_int64_t since;

    if (config->owner_seen) {
        jt_owners_begin(store, now / JT_DATE_DAY, pool);
    }
    if (config->outbox) {
        jt_store_use_audit(store, config->audit);
        jt_store_use_outbox(store, config->outbox);
        jt_outbox_begin(store, now, &horizon, &since, pool);
    }
}

void jt_trial_begin(server_rec *s, apr_pool_t *pool)
{
    const jt_config_server_t *config = jt_config_server(s);
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    jt_store_t *store;

    if (open_database(config, &driver, &handle, pool) != APR_SUCCESS) {
        return;
    }
    if (jt_store_make(driver, handle, config->table, &store,
                      pool) == APR_SUCCESS) {
        begin_tables(config, store, pool);
    }
    apr_dbd_close(driver, handle);
}

apr_int64_t jt_trial_count(server_rec *s, apr_pool_t *pool)
{
    const jt_config_server_t *config = jt_config_server(s);
    const apr_dbd_driver_t *driver;
    apr_int64_t rows = JT_TRIAL_UNCOUNTED;
    apr_dbd_t *handle;

    if (open_database(config, &driver, &handle, pool) != APR_SUCCESS) {
        return rows;
    }
    if (jt_case_count(driver, handle, config->table, &rows,
                      pool) != APR_SUCCESS) {
        rows = JT_TRIAL_UNCOUNTED;
    }
    apr_dbd_close(driver, handle);
    return rows;
}
