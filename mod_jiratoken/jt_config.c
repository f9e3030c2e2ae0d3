/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings: one table of members, which generates creation, merging and
 * defaults, and one check before httpd starts. The directives are in
 * jt_directives.c. It must not know how a setting is used.
 */
#include "jt_config.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <string.h>

#include "apr_dbd.h"
#include "mod_dbd.h"
#include "mod_watchdog.h"

#include "core/jt_keyfile.h"

APLOG_USE_MODULE(jiratoken);

jt_config_server_t *jt_config_server(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &jiratoken_module);
}

#define UNSET_MEMBER(type, name, unset, preset) .name = (type)(unset),

/* What a section has that says nothing about this module, as most do. */
static const jt_config_dir_t silent = {
    JT_CONFIG_DIR_ROWS(UNSET_MEMBER)
    .more = NULL
};
static const jt_config_more_t nothing_more = {
    JT_CONFIG_MORE_ROWS(UNSET_MEMBER)
};

#define GETTER(type, name, unset, preset) \
    type jt_config_dir_##name(const request_rec *r) \
    { \
        const jt_config_dir_t *config = ap_get_module_config( \
            r->per_dir_config, &jiratoken_module); \
        return config->name == (type)(unset) ? (type)(preset) \
                                             : config->name; \
    }
JT_CONFIG_DIR_ROWS(GETTER)

#define MORE_GETTER(type, name, unset, preset) \
    type jt_config_dir_##name(const request_rec *r) \
    { \
        const jt_config_dir_t *config = ap_get_module_config( \
            r->per_dir_config, &jiratoken_module); \
        return !config->more || config->more->name == (type)(unset) \
                   ? (type)(preset) : config->more->name; \
    }
JT_CONFIG_MORE_ROWS(MORE_GETTER)

#define UNSET(type, name, unset, preset) made->name = unset;
#define MERGE(type, name, unset, preset) \
    made->name = upper->name == (type)(unset) ? lower->name : upper->name;
#define PRESET(type, name, unset, preset) \
    if (config->name == (type)(unset)) { \
        config->name = preset; \
    }

void *jt_config_create_server(apr_pool_t *pool, server_rec *s)
{
    jt_config_server_t *made = apr_pcalloc(pool, sizeof(*made));

    (void)s;
    JT_CONFIG_SERVER_ROWS(UNSET)
    return made;
}

void *jt_config_merge_server(apr_pool_t *pool, void *base, void *add)
{
    jt_config_server_t *made = apr_pcalloc(pool, sizeof(*made));
    const jt_config_server_t *lower = base;
    const jt_config_server_t *upper = add;

    JT_CONFIG_SERVER_ROWS(MERGE)
    return made;
}

jt_config_server_t *jt_config_use_server(cmd_parms *cmd)
{
    jt_config_server_t *config = jt_config_server(cmd->server);

    if (!config->used_by) {
        config->used_by = apr_psprintf(cmd->pool, "%s at %s:%d",
                                       cmd->cmd->name,
                                       cmd->directive->filename,
                                       cmd->directive->line_num);
    }
    return config;
}

void jt_config_note_serving(cmd_parms *cmd)
{
    if (cmd->pool == cmd->server->process->pconf) {
        jt_config_use_server(cmd)->serves = 1;
    }
}

void *jt_config_create_dir(apr_pool_t *pool, char *path)
{
    (void)path;
    return apr_pmemdup(pool, &silent, sizeof(silent));
}

int jt_config_is_below(const char *path, const char *top)
{
    apr_size_t length = strlen(top);

    while (length && top[length - 1] == '/') {
        length--;
    }
    return !strncmp(path, top, length)
           && (!path[length] || path[length] == '/');
}

jt_config_more_t *jt_config_use_more(jt_config_dir_t *config,
                                     apr_pool_t *pool)
{
    if (!config->more) {
        config->more = apr_pmemdup(pool, &nothing_more,
                                   sizeof(nothing_more));
    }
    return config->more;
}

/* Another handler ends the pages where it stands below their mount point, not
 * where it stands around them, as for a whole site. */
static jt_config_more_t *merge_more(apr_pool_t *pool,
                                    jt_config_more_t *lower,
                                    jt_config_more_t *upper)
{
    jt_config_more_t *made;

    if (!lower || !upper) {
        return upper ? upper : lower;
    }
    made = apr_palloc(pool, sizeof(*made));
    JT_CONFIG_MORE_ROWS(MERGE)
    if (upper->other_mount && lower->mount
        && jt_config_is_below(upper->other_mount, lower->mount)) {
        made->mount = NULL;
    }
    return made;
}

#define IS_UNSET(type, name, unset, preset) \
    && config->name == (type)(unset)

static int is_silent(const jt_config_dir_t *config)
{
    return !config->more JT_CONFIG_DIR_ROWS(IS_UNSET);
}

