/* SPDX-License-Identifier: Apache-2.0
 *
 * The contents of the form that makes a token: what was typed, what is offered,
 * and what is wrong. It contains no texts. Time is an argument; it must not
 * know requests.
 */
#include "html/jt_view_form.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"

/* Lifetimes in days that the form offers, besides the administrator's. */
static const int lifetimes[] = { 7, 30, 90, 365 };
#define LIFETIMES ((int)(sizeof(lifetimes) / sizeof(lifetimes[0])))

/* Adds a lifetime in ascending order, unless it is there already or too
 * long. */
static void add_lifetime(int *days, int *count, int more, int longest)
{
    int i;

    for (i = 0; i < *count && days[i] < more; i++) {
    }
    if (more < 1 || (longest && more > longest)
        || (i < *count && days[i] == more)) {
        return;
    }
    memmove(days + i + 1, days + i, (apr_size_t)(*count - i) * sizeof(*days));
    days[i] = more;
    (*count)++;
}

static void add_presets(jt_html_t *scope, const jt_token_rules_t *rules,
                        apr_int64_t now, apr_pool_t *pool)
{
    int days[LIFETIMES + 2];
    int count = 0;
    int i;

    for (i = 0; i < LIFETIMES; i++) {
        add_lifetime(days, &count, lifetimes[i], rules->max_lifetime);
    }
    add_lifetime(days, &count, rules->default_lifetime, rules->max_lifetime);
    add_lifetime(days, &count, rules->max_lifetime, rules->max_lifetime);
    for (i = 0; i < count; i++) {
        jt_html_t *preset = jt_html_add(scope, "presets");

        jt_html_set(preset, "days", apr_itoa(pool, days[i]));
        jt_html_set(preset, "day",
                    jt_date_format(now + days[i] * JT_DATE_DAY, pool));
    }
}

static int is_among(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; texts && i < texts->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(texts, i, const char *), text)) {
            return 1;
        }
    }
    return 0;
}

static void add_areas(jt_html_t *scope, const apr_array_header_t *areas,
                      const apr_array_header_t *chosen)
{
    int i;

    jt_html_flag(scope, "has_areas", areas != NULL);
    for (i = 0; areas && i < areas->nelts; i++) {
        const jt_restriction_area_t *area =
            &APR_ARRAY_IDX(areas, i, jt_restriction_area_t);
        jt_html_t *row = jt_html_add(scope, "areas");

        jt_html_set(row, "area", area->name);
        jt_html_set(row, "title_of", area->title);
        jt_html_flag(row, "chosen", is_among(chosen, area->name));
    }
}

void jt_view_form_set(jt_html_t *scope, const jt_token_typed_t *typed,
                     const jt_token_rules_t *rules, apr_int64_t now,
                     apr_pool_t *pool)
{
    jt_html_set(scope, "typed_label", jt_label_clean(typed->label, pool));
    jt_html_set(scope, "typed_expires", jt_label_clean(typed->expires, pool));
    jt_html_set(scope, "first_day", jt_date_format(now, pool));
    if (rules->max_lifetime) {
        jt_html_flag(scope, "expiry_required", 1);
        jt_html_set(scope, "last_day",
                    jt_date_format(jt_token_last_day(rules, now), pool));
        jt_html_set(scope, "days", apr_itoa(pool, rules->max_lifetime));
    }
    add_presets(scope, rules, now, pool);
    jt_html_flag(scope, "typed_read", typed->wish.is_read_only);
    jt_html_set(scope, "typed_from", jt_label_clean(typed->from, pool));
    add_areas(scope, rules->areas, typed->wish.areas);
}

const char *jt_view_label_fault(jt_label_fault_t fault)
{
    switch (fault) {
    case JT_LABEL_EMPTY:
        return "label-empty";
    case JT_LABEL_TOO_LONG:
        return "label-long";
    case JT_LABEL_ENCODING:
        return "label-encoding";
    case JT_LABEL_CONTROL:
        return "label-control";
    case JT_LABEL_BIDI:
        return "label-bidi";
    case JT_LABEL_FINE:
        break;
    }
    return NULL;
}

