/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks, before httpd starts, at its sections: how people sign in to the pages,
 * that no token is a way in, and which areas the site has. Which of them hold
 * for a mount point is httpd's rule, followed here for plain <Location>s. It
 * must not change a setting of one of them.
 */
#include "jt_config_pages.h"

#include <apr_tables.h>
#include <http_core.h>
#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "jt_noted.h"

APLOG_USE_MODULE(jiratoken);

static jt_config_dir_t *get_dir(ap_conf_vector_t *section)
{
    return ap_get_module_config(section, &jiratoken_module);
}

static const char *get_path(ap_conf_vector_t *section)
{
    const core_dir_config *core = ap_get_core_module_config(section);

    return core->r ? NULL : core->d;
}

/* The settings of a mount point, as a request for it would have them. */
static const jt_config_dir_t *merge_sections(
    server_rec *s, const apr_array_header_t *sections, const char *mount,
    apr_pool_t *ptemp)
{
    jt_config_dir_t *merged = get_dir(s->lookup_defaults);
    int i;

    for (i = 0; i < sections->nelts; i++) {
        ap_conf_vector_t *section = APR_ARRAY_IDX(sections, i,
                                                  ap_conf_vector_t *);
        const char *path = get_path(section);

        if (path && get_dir(section) && jt_config_is_below(mount, path)) {
            merged = merged ? jt_config_merge_dir(ptemp, merged,
                                                  get_dir(section))
                            : get_dir(section);
        }
    }
    return merged;
}

/* @return the path of such pages, or NULL */
static const char *find_loose_names(server_rec *s, apr_pool_t *ptemp)
{
    const core_server_config *core = ap_get_core_module_config(
        s->module_config);
    const apr_array_header_t *sections = core->sec_url;
    int i;

    if (jt_config_server(s)->lowers_users) {
        return NULL;
    }
    for (i = 0; i < sections->nelts; i++) {
        const jt_config_dir_t *own = get_dir(
            APR_ARRAY_IDX(sections, i, ap_conf_vector_t *));
        const jt_config_dir_t *all;

        if (!own || !own->more || !own->more->mount) {
            continue;
        }
        all = merge_sections(s, sections, own->more->mount, ptemp);
        if (all->is_basic > 0 && all->lists_ldap > 0
            && !all->more->ldap_name) {
            return own->more->mount;
        }
    }
    return NULL;
}

static void warn_of_names(server_rec *s, apr_pool_t *ptemp)
{
    const char *path = find_loose_names(s, ptemp);

    if (path) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                     "<Location \"%s\">: the provider ldap keeps a user name "
                     "as it was typed, so one person has tokens for each "
                     "spelling; add AuthLDAPRemoteUserAttribute with an "
                     "attribute of AuthLDAPURL or, for capitals alone, "
                     "JiraTokenUserCase lower", path);
    }
}

/* @return the mount point that a section with JiraTokenAccept is at or below,
 * or NULL */
static const char *find_opened(server_rec *s, ap_conf_vector_t *section,
                               apr_pool_t *ptemp)
{
    const core_server_config *core = ap_get_core_module_config(
        s->module_config);
    const char *path = get_path(section);
    const jt_config_dir_t *own = get_dir(section);
    const jt_config_dir_t *all;

    if (!path || !own || own->accept <= JT_CONFIG_ACCEPT_OFF) {
        return NULL;
    }
    all = merge_sections(s, core->sec_url, path, ptemp);
    return all->more && all->more->mount
                   && jt_noted_is_refused(all->more->handler, own->accept)
                   && jt_config_is_below(path, all->more->mount)
               ? all->more->mount : NULL;
}

/* Within one section, the directives themselves refuse it. A virtual host has
 * the main server's sections before its own; those are for other hosts too. */
