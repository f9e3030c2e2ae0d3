/* SPDX-License-Identifier: Apache-2.0
 *
 * The contents of the administrators' page about what happened. It contains no
 * texts; it must not know requests or SQL.
 */
#include "html/jt_view_audit.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"
#include "html/jt_view_filter.h"

static const char *const events[][2] = {
    { JT_AUDIT_CREATED, "event-created" },
    { JT_AUDIT_RENAMED, "event-renamed" },
    { JT_AUDIT_ROTATED, "event-rotated" },
    { JT_AUDIT_REVOKED, "event-revoked" },
    { JT_AUDIT_PURGED, "event-purged" }
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

/* @return key of a text, or NULL for what this version does not know */
static const char *find_event(const char *name)
{
    apr_size_t i;

    for (i = 0; name && i < EVENTS; i++) {
        if (!strcmp(name, events[i][0])) {
            return events[i][1];
        }
    }
    return NULL;
}

static const char *get_stage(const jt_audit_row_t *row)
{
    if (row->stage && !strcmp(row->stage, JT_AUDIT_INTENT)) {
        return row->outcome ? "stage-intent" : "stage-perhaps";
    }
    return row->stage && !strcmp(row->stage, JT_AUDIT_DONE) ? "stage-done"
                                                            : "stage-failed";
}

static void set_text(jt_html_t *scope, const char *name, const char *text,
                     apr_pool_t *pool)
{
    jt_html_set(scope, name, text ? jt_label_clean(text, pool) : NULL);
}

static void add_row(jt_html_t *scope, const jt_audit_row_t *row,
                    apr_pool_t *pool)
{
    jt_html_t *added = jt_html_add(scope, "rows");
    const char *exact;
    const char *at;

    jt_date_format_both(row->at, 0, &exact, &at, pool);
    jt_html_set(added, "at", at);
    jt_html_set(added, "exact", exact);
    jt_html_set(added, "what", find_event(row->event));
    set_text(added, "event_name", row->event, pool);
    jt_html_set(added, "stage", get_stage(row));
    set_text(added, "by", row->actor, pool);
    set_text(added, "how", row->actor_how, pool);
    set_text(added, "owner", row->user, pool);
    set_text(added, "label", row->label, pool);
    set_text(added, "from_address", row->from, pool);
    set_text(added, "detail", row->detail, pool);
    jt_html_set(added, "token_id", row->token_id == JT_AUDIT_NONE
                                       ? NULL
                                       : apr_off_t_toa(pool, row->token_id));
}

static void add_events(jt_html_t *scope, const char *chosen)
{
    apr_size_t i;

    for (i = 0; i < EVENTS; i++) {
        jt_html_t *option = jt_html_add(scope, "events");

        jt_html_set(option, "value", events[i][0]);
        jt_html_set(option, "text", events[i][1]);
        jt_html_flag(option, "chosen", !strcmp(chosen, events[i][0]));
    }
}

void jt_view_audit(jt_html_t *scope, const jt_view_audit_t *view,
                   apr_pool_t *pool)
{
    int i;

    jt_html_set(scope, "title", "audit");
    jt_html_flag(scope, "on_audit", 1);
    set_text(scope, "typed_user", view->user, pool);
    set_text(scope, "typed_actor", view->actor, pool);
    set_text(scope, "typed_from", view->from, pool);
    set_text(scope, "typed_to", view->to, pool);
    add_events(scope, view->event);
    jt_view_filter_fault(scope, view->fault_field, view->fault);
    jt_html_set(scope, "filter", view->filter);
    jt_html_set(scope, "filter_and",
                *view->filter ? apr_pstrcat(pool, view->filter, "&", NULL)
                              : "");
    jt_html_set(scope, "next", view->next);
    jt_html_flag(scope, "is_later", view->is_later);
    for (i = 0; view->rows && i < view->rows->nelts; i++) {
        add_row(scope, &APR_ARRAY_IDX(view->rows, i, jt_audit_row_t), pool);
    }
    jt_html_flag(scope, "any", view->rows && view->rows->nelts);
    jt_html_flag(scope, "none", view->rows && !view->rows->nelts);
}
