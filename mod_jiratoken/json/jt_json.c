/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API is sent: a body and its members to what the core takes, with a
 * fault in words. It must not know requests.
 */
#include "json/jt_json.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_secret.h"

/* Days for which no date overflows, as JiraTokenMaxLifetime's. */
#define DAYS_MAX 36525

/* As deep as jansson parses. */
static void wipe(json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_string(value)) {
        jt_secret_wipe((char *)(apr_uintptr_t)json_string_value(value),
                       json_string_length(value));
    }
    json_array_foreach(value, i, member) {
        wipe(member);
    }
    json_object_foreach(value, key, member) {
        wipe(member);
    }
}

void jt_json_release(json_t *object)
{
    wipe(object);
    json_decref(object);
}

/* A body may have secrets: nothing of it is left, nor of jansson's words, which
 * may quote it. */
json_t *jt_json_parse(char *body, apr_size_t length, const char **fault,
                      apr_pool_t *pool)
{
    json_error_t error;
    json_t *value = json_loadb(body, length, JSON_REJECT_DUPLICATES, &error);

    if (!value) {
        *fault = apr_psprintf(pool, "the body is no JSON, or has a member "
                              "twice: see line %d, column %d", error.line,
                              error.column);
    }
    else if (!json_is_object(value)) {
        *fault = "the body must be a JSON object";
        jt_json_release(value);
        value = NULL;
    }
    jt_secret_wipe(&error, sizeof(error));
    jt_secret_wipe(body, length);
    return value;
}

const char *jt_json_parse_text(const json_t *object, const char *name,
                               const char **text, apr_pool_t *pool)
{
    const json_t *member = json_object_get(object, name);

    if (!json_is_string(member)) {
        return apr_psprintf(pool, "%s must be a string", name);
    }
    *text = apr_pstrdup(pool, json_string_value(member));
    return NULL;
}

/* 90.0 is an integer, too (JSON Schema, section 4.2.3): some languages have
 * floating-point numbers alone. Beyond 2^53 these are not exact. */
static int is_whole(const json_t *member, apr_int64_t *whole)
{
    static const double exact = 9007199254740992.0;
    double value;

    if (json_is_integer(member)) {
        *whole = json_integer_value(member);
        return 1;
    }
    if (!json_is_real(member)) {
        return 0;
    }
    value = json_real_value(member);
    if (value < -exact || value > exact) {
        return 0;
    }
    *whole = (apr_int64_t)value;
    return !((double)*whole < value || (double)*whole > value);
}

const char *jt_json_parse_number(const json_t *object, const char *name,
                                 apr_int64_t least, apr_int64_t most,
                                 apr_int64_t *number, apr_pool_t *pool)
{
    const json_t *member = json_object_get(object, name);
    apr_int64_t whole = 0;

    if (!member || json_is_null(member)) {
        return NULL;
    }
    if (!is_whole(member, &whole) || whole < least || whole > most) {
        return apr_psprintf(pool, "%s must be a whole number from %"
                            APR_INT64_T_FMT " to %" APR_INT64_T_FMT, name,
                            least, most);
    }
    *number = whole;
    return NULL;
}

/* Nothing between the quotes must not mean no expiry. */
static const char *parse_date(const json_t *object, const char **date,
                              apr_pool_t *pool)
{
    const char *fault = jt_json_parse_text(object, "expiresOn", date, pool);

    return fault || **date ? fault : "expiresOn must be a day that exists, as "
                                     "YYYY-MM-DD";
}

/* Both ends in one form: the date of the last day. */
static const char *parse_end(const json_t *object, apr_int64_t now,
                             jt_token_typed_t *typed, apr_pool_t *pool)
{
    const json_t *date = json_object_get(object, "expiresOn");
    apr_int64_t days = 0;
    const char *fault = jt_json_parse_number(object, "expirationDuration", 1,
                                             DAYS_MAX, &days, pool);

    typed->expires = "";
    if (fault) {
        return fault;
    }
    if (date && !json_is_null(date)) {
        return days ? "give expirationDuration or expiresOn, not both"
                    : parse_date(object, &typed->expires, pool);
    }
    if (days) {
        typed->expires = jt_date_format(now + days * JT_DATE_DAY, pool);
    }
    return NULL;
}

static const char *parse_list(const json_t *object, const char *name,
                              const apr_array_header_t **list,
                              apr_pool_t *pool)
{
    const json_t *member = json_object_get(object, name);
    apr_array_header_t *made;
    size_t i;

    *list = NULL;
    if (!member || json_is_null(member)) {
        return NULL;
    }
    if (!json_is_array(member) || !json_array_size(member)) {
        return apr_psprintf(pool, "%s must be an array of strings, and not "
                            "empty; leave it out for no limit", name);
    }
    made = apr_array_make(pool, 4, sizeof(const char *));
    for (i = 0; i < json_array_size(member); i++) {
        const json_t *element = json_array_get(member, i);

        if (!json_is_string(element)) {
            return apr_psprintf(pool, "%s must have strings alone", name);
        }
        APR_ARRAY_PUSH(made, const char *) =
            apr_pstrdup(pool, json_string_value(element));
    }
    *list = made;
    return NULL;
}

const char *jt_json_parse_new(const json_t *object, apr_int64_t now,
                              jt_token_typed_t *typed, apr_pool_t *pool)
{
    const json_t *read = json_object_get(object, "readOnly");
    const char *fault = jt_json_parse_text(object, "name", &typed->label, pool);

    typed->from = "";
    typed->wish.is_read_only = json_is_true(read);
    if (!fault) {
        fault = parse_end(object, now, typed, pool);
    }
    if (!fault && read && !json_is_boolean(read) && !json_is_null(read)) {
        fault = "readOnly must be true or false";
    }
    if (!fault) {
        fault = parse_list(object, "areas", &typed->wish.areas, pool);
    }
    return fault ? fault
                 : parse_list(object, "allowedFrom", &typed->wish.networks,
                              pool);
}
