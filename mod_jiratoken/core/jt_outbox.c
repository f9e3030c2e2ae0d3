/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the outbox. It must not know how a message is told.
 *
 * A message is lost by no crash, as each step is found undone and is done
 * again:
 *
 *   an event without a message    it is taken from the audit, from the horizon
 *                                 on; a token that ends, by its `noticed`;
 *   a message without a claim     it is due;
 *   a claim whose server ended    it is due again after the lease;
 *   told, and not noted as such   the same: it is told twice.
 *
 * The horizon bounds the search, from which on all rows are looked at, so many
 * at once, and then again from there. Rows of the audit appear out of order of
 * their ids, so it only moves to an id that had been the newest for two minutes
 * when such a round began, and only when nothing was left to take. The name of
 * a message is unique, and made of the event: so it is made once, however many
 * servers take it, and however often.
 *
 * `noticed` is the last threshold that was told, 0 for the end. It leads an
 * index, with expires_at behind, so that what is due is one range of it for
 * each value there is.
 */
#include "core/jt_outbox.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_statement.h"

#define NONE JT_TOKEN_NEVER

/* As many as a statement lists, and takes. */
#define MOST_ENDING 100
#define MOST_TAKEN 200

static const char *format_number(apr_int64_t number, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT, number);
}

/* @return NONE for NULL, and for what is no number */
static apr_int64_t parse_number(const char *text)
{
    apr_int64_t number;
    char *end;

    if (!text) {
        return NONE;
    }
    errno = 0;
    number = apr_strtoi64(text, &end, 10);
    return errno || end == text || *end ? NONE : number;
}

static apr_status_t select_texts(jt_store_t *store, jt_statement_t which,
                                 const char **args, apr_array_header_t **rows,
                                 apr_pool_t *pool)
{
    *rows = apr_array_make(pool, 10, sizeof(char **));
    return jt_statement_select(jt_store_statements(store), which, args, *rows,
                               pool);
}

static const char *const *get_texts(const apr_array_header_t *rows, int nth)
{
    return APR_ARRAY_IDX(rows, nth, const char *const *);
}

static apr_status_t change(jt_store_t *store, jt_statement_t which,
                           const char **args, apr_pool_t *pool)
{
    return jt_statement_query(jt_store_statements(store), which, args, pool);
}

static apr_status_t read_state(jt_store_t *store, apr_int64_t *horizon,
                               apr_int64_t *since, int *is_there,
                               apr_pool_t *pool)
{
    const char *args[1] = { NULL };
    apr_array_header_t *rows;
    apr_status_t status = select_texts(store, JT_STATEMENT_OUTBOX_STATE, args,
                                       &rows, pool);

    *is_there = rows->nelts > 0;
    if (*is_there) {
        *horizon = parse_number(get_texts(rows, 0)[0]);
        *since = parse_number(get_texts(rows, 0)[1]);
    }
    return status;
}

apr_status_t jt_outbox_begin(jt_store_t *store, apr_int64_t now,
                             apr_int64_t *horizon, apr_int64_t *since,
                             apr_pool_t *pool)
{
    const char *args[1];
    int is_there;
    apr_status_t status = read_state(store, horizon, since, &is_there, pool);

    if (status != APR_SUCCESS || is_there) {
        return status;
    }
    args[0] = format_number(now, pool);
    (void)change(store, JT_STATEMENT_OUTBOX_BEGIN, args, pool);
    status = read_state(store, horizon, since, &is_there, pool);
    return status == APR_SUCCESS && !is_there ? APR_EGENERAL : status;
}

apr_status_t jt_outbox_newest(jt_store_t *store, apr_int64_t *id,
                              apr_pool_t *pool)
{
    const char *args[1] = { NULL };
    apr_array_header_t *rows;
    apr_status_t status = select_texts(store, JT_STATEMENT_OUTBOX_NEWEST, args,
                                       &rows, pool);

    *id = rows->nelts ? parse_number(get_texts(rows, 0)[0]) : 0;
    return status;
}

apr_status_t jt_outbox_next(jt_store_t *store, apr_int64_t after,
                            apr_int64_t *id, apr_pool_t *pool)
{
    const char *args[1];
    apr_array_header_t *rows;
    apr_status_t status;

    args[0] = format_number(after, pool);
    status = select_texts(store, JT_STATEMENT_OUTBOX_NEXT, args, &rows, pool);
    *id = rows->nelts ? parse_number(get_texts(rows, 0)[0]) : NONE;
    *id = *id == NONE ? 0 : *id;
    return status;
}

apr_status_t jt_outbox_advance(jt_store_t *store, apr_int64_t id,
                               apr_pool_t *pool)
{
    const char *args[2];

    args[0] = args[1] = format_number(id, pool);
    return change(store, JT_STATEMENT_OUTBOX_ADVANCE, args, pool);
}

/* Two servers that take the same rows meet: what the other one has made is
 * there the next time.
 * @param is_more set when there may be others, also when nobody knows */
