/* SPDX-License-Identifier: Apache-2.0
 *
 * What all pages need: reading a form, and sending a page, a message or a
 * redirect. It must not know routes.
 */
#include "pages/jt_visit.h"

#include <apr_strings.h>

#include "auth/jt_answer.h"
#include "pages/jt_send.h"

int jt_visit_send(jt_visit_t *visit, int status, const char *file)
{
    return jt_send_page(visit->r, status, file, visit->scope);
}

int jt_visit_send_message(jt_visit_t *visit, jt_view_message_t which)
{
    int status = jt_view_message(visit->scope, which);

    if (status == HTTP_SERVICE_UNAVAILABLE) {
        (void)jt_answer_page_unavailable(visit->r);
    }
    return jt_visit_send(visit, status, "message");
}

int jt_visit_send_shown(jt_visit_t *visit, const jt_token_t *token,
                        const char *secret)
{
    apr_pool_t *pool = visit->actor.pool;

    jt_view_shown(visit->scope, token, secret, visit->actor.now, pool);
    jt_view_recipes(visit->scope, visit->actor.user, secret, pool);
    return jt_visit_send(visit, HTTP_OK, "shown");
}

int jt_visit_send_to_list(jt_visit_t *visit, const char *done)
{
    return jt_send_see_other(visit->r,
                                  apr_pstrcat(visit->r->pool,
                                              visit->frame.base, "?done=",
                                              done, NULL));
}

int jt_visit_read_form(jt_visit_t *visit, jt_http_form_t **form, int *answer)
{
    int status = jt_http_read_form(visit->r, form);

    switch (status) {
    case OK:
        return 1;
    case AP_FILTER_ERROR:
        *answer = AP_FILTER_ERROR;
        return 0;
    case HTTP_UNSUPPORTED_MEDIA_TYPE:
        *answer = jt_visit_send_message(visit, JT_VIEW_NOT_A_FORM);
        return 0;
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        *answer = jt_visit_send_message(visit, JT_VIEW_TOO_LARGE);
        return 0;
    default:
        *answer = jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
        return 0;
    }
}
