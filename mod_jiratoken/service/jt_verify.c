/* SPDX-License-Identifier: Apache-2.0
 *
 * One check of a password: is it remembered, or must the table be asked, and
 * by whom when many ask at once. Knows no request. The rules are
 * core/jt_attempt.c's.
 *
 * What is remembered can only let somebody in. Whatever else there is to say
 * of a token, that it is somebody else's or has expired, the table says: so a
 * refusal takes as long for each reason.
 */
#include "service/jt_verify.h"

#include <string.h>

#include "jt_config.h"
#include "core/jt_label.h"
#include "state/jt_cache.h"
#include "state/jt_dbd.h"
#include "state/jt_shared.h"

/* A check in progress. */
typedef struct question_t {
    server_rec *server;
    const jt_attempt_t *attempt;
    jt_check_t *check;
    apr_pool_t *pool;
    jt_secret_hashes_t hashes;
    /* For so many keys of the ring: what the token is kept under, and its
     * generation of before the table was asked. */
    int known;
    jt_cache_key_t keys[JT_SECRET_KEYS_MAX];
    apr_uint32_t generations[JT_SECRET_KEYS_MAX];
} question_t;

static apr_status_t check_in_table(jt_store_t *store, void *baton,
                                   apr_pool_t *pool)
{
    question_t *question = baton;

    return jt_attempt_check(question->attempt, store, &question->hashes,
                            question->check, pool);
}

static apr_status_t ask_table(question_t *question)
{
    jt_shared_count(JT_COUNT_LOOKUPS);
    return jt_dbd_run(question->server, check_in_table, question,
                      question->pool);
}

/* @return zero when OpenSSL fails: the table's own check will say so */
static int make_key(question_t *question, int nth)
{
    jt_cache_key_t *key = &question->keys[nth];
    const unsigned char *hash;

    if (nth < question->known) {
        return 1;
    }
    hash = jt_secret_hashes_get(&question->hashes, nth);
    if (!hash) {
        return 0;
    }
    memcpy(key->hash, hash, sizeof(key->hash));
    jt_cache_key(question->server, key);
    question->known = nth + 1;
    return 1;
}

/* What is remembered, where it lets this user in. */
static jt_entry_freshness_t recall(question_t *question, jt_check_t *kept)
{
    jt_entry_freshness_t belief = JT_ENTRY_MISS;
    jt_grant_t *grant = apr_palloc(question->pool, sizeof(*grant));
    int nth;

    for (nth = 0; nth < jt_secret_ring_count(question->hashes.ring)
                  && belief == JT_ENTRY_MISS && make_key(question, nth);
         nth++) {
        belief = jt_cache_find(question->server, &question->keys[nth],
                               question->attempt->now, grant, question->pool);
    }
    if (belief == JT_ENTRY_MISS
        || jt_attempt_check_grant(question->attempt, grant)
               != JT_VERDICT_GRANTED) {
        return JT_ENTRY_MISS;
    }
    kept->verdict = JT_VERDICT_GRANTED;
    kept->nth = nth - 1;
    kept->is_cached = 1;
    kept->grant = grant;
    return belief;
}

/* A note of last use is due: the table is asked, so that one note is made and
 * everybody else learns of it. */
static int is_use_due(const question_t *question, const jt_grant_t *grant)
{
    return jt_token_is_touch_due(
        grant, question->attempt->now,
        jt_config_server(question->server)->last_used_interval);
}

static void keep(question_t *question)
{
    const jt_check_t *check = question->check;
    jt_grant_t grant = *check->grant;
    jt_cache_answer_t answer;

    if (is_use_due(question, &grant)) {
        grant.last_used_at = question->attempt->now;
    }
    answer.asked_at = question->attempt->now;
    answer.generation = question->generations[check->nth];
    answer.grant = &grant;
    jt_cache_store(question->server, &question->keys[check->nth], &answer,
                   question->pool);
}

/* The table says no to somebody whom what is remembered would let in, now or
 * when the database fails. */
static void unlearn(question_t *question)
{
    jt_check_t kept = { 0 };

    if (recall(question, &kept) != JT_ENTRY_MISS) {
        jt_cache_drop(question->server, &question->keys[kept.nth],
                      question->pool);
    }
}

static apr_status_t ask_and_keep(question_t *question)
{
    const jt_check_t *check = question->check;
    apr_status_t status;
    int nth;

    for (nth = 0; nth < question->known; nth++) {
        question->generations[nth]
            = jt_cache_generation(&question->keys[nth]);
    }
    status = ask_table(question);
    if (status != APR_SUCCESS) {
        return status;
    }
    if (check->verdict != JT_VERDICT_GRANTED) {
        unlearn(question);
    }
    else if (check->nth < question->known) {
        keep(question);
    }
    return status;
}

/* @return non-zero when what is remembered is the answer */
static int is_remembered(question_t *question)
{
    jt_check_t kept = { 0 };

    if (recall(question, &kept) != JT_ENTRY_FRESH
        || is_use_due(question, kept.grant)) {
        return 0;
    }
    *question->check = kept;
    jt_shared_count(JT_COUNT_HITS);
    return 1;
}

/* The database could not answer: what is remembered may be believed longer. */
static apr_status_t fall_back(question_t *question, apr_status_t status)
{
    jt_check_t kept = { 0 };

    if (recall(question, &kept) == JT_ENTRY_MISS) {
        return status;
    }
    *question->check = kept;
    jt_shared_count(JT_COUNT_GRACE);
    return APR_SUCCESS;
}

/* Single flight: of many who ask at once for a token that is not remembered,
 * one leads. */
static apr_status_t ask_in_flight(question_t *question)
{
    jt_ticks_t lead = 0;
    apr_status_t status;

    if (question->known
        && jt_config_server(question->server)->cache_timeout) {
        lead = jt_shared_lead(question->keys[0].hash);
    }
    if (!lead && is_remembered(question)) {
        return APR_SUCCESS;
    }
    status = ask_and_keep(question);
    if (lead) {
        jt_shared_land(question->keys[0].hash, lead, status == APR_SUCCESS);
    }
    return status == APR_SUCCESS ? status : fall_back(question, status);
}

apr_status_t jt_verify(const jt_actor_t *actor, const jt_attempt_t *attempt,
                       jt_check_t *check)
{
    const jt_secret_ring_t *ring = jt_config_server(actor->server)->ring;
    int remembers = ring && jt_cache_is_on(actor->server);
    question_t question;

    question.server = actor->server;
    question.attempt = attempt;
    question.check = check;
    question.pool = actor->pool;
    question.known = 0;
    jt_secret_hashes_init(&question.hashes, ring, attempt->password);
    if (remembers && is_remembered(&question)) {
        return APR_SUCCESS;
    }
    /* What can be nobody's name is nobody's in the table either. */
    if (!jt_label_is_user(attempt->user)) {
        check->verdict = JT_VERDICT_UNKNOWN;
        return APR_SUCCESS;
    }
    return remembers ? ask_in_flight(&question) : ask_table(&question);
}
