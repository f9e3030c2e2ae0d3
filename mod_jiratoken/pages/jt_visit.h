/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VISIT_H
#define JT_VISIT_H

#include <httpd.h>

#include "html/jt_view.h"
#include "pages/jt_http.h"
#include "service/jt_actor.h"

/** One request for a page, by somebody who has been let in. */
typedef struct jt_visit_t {
    request_rec *r;
    jt_actor_t actor;   /* who; for the services */
    const char *path;   /* below the mount point: "", "/", "/create".. */
    const jt_token_rules_t *rules;
    jt_view_frame_t frame;
    jt_html_t *scope;   /* has the frame's names */
    apr_int64_t id;     /* of /{id}/revoke; else 0 */
} jt_visit_t;

/** What answers a method on a route. @return what a handler returns */
typedef int jt_visit_action_t(jt_visit_t *visit);

/** Answer with a page of words alone, and its status. */
int jt_visit_send_message(jt_visit_t *visit, jt_view_message_t which);

/** Answer web/<file>.html with what the visit's scope has. */
int jt_visit_send(jt_visit_t *visit, int status, const char *file);

/** Answer 303 to the list, which then says `done`. */
int jt_visit_send_to_list(jt_visit_t *visit, const char *done);

/**
 * Read the body of a form.
 * @param answer when it cannot be taken: that has been sent, return this
 * @return zero when it cannot be taken
 */
int jt_visit_read_form(jt_visit_t *visit, jt_http_form_t **form,
                       int *answer);

#endif
