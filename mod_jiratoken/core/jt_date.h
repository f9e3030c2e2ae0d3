/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_DATE_H
#define JT_DATE_H

#include <apr_general.h>
#include <apr_pools.h>

/* Instants are 64-bit seconds since 1970-01-01T00:00:00Z. Strings are allocated
 * from pool and never NULL. */

#define JT_DATE_DAY APR_INT64_C(86400)

/* The end of 9999-12-31. No later instant can be printed. */
#define JT_DATE_END APR_INT64_C(253402300800)

/**
 * Parse a strict YYYY-MM-DD (RFC 3339 full-date).
 * @param start set to 00:00 UTC of that day
 * @return APR_SUCCESS, or APR_EINVAL for anything else: start is then unchanged
 */
apr_status_t jt_date_parse(const char *text, apr_int64_t *start);

/** The start of the UTC day that contains `instant`. */
apr_int64_t jt_date_day(apr_int64_t instant);

/** YYYY-MM-DD. Clamped to the years 1970 to 9999, as below. */
const char *jt_date_format(apr_int64_t instant, apr_pool_t *pool);

/** "YYYY-MM-DD, HH:MM UTC". */
const char *jt_date_format_minute(apr_int64_t instant, apr_pool_t *pool);

/** An expiry for people. An expiry at midnight is printed as the end of the day
 * before: "2027-03-31, 24:00 UTC". */
const char *jt_date_format_expiry(apr_int64_t expiry, apr_pool_t *pool);

/** RFC 3339 date-time in UTC: "2027-04-01T00:00:00Z". */
const char *jt_date_format_rfc3339(apr_int64_t instant, apr_pool_t *pool);

/** Format one instant both for people (an expiry as above) and as RFC 3339.
 * Cheaper than two calls. */
void jt_date_format_both(apr_int64_t instant, int is_expiry,
                         const char **exact, const char **rfc3339,
                         apr_pool_t *pool);

/** The unit in which a distance in time is shown. */
typedef enum jt_date_unit_t {
    JT_DATE_MOMENT, /* less than a minute */
    JT_DATE_MINUTES,
    JT_DATE_HOURS,
    JT_DATE_DAYS,
    JT_DATE_YEARS   /* of 365.2425 days; from 731 days on */
} jt_date_unit_t;

/**
 * The largest unit that fits into a distance of either sign.
 * @param count set to how many, rounded down, so that no distance is overstated
 */
jt_date_unit_t jt_date_distance(apr_int64_t seconds, int *count);

#endif
