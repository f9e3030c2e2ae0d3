/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists rows of the audit table. It must not know who may read them, nor SQL,
 * which is in core/jt_audit_sql.h.
 */
#include "core/jt_audit_list.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

#include "core/jt_statement.h"
#include "core/jt_where.h"

/* Later than any row. */
#define FOREVER APR_INT64_C(9000000000000000000)

int jt_audit_is_event(const char *text)
{
    static const char *const events[] = {
        JT_AUDIT_CREATED, JT_AUDIT_RENAMED, JT_AUDIT_ROTATED, JT_AUDIT_REVOKED,
        JT_AUDIT_PURGED
    };
    apr_size_t i;

    for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (!strcmp(text, events[i])) {
            return 1;
        }
    }
    return 0;
}

/* The statements of each kind are in the order of these bits. */
static int choose_list(const jt_audit_filter_t *filter, int limit)
{
    int first = limit <= JT_AUDIT_PAGE ? JT_STATEMENT_AUDIT_PAGE_ALL
                                       : JT_STATEMENT_AUDIT_PART_ALL;

    return first + (filter->user ? 1 : 0) + (filter->actor ? 2 : 0)
           + (filter->event ? 4 : 0);
}

static const char *format_number(apr_int64_t number, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT, number);
}

/* @param times that a value of a filter stands in the statement */
static void fill_filter(const jt_audit_filter_t *filter,
                        const jt_audit_place_t *place, int times,
                        const char **args, apr_pool_t *pool)
{
    apr_int64_t last = filter->before ? filter->before : FOREVER;
    int is_first = !place->id || place->at >= last;
    const char *texts[3];
    int i;

    texts[0] = filter->user;
    texts[1] = filter->actor;
    texts[2] = filter->event;
    for (i = 0; i < 3 * times; i++) {
        if (texts[i / times]) {
            *args++ = texts[i / times];
        }
    }
    args[0] = format_number(filter->from, pool);
    args[1] = format_number(is_first ? last : place->at, pool);
    args[2] = format_number(is_first ? 0 : place->id, pool);
    args[3] = args[1]; /* MySQL's */
}

static int parse_number(const char *text, apr_int64_t *number)
{
    char *end;

    *number = JT_AUDIT_NONE;
    if (!text) {
        return 0;
    }
    errno = 0;
    *number = apr_strtoi64(text, &end, 10);
    return errno || end == text || *end;
}

/* What nobody can have left out of a row that this module wrote.
 * @return non-zero for a row that somebody else wrote */
static int parse_row(const char *const *text, jt_audit_row_t *row)
{
    row->event = text[2];
    row->stage = text[3];
    row->intent = text[4];
    row->actor = text[6];
    row->actor_how = text[7];
    row->user = text[8];
    row->label = text[10];
    row->from = text[11];
    row->detail = text[12];
    row->outcome = text[13];
    return parse_number(text[0], &row->id) | parse_number(text[1], &row->at)
           | parse_number(text[5], &row->batch)
           | parse_number(text[9], &row->token_id) | !row->event | !row->stage
           | !row->intent;
}

/* A row that cannot be read is listed by what of it can: it may be what
 * somebody wants to hide. */
static void parse_rows(const apr_array_header_t *texts, int limit,
                       apr_array_header_t *rows)
{
    int i;

    for (i = 0; i < texts->nelts && i < limit; i++) {
        jt_audit_row_t *row = apr_array_push(rows);

        if (parse_row(APR_ARRAY_IDX(texts, i, const char *const *), row)) {
            row->event = row->event ? row->event : "";
            row->stage = row->stage ? row->stage : "";
            row->intent = row->intent ? row->intent : "";
        }
    }
}

apr_status_t jt_audit_list(jt_store_t *store, const jt_audit_filter_t *filter,
                           const jt_audit_place_t *place, int limit,
                           apr_array_header_t **rows, apr_pool_t *pool)
{
    jt_statements_t *all = jt_store_statements(store);
    apr_array_header_t *texts = apr_array_make(pool, limit, sizeof(char **));
    int times = jt_where_dialect(apr_dbd_name(all->driver)) == JT_WHERE_MYSQL
                    ? 2 : 1;
    const char *args[10];
    apr_pool_t *scratch;
    apr_status_t status;

    *rows = apr_array_make(pool, limit, sizeof(jt_audit_row_t));
    if (!all->audit) {
        return APR_SUCCESS;
    }
    apr_pool_create(&scratch, pool);
    fill_filter(filter, place, times, args, scratch);
    status = jt_statement_select(all,
                                 (jt_statement_t)choose_list(filter, limit),
                                 args, texts, scratch);
    apr_pool_destroy(scratch);
    parse_rows(texts, limit, *rows);
    return status;
}

const char *jt_audit_place_format(const jt_audit_place_t *place,
                                  apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT ".%" APR_INT64_T_FMT,
                        place->at, place->id);
}

/* @param end what must follow the number
 * @return what follows that, or NULL for a text that is none */
static const char *parse_part(const char *text, char end, apr_int64_t *number)
{
    char *rest;

    errno = 0;
    *number = apr_isdigit(*text) ? apr_strtoi64(text, &rest, 10) : -1;
    return *number < 0 || errno || *rest != end ? NULL : rest + 1;
}

apr_status_t jt_audit_place_parse(const char *text, jt_audit_place_t *place)
{
    const char *rest = parse_part(text, '.', &place->at);

    return rest && parse_part(rest, '\0', &place->id) && place->id
               ? APR_SUCCESS : APR_EINVAL;
}
