/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes of the pages: who is admitted, and which page a URL names. Each
 * page is a file, pages/jt_page_*.c. It must not know what a page shows or
 * changes.
 */
#include "pages/jt_pages.h"

#include <apr_strings.h>
#include <string.h>

#include "auth/jt_answer.h"
#include "auth/jt_findings.h"
#include "auth/jt_person.h"
#include "core/jt_label.h"
#include "http/jt_visit.h"
#include "pages/jt_page_connect.h"
#include "pages/jt_page_create.h"
#include "pages/jt_page_list.h"
#include "pages/jt_page_rename.h"
#include "pages/jt_page_revoke.h"
#include "pages/jt_page_rotate.h"

/* The routes of one token: /{id}/name. */
static const struct {
    const char *name;
    jt_visit_action_t *get;
    jt_visit_action_t *post;
} of_token[] = {
    { "/revoke", jt_page_revoke_show, jt_page_revoke_submit },
    { "/rotate", jt_page_rotate_show, jt_page_rotate_submit },
    { "/rename", jt_page_rename_show, jt_page_rename_submit }
};

/* Sets visit->id. @return zero when there is no such route */
static int find_route_of_token(jt_visit_t *visit, jt_visit_action_t **get,
                               jt_visit_action_t **post)
{
    const char *slash = *visit->path ? strchr(visit->path + 1, '/') : NULL;
    const char *id;
    apr_size_t i;

    for (i = 0; slash && i < sizeof(of_token) / sizeof(of_token[0]); i++) {
        if (!strcmp(slash, of_token[i].name)) {
            *get = of_token[i].get;
            *post = of_token[i].post;
            id = apr_pstrmemdup(visit->r->pool, visit->path + 1,
                                (apr_size_t)(slash - visit->path - 1));
            return jt_token_parse_id(id, &visit->id) == APR_SUCCESS;
        }
    }
    return 0;
}

/* @param post set to NULL for a page without changes
 * @return zero when there is no such page */
static int find_route(jt_visit_t *visit, jt_visit_action_t **get,
                      jt_visit_action_t **post)
{
    *post = NULL;
    if (!*visit->path || !strcmp(visit->path, "/")) {
        *get = jt_page_list_show;
    }
    else if (!strcmp(visit->path, "/create")) {
        *get = jt_page_create_show;
        *post = jt_page_create_submit;
    }
    else if (!strcmp(visit->path, "/revoke")) {
        *get = jt_page_revoke_several_show;
        *post = jt_page_revoke_several_submit;
    }
    else if (!strcmp(visit->path, "/connect")) {
        *get = jt_page_connect_show;
    }
    else {
        return find_route_of_token(visit, get, post);
    }
    return 1;
}

static int dispatch(jt_visit_t *visit)
{
    jt_visit_action_t *get;
    jt_visit_action_t *post;

    if (!find_route(visit, &get, &post)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    if (visit->r->method_number == M_GET) {
        return get(visit);
    }
    if (visit->r->method_number != M_POST || !post) {
        return jt_visit_refuse_method(visit, post != NULL);
    }
    if (!jt_visit_is_from_pages(visit)) {
        return jt_visit_send_message(visit, JT_VIEW_FOREIGN_ORIGIN);
    }
    return post(visit);
}

/* Fails closed: only a user who is known to have signed in without a token is
 * admitted. */
static int admit_user(jt_visit_t *visit)
{
    static volatile apr_uint32_t logged;
    request_rec *r = visit->r;
    const char *name = NULL;

    if (jt_findings_came_by_token(r)) {
        return jt_visit_send_message(visit, JT_VIEW_BY_TOKEN);
    }
    if (!r->user || !*r->user || jt_visit_is_error_document(r)) {
        jt_answer_log_misconfigured(r, "token pages without a signed-in user: "
                                    "protect the location with AuthType and "
                                    "Require", &logged);
        return jt_visit_send_message(visit, JT_VIEW_NOBODY);
    }
    switch (jt_person_find(r, &name)) {
    case JT_PERSON_NAMELESS:
        return jt_visit_send_message(visit, JT_VIEW_NAMELESS);
    case JT_PERSON_UNFIT:
        jt_html_set(visit->scope, "name", jt_label_clean(name, r->pool));
        return jt_visit_send_message(visit, JT_VIEW_USER_NAME);
    case JT_PERSON_FINE:
        break;
    }
    /* Any script on this host could read a new token's only page. */
    if (!jt_http_is_navigation(r)) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_OPENED);
    }
    visit->frame.user = name;
    visit->actor.user = name;
    jt_html_set(visit->scope, "user", name);
    return dispatch(visit);
}

int jt_pages_serve(request_rec *r)
{
    jt_visit_t visit = { 0 };
    int answer;

    if (!jt_visit_begin(&visit, r, &answer)) {
        return answer;
    }
    return jt_visit_is_asset(&visit) ? jt_visit_send_asset(&visit)
                                     : admit_user(&visit);
}
