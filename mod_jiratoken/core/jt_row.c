/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns the values of a row into a token, and knows which of them belong to a
 * number or to a text. It must not know statements or drivers.
 */
#include "core/jt_row.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

/* In the order of JT_ROW_LISTED, and so of JT_ROW_CHECKED. */
enum {
    ID,
    USER_NAME,
    LABEL,
    EXPIRES_AT,
    LAST_USED_AT,
    CREATED_AT,
    RESTRICTIONS,
    SLOT = JT_ROW_CHECKED_COUNT,
    DIGEST,
    LAST_USED_FROM,
    PREVIOUS_DIGEST,
    PREVIOUS_UNTIL,
    SHOWN
};

/* As many digits cannot overflow. */
#define FEW_DIGITS 18

static int parse_any(const char *text, apr_int64_t *number)
{
    char *end;

    errno = 0;
    *number = apr_strtoi64(text, &end, 10);
    return errno || end == text || *end || *number < 0;
}

/* A number of few digits, which nearly all are, takes a quarter of the
 * instructions of strtol(): a list of 25 tokens has 150. */
static int parse_number(const char *text, apr_int64_t *number)
{
    apr_int64_t value = 0;
    const char *at = text;

    if (!text) {
        *number = JT_TOKEN_NEVER;
        return 0;
    }
    while (apr_isdigit(*at) && at - text < FEW_DIGITS) {
        value = value * 10 + (*at++ - '0');
    }
    if (at == text || *at) {
        return parse_any(text, number);
    }
    *number = value;
    return 0;
}

/* Of an invalid date nothing but the idle time follows. */
static int parse_creation(const char *text, jt_grant_t *grant)
{
    if (!parse_number(text, &grant->created_at)) {
        return 0;
    }
    grant->created_at = JT_TOKEN_NEVER;
    return 1;
}

int jt_row_parse_grant(const char *const *text, jt_grant_t *grant)
{
    grant->user = text[USER_NAME];
    grant->label = text[LABEL];
    grant->restrictions = text[RESTRICTIONS];
    parse_creation(text[CREATED_AT], grant);
    return !text[ID] || !grant->user || !grant->label
                   || parse_number(text[ID], &grant->id)
                   || parse_number(text[EXPIRES_AT], &grant->expires_at)
                   || parse_number(text[LAST_USED_AT], &grant->last_used_at)
               ? -1 : 0;
}

int jt_row_parse_owner(const char *const *text, jt_row_owner_t *owner)
{
    owner->user = text[0];
    return !text[0] || !text[1] || parse_number(text[1], &owner->seen_on)
               ? -1 : 0;
}

/* What says whose token it is, and nothing that could be taken for a right. */
static int parse_unreadable(const char *const *text, jt_grant_t *grant)
{
    memset(grant, 0, sizeof(*grant));
    grant->user = text[USER_NAME];
    grant->label = text[LABEL] ? text[LABEL] : "";
    grant->restrictions = ""; /* which nobody understands */
    grant->expires_at = JT_TOKEN_NEVER;
    grant->last_used_at = JT_TOKEN_NEVER;
    parse_creation(text[CREATED_AT], grant);
    return !text[ID] || !grant->user || parse_number(text[ID], &grant->id)
               ? -1 : 0;
}

static int parse_previous(const char *const *text, jt_token_t *token)
{
    token->previous_digest = text[PREVIOUS_DIGEST];
    if (!parse_number(text[PREVIOUS_UNTIL], &token->previous_until)) {
        return 0;
    }
    token->previous_until = JT_TOKEN_NEVER;
    return 1;
}

/* What a check does not need. @return non-zero when some of it is invalid */
static int parse_rest(const char *const *text, jt_token_t *token)
{
    int is_damaged = !text[DIGEST];

    token->digest = text[DIGEST] ? text[DIGEST] : "";
    token->last_used_from = text[LAST_USED_FROM];
    token->is_unseen = text[SHOWN] && !strcmp(text[SHOWN], "0");
    is_damaged |= parse_previous(text, token);
    if (!text[SLOT] || parse_number(text[SLOT], &token->slot)) {
        token->slot = JT_TOKEN_NO_SLOT;
        is_damaged = 1;
    }
    return is_damaged | parse_creation(text[CREATED_AT], &token->grant);
}

int jt_row_parse_token(const char *const *text, jt_token_t *token)
{
    token->is_damaged = parse_rest(text, token);
    token->is_unreadable = jt_row_parse_grant(text, &token->grant) != 0;
    if (!token->is_unreadable) {
        return 0;
    }
    token->is_damaged = 1;
    token->last_used_from = NULL;
    return parse_unreadable(text, &token->grant);
}
