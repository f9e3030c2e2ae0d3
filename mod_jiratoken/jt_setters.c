/* SPDX-License-Identifier: Apache-2.0
 *
 * What values of several directives have in common. It must not know which
 * directives there are.
 */
#include "jt_setters.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

const char *jt_setters_parse(cmd_parms *cmd, const char *text,
                             int least, int most, int *number)
{
    apr_int64_t value;
    char *end;

    errno = 0;
    value = apr_strtoi64(text, &end, 10);
    if (errno || !apr_isdigit(*text) || *end || value < least
        || value > most) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a whole number from "
                            "%d to %d", cmd->cmd->name, text, least, most);
    }
    *number = (int)value;
    return NULL;
}

static const char *skip_identifier(const char *text)
{
    if (!apr_isascii(*text) || (!apr_isalpha(*text) && *text != '_')) {
        return NULL;
    }
    while (apr_isascii(*text) && (apr_isalnum(*text) || *text == '_')) {
        text++;
    }
    return text;
}

const char *jt_setters_check_table(cmd_parms *cmd, const char *text)
{
    const char *end = skip_identifier(text);

    if (end && *end == '.') {
        end = skip_identifier(end + 1);
    }
    if (!end || *end || strlen(text) > 127) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a table's name: "
                            "letters, digits and _, not beginning with a "
                            "digit, optionally after a schema's name and a "
                            "dot, 127 in all", cmd->cmd->name, text);
    }
    return NULL;
}
