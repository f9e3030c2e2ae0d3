/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_FILTER_H
#define JT_FILTER_H

#include <apr_pools.h>

/* Which tokens an administrator asks for. All that is set has to hold. */

/** The most days that a filter takes: a century. */
#define JT_FILTER_DAYS 36500

/** The longest `user` and `label`, in characters: what the columns hold. Tables
 * that were filled by hand may have names and labels that no new token gets. */
#define JT_FILTER_USER 255
#define JT_FILTER_LABEL 400

/** As core/jt_token.h's, by the API's words. */
typedef enum jt_filter_state_t {
    JT_FILTER_STATE_ANY,
    JT_FILTER_STATE_ACTIVE,
    JT_FILTER_STATE_SOON,    /* expires-soon */
    JT_FILTER_STATE_EXPIRED,
    JT_FILTER_STATE_IDLE,
    JT_FILTER_STATE_UNSEEN   /* owner-not-seen */
} jt_filter_state_t;

typedef enum jt_filter_restriction_t {
    JT_FILTER_RESTRICTION_ANY,
    JT_FILTER_RESTRICTION_SOME, /* restricted */
    JT_FILTER_RESTRICTION_NONE, /* unrestricted */
    JT_FILTER_RESTRICTION_READ, /* read: to reading, perhaps among others */
    JT_FILTER_RESTRICTION_AREAS,
    JT_FILTER_RESTRICTION_FROM
} jt_filter_restriction_t;

/** Zero is no filter: every token. */
typedef struct jt_filter_t {
    const char *user;  /* the owner, byte for byte; NULL: any */
    const char *label; /* what it begins with, byte for byte; NULL: any */
    jt_filter_state_t state;
    int unused;        /* not used for so many days, though its secret is as
                          old; what has no dates counts. 0: any */
    int expiring;      /* ends within so many days, and has not ended. 0: any */
    int expired_for;   /* ended so many days ago, or before. 0: any */
    jt_filter_restriction_t restriction;
    int never;         /* expiry=never: it does not expire */
} jt_filter_t;

/**
 * Set one part of a filter, as a query string or an object of JSON names it:
 * user, label, state, unused, expiring, restriction, and for two of the members
 * expired=DAYS (expired_for) and expiry=never.
 * @param filter zero before the first call
 * @param value any bytes. Texts are taken as they are. An empty value is
 *        refused, as it could widen what a script means to revoke: a form's
 *        empty field must not get here
 * @param pool for what the filter then points to, and for the words
 * @return NULL, or what to change, in words for people; an unknown name and one
 *         that is set already are such faults
 */
const char *jt_filter_set(jt_filter_t *filter, const char *name,
                          const char *value, apr_pool_t *pool);

/** Whether a part of a filter has this name. */
int jt_filter_is_name(const char *name);

/** Whether this is no filter. */
int jt_filter_is_empty(const jt_filter_t *filter);

/** The filter as a query string, in RFC 3986's unreserved characters, "=", "&"
 * and "%"; "" for none. It reads back as the same filter. */
const char *jt_filter_query(const jt_filter_t *filter, apr_pool_t *pool);

#endif
