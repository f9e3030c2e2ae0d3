/* SPDX-License-Identifier: Apache-2.0
 *
 * The directives of what the pages say of the site: their name, style sheet
 * and links, and the addresses in the examples. It knows what is valid, and
 * must not know pages.
 */
#include "jt_setters.h"

#include <apr_strings.h>

#include "core/jt_label.h"
#include "core/jt_url.h"

const char *jt_setters_page_title(cmd_parms *cmd, void *dir, const char *text)
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);

    if (jt_label_parse(text, &more->page_title, cmd->pool)
        != JT_LABEL_FINE) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not 1 to 100 characters "
                            "of UTF-8 without control characters",
                            cmd->cmd->name, jt_label_clean(text, cmd->pool));
    }
    return NULL;
}

const char *jt_setters_stylesheet(cmd_parms *cmd, void *dir, const char *url)
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);

    if (!jt_url_is_own_path(url)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path on this server: "
                            "a single '/', then at most 999 characters of a "
                            "URL (no quotes or spaces: write %%XX); the pages "
                            "load nothing from elsewhere", cmd->cmd->name,
                            jt_label_clean(url, cmd->pool));
    }
    more->stylesheet = url;
    return NULL;
}

/* Sets a link of the menu. */
static const char *set_link(cmd_parms *cmd, const char *url,
                            const char **member)
{
    if (!jt_url_is_own_path(url) && !jt_url_is_web_address(url)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is neither a path that "
                            "begins with a single '/' nor an address that "
                            "begins with http:// or https:// and a host, of "
                            "at most 1000 characters of a URL (no quotes or "
                            "spaces: write %%XX)", cmd->cmd->name,
                            jt_label_clean(url, cmd->pool));
    }
    *member = url;
    return NULL;
}

const char *jt_setters_home_url(cmd_parms *cmd, void *dir, const char *url)
{
    return set_link(cmd, url, &jt_config_use_more(dir, cmd->pool)->home_url);
}

const char *jt_setters_sign_out_url(cmd_parms *cmd, void *dir,
                                    const char *url)
{
    return set_link(cmd, url,
                    &jt_config_use_more(dir, cmd->pool)->sign_out_url);
}

/* A line adds to those of its own section. */
const char *jt_setters_service_url(cmd_parms *cmd, void *dir, const char *url,
                                   const char *title)
{
    jt_config_more_t *more = jt_config_use_more(dir, cmd->pool);
    jt_url_service_t service = { url, url };

    if (!jt_url_is_service(url)) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not an address that begins "
                            "with http:// or https:// and a host, without user "
                            "name, query and fragment, of at most 1000 "
                            "characters; write %%XX for whatever is none of "
                            "A-Z a-z 0-9 - . _ ~ / : @ + , = in its path",
                            cmd->cmd->name, jt_label_clean(url, cmd->pool));
    }
    if (title && jt_label_parse(title, &service.title, cmd->pool)
                     != JT_LABEL_FINE) {
        return apr_psprintf(cmd->pool, "%s: '%s' is not a title of 1 to 100 "
                            "characters of UTF-8 without control characters",
                            cmd->cmd->name, jt_label_clean(title, cmd->pool));
    }
    if (!more->services) {
        more->services = apr_array_make(cmd->pool, 2, sizeof(service));
    }
    APR_ARRAY_PUSH(more->services, jt_url_service_t) = service;
    return NULL;
}
