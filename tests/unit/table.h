/* SPDX-License-Identifier: Apache-2.0
 *
 * A real SQLite file with the shipped table, for the tests of what asks it:
 * tokens put straight into it, and what a check says of them.
 */
#ifndef TABLE_H
#define TABLE_H

#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_attempt.h"

#define KEY_1 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_2 "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)
#define TODAY APR_INT64_C(1768435200)

static units_db_t db;
static jt_store_t *store;
static jt_secret_ring_t *ring;
static jt_token_rules_t rules;

static inline void open_table(void)
{
    units_db_open(&db, units_pool);
    units_db_load(&db, units_pool);
    UNITS_OK(jt_store_make(db.driver, db.handle, "jiratoken", &store,
                           units_pool));
    ring = units_ring(KEY_2 "\n" KEY_1 "\n");
    rules.prefix = "jt";
    rules.max = 25;
    rules.max_lifetime = 0;
    rules.max_idle = 0;
}

/* Any text serves as a token here: its shape is checked before. */
static inline const char *digest_of(const jt_secret_ring_t *keys,
                                    const char *token)
{
    char *digest = apr_palloc(units_pool, JT_SECRET_DIGEST_SIZE);

    UNITS_OK(jt_secret_digest(keys, 0, token, digest));
    return digest;
}

/* Puts a token straight into the table, in a slot of its own. */
static inline void put(const char *user, const char *token,
                       apr_int64_t expires_at)
{
    static int slot;
    jt_token_t row = { 0 };

    row.slot = slot++;
    row.grant.user = user;
    row.grant.label = token;
    row.digest = digest_of(ring, token);
    row.grant.created_at = NOW - 1000;
    row.grant.expires_at = expires_at;
    UNITS_OK(jt_store_insert(store, &row, units_pool));
}

static inline jt_check_t check_verdict(const char *user, const char *token,
                                      apr_int64_t now, jt_verdict_t expected)
{
    jt_check_t check;
    jt_secret_hashes_t hashes;
    jt_attempt_t attempt = { 0 };

    memset(&check, 0xA5, sizeof(check));
    jt_secret_hashes_init(&hashes, ring, token);
    attempt.user = user;
    attempt.password = token;
    attempt.now = now;
    attempt.max_idle = rules.max_idle;
    UNITS_OK(jt_attempt_check(&attempt, store, &hashes, &check, units_pool));
    ck_assert_msg(check.verdict == expected, "%s with %s at %lld: %d, not %d",
                  user, token, (long long)now, (int)check.verdict,
                  (int)expected);
    ck_assert_uint_eq(strlen(check.digest), 64);
    ck_assert(!check.grant == (expected == JT_VERDICT_UNKNOWN));
    return check;
}

#endif
