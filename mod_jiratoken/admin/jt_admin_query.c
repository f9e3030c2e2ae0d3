/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a list of tokens: from a query or a form to what is asked of
 * the database, and back. It must not know pages.
 */
#include "admin/jt_admin_query.h"

#include <apr_strings.h>
#include <string.h>

static int is_among(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (!strcmp(name, *names)) {
            return 1;
        }
    }
    return 0;
}

static const char *parse_order(const char *value, jt_survey_t *survey)
{
    int order = jt_cursor_order_parse(value);

    survey->descending = order > 0;
    return order < 0 ? "order must be asc or desc" : NULL;
}

static const char *parse_sort(const char *value, jt_survey_t *survey)
{
    survey->sort = jt_cursor_sort_parse(value);
    return survey->sort == JT_CURSOR_SORTS
               ? "sort must be user, label, created, expires or used" : NULL;
}

/* @param after set to the cursor's text, which is parsed last */
static const char *parse_field(const jt_http_field_t *field,
                               jt_survey_t *survey, const char **after,
                               apr_pool_t *pool)
{
    if (!strcmp(field->name, "sort")) {
        return parse_sort(field->value, survey);
    }
    if (!strcmp(field->name, "order")) {
        return parse_order(field->value, survey);
    }
    if (!strcmp(field->name, "after")) {
        *after = field->value;
        return NULL;
    }
    return jt_filter_set(&survey->filter, field->name, field->value, pool);
}

static const char *parse_cursor(const char *after, jt_survey_t *survey,
                                apr_pool_t *pool)
{
    jt_cursor_t *cursor = apr_pcalloc(pool, sizeof(*cursor));

    survey->after = cursor;
    return jt_cursor_parse(after, survey->sort, survey->descending, cursor,
                           pool);
}

static int is_repeated(const jt_http_form_t *form, const char *name)
{
    const char *value;

    return jt_http_get_field(form, name, &value) != OK;
}

int jt_admin_query_parse(const jt_http_form_t *form, const char *const *others,
                         int flags, jt_survey_t *survey,
                         jt_admin_fault_t *fault, apr_pool_t *pool)
{
    const apr_array_header_t *fields = jt_http_list_fields(form);
    const char *after = NULL;
    int i;

    memset(survey, 0, sizeof(*survey));
    memset(fault, 0, sizeof(*fault));
    for (i = 0; i < fields->nelts && !fault->words; i++) {
        const jt_http_field_t *field = &APR_ARRAY_IDX(fields, i,
                                                      jt_http_field_t);

        if (is_among(field->name, others)
            || (!*field->value && (flags & JT_ADMIN_QUERY_FORM))) {
            continue;
        }
        if (is_repeated(form, field->name)) {
            fault->words = apr_psprintf(pool, "%s is there twice",
                                        field->name);
            break;
        }
        fault->words = parse_field(field, survey, &after, pool);
        fault->field = fault->words ? field->name : NULL;
    }
    if (!fault->words && after) {
        fault->words = parse_cursor(after, survey, pool);
    }
    return !fault->words;
}

const char *jt_admin_query_make(const jt_survey_t *survey, apr_pool_t *pool)
{
    const char *filter = jt_filter_query(&survey->filter, pool);
    const char *sort = "";

    if (survey->sort != JT_CURSOR_USER || survey->descending) {
        sort = apr_pstrcat(pool, "sort=", jt_cursor_sort_name(survey->sort),
                           survey->descending ? "&order=desc" : "", NULL);
    }
    return apr_pstrcat(pool, filter, *filter && *sort ? "&" : "", sort, NULL);
}

const char *jt_admin_query_typed(const jt_http_form_t *form, const char *name)
{
    const char *value;

    return jt_http_get_field(form, name, &value) == OK ? value : "";
}
