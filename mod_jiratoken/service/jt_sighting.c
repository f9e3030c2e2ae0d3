/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes to the table of owners who has signed in: by which thread, and for how
 * long it pauses after a failure. Whom a child has seen already is in
 * state/jt_sightings.c. It must not know what a sign-in is.
 *
 * One thread of a child writes at a time, so that a slow database blocks only
 * one.
 */
#include "service/jt_sighting.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_log.h>

#include "jt_config.h"
#include "core/jt_date.h"
#include "core/jt_owners.h"
#include "state/jt_dbd.h"
#include "state/jt_sightings.h"

APLOG_USE_MODULE(jiratoken);

/* Seconds for which nothing is written after a failure. */
#define PAUSE 60

/* One per child, where a server needs it; set before its threads start. */
static jt_sightings_t *sightings;

/* One per child: epoch seconds, which wrap in 2106; 0: never. */
static volatile apr_uint32_t failed_at;

static int is_needed(server_rec *s)
{
    for (; s; s = s->next) {
        if (jt_config_server(s)->owner_seen) {
            return 1;
        }
    }
    return 0;
}

void jt_sighting_child_init(apr_pool_t *pool, server_rec *main_server)
{
    apr_status_t status;

    if (!is_needed(main_server)) {
        return;
    }
    status = jt_sightings_make(&sightings, pool);
    if (status != APR_SUCCESS) {
        sightings = NULL;
        ap_log_error(APLOG_MARK, APLOG_ERR, status, main_server,
                     "this child notes no sign-in for JiraTokenOwnerSeen: its "
                     "lock could not be made");
    }
}

static int is_paused(apr_int64_t now)
{
    apr_uint32_t then = apr_atomic_read32(&failed_at);

    return then && (apr_uint32_t)now - then < PAUSE;
}

static void fill_sighting(server_rec *s, apr_int64_t now, const char *user,
                          jt_sighting_t *sighting)
{
    sighting->server = s;
    sighting->day = now / JT_DATE_DAY;
    apr_cpystrn(sighting->user, user, sizeof(sighting->user));
}

int jt_sighting_is_due(server_rec *s, apr_int64_t now, const char *user)
{
    jt_sighting_t sighting;

    if (!sightings || is_paused(now)) {
        return 0;
    }
    fill_sighting(s, now, user, &sighting);
    return !jt_sightings_has(sightings, &sighting);
}

static apr_status_t see_owner(jt_store_t *store, void *baton, apr_pool_t *pool)
{
    const jt_sighting_t *sighting = baton;

    return jt_owners_see(store, sighting->user, sighting->day, pool);
}

/* With a permit, as a check: it is one a day and person, and a child holds one
 * for this at most. */
static void write_sightings(const jt_actor_t *actor)
{
    jt_sighting_t sighting;
    apr_pool_t *pool;

    apr_pool_create(&pool, actor->pool);
    while (jt_sightings_take(sightings, &sighting)) {
        jt_patience_t patience = { 0 };

        if (jt_dbd_run(sighting.server, &patience, see_owner, &sighting,
                       pool) != APR_SUCCESS) {
            apr_atomic_set32(&failed_at, (apr_uint32_t)actor->now);
            jt_sightings_forget(sightings);
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

void jt_sighting_note(const jt_actor_t *actor, const char *user)
{
    jt_sighting_t sighting;

    fill_sighting(actor->server, actor->now, user, &sighting);
    if (sightings && jt_sightings_add(sightings, &sighting)) {
        write_sightings(actor);
    }
}