static int is_closed_to_tokens(server_rec *s, const server_rec *main_server,
                               apr_pool_t *ptemp)
{
    const core_server_config *core = ap_get_core_module_config(
        s->module_config);
    const core_server_config *outer = ap_get_core_module_config(
        main_server->module_config);
    int i;

    for (i = s == main_server ? 0 : outer->sec_url->nelts;
         i < core->sec_url->nelts; i++) {
        ap_conf_vector_t *section = APR_ARRAY_IDX(core->sec_url, i,
                                                  ap_conf_vector_t *);
        const char *mount = find_opened(s, section, ptemp);

        if (mount) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                         "mod_jiratoken cannot start: <Location \"%s\"> has "
                         "JiraTokenAccept On or Challenge, and the token pages "
                         "are at %s: a token is no way into them; remove it "
                         "from this section", get_path(section), mount);
            return 0;
        }
    }
    return 1;
}

/* @return zero when the name has another title already */
static int add_area(apr_array_header_t *areas, const jt_config_more_t *more)
{
    jt_restriction_area_t *area;
    int i;

    for (i = 0; i < areas->nelts; i++) {
        area = &APR_ARRAY_IDX(areas, i, jt_restriction_area_t);
        if (!strcmp(area->name, more->area)) {
            return !strcmp(area->title, more->area_title);
        }
    }
    area = apr_array_push(areas);
    area->name = more->area;
    area->title = more->area_title;
    return 1;
}

/* The area of a plain <Location>. @return NULL: it has none */
static const char *get_area(ap_conf_vector_t *section)
{
    const core_dir_config *core = ap_get_core_module_config(section);
    const jt_config_dir_t *own = get_dir(section);

    return core->r || core->d_is_fnmatch || !own || !own->more
               ? NULL : own->more->area;
}

/* Of two sections that hold, httpd takes the later one's settings: an area
 * would be open to tokens of another that is around it.
 * @return zero when an area stands above one that is around it */
static int are_in_order(server_rec *s, const apr_array_header_t *sections)
{
    int i;
    int j;

    for (i = 0; i < sections->nelts; i++) {
        ap_conf_vector_t *inner = APR_ARRAY_IDX(sections, i,
                                                ap_conf_vector_t *);
        const char *area = get_area(inner);

        for (j = i + 1; area && j < sections->nelts; j++) {
            ap_conf_vector_t *outer = APR_ARRAY_IDX(sections, j,
                                                    ap_conf_vector_t *);
            const char *other = get_area(outer);

            if (other && strcmp(area, other)
                && jt_config_is_below(get_path(inner), get_path(outer))) {
                ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                             "mod_jiratoken cannot start: <Location \"%s\"> "
                             "with JiraTokenArea %s stands above <Location "
                             "\"%s\"> with JiraTokenArea %s, which is around "
                             "it and would take its place; move it below",
                             get_path(inner), area, get_path(outer), other);
                return 0;
            }
        }
    }
    return 1;
}

/* The site's applications, each once, in the order of their sections. */
static int collect_areas(server_rec *s, apr_pool_t *pconf)
{
    const core_server_config *core = ap_get_core_module_config(
        s->module_config);
    apr_array_header_t *areas = apr_array_make(pconf, 4,
                                               sizeof(jt_restriction_area_t));
    int i;

    for (i = 0; i < core->sec_url->nelts; i++) {
        const jt_config_dir_t *own = get_dir(
            APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *));

        if (own && own->more && own->more->area
            && !add_area(areas, own->more)) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, s,
                         "mod_jiratoken cannot start: JiraTokenArea %s has two "
                         "titles; say the same one in each of its locations",
                         own->more->area);
            return 0;
        }
    }
    if (!are_in_order(s, core->sec_url)) {
        return 0;
    }
    jt_config_server(s)->rules.areas = areas->nelts ? areas : NULL;
    return 1;
}

int jt_config_pages_check(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp, server_rec *main_server)
{
    server_rec *s;

    (void)plog;
    for (s = main_server; s; s = s->next) {
        if (!is_closed_to_tokens(s, main_server, ptemp)
            || !collect_areas(s, pconf)) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (jt_config_server(s)->serves > 0 && !jt_config_is_dry_run()) {
            warn_of_names(s, ptemp);
        }
    }
    return OK;
}
