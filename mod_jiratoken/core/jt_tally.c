/* SPDX-License-Identifier: Apache-2.0
 *
 * How many tokens match a filter, without reading the table: counted where an
 * index finds few, or there are few in all; else projected from samples at even
 * distances, by ids, of which each says how close the rows lie there, and which
 * part of them matches. A database's own figures are of the whole table alone,
 * as old as its last ANALYZE, and of another kind in each.
 */
#include "core/jt_tally.h"

#include <apr_strings.h>

#define SAMPLES 20
#define SAMPLE_ROWS 300

/* Rows that an index finds lie anywhere in the table, each on a page of its own
 * perhaps: parts of `exact` that are counted one by one, if these are all, or
 * for the least that the count can be. */
#define FOUND_PART 2
#define LEAST_PART 10

/* Of one SELECT's rows those that match. */
static apr_status_t count_rows(const jt_asking_t *asking, const char *rows,
                               apr_int64_t *count)
{
    const char *where = asking->every
                            ? apr_pstrcat(asking->pool, " WHERE ",
                                          asking->every, NULL) : "";

    return jt_asking_number(asking, apr_psprintf(
        asking->pool, "SELECT COUNT(*) FROM (%s) w%s", rows, where), count);
}

/* @param is_small set when the table has no more rows than `exact` */
static apr_status_t measure_table(const jt_asking_t *asking, int exact,
                                  int *is_small)
{
    apr_int64_t count;
    apr_status_t status = jt_asking_number(asking, apr_psprintf(
        asking->pool, "SELECT COUNT(*) FROM (%s) w",
        jt_asking_fence(asking, "id", NULL, "id", exact + 1)), &count);

    *is_small = count <= exact;
    return status;
}

/* Of the table's ids. SQLite finds each end by the index when it is asked for
 * alone. */
static apr_status_t find_ends(const jt_asking_t *asking, apr_int64_t *first,
                              apr_int64_t *last)
{
    const char *table = asking->all->table;
    apr_status_t status = jt_asking_number(asking, apr_pstrcat(
        asking->pool, "SELECT MIN(id) FROM ", table, NULL), first);

    return status != APR_SUCCESS ? status : jt_asking_number(
        asking, apr_pstrcat(asking->pool, "SELECT MAX(id) FROM ", table, NULL),
        last);
}

/* @param matches set to how many match for each id from here on */
static apr_status_t take_sample(const jt_asking_t *asking, apr_int64_t first,
                                apr_int64_t last, double *matches)
{
    const char *range = apr_psprintf(asking->pool, "id >= %" APR_INT64_T_FMT,
                                     first);
    const char **row;
    apr_status_t status = jt_asking_first(asking, apr_psprintf(
        asking->pool, "SELECT COUNT(*), SUM(CASE WHEN %s THEN 1 ELSE 0 END),"
        " MAX(id) FROM (%s) w", asking->every ? asking->every : "1 = 1",
        jt_asking_fence(asking, JT_ASKING_RAW, range, "id", SAMPLE_ROWS)), 3,
        &row);

    *matches = 0;
    if (row && jt_asking_parse(row[0]) == SAMPLE_ROWS) {
        last = jt_asking_parse(row[2]);
    }
    if (row && last >= first) {
        *matches = (double)jt_asking_parse(row[1])
                   / (double)(last - first + 1);
    }
    return status;
}

static apr_status_t project(const jt_asking_t *asking, apr_int64_t *count)
{
    apr_int64_t first = 0;
    apr_int64_t last = 0;
    apr_status_t status = find_ends(asking, &first, &last);
    double sum = 0;
    int i;

    for (i = 0; i < SAMPLES && status == APR_SUCCESS; i++) {
        double matches;

        status = take_sample(asking, first + (last - first) / SAMPLES * i, last,
                             &matches);
        sum += matches;
    }
    *count = (apr_int64_t)(sum / SAMPLES * (double)(last - first + 1));
    return status;
}

/* What cannot be less than was counted is not less. */
static apr_status_t estimate(const jt_asking_t *asking, int exact,
                             apr_int64_t *count)
{
    apr_int64_t least = asking->every ? 0 : exact + 1;
    apr_status_t status = APR_SUCCESS;

    if (asking->where.paths_count) {
        status = count_rows(asking, jt_asking_path(
            asking, &asking->where.paths[0], exact / LEAST_PART), &least);
    }
    if (status == APR_SUCCESS) {
        status = project(asking, count);
    }
    *count = *count > least ? *count : least;
    return status;
}

apr_status_t jt_tally_make(const jt_asking_t *asking, int exact,
                           apr_int64_t *count, int *is_estimate)
{
    const jt_where_path_t *path;
    apr_status_t status = jt_asking_find_path(asking, exact / FOUND_PART,
                                              &path);
    int is_small = 0;

    *is_estimate = 0;
    if (status == APR_SUCCESS && path) {
        return count_rows(asking, jt_asking_path(asking, path, 2 * exact),
                          count);
    }
    if (status == APR_SUCCESS) {
        status = measure_table(asking, exact, &is_small);
    }
    if (status == APR_SUCCESS && is_small) {
        return count_rows(asking, jt_asking_fence(asking, JT_ASKING_RAW, NULL,
                                                  "id", 2 * exact), count);
    }
    *is_estimate = 1;
    return status == APR_SUCCESS ? estimate(asking, exact, count) : status;
}
