/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CACHE_ID_H
#define JT_CACHE_ID_H

#include <httpd.h>

#include "core/jt_secret.h"

/** Identify the table of a server, in post_config, for the ids below.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails */
apr_status_t jt_cache_id_start(const server_rec *s, apr_pool_t *ptemp);

/** The id of a token's entry in a provider's cache: the same for all servers
 * that use one table. @param hash of the token */
void jt_cache_id_provider(const server_rec *s,
                          const unsigned char hash[JT_SECRET_HASH_SIZE],
                          unsigned char id[JT_SECRET_HASH_SIZE]);

/** The id of a lease, or of the tombstone in its place; no grant is ever stored
 * under it. It is the same for all servers with the key, even if they spell the
 * database's name differently. @param hash of the token */
void jt_cache_id_lease(const unsigned char hash[JT_SECRET_HASH_SIZE],
                       unsigned char id[JT_SECRET_HASH_SIZE]);

/**
 * The id of a token's entry in the table in shared memory, by the ring's nth
 * key. Thread-safe. To make it another way needs another GRANTS_LAYOUT in
 * state/jt_shared.c.
 * @return APR_SUCCESS, or APR_EGENERAL when OpenSSL fails
 */
apr_status_t jt_cache_id_memory(const server_rec *s,
                                const jt_secret_hashes_t *hashes, int nth,
                                unsigned char id[JT_SECRET_HASH_SIZE]);

#endif
