/* SPDX-License-Identifier: Apache-2.0
 *
 * The directives: one setter each, and their table. It knows what is valid, and
 * must not know what a setting is for. Those of other modules are noted in
 * jt_noted.c.
 */
#include "jt_noted.h"
#include "jt_setters.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <limits.h>
#include <string.h>

#include "core/jt_header.h"
#include "core/jt_restriction.h"
#include "core/jt_user_query.h"
#include "html/jt_language.h"
#include "state/jt_cache.h"

APLOG_USE_MODULE(jiratoken);

static const char *set_key_file(cmd_parms *cmd, void *dir, const char *text)
{
    (void)dir;
    jt_config_use_server(cmd)->key_file = ap_server_root_relative(cmd->pool,
                                                                  text);
    if (!*text || !jt_config_use_server(cmd)->key_file) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": '", text,
                           "' is not the path of a file", NULL);
    }
    return NULL;
}

static const char *set_table(cmd_parms *cmd, void *dir, const char *text)
{
    const char *wrong = jt_setters_check_table(cmd, text);

    (void)dir;
    if (!wrong) {
        jt_config_use_server(cmd)->table = text;
    }
    return wrong;
}

static const char *set_prefix(cmd_parms *cmd, void *dir, const char *text)
{
    (void)dir;
    if (!jt_secret_is_prefix(text)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not 2 to 16 characters of "
                            "a-z and 0-9", cmd->cmd->name, text);
    }
    jt_config_use_server(cmd)->prefix = text;
    return NULL;
}

static const char *set_max(cmd_parms *cmd, void *dir, const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 1, 1000,
                            &jt_config_use_server(cmd)->max);
}

/* A hundred years of days: no date in the form can overflow. */
static const char *set_max_lifetime(cmd_parms *cmd, void *dir,
                                    const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, 36525,
                            &jt_config_use_server(cmd)->max_lifetime);
}

static const char *set_default_lifetime(cmd_parms *cmd, void *dir,
                                        const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, 36525,
                            &jt_config_use_server(cmd)->default_lifetime);
}

static const char *set_max_idle(cmd_parms *cmd, void *dir, const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, 36525,
                            &jt_config_use_server(cmd)->max_idle);
}

static const char *set_owner_seen(cmd_parms *cmd, void *dir,
                                  const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, 36525,
                            &jt_config_use_server(cmd)->owner_seen);
}

static const char *set_last_used_interval(cmd_parms *cmd, void *dir,
                                          const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, INT_MAX,
                            &jt_config_use_server(cmd)->last_used_interval);
}

static const char *set_database_limit(cmd_parms *cmd, void *dir,
                                      const char *text)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    return wrong ? wrong
                 : jt_setters_parse(
                       cmd, text, 1, 10000,
                       &jt_config_use_server(cmd)->database_limit);
}

static const char *set_cache(cmd_parms *cmd, void *dir, const char *text)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong) {
        return wrong;
    }
    wrong = jt_cache_choose(text, cmd->pool, cmd->temp_pool);
    return wrong ? apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", wrong, NULL)
                 : NULL;
}

static const char *set_cache_timeout(cmd_parms *cmd, void *dir,
                                     const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, JT_CONFIG_LONGEST,
                            &jt_config_use_server(cmd)->cache_timeout);
}

static const char *set_cache_grace(cmd_parms *cmd, void *dir,
                                   const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, JT_CONFIG_LONGEST,
                            &jt_config_use_server(cmd)->cache_grace);
}

static const char *set_strip(cmd_parms *cmd, void *dir, int count,
                             char *const names[])
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);
    apr_array_header_t *strip = apr_array_make(cmd->pool, count,
                                               sizeof(const char *));
    int i;

    if (!count) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " takes the names of "
                           "headers, or none", NULL);
    }
    for (i = 0; i < count; i++) {
        if (!jt_header_is_pattern(names[i])) {
            return apr_psprintf(cmd->pool, "%s: '%s' is not the name of a "
                                "header, optionally with a * at its end",
                                cmd->cmd->name,
                                jt_label_clean(names[i], cmd->pool));
        }
        APR_ARRAY_PUSH(strip, const char *) = names[i];
    }
    if (count == 1 && !ap_cstr_casecmp(names[0], "none")) {
        apr_array_clear(strip);
    }
    more->strip = strip;
    return NULL;
}

/* The sections that a request for the applications' pages goes through. */
static int is_in_location(const cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;

    while (section
           && ap_cstr_casecmpn(section->directive, "<Location",
                               strlen("<Location"))) {
        section = section->parent;
    }
    return section != NULL;
}

