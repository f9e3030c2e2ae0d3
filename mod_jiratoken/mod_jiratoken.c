/* SPDX-License-Identifier: Apache-2.0
 *
 * The module record, the hooks and the order of the start. It must not contain
 * logic of its own.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <mpm_common.h>

#include "jt_config.h"
#include "jt_config_pages.h"
#include "admin/jt_admin.h"
#include "api/jt_api.h"
#include "auth/jt_authn.h"
#include "auth/jt_sign_in.h"
#include "auth/jt_withhold.h"
#include "html/jt_template.h"
#include "http/jt_http.h"
#include "http/jt_mount.h"
#include "pages/jt_pages.h"
#include "service/jt_last_use.h"
#include "service/jt_sighting.h"
#include "service/jt_upkeep.h"
#include "state/jt_cache.h"
#include "state/jt_connection.h"
#include "state/jt_dbd.h"
#include "state/jt_permits.h"
#include "state/jt_probe.h"
#include "state/jt_shared.h"
#include "state/jt_socache.h"
#include "state/jt_status.h"

/* httpd reads its configuration twice as it starts. The first time is a dry
 * run. */
static int prepare_start(apr_pool_t *pconf, apr_pool_t *plog,
                         apr_pool_t *ptemp, server_rec *main_server)
{
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    if (jt_shared_map(main_server) != APR_SUCCESS
        || jt_permits_share(pconf, main_server) != APR_SUCCESS
        || jt_cache_start(pconf, ptemp, main_server) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    jt_connection_number_pools(main_server);
    jt_template_prepare(pconf);
    if (jt_upkeep_start(pconf, main_server) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return jt_probe_run(ptemp, main_server);
}

/* jt_dbd_child_init() runs before mod_dbd's hook, which opens connections: the
 * post_connect hook uses what it sets. */
static void register_hooks(apr_pool_t *pool)
{
    static const char *const dbd[] = { "mod_dbd.c", NULL };
    static const char *const watchdog[] = { "mod_watchdog.c", NULL };
    static const char *const both[] = { "mod_dbd.c", "mod_watchdog.c", NULL };
    static jt_mount_serve_t *const servers[JT_CONFIG_HANDLERS] = {
        [JT_CONFIG_PAGES] = jt_pages_serve, [JT_CONFIG_API] = jt_api_serve,
        [JT_CONFIG_ADMIN] = jt_admin_serve
    };

    ap_hook_pre_config(jt_cache_reset, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(jt_config_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(jt_config_pages_check, NULL, NULL, APR_HOOK_LAST);
    ap_hook_test_config(jt_probe_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(prepare_start, dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(jt_shared_child_init, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_child_init(jt_socache_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(jt_last_use_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(jt_sighting_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(jt_dbd_child_init, NULL, both, APR_HOOK_MIDDLE);
    ap_hook_child_init(jt_upkeep_child_init, NULL, watchdog, APR_HOOK_MIDDLE);
    ap_hook_child_init(jt_upkeep_child_ready, NULL, NULL,
                       APR_HOOK_REALLY_LAST);
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 110)
    ap_hook_child_stopping(jt_upkeep_child_stopping, NULL, NULL,
                           APR_HOOK_FIRST);
#endif
    jt_dbd_register();
    jt_authn_register(pool);
    jt_withhold_register();
    jt_sign_in_register();
    jt_mount_register(servers);
    jt_http_register();
    jt_status_register();
}

AP_DECLARE_MODULE(jiratoken) = {
    STANDARD20_MODULE_STUFF,
    jt_config_create_dir,
    jt_config_merge_dir,
    jt_config_create_server,
    jt_config_merge_server,
    jt_config_commands,
    register_hooks,
    0
};