/* A merged section is only read. */
void *jt_config_merge_dir(apr_pool_t *pool, void *base, void *add)
{
    jt_config_dir_t *made;
    const jt_config_dir_t *lower = base;
    const jt_config_dir_t *upper = add;

    if (is_silent(upper)) {
        return base;
    }
    if (is_silent(lower)) {
        return add;
    }
    made = apr_palloc(pool, sizeof(*made));
    JT_CONFIG_DIR_ROWS(MERGE)
    if (upper->more && upper->more->mount && upper->accept < 0) {
        made->accept = JT_CONFIG_ACCEPT_OFF;
    }
    made->more = merge_more(pool, lower->more, upper->more);
    return made;
}

static int refuse_start(server_rec *s, const jt_config_server_t *config,
                        const char *words)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                 "mod_jiratoken cannot start (wanted by %s): %s",
                 config->used_by, words);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* For libpq, 0 means no timeout. */
static int has_timeout(const char *params)
{
    const char *value = strstr(params, "connect_timeout");

    if (!value) {
        return 0;
    }
    value += strlen("connect_timeout");
    value += strspn(value, " ='");
    return *value >= '1' && *value <= '9';
}

/* Warns of valid settings that can make a site unavailable. DBDParams holds a
 * password, so it is not quoted. */
static void warn_of_params(server_rec *s, const jt_config_server_t *config)
{
    if (config->serves <= 0) {
        return;
    }
    if (!strcmp(config->dbd_driver, "pgsql")
        && !has_timeout(config->dbd_params)) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                     "DBDParams has no connect_timeout above 0: while the "
                     "database cannot be reached, httpd may answer nothing "
                     "at all; add to DBDParams: connect_timeout=2");
    }
    if (!strcmp(config->dbd_driver, "mysql")
        && !strstr(config->dbd_params, "reconnect=0")) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                     "DBDParams has no reconnect=0: a connection that the "
                     "database ended while it was idle loses its statements "
                     "unnoticed; add to DBDParams: ,reconnect=0");
    }
}

/* httpd reads its configuration twice as it starts; the warnings appear
 * once. */
int jt_config_is_dry_run(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG
           && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL;
}

int jt_config_is_same_database(const jt_config_server_t *a,
                               const jt_config_server_t *b)
{
    return a->dbd_driver && b->dbd_driver && a->dbd_params && b->dbd_params
           && !strcmp(a->dbd_driver, b->dbd_driver)
           && !strcmp(a->dbd_params, b->dbd_params);
}

/* In MySQL on most systems, names of tables that differ in case are two. */
int jt_config_is_same_table(const jt_config_server_t *config, const char *a,
                            const char *b)
{
    return !strcmp(config->dbd_driver, "mysql") ? !strcmp(a, b)
                                                : !ap_cstr_casecmp(a, b);
}

static int is_same_number(const char *a, const char *b)
{
    return apr_atoi64(a) == apr_atoi64(b);
}

static int is_off(const char *flag)
{
    return !strcasecmp(flag, "off");
}

int jt_config_is_same_pool(const jt_config_server_t *a,
                           const jt_config_server_t *b)
{
    return jt_config_is_same_database(a, b)
           && is_off(a->dbd_persist) == is_off(b->dbd_persist)
           && is_same_number(a->dbd_min, b->dbd_min)
           && is_same_number(a->dbd_keep, b->dbd_keep)
           && is_same_number(a->dbd_max, b->dbd_max)
           && is_same_number(a->dbd_exptime, b->dbd_exptime);
}

/* Whether the warnings were given for the main server. */
static int was_warned(const jt_config_server_t *config,
                      const jt_config_server_t *of_main)
{
    return config != of_main && of_main->serves > 0
           && jt_config_is_same_database(config, of_main);
}

/* A use that is not recorded does not count. */
static const char *find_idle_fault(const jt_config_server_t *config,
                                   apr_pool_t *ptemp)
{
    if (config->max_idle && !config->last_used_interval) {
        return "JiraTokenMaxIdle needs the last use of a token, and "
               "JiraTokenLastUsedInterval 0 records none: set it to 600, for "
               "example, or remove JiraTokenMaxIdle";
    }
    if (config->max_idle && config->last_used_interval / 86400
                                >= config->max_idle) {
        return apr_psprintf(ptemp, "JiraTokenLastUsedInterval %d is not "
                            "shorter than JiraTokenMaxIdle %d (days): a token "
                            "would be idle although it is used; make it "
                            "shorter",
                            config->last_used_interval, config->max_idle);
    }
    return NULL;
}

/* The longest name of a table that has an end of the module's own: PostgreSQL
 * cuts names at 63 bytes, MySQL refuses them beyond 64. */
#define LONGEST_NAME 56

static const char *find_name_fault(const jt_config_server_t *config,
                                   apr_pool_t *ptemp)
{
    const char *dot = strchr(config->table, '.');
    const char *name = dot ? dot + 1 : config->table;

    if (!config->owner_seen || strlen(name) <= LONGEST_NAME) {
        return NULL;
    }
    return apr_psprintf(ptemp, "JiraTokenOwnerSeen keeps a table whose name is "
                        "that of JiraTokenTable and _owners, and %s is longer "
                        "than %d characters", name, LONGEST_NAME);
}

