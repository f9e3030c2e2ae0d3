/* SPDX-License-Identifier: Apache-2.0
 *
 * One check of a password: is it remembered, or must the table be asked, and
 * by whom when many ask at once. Knows no request. The rules are jt_token.c's.
 *
 * What is remembered can only let somebody in. Whatever else there is to say
 * of a token, that it is somebody else's or has expired, the table says: so a
 * refusal takes as long for each reason.
 */
#include "service/jt_check.h"

#include <string.h>

#include "state/jt_cache.h"
#include "jt_config.h"
#include "state/jt_dbd.h"
#include "core/jt_label.h"
#include "state/jt_shared.h"

typedef struct question_t {
    server_rec *server;
    const char *user;
    apr_int64_t now;
    jt_token_check_t *check;
    apr_pool_t *pool;
    jt_secret_hashes_t hashes;
    /* For so many keys of the ring: what the token is kept under, and its mark
     * of before the table was asked. */
    int known;
    jt_cache_key_t keys[JT_SECRET_KEYS_MAX];
    apr_uint32_t marks[JT_SECRET_KEYS_MAX];
} question_t;

static apr_status_t ask_table(jt_store_t *store, void *baton,
                              apr_pool_t *pool)
{
    question_t *question = baton;

    return jt_token_check(store, &question->hashes, question->user,
                          question->now, question->check, pool);
}

static apr_status_t ask(question_t *question)
{
    jt_shared_count(JT_COUNT_LOOKUPS);
    return jt_dbd_run(question->server, ask_table, question, question->pool);
}

/* @return zero when OpenSSL fails: the table's own check will say so */
static int know(question_t *question, int nth)
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
static jt_cache_found_t recall(question_t *question, jt_token_check_t *kept)
{
    jt_cache_found_t found = JT_CACHE_MISS;
    jt_store_row_t *row = apr_palloc(question->pool, sizeof(*row));
    int nth;

    for (nth = 0; nth < jt_secret_ring_count(question->hashes.ring)
                  && found == JT_CACHE_MISS && know(question, nth); nth++) {
        found = jt_cache_find(question->server, &question->keys[nth],
                              question->now, row, question->pool);
    }
    if (found == JT_CACHE_MISS
        || jt_token_judge(row, question->user, question->now)
               != JT_VERDICT_GRANTED) {
        return JT_CACHE_MISS;
    }
    kept->verdict = JT_VERDICT_GRANTED;
    kept->nth = nth - 1;
    kept->is_remembered = 1;
    kept->row = row;
    return found;
}

/* A note of last use is due: the table is asked, so that one note is made and
 * everybody else learns of it. */
static int is_use_due(const question_t *question, const jt_store_row_t *row)
{
    return jt_token_is_touch_due(
        row, question->now,
        jt_config_server(question->server)->last_used_interval);
}

static void keep(question_t *question)
{
    jt_token_check_t *check = question->check;
    jt_store_row_t row = *check->row;

    if (is_use_due(question, &row)) {
        row.last_used_at = question->now;
    }
    jt_cache_keep(question->server, &question->keys[check->nth], question->now,
                  question->marks[check->nth], &row, question->pool);
}

/* The table says no to somebody whom what is remembered would let in, now or
 * when the database fails. */
static void unlearn(question_t *question)
{
    jt_token_check_t kept = { 0 };

    if (recall(question, &kept) != JT_CACHE_MISS) {
        jt_cache_drop(question->server, &question->keys[kept.nth],
                      question->pool);
    }
}

static apr_status_t ask_and_keep(question_t *question)
{
    jt_token_check_t *check = question->check;
    apr_status_t status;
    int nth;

    for (nth = 0; nth < question->known; nth++) {
        question->marks[nth] = jt_shared_mark(question->keys[nth].hash);
    }
    status = ask(question);
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
    jt_token_check_t kept = { 0 };

    if (recall(question, &kept) != JT_CACHE_FRESH
        || is_use_due(question, kept.row)) {
        return 0;
    }
    *question->check = kept;
    jt_shared_count(JT_COUNT_HITS);
    return 1;
}

/* The database could not answer: what is remembered may be believed longer. */
static apr_status_t fall_back(question_t *question, apr_status_t status)
{
    jt_token_check_t kept = { 0 };

    if (recall(question, &kept) == JT_CACHE_MISS) {
        return status;
    }
    *question->check = kept;
    jt_shared_count(JT_COUNT_GRACE);
    return APR_SUCCESS;
}

/* Of many who ask at once for a token that is not remembered, one does. */
static apr_status_t ask_in_turn(question_t *question)
{
    apr_status_t status;
    int leads;

    leads = question->known
            && jt_config_server(question->server)->cache_timeout
            && jt_shared_lead(question->keys[0].hash);
    if (!leads && is_remembered(question)) {
        return APR_SUCCESS;
    }
    status = ask_and_keep(question);
    if (leads) {
        jt_shared_land(question->keys[0].hash, status == APR_SUCCESS);
    }
    return status == APR_SUCCESS ? status : fall_back(question, status);
}

apr_status_t jt_check(server_rec *s, const char *user, const char *password,
                      apr_int64_t now, jt_token_check_t *check,
                      apr_pool_t *pool)
{
    const jt_secret_ring_t *ring = jt_config_server(s)->ring;
    int remembers = ring && jt_cache_is_on(s);
    question_t question;

    question.server = s;
    question.user = user;
    jt_secret_hashes_init(&question.hashes, ring, password);
    question.now = now;
    question.check = check;
    question.pool = pool;
    question.known = 0;
    if (remembers && is_remembered(&question)) {
        return APR_SUCCESS;
    }
    /* What can be nobody's name is nobody's in the table either. */
    if (!jt_label_is_user(user)) {
        check->verdict = JT_VERDICT_UNKNOWN;
        return APR_SUCCESS;
    }
    return remembers ? ask_in_turn(&question) : ask(&question);
}
