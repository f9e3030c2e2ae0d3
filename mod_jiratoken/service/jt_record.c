/* SPDX-License-Identifier: Apache-2.0
 *
 * Who changes what, as rows of the audit. It must not know how a change is
 * made; what a crash leaves is in core/jt_audit.c.
 */
#include "service/jt_record.h"

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_date.h"
#include "core/jt_label.h"
#include "core/jt_secret.h"
#include "state/jt_dbd.h"

APLOG_USE_MODULE(jiratoken);

/* The most bytes of a column, in conf/sql/audit-*.sql. */
#define MOST_OF_ACTOR 1000
#define MOST_OF_HOW 64
#define MOST_OF_DETAIL 2000

/* A name or a filter comes from outside: what the table cannot store must not
 * refuse the change. */
static const char *fit(const char *text, apr_size_t most, apr_pool_t *pool)
{
    char *made;

    if (!text) {
        return NULL;
    }
    made = apr_pstrdup(pool, jt_label_clean(text, pool));
    if (strlen(made) > most) {
        while (((unsigned char)made[most] & 0xC0) == 0x80) {
            most--;
        }
        made[most] = '\0';
    }
    return made;
}

/* The auth type in small letters; a name that nobody vouches for is none. */
static const char *describe_how(const jt_actor_t *actor)
{
    char *how;
    char *here;

    if (!actor->user) {
        return actor->r ? "nobody" : "httpd";
    }
    if (!actor->how) {
        return "other";
    }
    how = apr_pstrdup(actor->pool, fit(actor->how, MOST_OF_HOW, actor->pool));
    for (here = how; *here; here++) {
        *here = apr_isascii(*here) ? (char)apr_tolower(*here) : *here;
    }
    return how;
}

/* Random digits. @param size with the NUL */
static const char *make_digits(apr_size_t size, apr_pool_t *pool)
{
    unsigned char bytes[(JT_AUDIT_NAME_SIZE - 1) / 2];
    char *digits = apr_palloc(pool, size);
    apr_size_t i;

    if (apr_generate_random_bytes(bytes, size / 2) != APR_SUCCESS) {
        return NULL; /* which the table does not take: nothing is changed */
    }
    for (i = 0; i < size / 2; i++) {
        apr_snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    }
    return digits;
}

static int is_kept(const jt_record_t *record)
{
    return jt_config_server(record->actor->server)->audit != NULL;
}

void jt_record_open(jt_record_t *record, const jt_actor_t *actor,
                    const char *event)
{
    record->actor = actor;
    record->event = event;
    record->batch = JT_AUDIT_NONE;
    record->series = NULL;
    record->changes = apr_array_make(actor->pool, 1,
                                     sizeof(jt_audit_change_t));
    record->places = apr_hash_make(actor->pool);
    jt_dbd_hold_signals(1);
}

/* The second and a random part: in order of time, and a number that JSON's
 * readers do not round (below 2^53). */
void jt_record_number(jt_record_t *record)
{
    apr_uint32_t random_part = 0;

    apr_generate_random_bytes((unsigned char *)&random_part,
                              sizeof(random_part));
    record->batch = record->actor->now * 1000000 + random_part % 1000000;
    record->series = is_kept(record) ? make_digits(JT_AUDIT_SERIES_SIZE,
                                                   record->actor->pool) : NULL;
}

static const char *make_name(const jt_record_t *record,
                             const jt_token_t *token)
{
    apr_pool_t *pool = record->actor->pool;

    return token && record->series
               ? apr_psprintf(pool, JT_AUDIT_NAME_FORMAT, record->series,
                              (apr_uint64_t)token->grant.id)
               : make_digits(JT_AUDIT_NAME_SIZE, pool);
}

/* Where nothing is recorded, a sweep does without the names. */
static void describe(const jt_record_t *record, const jt_token_t *token,
                     jt_audit_row_t *row)
{
    const jt_actor_t *actor = record->actor;

    row->intent = make_name(record, token);
    row->series = token ? record->series : NULL;
    row->actor = fit(actor->user, MOST_OF_ACTOR, actor->pool);
    row->actor_how = describe_how(actor);
    if (token) {
        row->user = apr_pstrdup(actor->pool, token->grant.user);
        row->label = apr_pstrdup(actor->pool, token->grant.label);
    }
}

/* @param token NULL: none */
static jt_audit_change_t *add_change(jt_record_t *record,
                                     const jt_token_t *token)
{
    jt_audit_change_t *change = apr_array_push(record->changes);

    memset(change, 0, sizeof(*change));
    change->row.at = record->actor->now;
    change->row.event = record->event;
    change->row.batch = record->batch;
    change->row.token_id = token ? token->grant.id : JT_AUDIT_NONE;
    change->row.from = record->actor->address;
    if (is_kept(record)) {
        describe(record, token, &change->row);
    }
    return change;
}