static const char *find_upkeep_fault(const jt_config_server_t *config)
{
    if (config->message_cmd && !config->audit) {
        return "JiraTokenMessageCmd needs JiraTokenAudit, from which it knows "
               "what happens; add: JiraTokenAudit jiratoken_audit";
    }
    if ((config->message_cmd || config->purge_expired)
        && !APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance)) {
        return "JiraTokenMessageCmd and JiraTokenPurgeExpired need "
               "mod_watchdog; add: LoadModule watchdog_module "
               "modules/mod_watchdog.so";
    }
    return NULL;
}

static const char *find_fault(jt_config_server_t *config, apr_pool_t *pconf,
                              apr_pool_t *ptemp)
{
    const char *fault;

    if (!config->key_file) {
        return "there is no key; add: JiraTokenKeyFile /etc/jiratoken/key, "
               "with the file that the tokens were made with or, if none was "
               "ever made, after: (umask 077; set -C; openssl rand -hex 32 > "
               "/etc/jiratoken/key)";
    }
    if (config->serves > 0 && !APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open)) {
        return "mod_dbd is not loaded; add: LoadModule dbd_module "
               "modules/mod_dbd.so";
    }
    if (config->serves > 0 && (!config->dbd_driver || !config->dbd_params)) {
        return "there is no database; add, for example: DBDriver sqlite3 and "
               "DBDParams /var/lib/jiratoken/tokens.db";
    }
    if (config->max_lifetime && config->default_lifetime
                                    > config->max_lifetime) {
        return apr_psprintf(ptemp, "JiraTokenDefaultLifetime %d is longer "
                            "than JiraTokenMaxLifetime %d",
                            config->default_lifetime, config->max_lifetime);
    }
    if (config->audit && !ap_cstr_casecmp(config->audit, config->table)) {
        return "JiraTokenAudit names the table of the tokens; it needs one of "
               "its own, from conf/sql/audit-sqlite3.sql, for example";
    }
    fault = find_upkeep_fault(config);
    if (!fault) {
        fault = find_idle_fault(config, ptemp);
    }
    if (!fault) {
        fault = find_name_fault(config, ptemp);
    }
    return fault ? fault
                 : jt_keyfile_read(config->key_file, &config->ring, pconf,
                                   ptemp);
}

/* An id in an audit is that of one table, and so is what is told of it. */
static const char *find_audit_fault(const server_rec *main_server,
                                    const server_rec *s, apr_pool_t *ptemp)
{
    const jt_config_server_t *config = jt_config_server(s);
    const server_rec *other;

    for (other = main_server; config->audit && config->serves > 0 && other != s;
         other = other->next) {
        const jt_config_server_t *earlier = jt_config_server(other);

        if (earlier->serves > 0 && earlier->audit
            && jt_config_is_same_database(earlier, config)
            && jt_config_is_same_table(config, earlier->audit, config->audit)
            && !jt_config_is_same_table(config, earlier->table,
                                        config->table)) {
            return apr_psprintf(ptemp, "JiraTokenAudit %s is for the tokens of "
                                "%s (%s), and those of this virtual host are "
                                "in %s; give it a JiraTokenAudit of its own",
                                config->audit, earlier->table,
                                earlier->used_by, config->table);
        }
    }
    return NULL;
}

/* Once the settings are merged: what follows from several. */
static void derive_outbox(jt_config_server_t *config, apr_pool_t *pconf)
{
    static const int usual[] = { 14, 7, 1 };
    apr_array_header_t *notices;

    config->outbox = config->message_cmd && config->audit
                         ? apr_pstrcat(pconf, config->audit, "_outbox", NULL)
                         : NULL;
    if (!config->notices) {
        notices = apr_array_make(pconf, 3, sizeof(int));
        APR_ARRAY_PUSH(notices, int) = usual[0];
        APR_ARRAY_PUSH(notices, int) = usual[1];
        APR_ARRAY_PUSH(notices, int) = usual[2];
        config->notices = notices;
    }
}

int jt_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                    server_rec *main_server)
{
    server_rec *s;

    (void)plog;
    for (s = main_server; s; s = s->next) {
        jt_config_server_t *config = jt_config_server(s);
        const char *fault;

        JT_CONFIG_SERVER_ROWS(PRESET)
        config->rules.prefix = config->prefix;
        config->rules.max = config->max;
        config->rules.max_lifetime = config->max_lifetime;
        config->rules.default_lifetime = config->default_lifetime;
        config->rules.max_idle = config->max_idle;
        config->rules.owner_seen = config->owner_seen;
        derive_outbox(config, pconf);
        if (!config->used_by || config->ring) {
            continue;
        }
        fault = find_fault(config, pconf, ptemp);
        if (!fault) {
            fault = find_audit_fault(main_server, s, ptemp);
        }
        if (fault) {
            return refuse_start(s, config, fault);
        }
        if (!jt_config_is_dry_run()
            && !was_warned(config, jt_config_server(main_server))) {
            warn_of_params(s, config);
        }
    }
    return OK;
}
