/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks the databases at httpd's start, at each restart and under `httpd -t`:
 * whether they answer, and have the table. It logs what was found; how a
 * database is tried is in state/jt_trial.c. What else a start warns of is in
 * state/jt_children.c.
 *
 * While httpd restarts, it answers no clients, and a driver waits without a
 * limit for a database that is frozen. And what root may do tells nothing about
 * the children. So a process of its own becomes one like theirs, tries the
 * database, and is ended after a timeout.
 */
#include "state/jt_probe.h"

#include <apr_file_io.h>
#include <apr_signal.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <unistd.h>

#include "jt_config.h"
#include "core/jt_case.h"
#include "core/jt_owners.h"
#include "state/jt_children.h"
#include "state/jt_trial.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds that httpd's start waits for a database. */
#define TIMEOUT 2

typedef enum occasion_t {
    FIRST_START,
    RESTART,
    CHECK /* httpd -t: there is no start */
} occasion_t;

static occasion_t get_occasion(void)
{
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
        return CHECK;
    }
    return ap_state_query(AP_SQ_CONFIG_GEN) <= 1 ? FIRST_START : RESTART;
}

/* Whether rows are counted after this trial, as far as rights allow. A check of
 * the configuration counts none: that takes as long as the table is large. */
static int is_count_due(server_rec *s, const jt_trial_t *trial)
{
    return jt_config_server(s)->lowers_users && get_occasion() != CHECK
           && (trial->found == JT_TRIAL_FINE
               || trial->found == JT_TRIAL_DENIED
               || trial->found == JT_TRIAL_FAILING
               || trial->found == JT_TRIAL_READ_ONLY);
}

static int is_begin_due(server_rec *s, const jt_trial_t *trial)
{
    const jt_config_server_t *config = jt_config_server(s);

    return (config->owner_seen || config->outbox) && get_occasion() != CHECK
           && trial->found == JT_TRIAL_FINE;
}

/* Counting takes as long as the table is large, so the verdict is told first
 * and stays true whatever becomes of the count. */
static void tell_trial(server_rec *s, apr_file_t *out, apr_pool_t *pool)
{
    jt_trial_t trial = { 0 };
    apr_int64_t capitals;

    jt_trial_run(s, jt_children_name(pool), &trial, pool);
    if (apr_file_write_full(out, &trial, sizeof(trial), NULL)
            != APR_SUCCESS) {
        return;
    }
    if (is_begin_due(s, &trial)) {
        jt_trial_begin(s, pool);
    }
    if (is_count_due(s, &trial)) {
        capitals = jt_trial_count(s, pool);
        apr_file_write_full(out, &capitals, sizeof(capitals), NULL);
    }
}

/* Runs in the child process, and ends it without httpd's cleanups. After a
 * restart it has httpd's handlers, which would keep signals from ending it. */
static void run_trial(server_rec *s, apr_file_t *out, apr_pool_t *pool)
{
    static const int ending[] = { SIGALRM, SIGTERM, SIGINT, SIGHUP };
    size_t i;

    for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
        apr_signal(ending[i], SIG_DFL);
    }
    apr_signal_unblock(SIGALRM);
    alarm(TIMEOUT);
    tell_trial(s, out, pool);
    _exit(0);
}

/* The process ended without a message.
 * @param code its exit code, or the signal that ended it */
static void explain_end(jt_trial_t *trial, int code, apr_exit_why_e why)
{
    trial->found = JT_TRIAL_DOWN;
    if (APR_PROC_CHECK_SIGNALED(why) && code == SIGALRM) {
        apr_snprintf(trial->words, sizeof(trial->words),
                     "it says nothing for %d seconds", TIMEOUT);
    }
    else if (APR_PROC_CHECK_SIGNALED(why)) {
        apr_snprintf(trial->words, sizeof(trial->words), "the process that "
                     "asked it was ended by signal %d (%s)", code,
                     apr_signal_description_get(code));
    }
    else {
        apr_snprintf(trial->words, sizeof(trial->words),
                     "the process that asked it ended without an answer, "
                     "code %d", code);
    }
}