static jt_audit_change_t *find_change(const jt_record_t *record,
                                      apr_int64_t id)
{
    const int *place = apr_hash_get(record->places, &id, sizeof(id));

    return place ? &APR_ARRAY_IDX(record->changes, *place, jt_audit_change_t)
                 : NULL;
}

/* Of a change that is in its place: a sweep has thousands. */
static void note_place(jt_record_t *record, int place)
{
    struct {
        apr_int64_t id;
        int place;
    } *entry = apr_palloc(record->actor->pool, sizeof(*entry));

    entry->id = APR_ARRAY_IDX(record->changes, place,
                              jt_audit_change_t).row.token_id;
    entry->place = place;
    apr_hash_set(record->places, &entry->id, sizeof(entry->id), &entry->place);
}

jt_audit_change_t *jt_record_add_head(jt_record_t *record,
                                      const char *detail)
{
    jt_audit_change_t *change = add_change(record, NULL);

    change->row.detail = fit(detail, MOST_OF_DETAIL, record->actor->pool);
    note_place(record, record->changes->nelts - 1);
    return change;
}

jt_audit_change_t *jt_record_add(jt_record_t *record,
                                 const jt_token_t *token)
{
    jt_audit_change_t *change = token ? find_change(record, token->grant.id)
                                      : NULL;

    if (change) {
        return change;
    }
    change = add_change(record, token);
    if (token) {
        note_place(record, record->changes->nelts - 1);
    }
    return change;
}

void jt_record_add_all(jt_record_t *record, const apr_array_header_t *tokens)
{
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        jt_record_add(record, &APR_ARRAY_IDX(tokens, i, jt_token_t));
    }
}

void jt_record_fail(jt_record_t *record)
{
    int i;

    for (i = 0; i < record->changes->nelts; i++) {
        jt_audit_change_t *change = &APR_ARRAY_IDX(record->changes, i,
                                                   jt_audit_change_t);

        change->outcome = change->outcome ? change->outcome : JT_AUDIT_FAILED;
    }
}

static void forget_ended(jt_record_t *record)
{
    int kept = 0;
    int i;

    apr_hash_clear(record->places);
    for (i = 0; i < record->changes->nelts; i++) {
        jt_audit_change_t change = APR_ARRAY_IDX(record->changes, i,
                                                 jt_audit_change_t);

        if (!change.outcome) {
            APR_ARRAY_IDX(record->changes, kept, jt_audit_change_t) = change;
            note_place(record, kept++);
        }
    }
    record->changes->nelts = kept;
}

void jt_record_end(jt_record_t *record, jt_store_t *store, apr_pool_t *pool)
{
    if (jt_audit_end(store, record->changes, record->actor->now, pool)
            == APR_SUCCESS) {
        forget_ended(record);
    }
}

jt_audit_change_t *jt_record_get(const jt_record_t *record, apr_int64_t id)
{
    jt_audit_change_t *change = find_change(record, id);

    return change ? change : apr_pcalloc(record->actor->pool, sizeof(*change));
}

const char *jt_record_expiry(apr_int64_t expires_at, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "expires=", expires_at == JT_TOKEN_NEVER
                           ? "never" : jt_date_format_rfc3339(expires_at, pool),
                       NULL);
}

const char *jt_record_terms(apr_int64_t expires_at, const char *restrictions,
                            apr_pool_t *pool)
{
    const char *expiry = jt_record_expiry(expires_at, pool);

    return restrictions ? apr_pstrcat(pool, expiry, " ", restrictions, NULL)
                        : expiry;
}

static apr_status_t write_outcomes(jt_store_t *store, void *baton,
                                   apr_pool_t *pool)
{
    const jt_record_t *record = baton;

    return jt_audit_end(store, record->changes, record->actor->now, pool);
}

static int has_outcome(const jt_record_t *record)
{
    int i;

    for (i = 0; i < record->changes->nelts; i++) {
        const jt_audit_change_t *change = &APR_ARRAY_IDX(
            record->changes, i, jt_audit_change_t);

        if (change->is_begun && change->outcome) {
            return 1;
        }
    }
    return 0;
}

/* The change was made, or was not: whoever waits for it has waited for that,
 * and not for this row. So it has a patience of its own. */
void jt_record_close(jt_record_t *record)
{
    const jt_actor_t *actor = record->actor;
    jt_patience_t patience = { 0 };

    if (has_outcome(record)
        && jt_dbd_run(actor->server, &patience, write_outcomes, record,
                      actor->pool) != APR_SUCCESS) {
        const jt_audit_row_t *row = &APR_ARRAY_IDX(record->changes, 0,
                                                   jt_audit_change_t).row;

        ap_log_error(APLOG_MARK, APLOG_ERR, 0, actor->server,
                     "what became of changes could not be recorded, only that "
                     "they were begun: table=%s event=%s intent=%s changes=%d",
                     jt_config_server(actor->server)->audit, record->event,
                     row->intent, record->changes->nelts);
    }
    jt_dbd_hold_signals(0);
}
