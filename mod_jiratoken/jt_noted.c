/* SPDX-License-Identifier: Apache-2.0
 *
 * Directives of other modules, noted: AuthBasicProvider and AuthName show where
 * tokens are accepted (this module answers before any provider is called),
 * SetHandler where the pages are mounted, and mod_dbd's directives which
 * database is used. httpd passes a directive to every module that lists it. It
 * must not refuse what its own module takes, but for SetHandler jiratoken.
 */
#include "jt_noted.h"

#include <apr_fnmatch.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

#define ALIASES "jiratoken: aliases"

const char jt_noted_not_for_pages[] =
    "JiraTokenAccept cannot be On or Challenge where SetHandler jiratoken is: "
    "a token is no way into the token pages; remove it from this section (On "
    "is for jiratoken-api alone)";

int jt_noted_is_refused(int handler, int accept)
{
    return handler == JT_CONFIG_API ? accept == JT_CONFIG_ACCEPT_CHALLENGE
                                    : accept > JT_CONFIG_ACCEPT_OFF;
}

/* The names that <AuthnProviderAlias> gives to jiratoken; NULL when there are
 * none. They live with this configuration (pconf), as an .htaccess file, read
 * later into another pool, may use one too. Provider names are
 * case-sensitive. */
static apr_hash_t *find_aliases(const cmd_parms *cmd)
{
    void *aliases = NULL;

    apr_pool_userdata_get(&aliases, ALIASES, cmd->server->process->pconf);
    return aliases;
}

static int is_alias(const cmd_parms *cmd, const char *name)
{
    apr_hash_t *aliases = find_aliases(cmd);

    return aliases && apr_hash_get(aliases, name, APR_HASH_KEY_STRING);
}

static void add_alias(const cmd_parms *cmd, const char *name)
{
    apr_pool_t *pconf = cmd->server->process->pconf;
    apr_hash_t *aliases = find_aliases(cmd);

    if (!aliases) {
        aliases = apr_hash_make(pconf);
        apr_pool_userdata_setn(aliases, ALIASES, NULL, pconf);
    }
    apr_hash_set(aliases, apr_pstrdup(pconf, name), APR_HASH_KEY_STRING,
                 "jiratoken");
}

const char *jt_noted_alias(cmd_parms *cmd, void *dir, const char *args)
{
    const char *provider = ap_getword_conf(cmd->temp_pool, &args);
    char *name = ap_getword_conf(cmd->temp_pool, &args);
    char *end = strchr(name, '>');

    (void)dir;
    if (end) {
        *end = '\0';
    }
    if (!strcmp(provider, "jiratoken")) {
        add_alias(cmd, name);
    }
    return NULL;
}

const char *jt_noted_provider(cmd_parms *cmd, void *dir, const char *name)
{
    jt_config_dir_t *config = dir;

    if (!ap_find_linked_module("mod_auth_basic.c")) {
        return "AuthBasicProvider needs mod_auth_basic; add: LoadModule "
               "auth_basic_module modules/mod_auth_basic.so";
    }
    if (!strcmp(name, "jiratoken") || is_alias(cmd, name)) {
        config->listed = 1;
        jt_config_note_serving(cmd);
    }
    else if (config->listed < 0) {
        config->listed = 0;
    }
    config->lists_ldap = config->lists_ldap > 0 || !strcmp(name, "ldap");
    return NULL;
}

const char *jt_noted_ldap_name(cmd_parms *cmd, void *dir, const char *name)
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);

    if (!ap_find_linked_module("mod_authnz_ldap.c")) {
        return "AuthLDAPRemoteUserAttribute needs mod_authnz_ldap; add: "
               "LoadModule authnz_ldap_module modules/mod_authnz_ldap.so";
    }
    more->ldap_name = name;
    return NULL;
}

const char *jt_noted_type(cmd_parms *cmd, void *dir, const char *type)
{
    jt_config_dir_t *config = dir;

    (void)cmd;
    config->is_basic = !ap_cstr_casecmp(type, "Basic");
    return NULL;
}

const char *jt_noted_realm(cmd_parms *cmd, void *dir, const char *name)
{
    jt_config_dir_t *config = dir;

    (void)cmd;
    (void)name;
    config->has_realm = 1;
    return NULL;
}

/* The path of the enclosing <Location>, or NULL. */
static const char *find_location(cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;

    for (; section; section = section->parent) {
        if (!ap_cstr_casecmp(section->directive, "<Location")) {
            const char *args = apr_pstrndup(cmd->temp_pool, section->args,
                                            strcspn(section->args, ">"));

            return ap_getword_conf(cmd->pool, &args);
        }
    }
    return NULL;
}

const char *jt_noted_handler(cmd_parms *cmd, void *dir, const char *name)
{
    static const char *const handlers[JT_CONFIG_HANDLERS] = {
        [JT_CONFIG_PAGES] = "jiratoken", [JT_CONFIG_API] = "jiratoken-api",
        [JT_CONFIG_ADMIN] = "jiratoken-admin"
    };
    jt_config_dir_t *config = dir;
    jt_config_more_t *more = jt_config_use_more(config, cmd->pool);
    const char *path;
    int which;

    for (which = 0; which < JT_CONFIG_HANDLERS
                    && strcmp(name, handlers[which]); which++) {
    }
    if (which == JT_CONFIG_HANDLERS) {
        more->other_mount = find_location(cmd);
        return NULL;
    }
    if (jt_noted_is_refused(which, config->accept)) {
        return jt_noted_not_for_pages;
    }
    path = find_location(cmd);
    if (!path || *path != '/' || apr_fnmatch_test(path)) {
        return apr_psprintf(cmd->pool, "SetHandler %s must stand in <Location "
                            "\"/path\">, without wildcards or a regular "
                            "expression: what it serves is below that path",
                            name);
    }
    more->mount = path;
    more->handler = which;
    jt_config_note_serving(cmd);
    return NULL;
}

const char *jt_noted_redirect(cmd_parms *cmd, void *dir, const char *uri)
{
    (void)dir;
    if (!ap_find_linked_module("mod_auth_openidc.c")) {
        return "OIDCRedirectURI needs mod_auth_openidc; add: LoadModule "
               "auth_openidc_module modules/mod_auth_openidc.so";
    }
    jt_config_server(cmd->server)->oidc_redirect = uri;
    return NULL;
}

/* mod_dbd itself says what is wrong with it. */
const char *jt_noted_dbd(cmd_parms *cmd, void *dir, const char *text)
{
    char *config = (char *)jt_config_server(cmd->server);

    (void)dir;
    *(const char **)(config + (apr_size_t)cmd->info) = text;
    return NULL;
}

/* The initial SQL of a connection may choose the schema, so it is part of a
 * table's identity. */
const char *jt_noted_init(cmd_parms *cmd, void *dir, const char *sql)
{
    jt_config_server_t *config = jt_config_server(cmd->server);

    (void)dir;
    config->dbd_init = config->dbd_init
                           ? apr_pstrcat(cmd->pool, config->dbd_init, "\n",
                                         sql, NULL)
                           : sql;
    return NULL;
}
