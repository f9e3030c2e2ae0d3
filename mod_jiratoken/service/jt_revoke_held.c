/* SPDX-License-Identifier: Apache-2.0
 *
 * Revokes the tokens whose secrets somebody holds, many in one statement. It
 * must not know whose they are, nor requests' bodies.
 */
#include "service/jt_revoke_held.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

#include "jt_config.h"
#include "core/jt_secret.h"
#include "core/jt_tokenlike.h"
#include "service/jt_revoke_batch.h"

/* Baton of the database work. */
typedef struct holding_t {
    jt_revoke_batch_t batch;
    apr_array_header_t *digests; /* const char * */
} holding_t;

static apr_status_t add_digests(holding_t *holding, const char *secret)
{
    const jt_actor_t *actor = holding->batch.actor;
    const jt_secret_ring_t *ring = jt_config_server(actor->server)->ring;
    unsigned char hash[JT_SECRET_HASH_SIZE];
    char digest[JT_SECRET_DIGEST_SIZE];
    int nth;

    for (nth = 0; nth < jt_secret_ring_count(ring); nth++) {
        if (jt_secret_hash(ring, nth, secret, hash) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        jt_secret_hex(hash, digest);
        APR_ARRAY_PUSH(holding->digests, const char *) = apr_pstrdup(
            actor->pool, digest);
    }
    return APR_SUCCESS;
}

/* What a check would take for a token, with white space around it too. */
static apr_status_t add_text(holding_t *holding, const char *text)
{
    const jt_config_server_t *config = jt_config_server(
        holding->batch.actor->server);
    char secret[JT_SECRET_SIZE];
    const char *token;
    apr_size_t length;
    apr_status_t status;

    if (jt_tokenlike_classify(config->prefix, text, &token, &length)
            != JT_TOKENLIKE_TOKEN
        || length >= sizeof(secret)) {
        return APR_SUCCESS;
    }
    memcpy(secret, token, length);
    secret[length] = '\0';
    status = add_digests(holding, secret);
    jt_secret_wipe(secret, sizeof(secret));
    return status;
}

static int has_digest(const apr_array_header_t *digests, const char *digest)
{
    int i;

    for (i = 0; i < digests->nelts; i++) {
        if (jt_secret_equal(APR_ARRAY_IDX(digests, i, const char *), digest)) {
            return 1;
        }
    }
    return 0;
}

/* A former secret whose time is over is none any more: its holder has no hold
 * on the token. */
static int is_held(const holding_t *holding, const apr_array_header_t *digests,
                   const jt_token_t *token)
{
    return has_digest(digests, token->digest)
           || (token->previous_until != JT_TOKEN_NEVER
               && holding->batch.actor->now < token->previous_until);
}

static apr_status_t list_held(jt_store_t *store, const holding_t *holding,
                              const apr_array_header_t *digests,
                              apr_array_header_t **tokens, apr_pool_t *pool)
{
    apr_status_t status = jt_store_list_secrets(store, digests, tokens, pool);
    int kept = 0;
    int i;

    for (i = 0; i < (*tokens)->nelts; i++) {
        jt_token_t token = APR_ARRAY_IDX(*tokens, i, jt_token_t);

        if (is_held(holding, digests, &token)) {
            APR_ARRAY_IDX(*tokens, kept++, jt_token_t) = token;
        }
    }
    (*tokens)->nelts = kept;
    return status;
}

static apr_status_t revoke_part(jt_store_t *store, holding_t *holding,
                                const apr_array_header_t *digests,
                                apr_pool_t *pool)
{
    apr_array_header_t *tokens;
    apr_status_t status = list_held(store, holding, digests, &tokens, pool);

    return status == APR_SUCCESS
               ? jt_revoke_batch_run(&holding->batch, store, tokens, pool)
               : status;
}

static apr_status_t revoke_all(jt_store_t *store, void *baton,
                               apr_pool_t *pool)
{
    holding_t *holding = baton;
    const apr_array_header_t *all = holding->digests;
    apr_status_t status = APR_SUCCESS;
    int i;

    for (i = 0; i < all->nelts && status == APR_SUCCESS; i += JT_STORE_BATCH) {
        apr_array_header_t part = *all;

        part.elts += (apr_size_t)i * sizeof(const char *);
        part.nelts = all->nelts - i < JT_STORE_BATCH ? all->nelts - i
                                                     : JT_STORE_BATCH;
        status = revoke_part(store, holding, &part, pool);
    }
    return status;
}

apr_status_t jt_revoke_held(const jt_actor_t *actor,
                            const apr_array_header_t *texts)
{
    holding_t holding = { 0 };
    apr_status_t status;
    int i;

    holding.batch.actor = actor;
    holding.digests = apr_array_make(actor->pool, texts->nelts + 1,
                                     sizeof(const char *));
    for (i = 0; i < texts->nelts; i++) {
        if (add_text(&holding, APR_ARRAY_IDX(texts, i, const char *))
            != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    if (!holding.digests->nelts) {
        return APR_SUCCESS;
    }
    jt_revoke_batch_open(&holding.batch, actor);
    status = jt_invalidate_run(actor, revoke_all, &holding,
                               &holding.batch.invalidation);
    jt_revoke_batch_close(&holding.batch, status);
    return status;
}
