/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that gives a token a new secret. The rotation is in
 * service/jt_rotate.c. It must not know SQL or caches.
 */
#include "pages/jt_page_rotate.h"

#include <string.h>

#include "core/jt_secret.h"
#include "pages/jt_page_order.h"
#include "service/jt_list.h"
#include "service/jt_rotate.h"

/* @param fault key of a text, or NULL */
static int send_form(jt_visit_t *visit, int status, const char *fault)
{
    jt_token_t *token;

    if (jt_list_find(&visit->actor, visit->id, &token) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (!token) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    jt_view_rotate(visit->scope, token, fault, visit->rules,
                   visit->actor.now, visit->actor.pool);
    return jt_visit_send(visit, status, "rotate");
}

int jt_page_rotate_show(jt_visit_t *visit)
{
    jt_page_order_keep_query(visit);
    return send_form(visit, HTTP_OK, NULL);
}

/* @return zero for what the form does not send */
static int parse_request(jt_visit_t *visit, const jt_http_form_t *form,
                         jt_rotate_t *request)
{
    static const struct {
        const char *text;
        int seconds;
    } overlaps[] = {
        { "0", 0 }, { "3600", 3600 }, { "86400", 86400 }, { "604800", 604800 }
    };
    const char *overlap;
    apr_size_t i;

    request->id = visit->id;
    if (jt_http_get_field(form, "replaces", &request->replaces) != OK
        || jt_http_get_field(form, "overlap", &overlap) != OK) {
        return 0;
    }
    for (i = 0; i < sizeof(overlaps) / sizeof(overlaps[0]); i++) {
        if (!strcmp(overlap, overlaps[i].text)) {
            request->overlap = overlaps[i].seconds;
            return 1;
        }
    }
    return 0;
}

static int send_rotated(jt_visit_t *visit, const jt_rotated_t *rotated,
                        const char *secret)
{
    if (!rotated->has_secret) {
        return jt_visit_send_message(visit, JT_VIEW_FAILED);
    }
    switch (rotated->found) {
    case JT_ROTATION_DONE:
        return jt_visit_send_shown(visit, "token-rotated", rotated->token,
                                   secret);
    case JT_ROTATION_CHANGED:
        return send_form(visit, HTTP_CONFLICT, "rotated-before");
    case JT_ROTATION_EXPIRED:
    case JT_ROTATION_UNREADABLE:
        return send_form(visit, HTTP_CONFLICT, "rotate-expired");
    case JT_ROTATION_MISSING:
        break;
    }
    return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
}

int jt_page_rotate_submit(jt_visit_t *visit)
{
    char secret[JT_SECRET_SIZE];
    jt_http_form_t *form;
    jt_rotate_t request;
    jt_rotated_t rotated;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    if (!parse_request(visit, form, &request)) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    if (jt_rotate(&visit->actor, &request, secret, &rotated) == APR_SUCCESS) {
        answer = send_rotated(visit, &rotated, secret);
    }
    else {
        answer = jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    jt_secret_wipe(secret, sizeof(secret));
    return answer;
}