static const char *find_expiry_key(jt_token_expiry_t fault)
{
    switch (fault) {
    case JT_TOKEN_EXPIRY_FORMAT:
        return "expiry-format";
    case JT_TOKEN_EXPIRY_PAST:
        return "expiry-past";
    case JT_TOKEN_EXPIRY_LATE:
        return "expiry-late";
    case JT_TOKEN_EXPIRY_REQUIRED:
        return "expiry-required";
    case JT_TOKEN_EXPIRY_FINE:
        break;
    }
    return NULL;
}

static const char *find_restriction_key(jt_restriction_fault_t fault)
{
    switch (fault) {
    case JT_RESTRICTION_NO_AREA:
        return "area-unknown";
    case JT_RESTRICTION_NO_NETWORK:
        return "from-format";
    case JT_RESTRICTION_WIDE:
        return "from-wide";
    case JT_RESTRICTION_ALL:
        return "from-all";
    case JT_RESTRICTION_HOST:
        return "from-host";
    case JT_RESTRICTION_MANY:
        return "from-many";
    case JT_RESTRICTION_LONG:
        return "from-long";
    case JT_RESTRICTION_NOTHING:
    case JT_RESTRICTION_NO_FAULT:
        break;
    }
    return NULL;
}

static void set_restriction_fault(jt_html_t *scope,
                                  const jt_restriction_made_t *made,
                                  apr_pool_t *pool)
{
    int is_area = made->fault == JT_RESTRICTION_NO_AREA;

    jt_html_set(scope, is_area ? "area_fault" : "from_fault",
                find_restriction_key(made->fault));
    jt_html_set(scope, "what", made->what ? jt_label_clean(made->what, pool)
                                          : NULL);
    jt_html_set(scope, "meant", made->meant);
}

const char *jt_view_proposed(const jt_token_rules_t *rules, apr_int64_t now,
                             apr_pool_t *pool)
{
    if (!rules->default_lifetime) {
        return "";
    }
    return jt_date_format(now + rules->default_lifetime * JT_DATE_DAY, pool);
}

static int has_fault_of_address(const jt_token_draft_t *draft)
{
    return draft && draft->restriction.fault != JT_RESTRICTION_NO_FAULT
           && draft->restriction.fault != JT_RESTRICTION_NO_AREA;
}

void jt_view_create(jt_html_t *scope, const jt_token_typed_t *typed,
                    const jt_token_draft_t *draft,
                    const jt_token_rules_t *rules, apr_int64_t now,
                    apr_pool_t *pool)
{
    const char *label_fault = NULL;
    const char *expires_fault = NULL;

    if (draft) {
        label_fault = jt_view_label_fault(draft->label_fault);
        expires_fault = find_expiry_key(draft->expiry_fault);
        set_restriction_fault(scope, &draft->restriction, pool);
    }
    jt_html_set(scope, "title", "create-token");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_flag(scope, "on_page", 1);
    jt_view_form_set(scope, typed, rules, now, pool);
    jt_html_set(scope, "label_fault", label_fault);
    jt_html_set(scope, "expires_fault", expires_fault);
    /* The focus goes to the first field with a fault, or to the first field. */
    jt_html_flag(scope, "at_expires", expires_fault && !label_fault);
    jt_html_flag(scope, "at_from", !label_fault && !expires_fault
                                       && has_fault_of_address(draft));
    jt_html_flag(scope, "at_label",
                 label_fault || (!expires_fault
                                 && !has_fault_of_address(draft)));
}

void jt_view_not_made(jt_html_t *scope, jt_account_made_t made,
                      const jt_token_rules_t *rules, apr_pool_t *pool)
{
    switch (made) {
    case JT_ACCOUNT_LIMIT:
        jt_html_set(scope, "form_fault", "limit");
        jt_html_set(scope, "max", apr_itoa(pool, rules->max));
        jt_html_flag(scope, "at_label", 0);
        break;
    case JT_ACCOUNT_DUPLICATE:
        jt_html_set(scope, "label_fault", "label-taken");
        break;
    case JT_ACCOUNT_CONFLICT:
    case JT_ACCOUNT_NO_SECRET:
    case JT_ACCOUNT_MADE:
        break;
    }
}