/* @return how many rows were counted; 0 also where none are to be */
static apr_int64_t await_count(server_rec *s, const jt_trial_t *trial,
                               apr_file_t *in)
{
    apr_int64_t capitals = 0;

    if (is_count_due(s, trial)
        && apr_file_read_full(in, &capitals, sizeof(capitals), NULL)
               != APR_SUCCESS) {
        capitals = JT_TRIAL_UNCOUNTED;
    }
    return capitals;
}

/* Waits for the messages, each of which comes whole or not at all, and for the
 * end. */
static void await_trial(server_rec *s, apr_proc_t *child, apr_file_t *in,
                        jt_trial_t *trial, apr_int64_t *capitals)
{
    apr_status_t status = apr_file_read_full(in, trial, sizeof(*trial), NULL);
    apr_exit_why_e why = APR_PROC_EXIT;
    int code = -1;

    if (status == APR_SUCCESS) {
        *capitals = await_count(s, trial, in);
    }

    apr_proc_wait(child, &code, &why, APR_WAIT);
    if (status != APR_SUCCESS) {
        explain_end(trial, code, why);
    }
}

/* Tries the database in a process of its own. */
static void fork_trial(server_rec *s, jt_trial_t *trial,
                       apr_int64_t *capitals, apr_pool_t *pool)
{
    apr_file_t *in;
    apr_file_t *out;
    apr_proc_t child;
    apr_status_t status = apr_file_pipe_create(&in, &out, pool);

    if (status == APR_SUCCESS) {
        status = apr_proc_fork(&child, pool);
        if (status == APR_INCHILD) {
            apr_file_close(in);
            run_trial(s, out, pool);
        }
        apr_file_close(out);
        if (status == APR_INPARENT) {
            await_trial(s, &child, in, trial, capitals);
        }
        apr_file_close(in);
    }
    if (status != APR_INPARENT) {
        apr_cpystrn(trial->words, "there is no process that could ask it",
                    sizeof(trial->words));
    }
}

/* The files of conf/sql that make the tables: before the driver's name. */
static const char *const scripts[] = {
    [JT_TRIAL_TOKENS] = "", [JT_TRIAL_AUDIT] = "audit-",
    [JT_TRIAL_OUTBOX] = "outbox-", [JT_TRIAL_DAYS] = "owners-"
};

/* Who makes a table. SQLite's is a file; on a server httpd's account would have
 * more rights on its own table than it needs. */
static const char *get_maker(const char *driver)
{
    return !strcmp(driver, "sqlite3")
               ? "for the user that httpd's children run as"
               : "as the owner of the database, with the GRANT at its head for "
                 "httpd's account";
}

/* Where a configuration is checked, the database need not be at hand. */
static void log_down(server_rec *s, const jt_trial_t *trial)
{
    const char *phrase = get_occasion() == CHECK
        ? "the token table was not checked"
        : "the token database gives no answer yet, tokens and pages get 503 "
          "until it does";

    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                 "%s: driver=%s reason=%s", phrase,
                 jt_config_server(s)->dbd_driver, trial->words);
}

static void log_read_only(server_rec *s, const jt_trial_t *trial)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                 "the token database cannot be written, so tokens can be "
                 "neither created nor revoked: driver=%s reason=%s",
                 jt_config_server(s)->dbd_driver, trial->words);
}

static void log_denied(server_rec *s, const jt_trial_t *trial)
{
    const char *driver = jt_config_server(s)->dbd_driver;

    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                 "the token database denies httpd's account a right, and what "
                 "needs it gets 503; the GRANT lines stand at the head of "
                 "conf/sql/%s%s.sql: driver=%s reason=%s",
                 scripts[trial->about], driver, driver,
                 trial->words);
}

