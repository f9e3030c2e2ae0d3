/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VISIT_H
#define JT_VISIT_H

#include <httpd.h>

#include "html/jt_view.h"
#include "http/jt_http.h"
#include "service/jt_actor.h"

/** One request for a page, by a user who was admitted. Lives as long as the
 * request; strings are from r->pool. */
typedef struct jt_visit_t {
    request_rec *r;
    jt_actor_t actor;   /* for the services */
    const char *path;   /* below the mount point: "", "/", "/create".. */
    const jt_token_rules_t *rules;
    jt_view_frame_t frame;
    jt_html_t *scope;   /* with the frame's names */
    apr_int64_t id;     /* of /{id}/revoke and the like, or 0 */
    const char *back;   /* query of the list to go back to; NULL: the plain
                         * one */
} jt_visit_t;

/** The handler of a method on a route. @return what a handler returns */
typedef int jt_visit_action_t(jt_visit_t *visit);

/**
 * Begin a visit: who calls, the path, and the frame of every page. Nobody is
 * admitted by that.
 * @param answer set when there is no page: the handler returns this
 * @return zero then
 */
int jt_visit_begin(jt_visit_t *visit, request_rec *r, int *answer);

/** Whether the path is a style, script or image. These are public: pages for
 * clients that are refused need them too. */
int jt_visit_is_asset(const jt_visit_t *visit);

/** Send that, or 404. */
int jt_visit_send_asset(jt_visit_t *visit);

/** Whether httpd sends the page in the place of an error's. */
int jt_visit_is_error_document(const request_rec *r);

/** Whether a change comes from our own pages: see jt_http_is_same_origin(). */
int jt_visit_is_from_pages(const jt_visit_t *visit);

/** Send 405 with Allow. */
int jt_visit_refuse_method(jt_visit_t *visit, int may_post);

/** Send a message page, with its status. */
int jt_visit_send_message(jt_visit_t *visit, jt_view_message_t which);

/** Send web/<file>.html, rendered with the visit's scope. */
int jt_visit_send(jt_visit_t *visit, int status, const char *file);

/**
 * Send the page that shows a token's secret once, and how to use it.
 * @param title key of a text
 */
int jt_visit_send_shown(jt_visit_t *visit, const char *title,
                        const jt_token_t *token, const char *secret);

/**
 * Remember the list to go back to, for the page's forms and links.
 * @param query of URL characters alone; NULL: the plain list
 */
void jt_visit_go_back_to(jt_visit_t *visit, const char *query);

/** Send a 303 to the list as it was, which then shows the message `done`. */
int jt_visit_send_to_list(jt_visit_t *visit, const char *done);

/**
 * Read the body of a form. Blocks on the client.
 * @param answer set when it fails: an error was sent, and the handler returns
 *        this
 * @return zero when it fails
 */
int jt_visit_read_form(jt_visit_t *visit, jt_http_form_t **form,
                       int *answer);

#endif
