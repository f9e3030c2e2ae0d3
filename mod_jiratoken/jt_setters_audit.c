/* SPDX-License-Identifier: Apache-2.0
 *
 * The setters of what is told of changes, and of what httpd does by itself. It
 * must not know what a setting is for.
 */
#include "jt_setters.h"

#include <apr_strings.h>

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