/* What the table is, and what to do about it. */
static const char *explain_table(const jt_config_server_t *config,
                                 const jt_trial_t *trial, apr_pool_t *pool)
{
    const char *driver = config->dbd_driver;

    if (trial->found == JT_TRIAL_EARLIER) {
        return apr_psprintf(pool, "older than this version (%s); run "
                            "conf/sql/upgrade-%s.sql, which makes it that of "
                            "conf/sql/%s.sql and keeps its tokens",
                            trial->words, driver, driver);
    }
    return apr_psprintf(pool, "missing, or older than this version (%s); "
                        "create it from conf/sql/%s%s.sql, %s", trial->words,
                        scripts[trial->about], driver, get_maker(driver));
}

static int get_level(occasion_t occasion)
{
    return occasion == RESTART ? APLOG_ERR : APLOG_EMERG;
}

/* What becomes of the start, where something is missing. */
static const char *get_phrase(occasion_t occasion)
{
    switch (occasion) {
    case FIRST_START:
        return "cannot start";
    case RESTART:
        return "will answer 503";
    case CHECK:
        break;
    }
    return "cannot start, and answers 503 after a restart";
}

static void log_unfit(server_rec *s, const jt_trial_t *trial, apr_pool_t *pool)
{
    const jt_config_server_t *config = jt_config_server(s);
    const char *const tables[] = {
        [JT_TRIAL_TOKENS] = config->table, [JT_TRIAL_AUDIT] = config->audit,
        [JT_TRIAL_OUTBOX] = config->outbox
    };
    static const char *const of[] = {
        [JT_TRIAL_TOKENS] = "", [JT_TRIAL_AUDIT] = " of JiraTokenAudit",
        [JT_TRIAL_OUTBOX] = " of JiraTokenMessageCmd"
    };
    occasion_t occasion = get_occasion();

    ap_log_error(APLOG_MARK, APLOG_STARTUP | get_level(occasion), 0, s,
                 "mod_jiratoken %s: the table %s%s is %s",
                 get_phrase(occasion), tables[trial->about],
                 of[trial->about],
                 explain_table(config, trial, pool));
}

static void log_query(server_rec *s, const jt_trial_t *trial)
{
    occasion_t occasion = get_occasion();

    ap_log_error(APLOG_MARK, APLOG_STARTUP | get_level(occasion), 0, s,
                 "mod_jiratoken %s: the database does not take "
                 "JiraTokenUserQuery (%s); see its table and columns, and the "
                 "right of httpd's account to read them",
                 get_phrase(occasion), trial->words);
}

static void log_failing(server_rec *s, const jt_trial_t *trial)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                 "what the owners of tokens are asked by fails, and as long "
                 "as it does tokens get 503: driver=%s reason=%s",
                 jt_config_server(s)->dbd_driver, trial->words);
}

static void log_owners(server_rec *s, const jt_trial_t *trial)
{
    const jt_config_server_t *config = jt_config_server(s);
    occasion_t occasion = get_occasion();

    ap_log_error(APLOG_MARK, APLOG_STARTUP | get_level(occasion), 0, s,
                 "mod_jiratoken %s: the table %s" JT_OWNERS_SUFFIX ", which "
                 "JiraTokenOwnerSeen needs, is missing, or another (%s); "
                 "create it from conf/sql/owners-%s.sql, %s",
                 get_phrase(occasion), config->table, trial->words,
                 config->dbd_driver, get_maker(config->dbd_driver));
}

static void log_capitals(server_rec *s, apr_int64_t capitals,
                         apr_pool_t *ptemp)
{
    const jt_config_server_t *config = jt_config_server(s);
    const char *remedy = jt_case_make_remedy(config->dbd_driver, config->table,
                                             ptemp);

    if (capitals == JT_TRIAL_UNCOUNTED) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_NOTICE, 0, s,
                     "user names with capitals could not be counted in the "
                     "table %s, within %d seconds or at all: under "
                     "JiraTokenUserCase lower their tokens work for nobody; "
                     "lower them: %s;", config->table, TIMEOUT, remedy);
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                 "%" APR_INT64_T_FMT " tokens work for nobody: their user "
                 "names have capitals, and JiraTokenUserCase is lower; lower "
                 "them: %s;", capitals, remedy);
}

