/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates as people and headers write them, from and to epoch seconds. Knows
 * nothing of tokens or of the present time.
 */
#include "jt_date.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>

#define DAYS_400 146097

static int digits(const char *text, int count)
{
    int value = 0;

    while (count--) {
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

static int has_shape(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    int i;

    for (i = 0; shape[i]; i++) {
        if (shape[i] == 'd' ? !apr_isdigit(text[i]) : text[i] != shape[i]) {
            return 0;
        }
    }
    return text[i] == '\0';
}

apr_status_t jt_date_parse(const char *text, apr_int64_t *start)
{
    apr_time_exp_t day = { 0 };
    apr_time_exp_t back;
    apr_time_t when;
    int shift;

    if (!has_shape(text)) {
        return APR_EINVAL;
    }
    /* APR begins at 1970; the calendar repeats every 400 years. */
    shift = digits(text, 4) < 1970 ? 2000 : 0;
    day.tm_year = digits(text, 4) + shift - 1900;
    day.tm_mon = digits(text + 5, 2) - 1;
    day.tm_mday = digits(text + 8, 2);
    if (day.tm_mon < 0 || day.tm_mon > 11
        || apr_time_exp_gmt_get(&when, &day) != APR_SUCCESS
        || apr_time_exp_gmt(&back, when) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    /* APR carries 31 April over into May; the way back shows it. */
    if (back.tm_mday != day.tm_mday || back.tm_mon != day.tm_mon
        || back.tm_year != day.tm_year) {
        return APR_EINVAL;
    }
    *start = apr_time_sec(when) - shift / 400 * DAYS_400 * JT_DATE_DAY;
    return APR_SUCCESS;
}

apr_int64_t jt_date_day(apr_int64_t instant)
{
    return instant - instant % JT_DATE_DAY;
}

static apr_time_exp_t explode(apr_int64_t instant)
{
    apr_time_exp_t parts = { 0 };

    if (instant < 0) {
        instant = 0;
    }
    if (instant >= JT_DATE_END) {
        instant = JT_DATE_END - 1;
    }
    apr_time_exp_gmt(&parts, apr_time_from_sec(instant));
    return parts;
}

const char *jt_date_format(apr_int64_t instant, apr_pool_t *pool)
{
    apr_time_exp_t t = explode(instant);

    return apr_psprintf(pool, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1,
                        t.tm_mday);
}

const char *jt_date_format_minute(apr_int64_t instant, apr_pool_t *pool)
{
    apr_time_exp_t t = explode(instant);

    return apr_psprintf(pool, "%04d-%02d-%02d, %02d:%02d UTC",
                        t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                        t.tm_min);
}

const char *jt_date_format_expiry(apr_int64_t expiry, apr_pool_t *pool)
{
    if (expiry <= 0 || expiry % JT_DATE_DAY != 0) {
        return jt_date_format_minute(expiry, pool);
    }
    return apr_pstrcat(pool, jt_date_format(expiry - 1, pool), ", 24:00 UTC",
                       NULL);
}

const char *jt_date_format_rfc3339(apr_int64_t instant, apr_pool_t *pool)
{
    apr_time_exp_t t = explode(instant);

    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                        t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                        t.tm_min, t.tm_sec);
}
