/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates, from and to epoch seconds, as forms, pages and headers have them. It
 * must not know tokens or the clock.
 */
#include "core/jt_date.h"

#include <apr_lib.h>
#include <apr_time.h>
#include <string.h>

/* DAYS_TO_1970 counts from 0000-03-01; the others are days in 4, 100 and 400
 * years that begin on 1 March. */
#define DAYS_TO_1970 719468
#define DAYS_4 1461
#define DAYS_100 36524
#define DAYS_400 146097

#define YEAR APR_INT64_C(31556952)
#define FARTHEST (YEAR * 2147483647)

typedef struct parts_t {
    int year;
    int month;  /* from 1 */
    int day;    /* from 1 */
    int hour;
    int minute;
    int second;
} parts_t;

static int read_digits(const char *text, int count)
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
    /* APR begins at 1970. The calendar repeats every 400 years. */
    shift = read_digits(text, 4) < 1970 ? 2000 : 0;
    day.tm_year = read_digits(text, 4) + shift - 1900;
    day.tm_mon = read_digits(text + 5, 2) - 1;
    day.tm_mday = read_digits(text + 8, 2);
    if (day.tm_mon < 0 || day.tm_mon > 11
        || apr_time_exp_gmt_get(&when, &day) != APR_SUCCESS
        || apr_time_exp_gmt(&back, when) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    /* APR normalises 31 April to 1 May; converting back reveals it. */
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

/* The Gregorian calendar by arithmetic, as libc takes a lock for its time
 * zones. Years begin in March here, so a leap day is the last of its year.
 * @param day since 1970-01-01 */
static void set_day(parts_t *parts, int day)
{
    int of_era = (day + DAYS_TO_1970) % DAYS_400;
    int year = (of_era - of_era / (DAYS_4 - 1) + of_era / DAYS_100
                - of_era / (DAYS_400 - 1)) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153;    /* five months have 153 days */

    parts->day = of_year - (153 * month + 2) / 5 + 1;
    parts->month = month < 10 ? month + 3 : month - 9;
    parts->year = year + (day + DAYS_TO_1970) / DAYS_400 * 400 + (month >= 10);
}

static parts_t explode_instant(apr_int64_t instant)
{
    parts_t parts;
    int seconds;

    if (instant < 0) {
        instant = 0;
    }
    if (instant >= JT_DATE_END) {
        instant = JT_DATE_END - 1;
    }
    seconds = (int)(instant % JT_DATE_DAY);
    set_day(&parts, (int)(instant / JT_DATE_DAY));
    parts.hour = seconds / 3600;
    parts.minute = seconds / 60 % 60;
    parts.second = seconds % 60;
    return parts;
}

/* Digits are written by hand: a list prints a hundred times, and apr_snprintf()
 * would cost more than the rest of a row. @param number 0 to 99 */
static char *write_two(char *out, int number)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819"
        "2021222324252627282930313233343536373839"
        "4041424344454647484950515253545556575859"
        "6061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";

    memcpy(out, pairs + 2 * number, 2);
    return out + 2;
}

static char *write_day(char *out, const parts_t *parts)
{
    out = write_two(out, parts->year / 100);
    out = write_two(out, parts->year % 100);
    *out++ = '-';
    out = write_two(out, parts->month);
    *out++ = '-';
    return write_two(out, parts->day);
}

static char *write_minute(char *out, const parts_t *parts)
{
    out = write_two(out, parts->hour);
    *out++ = ':';
    return write_two(out, parts->minute);
}

static const char *finish_text(char *text, char *out, const char *tail)
{
    memcpy(out, tail, strlen(tail) + 1);
    return text;
}

const char *jt_date_format(apr_int64_t instant, apr_pool_t *pool)
{
    parts_t parts = explode_instant(instant);
    char *text = apr_palloc(pool, sizeof("YYYY-MM-DD"));

    return finish_text(text, write_day(text, &parts), "");
}

static const char *make_minute(const parts_t *parts, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, sizeof("YYYY-MM-DD, HH:MM UTC"));
    char *out = write_day(text, parts);

    *out++ = ',';
    *out++ = ' ';
    return finish_text(text, write_minute(out, parts), " UTC");
}

static const char *make_rfc3339(const parts_t *parts, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, sizeof("YYYY-MM-DDTHH:MM:SSZ"));
    char *out = write_day(text, parts);

    *out++ = 'T';
    out = write_minute(out, parts);
    *out++ = ':';
    return finish_text(text, write_two(out, parts->second), "Z");
}

const char *jt_date_format_minute(apr_int64_t instant, apr_pool_t *pool)
{
    parts_t parts = explode_instant(instant);

    return make_minute(&parts, pool);
}

static int is_day_end(apr_int64_t instant)
{
    return instant > 0 && instant % JT_DATE_DAY == 0;
}

const char *jt_date_format_expiry(apr_int64_t expiry, apr_pool_t *pool)
{
    parts_t parts;
    char *text;

    if (!is_day_end(expiry)) {
        return jt_date_format_minute(expiry, pool);
    }
    parts = explode_instant(expiry - 1);
    text = apr_palloc(pool, sizeof("YYYY-MM-DD, 24:00 UTC"));
    return finish_text(text, write_day(text, &parts), ", 24:00 UTC");
}

const char *jt_date_format_rfc3339(apr_int64_t instant, apr_pool_t *pool)
{
    parts_t parts = explode_instant(instant);

    return make_rfc3339(&parts, pool);
}

void jt_date_format_both(apr_int64_t instant, int is_expiry,
                         const char **exact, const char **rfc3339,
                         apr_pool_t *pool)
{
    parts_t parts = explode_instant(instant);

    *rfc3339 = make_rfc3339(&parts, pool);
    *exact = is_expiry && is_day_end(instant)
                 ? jt_date_format_expiry(instant, pool)
                 : make_minute(&parts, pool);
}

jt_date_unit_t jt_date_distance(apr_int64_t seconds, int *count)
{
    static const struct {
        jt_date_unit_t unit;
        apr_int64_t least;
        apr_int64_t length;
    } units[] = {
        { JT_DATE_YEARS, 731 * JT_DATE_DAY, YEAR },
        { JT_DATE_DAYS, JT_DATE_DAY, JT_DATE_DAY },
        { JT_DATE_HOURS, 3600, 3600 },
        { JT_DATE_MINUTES, 60, 60 },
    };
    apr_size_t i;

    /* Clamps, so that the count fits into an int for any value in the table. */
    seconds = seconds < -FARTHEST || seconds > FARTHEST ? FARTHEST : seconds;
    seconds = seconds < 0 ? -seconds : seconds;
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (seconds >= units[i].least) {
            *count = (int)(seconds / units[i].length);
            return units[i].unit;
        }
    }
    *count = 0;
    return JT_DATE_MOMENT;
}
