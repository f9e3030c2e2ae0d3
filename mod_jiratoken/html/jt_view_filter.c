/* SPDX-License-Identifier: Apache-2.0
 *
 * An administrator's filter on a page: its form, what is wrong with it, and
 * what it says. It contains no texts; it must not know requests or SQL.
 */
#include "html/jt_view_filter.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <string.h>

/* The options of a choice: the value, and the key of its text. */
typedef struct choice_t {
    const char *value;
    const char *text;
} choice_t;

static const choice_t states[] = {
    { "active", "active" }, { "expires-soon", "expires-soon" },
    { "expired", "expired" }, { "idle", "idle" },
    { "owner-not-seen", "owner-not-seen" }, { NULL, NULL }
};

static const choice_t restrictions[] = {
    { "unrestricted", "limit-none" }, { "restricted", "limit-some" },
    { "read", "read-only" }, { "areas", "limit-areas" },
    { "from", "limit-addresses" }, { NULL, NULL }
};

static const choice_t expiries[] = {
    { "never", "never" }, { NULL, NULL }
};

/* A part of a filter: the keys of its name and of what is wrong with it, where
 * a form has a field for it. */
typedef struct part_t {
    const char *name;
    const char *title;
    const char *fault;
    const char *fault_of; /* the template's */
    const choice_t *choices;
} part_t;

static const part_t parts[] = {
    { "user", "user", "name-wrong", "user_fault", NULL },
    { "label", "label-begins", "begins-wrong", "begins_fault", NULL },
    { "state", "status", NULL, NULL, states },
    { "restriction", "limits", NULL, NULL, restrictions },
    { "unused", "unused-for", "days-wrong", "unused_fault", NULL },
    { "expiring", "expiring-within", "days-wrong", "expiring_fault", NULL },
    { "expired", "expired-for", "days-wrong", "expired_fault", NULL },
    { "expiry", "expires", NULL, NULL, expiries },
    { "actor", "done-by", "name-wrong", "actor_fault", NULL },
    { "from", "first-day", "day-wrong", "from_fault", NULL },
    { "to", "last-day", "day-wrong", "to_fault", NULL }
};

static const part_t *find_part(const char *name)
{
    apr_size_t i;

    for (i = 0; name && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!strcmp(name, parts[i].name)) {
            return &parts[i];
        }
    }
    return NULL;
}

static void add_choices(jt_html_t *scope, const char *name,
                        const choice_t *choices, const char *chosen)
{
    for (; choices->value; choices++) {
        jt_html_t *option = jt_html_add(scope, name);

        jt_html_set(option, "value", choices->value);
        jt_html_set(option, "text", choices->text);
        jt_html_flag(option, "chosen", !strcmp(choices->value, chosen));
    }
}

void jt_view_filter(jt_html_t *scope, const jt_view_filter_t *typed,
                    apr_pool_t *pool)
{
    jt_html_set(scope, "typed_user", jt_label_clean(typed->user, pool));
    jt_html_set(scope, "typed_label", jt_label_clean(typed->label, pool));
    jt_html_set(scope, "typed_unused", jt_label_clean(typed->unused, pool));
    jt_html_set(scope, "typed_expiring",
                jt_label_clean(typed->expiring, pool));
    jt_html_set(scope, "typed_expired", jt_label_clean(typed->expired, pool));
    add_choices(scope, "states", states, typed->state);
    add_choices(scope, "expiries", expiries, typed->expiry);
    add_choices(scope, "restrictions", restrictions, typed->restriction);
}

void jt_view_filter_fault(jt_html_t *scope, const char *field,
                          const char *words)
{
    const part_t *part = find_part(field);

    if (words && part && part->fault) {
        jt_html_set(scope, part->fault_of, part->fault);
    }
    else {
        jt_html_set(scope, "fault", words);
    }
}

static const char *find_text(const part_t *part, const char *value)
{
    const choice_t *choice = part ? part->choices : NULL;

    for (; choice && choice->value; choice++) {
        if (!strcmp(choice->value, value)) {
            return choice->text;
        }
    }
    return NULL;
}

static void add_fact(jt_html_t *scope, const char *name, const char *value)
{
    const part_t *part = find_part(name);
    jt_html_t *field = jt_html_add(scope, "fields");

    jt_html_set(field, "name", name);
    jt_html_set(field, "value", value);
    jt_html_set(field, "title_of", part ? part->title : NULL);
    jt_html_set(field, "text", find_text(part, value));
}

void jt_view_filter_facts(jt_html_t *scope, const char *filter,
                          apr_pool_t *pool)
{
    char *state = NULL;
    char *pair = apr_strtok(apr_pstrdup(pool, filter), "&", &state);

    for (; pair; pair = apr_strtok(NULL, "&", &state)) {
        char *value = strchr(pair, '=');

        if (value) {
            *value++ = '\0';
            add_fact(scope, pair,
                     apr_punescape_url(pool, value, NULL, NULL, 0));
        }
    }
}
