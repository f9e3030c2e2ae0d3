/* SPDX-License-Identifier: Apache-2.0
 *
 * The setters of what is told of changes, and of what httpd does by itself. It
 * must not know what a setting is for.
 */
#include "jt_setters.h"

#include <apr_file_info.h>
#include <apr_strings.h>
#include <http_core.h>

const char *jt_setters_audit(cmd_parms *cmd, void *dir, const char *text)
{
    const char *wrong = jt_setters_check_table(cmd, text);

    (void)dir;
    if (!wrong) {
        jt_config_use_server(cmd)->audit = text;
    }
    return wrong;
}

const char *jt_setters_purge(cmd_parms *cmd, void *dir, const char *text)
{
    (void)dir;
    return jt_setters_parse(cmd, text, 0, 36525,
                            &jt_config_use_server(cmd)->purge_expired);
}

/* Somebody may run it. Whether httpd's children may is not yet known: User may
 * stand further down. */
static int is_program(const char *path, apr_pool_t *pool)
{
    apr_finfo_t facts;

    return apr_stat(&facts, path, APR_FINFO_TYPE | APR_FINFO_PROT, pool)
               == APR_SUCCESS
           && facts.filetype == APR_REG
           && facts.protection & (APR_FPROT_UEXECUTE | APR_FPROT_GEXECUTE
                                  | APR_FPROT_WEXECUTE);
}

const char *jt_setters_message(cmd_parms *cmd, void *dir, int count,
                               char *const words[])
{
    apr_array_header_t *command = apr_array_make(cmd->pool, count + 2,
                                                 sizeof(const char *));
    const char *path = count ? ap_server_root_relative(cmd->pool, words[0])
                             : NULL;
    jt_config_server_t *config;
    int i;

    (void)dir;
    if (!path || !is_program(path, cmd->temp_pool)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not the path of a program "
                            "that can be run", cmd->cmd->name,
                            count ? words[0] : "");
    }
    APR_ARRAY_PUSH(command, const char *) = path;
    for (i = 1; i < count; i++) {
        APR_ARRAY_PUSH(command, const char *) = words[i];
    }
    config = jt_config_use_server(cmd);
    if (config->message_cmd) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " names one program, "
                           "which was named before; for several, name a "
                           "script that runs them", NULL);
    }
    config->message_cmd = command;
    return NULL;
}

const char *jt_setters_notice(cmd_parms *cmd, void *dir, int count,
                              char *const words[])
{
    apr_array_header_t *notices = apr_array_make(cmd->pool, count + 1,
                                                 sizeof(int));
    int i;

    (void)dir;
    if (!count) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, " takes numbers of days",
                           NULL);
    }
    for (i = 0; i < count; i++) {
        const char *wrong = jt_setters_parse(cmd, words[i], 1, 3650,
                                             apr_array_push(notices));

        if (wrong) {
            return wrong;
        }
    }
    jt_config_use_server(cmd)->notices = notices;
    return NULL;
}
