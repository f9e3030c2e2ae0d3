/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VISIT_H
#define JT_VISIT_H

#include <httpd.h>

#include "state/jt_dbd.h"
#include "pages/jt_http.h"
#include "html/jt_view.h"

/** One request for a page, by somebody who has been let in. */
typedef struct jt_visit_t {
    request_rec *r;
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

/** jt_dbd_run() for this visit's server. @param baton handed to work */
apr_status_t jt_visit_run(const jt_visit_t *visit, jt_dbd_work_t *work,
                          void *baton);

/**
 * Read the body of a form.
 * @param answer when it cannot be taken: that has been sent, return this
 * @return zero when it cannot be taken
 */
int jt_visit_read_form(jt_visit_t *visit, jt_http_form_t **form,
                       int *answer);

/** The user's rows. @return as jt_dbd_run() */
apr_status_t jt_visit_list(const jt_visit_t *visit,
                           apr_array_header_t **rows);

#endif
