/* SPDX-License-Identifier: Apache-2.0
 *
 * The check itself: a password against the table, and the verdict on a row. It
 * must not know requests or caches; the cache of earlier checks is used by
 * service/jt_verify.c.
 */
#include "core/jt_attempt.h"

#include <apr_errno.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_owners.h"
#include "core/jt_user.h"

static jt_verdict_t check_use(const jt_attempt_t *attempt,
                              const jt_grant_t *grant)
{
    switch (jt_restriction_check(grant->restrictions, &attempt->use)) {
    case JT_RESTRICTION_FINE:
        return JT_VERDICT_GRANTED;
    case JT_RESTRICTION_ADDRESS:
        return JT_VERDICT_ADDRESS;
    case JT_RESTRICTION_METHOD:
        return JT_VERDICT_METHOD;
    case JT_RESTRICTION_AREA_OTHER:
        return JT_VERDICT_AREA;
    case JT_RESTRICTION_UNKNOWN:
        break;
    }
    return JT_VERDICT_RESTRICTED;
}

/* Whether somebody could bring this name by Basic: a scheme that says none must
 * not admit more. */
static int is_presentable(const jt_attempt_t *attempt, const char *user)
{
    return jt_user_is_valid(user)
           && (!attempt->lowers_user || jt_user_is_lower(user));
}

jt_verdict_t jt_attempt_check_grant(const jt_attempt_t *attempt,
                                    const jt_grant_t *grant)
{
    if (attempt->is_bearer ? !is_presentable(attempt, grant->user)
                           : !jt_secret_equal(grant->user, attempt->user)) {
        return JT_VERDICT_OTHER_OWNER;
    }
    if (grant->expires_at != JT_TOKEN_NEVER
        && attempt->now >= grant->expires_at) {
        return JT_VERDICT_EXPIRED;
    }
    if (jt_token_is_idle(grant, attempt->max_idle, attempt->now)) {
        return JT_VERDICT_IDLE;
    }
    return check_use(attempt, grant);
}

typedef apr_status_t finder_t(jt_store_t *store, const char *digest,
                              jt_grant_t **grant, apr_pool_t *pool);

/* Looks for the secret with each key. */
static apr_status_t find_by_keys(jt_store_t *store, finder_t *find,
                                 jt_secret_hashes_t *hashes, jt_check_t *check,
                                 apr_pool_t *pool)
{
    char digest[JT_SECRET_DIGEST_SIZE];
    apr_status_t status = APR_SUCCESS;
    int nth;

    for (nth = 0; nth < jt_secret_ring_count(hashes->ring)
                  && status == APR_SUCCESS && !check->grant; nth++) {
        const unsigned char *hash = jt_secret_hashes_get(hashes, nth);

        if (!hash) {
            return APR_EGENERAL;
        }
        jt_secret_hex(hash, digest);
        status = find(store, digest, &check->grant, pool);
        if (nth == 0 || check->grant) {
            memcpy(check->digest, digest, sizeof(digest));
            check->nth = nth;
        }
    }
    return status;
}

/* A secret that was replaced. When its time is over it is no secret of ours any
 * more, and not a token that has expired. */
static apr_status_t find_former(const jt_attempt_t *attempt, jt_store_t *store,
                                jt_secret_hashes_t *hashes, jt_check_t *check,
                                apr_pool_t *pool)
{
    apr_status_t status = find_by_keys(store, jt_store_find_former, hashes,
                                       check, pool);

    if (status == APR_SUCCESS && check->grant
        && attempt->now >= check->grant->expires_at) {
        check->grant = NULL;
        check->nth = 0;
    }
    return status;
}

/* Also of a token that is refused what it is not for: once it is cached, it
 * opens the rest. Who comes from elsewhere is told of the address alone. */
static void refuse_owner(jt_check_t *check, jt_verdict_t verdict)
{
    check->is_good = 0;
    if (check->verdict != JT_VERDICT_ADDRESS) {
        check->verdict = verdict;
    }
}

static apr_status_t check_sight(const jt_attempt_t *attempt, jt_store_t *store,
                                jt_check_t *check, apr_pool_t *pool)
{
    apr_status_t status;

    if (!attempt->owner_seen) {
        return APR_SUCCESS;
    }
    status = jt_owners_find(store, check->grant->user,
                            attempt->now / JT_DATE_DAY, &check->owner_seen_on,
                            pool);
    if (status == APR_SUCCESS
        && jt_token_is_owner_away(check->owner_seen_on, attempt->owner_seen,
                                  attempt->now)) {
        refuse_owner(check, JT_VERDICT_OWNER);
    }
    return status;
}

static apr_status_t check_owner(const jt_attempt_t *attempt, jt_store_t *store,
                                jt_check_t *check, apr_pool_t *pool)
{
    int is_there;
    apr_status_t status = jt_store_find_account(store, check->grant->user,
                                                &is_there, pool);

    if (status == APR_SUCCESS && !is_there) {
        refuse_owner(check, JT_VERDICT_ACCOUNT);
        return status;
    }
    return status == APR_SUCCESS ? check_sight(attempt, store, check, pool)
                                 : status;
}

apr_status_t jt_attempt_check(const jt_attempt_t *attempt, jt_store_t *store,
                              jt_secret_hashes_t *hashes, jt_check_t *check,
                              apr_pool_t *pool)
{
    apr_status_t status;

    memset(check, 0, sizeof(*check));
    status = find_by_keys(store, jt_store_find, hashes, check, pool);
    if (status == APR_SUCCESS && !check->grant) {
        status = find_former(attempt, store, hashes, check, pool);
    }
    if (status != APR_SUCCESS || !check->grant) {
        return status;
    }
    check->verdict = jt_attempt_check_grant(attempt, check->grant);
    check->is_good = jt_attempt_is_good(check->verdict);
    return check->is_good ? check_owner(attempt, store, check, pool)
                          : APR_SUCCESS;
}
