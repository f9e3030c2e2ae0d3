/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_DATE_H
#define JT_DATE_H

#include <apr_general.h>
#include <apr_pools.h>

/* All instants are 64-bit seconds since 1970-01-01T00:00:00Z. */

#define JT_DATE_DAY APR_INT64_C(86400)

/* The instant at which 9999-12-31 ends; no later one can be printed. */
#define JT_DATE_END APR_INT64_C(253402300800)

/**
 * Read a strict YYYY-MM-DD (RFC 3339 full-date).
 * @param start set to 00:00 UTC of that day
 * @return APR_SUCCESS, or APR_EINVAL for anything else (start untouched)
 */
apr_status_t jt_date_parse(const char *text, apr_int64_t *start);

/** The first instant of the UTC day that holds `instant`. */
apr_int64_t jt_date_day(apr_int64_t instant);

/** YYYY-MM-DD of an instant in 1970..9999; allocated from pool, never NULL. */
const char *jt_date_format(apr_int64_t instant, apr_pool_t *pool);

/** "YYYY-MM-DD, HH:MM UTC" of an instant; allocated from pool, never NULL. */
const char *jt_date_format_minute(apr_int64_t instant, apr_pool_t *pool);

/**
 * An expiry for people. One that falls on a day's end is named by the day that
 * it closes: "2027-03-31, 24:00 UTC", not the first minute of the next.
 */
const char *jt_date_format_expiry(apr_int64_t expiry, apr_pool_t *pool);

/**
 * RFC 3339 date-time in UTC ("2027-04-01T00:00:00Z"). What lies outside the
 * four-digit years is clamped to the nearest that has one.
 */
const char *jt_date_format_rfc3339(apr_int64_t instant, apr_pool_t *pool);

/**
 * One instant twice: as people write it (an expiry as above) and by RFC 3339.
 * Costs less than one after the other.
 */
void jt_date_format_both(apr_int64_t instant, int is_expiry,
                         const char **exact, const char **rfc3339,
                         apr_pool_t *pool);

/** In what a distance in time is told to people. */
typedef enum jt_date_unit_t {
    JT_DATE_MOMENT, /* less than a minute */
    JT_DATE_MINUTES,
    JT_DATE_HOURS,
    JT_DATE_DAYS,
    JT_DATE_YEARS   /* from 731 days on; of 365.2425 days each */
} jt_date_unit_t;

/** The largest unit that fits into a distance of either sign, and how often:
 * rounded down, so that nothing seems further away than it is. */
jt_date_unit_t jt_date_distance(apr_int64_t seconds, int *count);

#endif