static const char *set_area(cmd_parms *cmd, void *dir, const char *name,
                            const char *title)
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);

    if (!is_in_location(cmd)) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " must stand in "
                           "<Location> or <LocationMatch>", NULL);
    }
    if (!jt_restriction_is_area(name, strlen(name))) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a name of 1 to 32 of "
                            "a-z, 0-9 and -", cmd->cmd->name,
                            jt_label_clean(name, cmd->pool));
    }
    if (jt_label_parse(title, &more->area_title, cmd->pool) != JT_LABEL_FINE) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a title of 1 to 100 "
                            "characters of UTF-8 without control characters",
                            cmd->cmd->name, jt_label_clean(title, cmd->pool));
    }
    more->area = name;
    return NULL;
}

/* A method is a token (RFC 9110, section 9.1), and counts as it is written. */
static const char *set_read_methods(cmd_parms *cmd, void *dir, int count,
                                    char *const names[])
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);
    apr_array_header_t *methods = apr_array_make(cmd->pool, count,
                                                 sizeof(const char *));
    int i;

    if (!count) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " takes the names of "
                           "methods", NULL);
    }
    for (i = 0; i < count; i++) {
        if (*ap_scan_http_token(names[i]) || !*names[i]) {
            return apr_psprintf(cmd->pool, "%s: '%s' is not the name of a "
                                "method", cmd->cmd->name,
                                jt_label_clean(names[i], cmd->pool));
        }
        APR_ARRAY_PUSH(methods, const char *) = names[i];
    }
    more->read_methods = methods;
    return NULL;
}

static const char *set_user_name(cmd_parms *cmd, void *dir, const char *text)
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);
    const char *fault = NULL;

    more->user_name = ap_expr_parse_cmd(cmd, text,
                                          AP_EXPR_FLAG_STRING_RESULT, &fault,
                                          NULL);
    if (fault || !*text) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": '", text, "' is not "
                           "an expression with a name as its value: ",
                           fault ? fault : "it is empty", NULL);
    }
    return NULL;
}

static const char *set_user_case(cmd_parms *cmd, void *dir, const char *text)
{
    int lowers = !ap_cstr_casecmp(text, "lower");

    (void)dir;
    if (!lowers && ap_cstr_casecmp(text, "exact")) {
        return apr_psprintf(cmd->pool, "%s: '%s' is neither exact nor lower",
                            cmd->cmd->name, text);
    }
    jt_config_use_server(cmd)->lowers_users = lowers;
    return NULL;
}

/* A virtual host may have none. */
static const char *set_user_query(cmd_parms *cmd, void *dir, const char *text)
{
    int is_none = !ap_cstr_casecmp(text, "none");
    const char *fault = is_none ? NULL : jt_user_query_check(text);

    (void)dir;
    if (fault) {
        return apr_psprintf(cmd->pool, "%s: '%s': %s", cmd->cmd->name,
                            jt_label_clean(text, cmd->pool), fault);
    }
    jt_config_use_server(cmd)->user_query = is_none ? "" : text;
    return NULL;
}

static const char *set_forward(cmd_parms *cmd, void *dir, int on)
{
    jt_config_dir_t *config = dir;

    (void)cmd;
    config->forward = on;
    return NULL;
}

static const char *set_bearer(cmd_parms *cmd, void *dir, int on)
{
    jt_config_dir_t *config = dir;

    (void)cmd;
    config->bearer = on;
    return NULL;
}

static const char *set_legacy(cmd_parms *cmd, void *dir, int on)
{
    jt_config_dir_t *config = dir;

    (void)cmd;
    config->legacy = on;
    return NULL;
}

static const char *set_accept(cmd_parms *cmd, void *dir, const char *text)
{
    jt_config_dir_t *config = dir;

    if (!ap_cstr_casecmp(text, "Off")) {
        config->accept = JT_CONFIG_ACCEPT_OFF;
        return NULL;
    }
    if (!ap_cstr_casecmp(text, "On")) {
        config->accept = JT_CONFIG_ACCEPT_ON;
    }
    else if (!ap_cstr_casecmp(text, "Challenge")) {
        config->accept = JT_CONFIG_ACCEPT_CHALLENGE;
    }
    else {
        return apr_psprintf(cmd->pool, "%s: '%s' is none of Off, On and "
                            "Challenge", cmd->cmd->name, text);
    }
    if (config->more && config->more->mount
        && jt_noted_is_refused(config->more->handler, config->accept)) {
        return jt_noted_not_for_pages;
    }
    jt_config_note_serving(cmd);
    return NULL;
}

