/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message says. It must not know how it is told.
 */
#include "core/jt_message.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_label.h"

#define FIRST_PAUSE 15
#define LONGEST_PAUSE 3600

#define EXPIRES "expires="
#define DAY_LENGTH (sizeof("2027-04-01") - 1)

/* "T09:12:40Z": seconds since the day began. @return -1: it is no such text */
static int parse_time(const char *text)
{
    static const char shape[] = "Tdd:dd:ddZ";
    int digits[6];
    int count = 0;
    int i;

    for (i = 0; shape[i]; i++) {
        if (shape[i] != 'd' ? text[i] != shape[i] : !apr_isdigit(text[i])) {
            return -1;
        }
        if (shape[i] == 'd') {
            digits[count++] = text[i] - '0';
        }
    }
    return (digits[0] * 10 + digits[1]) * 3600
           + (digits[2] * 10 + digits[3]) * 60 + digits[4] * 10 + digits[5];
}

/* "expires=2027-04-01T00:00:00Z", as the audit says it, perhaps with more
 * behind it. @return JT_TOKEN_NEVER: it says none */
static apr_int64_t parse_expiry(const char *detail, apr_pool_t *pool)
{
    apr_int64_t day;
    int seconds;

    if (!detail || strncmp(detail, EXPIRES, sizeof(EXPIRES) - 1)) {
        return JT_TOKEN_NEVER;
    }
    detail += sizeof(EXPIRES) - 1;
    if (jt_date_parse(apr_pstrndup(pool, detail, DAY_LENGTH), &day)
        != APR_SUCCESS) {
        return JT_TOKEN_NEVER;
    }
    seconds = parse_time(detail + DAY_LENGTH);
    return seconds < 0 ? JT_TOKEN_NEVER : day + seconds;
}

/* What is no UTF-8, as somebody else's rows may have it, is cleaned: else the
 * message could never be told. */
static json_t *make_text(const char *text, apr_pool_t *pool)
{
    json_t *made = text ? json_string(text) : json_null();

    return made ? made : json_string(jt_label_clean(text, pool));
}

static json_t *make_number(apr_int64_t number)
{
    return number == JT_TOKEN_NEVER ? json_null() : json_integer(number);
}

static json_t *make_instant(apr_int64_t instant, apr_pool_t *pool)
{
    return instant == JT_TOKEN_NEVER
               ? json_null()
               : json_string(jt_date_format_rfc3339(instant, pool));
}

/* Whole days; none is left of what has ended. */
static json_t *make_days(apr_int64_t expires_at, apr_int64_t now)
{
    if (expires_at == JT_TOKEN_NEVER) {
        return json_null();
    }
    return json_integer(expires_at > now ? (expires_at - now) / JT_DATE_DAY
                                         : 0);
}

static json_t *make_object(const jt_outbox_row_t *row, apr_int64_t now,
                           apr_pool_t *pool)
{
    apr_int64_t expires_at = row->expires_at != JT_TOKEN_NEVER
                                 ? row->expires_at
                                 : parse_expiry(row->detail, pool);

    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "event", row->event, "at", make_instant(row->at, pool),
                     "user", make_text(row->user, pool),
                     "id", make_number(row->token_id),
                     "label", make_text(row->label, pool),
                     "expiresAt", make_instant(expires_at, pool),
                     "daysLeft", make_days(expires_at, now),
                     "by", make_text(row->actor, pool),
                     "from", make_text(row->from, pool));
}

const char *jt_message_make(const jt_outbox_row_t *row, apr_int64_t now,
                            apr_pool_t *pool)
{
    json_t *object = make_object(row, now, pool);
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    const char *made = text ? apr_pstrcat(pool, text, "\n", NULL) : NULL;

    free(text);
    json_decref(object);
    return made;
}

int jt_message_pause(int tries)
{
    int pause = FIRST_PAUSE;

    while (--tries > 0 && pause < LONGEST_PAUSE) {
        pause *= 2;
    }
    return pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE;
}
