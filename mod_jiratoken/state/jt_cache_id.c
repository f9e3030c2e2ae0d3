/* SPDX-License-Identifier: Apache-2.0
 *
 * The ids by which the caches know a token. Other tables and keys have others,
 * so that their entries are never found. It must not know caches.
 */
#include "state/jt_cache_id.h"

#include <apr_strings.h>
#include <string.h>

#include "jt_config.h"

/* Identifies a table, and what else a grant is believed for, by the strings
 * that configure it, the same on each server that uses it. They may hold a
 * password, so they are hashed with a key. Two tables without an identity would
 * share entries, so a failure prevents the start. */
apr_status_t jt_cache_id_start(const server_rec *s, apr_pool_t *ptemp)
{
    jt_config_server_t *config = jt_config_server(s);
    const char *words;
    const char *days = config->owner_seen
        ? apr_psprintf(ptemp, "\n%d", config->owner_seen) : "";

    if (!config->ring || !config->dbd_driver || !config->dbd_params) {
        return APR_SUCCESS;
    }
    words = apr_pstrcat(ptemp, config->dbd_driver, "\n", config->dbd_params,
                        "\n", config->dbd_init, "\n", config->table,
                        *config->user_query ? "\n" : "", config->user_query,
                        days, NULL);
    return jt_secret_seal(config->ring, words, strlen(words),
                          config->instance);
}

/* Mixes what is known of a token with the table's identity. */
static void make_id(const server_rec *s, const unsigned char *hash,
                    unsigned char id[JT_SECRET_HASH_SIZE])
{
    apr_uint64_t table[JT_SECRET_HASH_SIZE / sizeof(apr_uint64_t)];
    apr_uint64_t mixed[JT_SECRET_HASH_SIZE / sizeof(apr_uint64_t)];
    apr_size_t i;

    memcpy(table, jt_config_server(s)->instance, sizeof(table));
    memcpy(mixed, hash, sizeof(mixed));
    for (i = 0; i < sizeof(mixed) / sizeof(mixed[0]); i++) {
        mixed[i] ^= table[i];
    }
    memcpy(id, mixed, sizeof(mixed));
}

void jt_cache_id_provider(const server_rec *s,
                          const unsigned char hash[JT_SECRET_HASH_SIZE],
                          unsigned char id[JT_SECRET_HASH_SIZE])
{
    make_id(s, hash, id);
}

/* The token's mark (AES-CMAC), mixed with the first half of the table's
 * identity, and its second half. Who has not the key can make no mark, so
 * another text has a token's by chance alone, once in 2^128 tries, each of
 * which else is a look-up; and no password is guessed from it. A mark is by one
 * key of the ring, so that an entry is found by no other key than the one by
 * which its row was found, and by none once that has left. */
apr_status_t jt_cache_id_memory(const server_rec *s,
                                const jt_secret_hashes_t *hashes, int nth,
                                unsigned char id[JT_SECRET_HASH_SIZE])
{
    unsigned char mark[JT_SECRET_HASH_SIZE] = { 0 };
    apr_status_t status = jt_secret_mark(hashes->ring, nth, hashes->token,
                                         mark);

    make_id(s, mark, id);
    return status;
}

void jt_cache_id_lease(const unsigned char hash[JT_SECRET_HASH_SIZE],
                       unsigned char id[JT_SECRET_HASH_SIZE])
{
    memcpy(id, hash, JT_SECRET_HASH_SIZE);
    id[JT_SECRET_HASH_SIZE - 1] ^= 1;
}
