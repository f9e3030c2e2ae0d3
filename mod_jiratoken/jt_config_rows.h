/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CONFIG_ROWS_H
#define JT_CONFIG_ROWS_H

/* The members of the settings, for jt_config.h. */

/* One row for each member: type, name, the value for "not set here", and the
 * default. Creation, merging and defaults are generated from it. */
#define JT_CONFIG_SERVER_ROWS(ROW) \
    ROW(const char *, key_file, NULL, NULL) \
    ROW(const char *, table, NULL, "jiratoken") \
    ROW(const char *, prefix, NULL, "jt") \
    ROW(int, max, -1, 25) \
    ROW(int, max_lifetime, -1, 0) \
    ROW(int, default_lifetime, -1, 0) \
    ROW(int, max_idle, -1, 0) \
    ROW(int, owner_seen, -1, 0) \
    ROW(int, last_used_interval, -1, 600) \
    ROW(int, cache_timeout, -1, 60) \
    ROW(int, cache_grace, -1, 0) \
    ROW(int, database_limit, -1, 0) \
    ROW(int, database_number, 0, 0) /* see state/jt_permits.h */ \
    ROW(int, pool_number, 0, 0) /* see state/jt_connection.h */ \
    ROW(int, lowers_users, -1, 0) /* JiraTokenUserCase lower */ \
    ROW(const char *, user_query, NULL, "") /* "": none */ \
    ROW(const char *, audit, NULL, NULL) /* table */ \
    ROW(const char *, outbox, NULL, NULL) /* its table, with message_cmd */ \
    ROW(const apr_array_header_t *, message_cmd, NULL, NULL) /* texts */ \
    ROW(const apr_array_header_t *, notices, NULL, NULL) /* int */ \
    ROW(int, purge_expired, -1, 0) \
    ROW(const char *, oidc_redirect, NULL, NULL) \
    ROW(const char *, dbd_driver, NULL, NULL) \
    ROW(const char *, dbd_params, NULL, NULL) \
    ROW(const char *, dbd_init, NULL, "") \
    /* as they were written, with mod_dbd's own defaults */ \
    ROW(const char *, dbd_persist, NULL, "On") \
    ROW(const char *, dbd_min, NULL, "1") \
    ROW(const char *, dbd_keep, NULL, "2") \
    ROW(const char *, dbd_max, NULL, "10") \
    ROW(const char *, dbd_exptime, NULL, "300") \
    ROW(const char *, used_by, NULL, NULL) \
    ROW(int, serves, -1, 0)

/* What a request is looked at by; each merges them for each section that holds
 * for it. */
#define JT_CONFIG_DIR_ROWS(ROW) \
    ROW(int, is_basic, -1, 0) /* AuthType */ \
    ROW(int, listed, -1, 0) /* in AuthBasicProvider */ \
    ROW(int, lists_ldap, -1, 0) /* the provider ldap, there too */ \
    ROW(int, has_realm, -1, 0) \
    ROW(int, accept, -1, JT_CONFIG_ACCEPT_OFF) \
    ROW(int, bearer, -1, 0) \
    ROW(int, forward, -1, 0) \
    ROW(int, legacy, -1, 0)

/* What few sections have. */
#define JT_CONFIG_MORE_ROWS(ROW) \
    ROW(const char *, mount, NULL, NULL) \
    ROW(int, handler, -1, JT_CONFIG_PAGES) /* of the mount point */ \
    ROW(const char *, other_mount, NULL, NULL) /* of another handler */ \
    ROW(const apr_array_header_t *, strip, NULL, NULL) /* of const char * */ \
    ROW(const apr_array_header_t *, read_methods, NULL, NULL) /* the same */ \
    ROW(const char *, area, NULL, NULL) \
    ROW(const char *, area_title, NULL, NULL) \
    ROW(const ap_expr_info_t *, user_name, NULL, NULL) \
    ROW(const char *, ldap_name, NULL, NULL) /* AuthLDAPRemoteUserAttribute */ \
    ROW(const char *, language, NULL, JT_CONFIG_AUTO) /* or a tag */ \
    ROW(const char *, page_title, NULL, NULL) \
    ROW(const char *, stylesheet, NULL, NULL) \
    ROW(const char *, home_url, NULL, NULL) \
    ROW(const char *, sign_out_url, NULL, NULL) \
    ROW(apr_array_header_t *, services, NULL, NULL) /* jt_url_service_t */

#endif
