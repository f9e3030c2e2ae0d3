/* SPDX-License-Identifier: Apache-2.0
 *
 * Notes who signs in: on the pages, the API, or where JiraTokenAccept is on, by
 * anything but a token. The name is the one under which a person's tokens are.
 * It must not know how that is kept.
 *
 * Who is noted was let in: by the sign-in module, and by Require. The name of a
 * request that an internal redirect has made, to an ErrorDocument say, is only
 * claimed, and does not count.
 */
#include "auth/jt_sign_in.h"

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#include "jt_config.h"
#include "auth/jt_findings.h"
#include "auth/jt_person.h"
#include "service/jt_sighting.h"

/* The note of a request with a name that must be recorded. */
#define SEEN "jiratoken-seen"

/* Whether who is here has signed in without a token, where that counts. */
static int is_sign_in(request_rec *r)
{
    return (jt_config_dir_accept(r) != JT_CONFIG_ACCEPT_OFF
            || jt_config_dir_mount(r))
           && !jt_findings_came_by_token(r);
}

/* Closing the connection lets the client's next request go to another one,
 * while this thread writes. It happens once a day. */
static void plan_note(request_rec *r, const char *user)
{
    if (jt_sighting_is_due(r->server, apr_time_sec(r->request_time), user)) {
        apr_table_setn(r->notes, SEEN, user);
        r->connection->keepalive = AP_CONN_CLOSE;
    }
}

/* The fixups hook. Last: others set the variables that JiraTokenUserName reads
 * there. */
static int look_at_person(request_rec *r)
{
    const char *user;

    if (!jt_config_server(r->server)->owner_seen || !r->user || r->main
        || r->prev) {
        return DECLINED;
    }
    user = is_sign_in(r) ? jt_person_read_signed_in(r) : NULL;
    if (user) {
        plan_note(r, user);
    }
    return DECLINED;
}

/* The log_transaction hook, of the client's request: the response has been
 * sent. */
static int note_person(request_rec *r)
{
    const char *user;

    if (!jt_config_server(r->server)->owner_seen) {
        return DECLINED;
    }
    user = apr_table_get(r->notes, SEEN);
    if (user) {
        jt_actor_t actor = jt_findings_actor(r, r->pool);

        jt_sighting_note(&actor, user);
    }
    return DECLINED;
}

void jt_sign_in_register(void)
{
    ap_hook_fixups(look_at_person, NULL, NULL, APR_HOOK_LAST);
    ap_hook_log_transaction(note_person, NULL, NULL, APR_HOOK_LAST);
}
