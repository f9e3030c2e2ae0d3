/* SPDX-License-Identifier: Apache-2.0
 *
 * Who somebody is in the table: of a person who has signed in, and of a name in
 * credentials. It must not know tokens.
 */
#include "auth/jt_person.h"

#include <apr_strings.h>
#include <http_log.h>

#include "jt_config.h"
#include "core/jt_user.h"
#include "state/jt_log.h"

APLOG_USE_MODULE(jiratoken);

char *jt_person_read(const request_rec *r, char *name, apr_pool_t *pool)
{
    char *read = jt_user_read(name, pool);

    if (jt_config_server(r->server)->lowers_users) {
        jt_user_lower(read);
    }
    return read;
}

/* @param fault set where it cannot be evaluated
 * @return NULL: there is no name */
static const char *evaluate(request_rec *r, const char **fault)
{
    const ap_expr_info_t *expression = jt_config_dir_user_name(r);
    const char *name = r->user;

    *fault = NULL;
    if (expression) {
        name = ap_expr_str_exec(r, expression, fault);
        if (*fault || !name || !*name) {
            return NULL;
        }
    }
    if (name && jt_config_server(r->server)->lowers_users) {
        char *lowered = apr_pstrdup(r->pool, name);

        jt_user_lower(lowered);
        name = lowered;
    }
    return name;
}

static void log_nameless(request_rec *r, const char *fault)
{
    static volatile apr_uint32_t logged;
    int level = jt_log_level(APLOG_ERR, &logged);

    ap_log_rerror(APLOG_MARK, level, 0, r,
                  "JiraTokenUserName gives no name: %s: uri=%s",
                  fault ? fault : "its value is empty", r->uri);
}

/* httpd escapes control characters in its log. */
static void log_unfit(request_rec *r, const char *name)
{
    static volatile apr_uint32_t logged;
    int level = jt_log_level(APLOG_WARNING, &logged);

    ap_log_rerror(APLOG_MARK, level, 0, r,
                  "this user name can have no tokens (1 to 255 bytes of UTF-8 "
                  "without a colon, control or invisible characters, and "
                  "white space at an end; see JiraTokenUserName): user=%s",
                  name);
}

jt_person_t jt_person_find(request_rec *r, const char **name)
{
    const char *fault;
    const char *found = evaluate(r, &fault);

    if (!found) {
        log_nameless(r, fault);
        return JT_PERSON_NAMELESS;
    }
    *name = found;
    if (!jt_user_is_valid(found)) {
        log_unfit(r, found);
        return JT_PERSON_UNFIT;
    }
    return JT_PERSON_FINE;
}

const char *jt_person_read_signed_in(request_rec *r)
{
    const char *fault;
    const char *found = evaluate(r, &fault);

    return found && jt_user_is_valid(found) ? found : NULL;
}
