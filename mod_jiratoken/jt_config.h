/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CONFIG_H
#define JT_CONFIG_H

#include <httpd.h>
#include <http_config.h>
#include <ap_expr.h>

#include "jt_config_rows.h"
#include "core/jt_secret.h"
#include "core/jt_token.h"

extern module AP_MODULE_DECLARE_DATA jiratoken_module;

/* The upper limit of JiraTokenCacheTimeout and JiraTokenCacheGrace, in
 * seconds. */
#define JT_CONFIG_LONGEST 86400

/** Whose handler is mounted. */
enum { JT_CONFIG_PAGES, JT_CONFIG_API, JT_CONFIG_ADMIN, JT_CONFIG_HANDLERS };

/** JiraTokenLanguage: what the browser asks for. */
#define JT_CONFIG_AUTO "auto"

/** JiraTokenAccept. Off by itself where the pages are. */
enum { JT_CONFIG_ACCEPT_OFF, JT_CONFIG_ACCEPT_ON, JT_CONFIG_ACCEPT_CHALLENGE };

#define JT_CONFIG_MEMBER(type, name, unset, preset) type name;

/** Settings of a server or virtual host. jt_config_check() sets defaults and
 * the ring, post_config sets `instance` and the numbers; read-only after that,
 * and shared by all threads. */
typedef struct jt_config_server_t {
    JT_CONFIG_SERVER_ROWS(JT_CONFIG_MEMBER)
    jt_secret_ring_t *ring; /* NULL where no directive needs one */
    unsigned char instance[JT_SECRET_HASH_SIZE]; /* identity of the table:
                                                    state/jt_cache_id.h */
    jt_token_rules_t rules;
} jt_config_server_t;

/** Settings of a location as configured, for the directives only. Use the
 * getters below, which apply the defaults. */
typedef struct jt_config_more_t {
    JT_CONFIG_MORE_ROWS(JT_CONFIG_MEMBER)
} jt_config_more_t;

typedef struct jt_config_dir_t {
    JT_CONFIG_DIR_ROWS(JT_CONFIG_MEMBER)
    jt_config_more_t *more; /* NULL: nothing of it is set here */
} jt_config_dir_t;

#undef JT_CONFIG_MEMBER

extern const command_rec jt_config_commands[];

/** The members that few sections have, for a directive to set. Never NULL. */
jt_config_more_t *jt_config_use_more(jt_config_dir_t *config,
                                     apr_pool_t *pool);

void *jt_config_create_server(apr_pool_t *pool, server_rec *s);
void *jt_config_merge_server(apr_pool_t *pool, void *base, void *add);
void *jt_config_create_dir(apr_pool_t *pool, char *path);
void *jt_config_merge_dir(apr_pool_t *pool, void *base, void *add);

/** Never NULL. */
jt_config_server_t *jt_config_server(const server_rec *s);

/* jt_config_dir_listed(r), ...: the setting of the location of a request, or
 * its default. */
#define JT_CONFIG_GETTER(type, name, unset, preset) \
    type jt_config_dir_##name(const request_rec *r);
JT_CONFIG_DIR_ROWS(JT_CONFIG_GETTER)
JT_CONFIG_MORE_ROWS(JT_CONFIG_GETTER)
#undef JT_CONFIG_GETTER

/** Whether mod_dbd opens the same database for both, by their DBDriver and
 * DBDParams. */
int jt_config_is_same_database(const jt_config_server_t *a,
                               const jt_config_server_t *b);

/** Whether two names are those of one table of a database that has a driver. */
int jt_config_is_same_table(const jt_config_server_t *config, const char *a,
                            const char *b);

/** Whether mod_dbd lends both the connections of one pool, by their settings.
 * It has two pools also where a label of DBDPrepareSQL means another statement:
 * that is not seen. After jt_config_check() only. */
int jt_config_is_same_pool(const jt_config_server_t *a,
                           const jt_config_server_t *b);

/** Whether a path lies at or below another. */
int jt_config_is_below(const char *path, const char *top);

/** Whether httpd reads its configuration for the first of two times, as it
 * starts: what is said then is said again. */
int jt_config_is_dry_run(void);

/** The settings to write to by a directive. Records the first one that makes
 * the server use this module. */
jt_config_server_t *jt_config_use_server(cmd_parms *cmd);

/** A provider or handler of this module is configured here, so a database is
 * needed. An .htaccess file, read at run time, changes no server. */
void jt_config_note_serving(cmd_parms *cmd);

/**
 * The check_config hook: sets defaults, reads the key file of every server that
 * uses the module, and refuses what cannot work with a message that names the
 * line to add. Runs for `httpd -t` too. Blocks on the file system.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR, which prevents the start
 */
int jt_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                    server_rec *main_server);

#endif