static apr_status_t take_part(jt_store_t *store, jt_statement_t which,
                              const char **args, int *is_more,
                              apr_pool_t *pool)
{
    apr_status_t status = change(store, which, args, pool);
    int affected = jt_store_statements(store)->affected;

    if (status != APR_SUCCESS && jt_store_is_conflict(store)) {
        *is_more = 1;
        return APR_SUCCESS;
    }
    *is_more |= affected < 0 || affected >= MOST_TAKEN;
    return status;
}

apr_status_t jt_outbox_take(jt_store_t *store, apr_int64_t after,
                            apr_int64_t last, apr_int64_t lone, int *is_more,
                            apr_pool_t *pool)
{
    const char *args[3];
    apr_status_t status;

    args[0] = format_number(after, pool);
    args[1] = format_number(last, pool);
    args[2] = format_number(lone, pool);
    *is_more = 0;
    status = take_part(store, JT_STATEMENT_OUTBOX_TAKE, args, is_more, pool);
    return status == APR_SUCCESS
               ? take_part(store, JT_STATEMENT_OUTBOX_TAKE_LONE, args, is_more,
                           pool)
               : status;
}

/* In the order of JT_OUTBOX_LISTED. */
static void parse_row(const char *const *text, jt_outbox_row_t *row)
{
    row->name = text[0] ? text[0] : "";
    row->event = text[1] ? text[1] : "";
    row->at = parse_number(text[2]);
    row->user = text[3];
    row->token_id = parse_number(text[4]);
    row->label = text[5];
    row->actor = text[6];
    row->from = text[7];
    row->detail = text[8];
    row->expires_at = parse_number(text[9]);
    row->due_at = parse_number(text[10]);
    row->tries = (int)parse_number(text[11]);
}

apr_status_t jt_outbox_list_due(jt_store_t *store, apr_int64_t now,
                                apr_array_header_t **rows, apr_pool_t *pool)
{
    const char *args[1];
    apr_array_header_t *texts;
    apr_status_t status;
    int i;

    args[0] = format_number(now, pool);
    status = select_texts(store, JT_STATEMENT_OUTBOX_DUE, args, &texts, pool);
    *rows = apr_array_make(pool, 10, sizeof(jt_outbox_row_t));
    for (i = 0; i < texts->nelts; i++) {
        parse_row(get_texts(texts, i), apr_array_push(*rows));
    }
    return status;
}

apr_status_t jt_outbox_claim(jt_store_t *store, const jt_outbox_row_t *row,
                             const char *holder, apr_int64_t now, int *claimed,
                             apr_pool_t *pool)
{
    const char *args[4];
    apr_status_t status;

    args[0] = format_number(now + JT_OUTBOX_LEASE, pool);
    args[1] = holder;
    args[2] = row->name;
    args[3] = format_number(row->due_at, pool);
    status = change(store, JT_STATEMENT_OUTBOX_CLAIM, args, pool);
    *claimed = status == APR_SUCCESS
               && jt_store_statements(store)->affected == 1;
    return status;
}

apr_status_t jt_outbox_note_sent(jt_store_t *store, const char *name,
                                 const char *holder, apr_int64_t now,
                                 apr_pool_t *pool)
{
    const char *args[3];

    args[0] = format_number(now, pool);
    args[1] = name;
    args[2] = holder;
    return change(store, JT_STATEMENT_OUTBOX_SENT, args, pool);
}

apr_status_t jt_outbox_put_off(jt_store_t *store, const char *name,
                               const char *holder, apr_int64_t due_at,
                               apr_pool_t *pool)
{
    const char *args[3];

    args[0] = format_number(due_at, pool);
    args[1] = name;
    args[2] = holder;
    return change(store, JT_STATEMENT_OUTBOX_LATER, args, pool);
}

