/* SPDX-License-Identifier: Apache-2.0
 *
 * What programs are answered: JSON in and out. It must not know routes.
 */
#include "http/jt_reply.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <string.h>

#include "core/jt_label.h"
#include "json/jt_json.h"
#include "json/jt_json_token.h"
#include "auth/jt_answer.h"
#include "http/jt_http.h"

static void begin(request_rec *r, int status)
{
    jt_http_secure(r);
    jt_http_forbid_compression(r);
    r->status = status;
    ap_set_content_type(r, "application/json");
}

static void write_text(request_rec *r, const char *text, apr_size_t length)
{
    (void)ap_rwrite(text, (int)length, r);
}

/* Words repeat names that were sent, which need not be UTF-8. */
int jt_reply_fail(request_rec *r, int status, const char *words)
{
    const char *quoted = jt_json_quote(jt_label_clean(words, r->pool),
                                       r->pool);

    return jt_reply_send(r, status, apr_pstrcat(r->pool, "{\"error\":", quoted,
                                                "}", NULL));
}

int jt_reply_unavailable(request_rec *r)
{
    int status = jt_answer_page_unavailable(r);

    return jt_reply_fail(r, status, "the token database gives no answer; try "
                         "again in a moment");
}

int jt_reply_send(request_rec *r, int status, const char *text)
{
    begin(r, status);
    write_text(r, text, strlen(text));
    return OK;
}

int jt_reply_nothing(request_rec *r)
{
    begin(r, HTTP_NO_CONTENT);
    return OK;
}

int jt_reply_secret(request_rec *r, int status, const char *object,
                    const char *secret)
{
    begin(r, status);
    write_text(r, object, strlen(object) - 1); /* without its brace */
    ap_rputs(",\"rawToken\":\"", r);
    write_text(r, secret, strlen(secret));
    ap_rputs("\"}", r);
    return OK;
}

static int refuse_body(request_rec *r, int status)
{
    switch (status) {
    case AP_FILTER_ERROR:
        return AP_FILTER_ERROR;
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return jt_reply_fail(r, status, "the body is larger than 64 KiB");
    default:
        return jt_reply_fail(r, HTTP_BAD_REQUEST, "the body cannot be read");
    }
}

int jt_reply_read(request_rec *r, json_t **object, int *answer)
{
    const char *fault = NULL;
    apr_size_t length;
    char *body;
    int status;

    if (!jt_http_has_type(r, "application/json")) {
        *answer = jt_reply_fail(r, HTTP_UNSUPPORTED_MEDIA_TYPE, "send the body "
                                "as Content-Type: application/json");
        return 0;
    }
    status = jt_http_read_body(r, &body, &length);
    if (status != OK) {
        *answer = refuse_body(r, status);
        return 0;
    }
    *object = jt_json_parse(body, length, &fault, r->pool);
    if (!*object) {
        *answer = jt_reply_fail(r, HTTP_BAD_REQUEST, fault);
        return 0;
    }
    return 1;
}
