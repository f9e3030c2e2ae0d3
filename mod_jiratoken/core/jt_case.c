/* SPDX-License-Identifier: Apache-2.0
 *
 * User names with capitals in the table. LOWER() depends on the database, its
 * locale and the column's type; REPLACE() tells letters by their bytes on each
 * of them. It must not know settings.
 */
#include "core/jt_case.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <string.h>

/* More than any JiraTokenMax. */
#define FIRST_SLOT "1000"

/* The characters of a label that stay before " (2)": the longest label has
 * room for seven digits. MySQL has labels as bytes, of UTF-8. */
#define STEM "90"
#define MYSQL_STEM \
    "CAST(LEFT(CONVERT(label USING utf8mb4), " STEM ") AS BINARY)"

/* @param text what of it the letters from first to last become small */
static const char *make_lowered(const char *text, int first, int last,
                                apr_pool_t *pool)
{
    int c;

    for (c = first; c <= last; c++) {
        text = apr_psprintf(pool, "REPLACE(%s,'%c','%c')", text, c,
                            c - 'A' + 'a');
    }
    return text;
}

apr_status_t jt_case_count(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                           const char *table, apr_int64_t *rows,
                           apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *text = apr_psprintf(
        pool, "SELECT COUNT(*) FROM %s WHERE user_name <> %s", table,
        make_lowered("user_name", 'A', 'Z', pool));

    if (apr_dbd_select(driver, pool, handle, &results, text, 1)
        || apr_dbd_get_row(driver, pool, results, &row, 1)) {
        return APR_EGENERAL;
    }
    text = apr_dbd_get_entry(driver, row, 0);
    if (!text) {
        return APR_EGENERAL;
    }
    *rows = apr_atoi64(text);
    return APR_SUCCESS;
}

/* What the rows with capitals become. A person is all spellings of a name, n a
 * row's number among the person's. Of rows with one label, all but the first
 * are copies (c); one that is spelt right is first, as it stays. A copy gets
 * "stem (2)", or the next number that makes a label which the person has not
 * (f). There are enough: m has one for each row, and a person has fewer labels
 * than rows by the number of copies. Copies of one stem share the numbers, as
 * their labels may differ beyond it. So no row gets what another one has, now
 * or afterwards. "+ 0": SQLite takes a text as a slot. */
static const char plan[] =
    "WITH h AS (SELECT id, user_name, slot, label, %s AS half FROM %s), "
    "q AS (SELECT h.*, %s AS stem, %s AS name FROM h), "
    "r AS (SELECT q.*, MAX(slot + 0) OVER (PARTITION BY name) AS top,"
    " ROW_NUMBER() OVER (PARTITION BY name ORDER BY id) AS n,"
    " ROW_NUMBER() OVER (PARTITION BY name, label"
    " ORDER BY user_name <> name, id) AS copy FROM q), "
    "c AS (SELECT r.*, ROW_NUMBER() OVER (PARTITION BY name, stem ORDER BY n)"
    " AS k FROM r WHERE copy > 1), "
    "m AS (SELECT c.name, stem, n, %s AS made FROM (SELECT name, stem FROM c"
    " WHERE k = 1) c JOIN (SELECT name, n + 1 AS n FROM r) r"
    " ON r.name = c.name), "
    "f AS (SELECT m.*, ROW_NUMBER() OVER (PARTITION BY name, stem ORDER BY n)"
    " AS k FROM m WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.name = m.name"
    " AND r.label = made)) "
    "SELECT r.id, r.name, " FIRST_SLOT " + r.top + r.n AS place,"
    " COALESCE(made, r.label) AS words FROM r LEFT JOIN c ON c.id = r.id"
    " LEFT JOIN f ON f.name = c.name AND f.stem = c.stem AND f.k = c.k"
    " WHERE r.user_name <> r.name";

#define CHANGES "SET slot = place, label = words, user_name = name"

const char *jt_case_make_remedy(const char *driver, const char *table,
                                apr_pool_t *pool)
{
    int is_mysql = !strcmp(driver, "mysql");
    const char *stem = is_mysql ? MYSQL_STEM : "SUBSTR(label, 1, " STEM ")";
    const char *made = is_mysql ? "CONCAT(stem, ' (', n, ')')"
                                : "stem || ' (' || n || ')'";
    /* In halves, as SQLite's parser cannot nest as deeply in here. */
    const char *rows = apr_psprintf(pool, plan,
                                    make_lowered("user_name", 'A', 'M', pool),
                                    table, stem,
                                    make_lowered("half", 'N', 'Z', pool), made);

    return apr_psprintf(pool, is_mysql
                            ? "UPDATE %s t JOIN (%s) p ON p.id = t.id " CHANGES
                            : "UPDATE %s AS t " CHANGES
                              " FROM (%s) AS p WHERE p.id = t.id",
                        table, rows);
}