/* Up to the row behind the first thousand, or all of them. */
apr_status_t jt_outbox_clean(jt_store_t *store, apr_int64_t before,
                             apr_int64_t horizon, int *is_more,
                             apr_pool_t *pool)
{
    apr_array_header_t *rows;
    const char *args[4];
    apr_status_t status;
    int is_long;

    args[0] = format_number(before, pool);
    args[1] = format_number(horizon, pool);
    *is_more = 0;
    status = select_texts(store, JT_STATEMENT_OUTBOX_OLDEST, args, &rows, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    is_long = rows->nelts && get_texts(rows, 0)[0] && get_texts(rows, 0)[1];
    args[3] = args[1];
    args[1] = is_long ? get_texts(rows, 0)[1] : "";
    args[2] = args[0] = is_long ? get_texts(rows, 0)[0] : args[0];
    status = change(store, JT_STATEMENT_OUTBOX_CLEAN, args, pool);
    *is_more = is_long && status == APR_SUCCESS;
    return status;
}

int jt_outbox_choose_notice(const apr_array_header_t *thresholds,
                            apr_int64_t expires_at, apr_int64_t now)
{
    int chosen = -1;
    int i;

    if (expires_at <= now) {
        return 0;
    }
    for (i = 0; i < thresholds->nelts; i++) {
        int days = APR_ARRAY_IDX(thresholds, i, int);

        if (expires_at - now <= days * JT_DATE_DAY
            && (chosen < 0 || days < chosen)) {
            chosen = days;
        }
    }
    return chosen;
}

/* The next threshold after the one that was told: the largest below it.
 * @param noticed NONE: nothing was told */
static apr_int64_t get_next(const apr_array_header_t *thresholds,
                            apr_int64_t noticed)
{
    apr_int64_t next = 0;
    int i;

    for (i = 0; i < thresholds->nelts; i++) {
        int days = APR_ARRAY_IDX(thresholds, i, int);

        if (days > next && (noticed == NONE || days < noticed)) {
            next = days;
        }
    }
    return next;
}

/* Only a message that is there is noted in the token's row. */
static apr_status_t add_message(jt_store_t *store, const char **args,
                                apr_pool_t *pool)
{
    apr_array_header_t *rows;
    apr_status_t status = change(store, JT_STATEMENT_OUTBOX_ADD, args, pool);

    if (status == APR_SUCCESS) {
        return status;
    }
    status = select_texts(store, JT_STATEMENT_OUTBOX_FIND, args, &rows, pool);
    return status == APR_SUCCESS && !rows->nelts ? APR_EGENERAL : status;
}

/* @param text a row's id, user, label and end */
static apr_status_t add_notice(jt_store_t *store, const char *const *text,
                               int notice, apr_int64_t now, apr_pool_t *pool)
{
    const char *event = notice ? "expiring" : "expired";
    const char *args[8];
    apr_status_t status;

    args[0] = apr_psprintf(pool, "%s-%s-%s-%d", event, text[0], text[3],
                           notice);
    args[1] = event;
    args[2] = args[7] = format_number(now, pool);
    args[3] = text[1];
    args[4] = text[0];
    args[5] = text[2];
    args[6] = text[3];
    status = add_message(store, args, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    args[0] = args[3] = format_number(notice, pool);
    args[1] = text[0];
    args[2] = text[3];
    return change(store, JT_STATEMENT_OUTBOX_MARK, args, pool);
}

/* Those that were told the same last, and are due the next. */
typedef struct group_t {
    jt_store_t *store;
    const apr_array_header_t *thresholds;
    apr_int64_t since;
    apr_int64_t now;
    apr_int64_t noticed;
} group_t;

static apr_status_t list_group(const group_t *group,
                               apr_array_header_t **rows, apr_pool_t *pool)
{
    const char *args[3];
    const char **bounds = args;
    jt_statement_t which = JT_STATEMENT_OUTBOX_ENDING_NEW;

    if (group->noticed != NONE) {
        which = JT_STATEMENT_OUTBOX_ENDING;
        *bounds++ = format_number(group->noticed, pool);
    }
    bounds[0] = format_number(group->since, pool);
    bounds[1] = format_number(group->now + JT_DATE_DAY
                                  * get_next(group->thresholds, group->noticed),
                              pool);
    return select_texts(group->store, which, args, rows, pool);
}

static apr_status_t add_group(const group_t *group, int *is_more,
                              apr_pool_t *pool)
{
    apr_array_header_t *rows;
    apr_status_t status = list_group(group, &rows, pool);
    int i;

    *is_more |= rows->nelts == MOST_ENDING;
    for (i = 0; status == APR_SUCCESS && i < rows->nelts; i++) {
        const char *const *text = get_texts(rows, i);
        int notice = jt_outbox_choose_notice(group->thresholds,
                                             parse_number(text[3]),
                                             group->now);

        if (notice >= 0 && parse_number(text[3]) != NONE) {
            status = add_notice(group->store, text, notice, group->now, pool);
        }
    }
    return status;
}

/* The next value of `noticed` that rows have. @param noticed NONE: there is
 * none */
static apr_status_t find_noticed(jt_store_t *store, apr_int64_t after,
                                 apr_int64_t *noticed, apr_pool_t *pool)
{
    const char *args[1];
    apr_array_header_t *rows;
    apr_status_t status;

    args[0] = format_number(after, pool);
    status = select_texts(store, JT_STATEMENT_OUTBOX_NOTICED, args, &rows,
                          pool);
    *noticed = rows->nelts ? parse_number(get_texts(rows, 0)[0]) : NONE;
    return status;
}

apr_status_t jt_outbox_add_ending(jt_store_t *store,
                                  const apr_array_header_t *thresholds,
                                  apr_int64_t since, apr_int64_t now,
                                  int *is_more, apr_pool_t *pool)
{
    group_t group = { store, thresholds, since, now, NONE };
    apr_status_t status;

    *is_more = 0;
    status = add_group(&group, is_more, pool);
    group.noticed = 0;
    while (status == APR_SUCCESS) {
        status = find_noticed(store, group.noticed, &group.noticed, pool);
        if (status != APR_SUCCESS || group.noticed == NONE) {
            return status;
        }
        status = add_group(&group, is_more, pool);
    }
    return status;
}
