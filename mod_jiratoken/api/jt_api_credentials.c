/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens that somebody has found, in a repository for example, are revoked by
 * being sent here. It must not know whose they are.
 */
#include "api/jt_api_credentials.h"

#include <apr_tables.h>

#include "http/jt_reply.h"
#include "json/jt_json.h"
#include "service/jt_revoke_held.h"

#define MOST 1000

/* @return NULL, or what to change */
static const char *parse(const json_t *list, apr_array_header_t *texts)
{
    size_t i;

    if (!json_is_array(list) || json_array_size(list) > MOST) {
        return "credentials must be an array of at most 1000 strings";
    }
    for (i = 0; i < json_array_size(list); i++) {
        const json_t *element = json_array_get(list, i);

        if (!json_is_string(element)) {
            return "credentials must have strings alone";
        }
        APR_ARRAY_PUSH(texts, const char *) = json_string_value(element);
    }
    return NULL;
}

int jt_api_credentials_revoke(jt_call_t *call)
{
    apr_array_header_t *texts = apr_array_make(call->actor.pool, 16,
                                               sizeof(const char *));
    apr_status_t status = APR_SUCCESS;
    const char *fault;
    json_t *object;
    json_t *list;
    int answer;

    if (!jt_reply_read(call->r, &object, &answer)) {
        return answer;
    }
    list = json_object_get(object, "credentials");
    fault = parse(list, texts);
    if (!fault) {
        status = jt_revoke_held(&call->actor, texts);
    }
    jt_json_release(object);
    if (fault) {
        return jt_reply_fail(call->r, HTTP_BAD_REQUEST, fault);
    }
    return status == APR_SUCCESS
               ? jt_reply_send(call->r, HTTP_ACCEPTED, "{}")
               : jt_reply_unavailable(call->r);
}
