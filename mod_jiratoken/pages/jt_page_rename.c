/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that changes a token's label. The change is in service/jt_rename.c.
 * It must not know SQL.
 */
#include "pages/jt_page_rename.h"

#include "html/jt_view_form.h"
#include "pages/jt_page_order.h"
#include "service/jt_list.h"
#include "service/jt_rename.h"

/* @param typed NULL: the label that it has
 * @param fault key of a text, or NULL */
static int send_form(jt_visit_t *visit, int status, const char *typed,
                     const char *fault)
{
    jt_token_t *token;

    if (jt_list_find(&visit->actor, visit->id, &token) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    if (!token) {
        return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
    }
    jt_view_rename(visit->scope, token, typed ? typed : token->grant.label,
                   fault, visit->actor.pool);
    return jt_visit_send(visit, status, "rename");
}

int jt_page_rename_show(jt_visit_t *visit)
{
    jt_page_order_keep_query(visit);
    return send_form(visit, HTTP_OK, NULL, NULL);
}

int jt_page_rename_submit(jt_visit_t *visit)
{
    jt_renamed_t renamed;
    jt_http_form_t *form;
    const char *typed;
    int answer;

    if (!jt_visit_read_form(visit, &form, &answer)) {
        return answer;
    }
    if (jt_http_get_field(form, "label", &typed) != OK) {
        return jt_visit_send_message(visit, JT_VIEW_BAD_REQUEST);
    }
    (void)jt_page_order_keep(visit, form);
    if (jt_rename(&visit->actor, visit->id, typed, &renamed) != APR_SUCCESS) {
        return jt_visit_send_message(visit, JT_VIEW_UNAVAILABLE);
    }
    switch (renamed.found) {
    case JT_RENAME_DONE:
        return jt_visit_send_to_list(visit, "renamed");
    case JT_RENAME_LABEL:
        return send_form(visit, HTTP_BAD_REQUEST, typed,
                         jt_view_label_fault(renamed.label_fault));
    case JT_RENAME_TAKEN:
        return send_form(visit, HTTP_CONFLICT, typed, "label-taken");
    case JT_RENAME_MISSING:
        break;
    }
    return jt_visit_send_message(visit, JT_VIEW_NOT_FOUND);
}