static const char *set_language(cmd_parms *cmd, void *dir, const char *text)
{
    int is_auto = !ap_cstr_casecmp(text, JT_CONFIG_AUTO);
    const jt_language_t *language = jt_language_find(text);

    if (!is_auto && !language) {
        return apr_psprintf(cmd->pool, "%s: '%s' is neither auto nor one of "
                            "the pages' languages: %s", cmd->cmd->name,
                            jt_label_clean(text, cmd->pool),
                            jt_language_tags());
    }
    jt_config_use_more(dir, cmd->pool)->language = is_auto ? JT_CONFIG_AUTO
                                                           : language->tag;
    return NULL;
}

#define NOTED_DBD(name, member) \
    AP_INIT_TAKE1(name, jt_noted_dbd, \
                  (void *)APR_OFFSETOF(jt_config_server_t, member), \
                  RSRC_CONF, "noted: which pool of connections is used")

const command_rec jt_config_commands[] = {
    AP_INIT_TAKE1("JiraTokenKeyFile", set_key_file, NULL, RSRC_CONF,
                  "file of hex keys, one a line; the first signs"),
    AP_INIT_TAKE1("JiraTokenTable", set_table, NULL, RSRC_CONF,
                  "the table's name, optionally with its schema"),
    AP_INIT_TAKE1("JiraTokenPrefix", set_prefix, NULL, RSRC_CONF,
                  "what new tokens start with: 2-16 of a-z and 0-9"),
    AP_INIT_TAKE1("JiraTokenMax", set_max, NULL, RSRC_CONF,
                  "how many tokens a user may have: 1-1000"),
    AP_INIT_TAKE1("JiraTokenMaxLifetime", set_max_lifetime, NULL, RSRC_CONF,
                  "longest lifetime of a new token in days; 0: no bound"),
    AP_INIT_TAKE1("JiraTokenDefaultLifetime", set_default_lifetime, NULL,
                  RSRC_CONF, "days that the form proposes; 0: none"),
    AP_INIT_TAKE1("JiraTokenMaxIdle", set_max_idle, NULL, RSRC_CONF,
                  "days that a token may be unused; 0: no limit"),
    AP_INIT_TAKE1("JiraTokenOwnerSeen", set_owner_seen, NULL, RSRC_CONF,
                  "days that an owner may stay away; 0: no limit"),
    AP_INIT_TAKE1("JiraTokenLastUsedInterval", set_last_used_interval, NULL,
                  RSRC_CONF, "seconds between two notes of a token's last "
                  "use; 0: never noted"),
    AP_INIT_TAKE1("JiraTokenDatabaseLimit", set_database_limit, NULL,
                  RSRC_CONF, "database calls in flight per child"),
    AP_INIT_TAKE1("JiraTokenCache", set_cache, NULL, RSRC_CONF,
                  "without a blank: shared, or with the number of tokens "
                  "shared(100000); a socache provider, or with its arguments "
                  "provider:arguments; or off"),
    AP_INIT_TAKE1("JiraTokenCacheTimeout", set_cache_timeout, NULL, RSRC_CONF,
                  "seconds that a verified token is believed"),
    AP_INIT_TAKE1("JiraTokenCacheGrace", set_cache_grace, NULL, RSRC_CONF,
                  "seconds more, while the database cannot answer"),
    AP_INIT_TAKE1("JiraTokenAccept", set_accept, NULL,
                  RSRC_CONF | ACCESS_CONF, "On: a token opens this location, "
                  "whatever its AuthType; Challenge: programs are asked for "
                  "one; or Off"),
    AP_INIT_TAKE_ARGV("JiraTokenStripHeaders", set_strip, NULL,
                      RSRC_CONF | ACCESS_CONF, "headers that a client may not "
                      "send beside a token, or none"),
    AP_INIT_TAKE2("JiraTokenArea", set_area, NULL, ACCESS_CONF,
                  "this location is one of the site's applications: name and "
                  "title"),
    AP_INIT_TAKE_ARGV("JiraTokenReadMethods", set_read_methods, NULL,
                      RSRC_CONF | ACCESS_CONF, "what a read-only token may "
                      "do here"),
    AP_INIT_FLAG("JiraTokenBearer", set_bearer, NULL, RSRC_CONF | ACCESS_CONF,
                 "On: also accept a token as Authorization: Bearer"),
    AP_INIT_TAKE1("JiraTokenUserName", set_user_name, NULL,
                  RSRC_CONF | ACCESS_CONF, "whose tokens a person sees on the "
                  "pages: an expression"),
    AP_INIT_TAKE1("JiraTokenUserCase", set_user_case, NULL, RSRC_CONF,
                  "exact, or lower: ASCII letters of user names are lowered"),
    AP_INIT_TAKE1("JiraTokenUserQuery", set_user_query, NULL, RSRC_CONF,
                  "a SELECT that has a row when the user %s has an account; "
                  "or none"),
    AP_INIT_FLAG("JiraTokenForwardCredentials", set_forward, NULL,
                 RSRC_CONF | ACCESS_CONF, "On: leave a verified token in "
                 "Authorization for the backend"),
    AP_INIT_FLAG("JiraTokenLegacy", set_legacy, NULL, RSRC_CONF | ACCESS_CONF,
                 "On: also look up passwords that have no token's shape"),
    AP_INIT_TAKE1("JiraTokenPageTitle", jt_setters_page_title, NULL,
                  RSRC_CONF | ACCESS_CONF, "what the pages are called"),
    AP_INIT_TAKE1("JiraTokenLanguage", set_language, NULL,
                  RSRC_CONF | ACCESS_CONF, "the pages' language: auto, or a "
                  "tag such as en"),
    AP_INIT_TAKE1("JiraTokenStylesheet", jt_setters_stylesheet, NULL,
                  RSRC_CONF | ACCESS_CONF, "the site's own style sheet: a "
                  "path on this server"),
    AP_INIT_TAKE1("JiraTokenHomeURL", jt_setters_home_url, NULL,
                  RSRC_CONF | ACCESS_CONF, "where the pages link back to"),
    AP_INIT_TAKE1("JiraTokenSignOutURL", jt_setters_sign_out_url, NULL,
                  RSRC_CONF | ACCESS_CONF, "where the pages sign people out"),
    AP_INIT_TAKE12("JiraTokenServiceURL", jt_setters_service_url, NULL,
                   RSRC_CONF | ACCESS_CONF, "an address that tokens open, for "
                   "the examples, and its title; several lines: a choice"),
    AP_INIT_TAKE1("JiraTokenAudit", jt_setters_audit, NULL, RSRC_CONF,
                  "table of what happened to tokens; a change that cannot be "
                  "recorded there is refused"),
    AP_INIT_TAKE_ARGV("JiraTokenMessageCmd", jt_setters_message, NULL,
                      RSRC_CONF, "a program that is told what happens to "
                      "tokens, and its arguments"),
    AP_INIT_TAKE_ARGV("JiraTokenExpiryNotice", jt_setters_notice, NULL,
                      RSRC_CONF, "days before its end that a token's owner is "
                      "told of it"),
    AP_INIT_TAKE1("JiraTokenPurgeExpired", jt_setters_purge, NULL, RSRC_CONF,
                  "days after its end that a token is deleted; 0: never"),
    AP_INIT_ITERATE("AuthBasicProvider", jt_noted_provider, NULL, OR_AUTHCFG,
                    "noted: where tokens are accepted"),
    AP_INIT_TAKE1("AuthLDAPRemoteUserAttribute", jt_noted_ldap_name, NULL,
                  OR_AUTHCFG, "noted: under which name people sign in"),
    AP_INIT_TAKE1("AuthType", jt_noted_type, NULL, OR_AUTHCFG,
                  "noted: how people sign in"),
    AP_INIT_TAKE1("AuthName", jt_noted_realm, NULL, OR_AUTHCFG,
                  "noted: where a password can be asked for"),
    AP_INIT_RAW_ARGS("<AuthnProviderAlias", jt_noted_alias, NULL, RSRC_CONF,
                     "noted: other names of the provider"),
    AP_INIT_TAKE1("SetHandler", jt_noted_handler, NULL, OR_FILEINFO,
                  "noted: where the pages are mounted"),
    AP_INIT_TAKE1("OIDCRedirectURI", jt_noted_redirect, NULL, RSRC_CONF,
                  "noted: what the OpenID provider calls"),
    NOTED_DBD("DBDriver", dbd_driver),
    NOTED_DBD("DBDParams", dbd_params),
    NOTED_DBD("DBDPersist", dbd_persist),
    NOTED_DBD("DBDMin", dbd_min),
    NOTED_DBD("DBDKeep", dbd_keep),
    NOTED_DBD("DBDMax", dbd_max),
    NOTED_DBD("DBDExptime", dbd_exptime),
    AP_INIT_TAKE1("DBDInitSQL", jt_noted_init, NULL, RSRC_CONF,
                  "noted: which database is used"),
    { NULL, { NULL }, NULL, 0, RAW_ARGS, NULL }
};
