/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SURVEY_H
#define JT_SURVEY_H

#include "core/jt_cursor.h"
#include "core/jt_filter.h"
#include "core/jt_listing.h"
#include "core/jt_token.h"
#include "service/jt_actor.h"

/* Everybody's tokens, for administrators: who they are is decided before. All
 * functions block as the database does, and return APR_SUCCESS, or anything
 * else when it could not answer. Results are from actor->pool. */

/** The most tokens of a page. */
#define JT_SURVEY_PAGE 100

/** How many tokens are taken at once where all that match are meant. */
#define JT_SURVEY_BATCH 500

/** Which tokens, and in which order. Zero is all of them, by user. */
typedef struct jt_survey_t {
    jt_filter_t filter;
    jt_cursor_sort_t sort;
    int descending;
    const jt_cursor_t *after; /* NULL: from the start */
    int every_spelling; /* filter.user stands for all spellings of it, under
                           JiraTokenUserCase lower */
} jt_survey_t;

/** How many there are. */
typedef struct jt_survey_count_t {
    apr_int64_t number;
    int is_estimate;
} jt_survey_count_t;

/**
 * List a page. A page may be short before the end: where few of many rows are
 * meant, each page looks at a bounded number of them.
 * @param tokens jt_token_t elements, JT_SURVEY_PAGE at most
 * @param next the cursor of the next page; NULL: this was the last
 * @return APR_EINVAL: the cursor is none that this table can have given
 */
apr_status_t jt_survey_list(const jt_actor_t *actor, const jt_survey_t *survey,
                            apr_array_header_t **tokens, const char **next);

/** Count, without a look at each row. */
apr_status_t jt_survey_count(const jt_actor_t *actor,
                             const jt_survey_t *survey,
                             jt_survey_count_t *count);

/** What that is for core/jt_listing.c: a page of it. From actor->pool. */
void jt_survey_describe(const jt_actor_t *actor, const jt_survey_t *survey,
                        jt_listing_t *what);

/** Find tokens by their ids: JT_SURVEY_PAGE at most, apr_int64_t elements. */
apr_status_t jt_survey_find(const jt_actor_t *actor,
                            const apr_array_header_t *ids,
                            apr_array_header_t **tokens);

/** Receives the tokens of one batch (jt_token_t elements).
 * @return zero to stop */
typedef int jt_survey_sink_t(void *baton, const apr_array_header_t *tokens);

/**
 * Give each of the tokens to a sink, by id, in batches between which no
 * connection is held. Order and cursor do not matter.
 */
apr_status_t jt_survey_walk(const jt_actor_t *actor, const jt_survey_t *survey,
                            jt_survey_sink_t *sink, void *baton);

#endif
