/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_LISTING_H
#define JT_LISTING_H

#include <apr_tables.h>

#include "core/jt_cursor.h"
#include "core/jt_filter.h"
#include "core/jt_store.h"

/* The tokens of all users, for administrators. Every function blocks, and
 * returns as those of core/jt_store.h do: an error is never an empty list. */

/** The most tokens of one call. */
#define JT_LISTING_MOST 1000

/** A count is exact in a table with so many tokens; in a larger one, if an
 * index finds half as many. */
#define JT_LISTING_EXACT 10000

/** What is asked for. */
typedef struct jt_listing_t {
    const jt_filter_t *filter;
    int every_spelling; /* filter->user stands for all names that become the
                           same when their ASCII letters are lowered */
    jt_cursor_sort_t sort;
    int descending;
    const jt_cursor_t *after; /* of this sort and order; NULL: the first page */
    int limit;          /* tokens, 1 to JT_LISTING_MOST */
    apr_int64_t now;
    int max_idle;       /* jt_token_rules_t's */
    const char *owners; /* the table of owners, with user_name and seen_on;
                           NULL: no owner counts as not seen */
    apr_int64_t seen_since; /* the first seen_on that is recent enough */
} jt_listing_t;

/**
 * Read a page. By user, a user's tokens are in the order of their labels; else
 * those that are equal are in the order of their ids. What has no date comes
 * last, descending first. A row that does not change is on one page, whatever
 * becomes of others meanwhile.
 * @param tokens jt_token_t elements, `limit` at most, from pool. Fewer, or
 *        none, is not the end: the rows that match can be too far apart to look
 *        at all between them within one call. They are close by the filter's
 *        own sort: EXPIRES for what expires, USED for what is unused
 * @param next the cursor of the next page; NULL: this is the last
 * @return APR_EINVAL: the cursor is none that this table can have given
 */
apr_status_t jt_listing_read(jt_store_t *store, const jt_listing_t *what,
                             apr_array_header_t **tokens, const char **next,
                             apr_pool_t *pool);

/**
 * Count what the filter matches. Sort, order, cursor and limit do not matter.
 * @param is_estimate set to zero when the count is exact: when there are so few
 *        tokens in all, or so few that the best index of the filter finds. Else
 *        it is projected from parts of the table
 */
apr_status_t jt_listing_count(jt_store_t *store, const jt_listing_t *what,
                              apr_int64_t *count, int *is_estimate,
                              apr_pool_t *pool);

/** Nothing matches beyond this id. */
#define JT_LISTING_END APR_INT64_MAX

/**
 * Take the next tokens that match, by their ids: to go through all of them,
 * whatever is deleted on the way. Sort, order and cursor do not matter.
 * @param after_id 0, or `reached` of the call before
 * @param tokens as above: none is not the end
 * @param reached all up to this id were looked at; JT_LISTING_END
 */
apr_status_t jt_listing_take(jt_store_t *store, const jt_listing_t *what,
                             apr_int64_t after_id, apr_array_header_t **tokens,
                             apr_int64_t *reached, apr_pool_t *pool);

/**
 * Delete tokens as they were read: not those whose secret is another by now.
 * A missing row is not an error. A row whose digest equals no text (edited by
 * hand) stays: see jt_store_delete_damaged().
 * @param tokens jt_token_t elements, JT_LISTING_MOST at most
 * @param affected set to the number of rows, or JT_STORE_UNKNOWN
 */
apr_status_t jt_listing_delete(jt_store_t *store,
                               const apr_array_header_t *tokens, int *affected,
                               apr_pool_t *pool);

#endif