/* @param down gets the server, where its database is down */
static int probe_server(server_rec *s, apr_array_header_t *down,
                        apr_pool_t *ptemp)
{
    jt_trial_t trial = { 0 };
    apr_int64_t capitals = 0;

    fork_trial(s, &trial, &capitals, ptemp);
    if (capitals) {
        log_capitals(s, capitals, ptemp);
    }
    switch (trial.found) {
    case JT_TRIAL_FINE:
        break;
    case JT_TRIAL_DOWN:
        APR_ARRAY_PUSH(down, server_rec *) = s;
        log_down(s, &trial);
        break;
    case JT_TRIAL_DENIED:
        log_denied(s, &trial);
        break;
    case JT_TRIAL_READ_ONLY:
        log_read_only(s, &trial);
        break;
    case JT_TRIAL_FAILING:
        log_failing(s, &trial);
        break;
    case JT_TRIAL_OWNERS:
        log_owners(s, &trial);
        return get_occasion() == FIRST_START ? HTTP_INTERNAL_SERVER_ERROR : OK;
    case JT_TRIAL_QUERY:
        log_query(s, &trial);
        return get_occasion() == FIRST_START ? HTTP_INTERNAL_SERVER_ERROR : OK;
    case JT_TRIAL_UNFIT:
    case JT_TRIAL_EARLIER:
        log_unfit(s, &trial, ptemp);
        return get_occasion() == FIRST_START ? HTTP_INTERNAL_SERVER_ERROR : OK;
    }
    return OK;
}

static int is_same_name(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* Whether a server before this one has the same table, or a database that is
 * known to be down. */
static int was_probed(server_rec *main_server, const server_rec *s,
                      const apr_array_header_t *down)
{
    const jt_config_server_t *config = jt_config_server(s);
    server_rec *other;
    int i;

    for (i = 0; i < down->nelts; i++) {
        other = APR_ARRAY_IDX(down, i, server_rec *);
        if (jt_config_is_same_database(jt_config_server(other), config)) {
            return 1;
        }
    }
    for (other = main_server; other != s; other = other->next) {
        const jt_config_server_t *earlier = jt_config_server(other);

        if (earlier->serves > 0 && jt_config_is_same_database(earlier, config)
            && !strcmp(earlier->table, config->table)
            && is_same_name(earlier->audit, config->audit)
            && is_same_name(earlier->outbox, config->outbox)
            && !strcmp(earlier->user_query, config->user_query)
            && !earlier->owner_seen == !config->owner_seen
            && earlier->lowers_users == config->lowers_users) {
            return 1;
        }
    }
    return 0;
}

int jt_probe_run(apr_pool_t *ptemp, server_rec *main_server)
{
    apr_array_header_t *down = apr_array_make(ptemp, 2, sizeof(server_rec *));
    server_rec *s;
    int result = OK;

    jt_children_warn(main_server, ptemp);
    for (s = main_server; s && result == OK; s = s->next) {
        if (jt_config_server(s)->serves > 0
            && !was_probed(main_server, s, down)) {
            result = probe_server(s, down, ptemp);
        }
    }
    return result;
}

/* The hook is run as well for `httpd -S` and the like, which only list. */
void jt_probe_check(apr_pool_t *pconf, server_rec *main_server)
{
    apr_pool_t *pool;

    if (get_occasion() == CHECK
        && apr_pool_create(&pool, pconf) == APR_SUCCESS) {
        jt_probe_run(pool, main_server);
        apr_pool_destroy(pool);
    }
}
