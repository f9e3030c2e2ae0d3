/* SPDX-License-Identifier: Apache-2.0
 *
 * The account that httpd's children run as, to which mod_unixd changes where
 * httpd is begun by root, and whether it may run what they are to run. It must
 * not know what for.
 */
#include "state/jt_children.h"

#include <apr_strings.h>
#include <apr_user.h>
#include <grp.h>
#include <http_log.h>
#include <string.h>
#include <unistd.h>
#include <unixd.h>

#include "jt_config.h"
#include "state/jt_modes.h"

APLOG_USE_MODULE(jiratoken);

static const char *name_user(uid_t uid, apr_pool_t *pool)
{
    char *name;

    return apr_uid_name_get(&name, uid, pool) == APR_SUCCESS
               ? name : apr_psprintf(pool, "%lu", (unsigned long)uid);
}

const char *jt_children_name(apr_pool_t *pool)
{
    const char *name = ap_unixd_config.user_name;
    uid_t uid = geteuid();

    if (name && (!uid || uid == ap_unixd_config.user_id)) {
        return *name == '#' ? name + 1 : name;
    }
    return name_user(uid, pool);
}

/* As mod_unixd has the system set them: initgroups(3). */
static void fill_groups(jt_modes_account_t *account, apr_pool_t *pool)
{
    const char *name = name_user(account->uid, pool);
    gid_t *groups;
    int count = 0;

    (void)getgrouplist(name, ap_unixd_config.group_id, NULL, &count);
    groups = apr_pcalloc(pool, (apr_size_t)count * sizeof(*groups));
    if (getgrouplist(name, ap_unixd_config.group_id, groups, &count) >= 0) {
        account->groups = groups;
        account->count = count;
    }
}

static void fill_own_groups(jt_modes_account_t *account, apr_pool_t *pool)
{
    int count = getgroups(0, NULL);
    gid_t *groups = apr_pcalloc(pool, ((apr_size_t)(count > 0 ? count : 0) + 1)
                                          * sizeof(*groups));

    count = count > 0 ? getgroups(count, groups) : 0;
    count = count > 0 ? count : 0;
    groups[count] = getegid();
    account->groups = groups;
    account->count = count + 1;
}

static void find_account(jt_modes_account_t *account, apr_pool_t *pool)
{
    memset(account, 0, sizeof(*account));
    account->name = jt_children_name(pool);
    if (geteuid()) {
        account->uid = geteuid();
        fill_own_groups(account, pool);
    }
    else {
        account->uid = ap_unixd_config.user_id;
        fill_groups(account, pool);
    }
}

static const char *find_program(const server_rec *s)
{
    const jt_config_server_t *config = jt_config_server(s);

    return config->serves > 0 && config->outbox
               ? APR_ARRAY_IDX(config->message_cmd, 0, const char *) : NULL;
}

/* Several virtual hosts may have the same. */
static int is_first(const server_rec *main_server, const server_rec *s)
{
    const server_rec *other;

    for (other = main_server; other != s; other = other->next) {
        if (find_program(other)
            && !strcmp(find_program(other), find_program(s))) {
            return 0;
        }
    }
    return 1;
}

void jt_children_warn(server_rec *main_server, apr_pool_t *pool)
{
    jt_modes_account_t account;
    server_rec *s;

    if (ap_unixd_config.chroot_dir) {
        return; /* paths are other files here */
    }
    find_account(&account, pool);
    for (s = main_server; s; s = s->next) {
        const char *program = find_program(s);
        const char *reason = program && is_first(main_server, s)
            ? jt_modes_check(program, &account, pool) : NULL;

        if (reason) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                         "no message can be told: command=%s reason=%s",
                         program, reason);
        }
    }
}
