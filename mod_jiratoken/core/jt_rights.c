/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks a database which rights the account lacks. Every account may read its
 * catalogue, which is not localised. A table's name is one word or two of
 * letters, digits and `_`, and so needs no quoting. It must not know settings.
 */
#include "core/jt_rights.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_fault.h"

/* A right on some columns is taken for one on the table: who grants so knows
 * which ones. */
#define UNLESS_ANY_COLUMN(right) \
    "CASE WHEN NOT has_any_column_privilege('%s', '" right "') " \
    "THEN '" right "' END"

#define MISSING(rights) \
    "SELECT 'GRANT ' || rights || ' ON %s TO ' || quote_ident(current_user) " \
    "FROM (SELECT concat_ws(', ', " rights ") AS rights) AS lacking " \
    "WHERE rights <> ''"

static const char missing[] = MISSING(
    UNLESS_ANY_COLUMN("SELECT") ", " UNLESS_ANY_COLUMN("INSERT") ", "
    UNLESS_ANY_COLUMN("UPDATE") ", "
    "CASE WHEN NOT has_table_privilege('%s', 'DELETE') THEN 'DELETE' END");

static const char missing_of_audit[] = MISSING(
    UNLESS_ANY_COLUMN("SELECT") ", " UNLESS_ANY_COLUMN("INSERT"));

static const char missing_of_owners[] = MISSING(
    UNLESS_ANY_COLUMN("SELECT") ", " UNLESS_ANY_COLUMN("INSERT") ", "
    UNLESS_ANY_COLUMN("UPDATE"));

/* Unquoted names are in lower case. */
static const char hidden[] =
    "SELECT 'GRANT USAGE ON SCHEMA ' || quote_ident(nspname) || ' TO ' "
    "|| quote_ident(current_user) FROM pg_catalog.pg_class AS c "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "WHERE relname = lower('%s') AND NOT has_schema_privilege(n.oid, 'USAGE') "
    "AND %s LIMIT 1";

static const char in_path[] =
    "to_regclass('%s') IS NULL AND lower(nspname) = ANY (string_to_array("
    "lower(replace(translate(current_setting('search_path'), '\" ', ''), "
    "'$user', current_user)), ','))";

/* @return the first row's text; NULL: there is no row, or no answer */
static const char *select_text(const apr_dbd_driver_t *driver,
                               apr_dbd_t *handle, const char *text,
                               apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    if (apr_dbd_select(driver, pool, handle, &results, text, 1)
        || apr_dbd_get_row(driver, pool, results, &row, 1)) {
        return NULL;
    }
    return apr_pstrdup(pool, apr_dbd_get_entry(driver, row, 0));
}

/* The other databases have no such rights, or no catalogue of them. */
static const char *ask_pgsql(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             const char *text, apr_pool_t *pool)
{
    return jt_fault_is_driver(driver, "pgsql")
               ? select_text(driver, handle, text, pool) : NULL;
}

const char *jt_rights_find_missing(const apr_dbd_driver_t *driver,
                                   apr_dbd_t *handle, const char *table,
                                   apr_pool_t *pool)
{
    return ask_pgsql(driver, handle,
                     apr_psprintf(pool, missing, table, table, table, table,
                                  table), pool);
}

const char *jt_rights_find_missing_of_audit(const apr_dbd_driver_t *driver,
                                            apr_dbd_t *handle,
                                            const char *table,
                                            apr_pool_t *pool)
{
    return ask_pgsql(driver, handle,
                     apr_psprintf(pool, missing_of_audit, table, table,
                                  table), pool);
}

const char *jt_rights_find_missing_of_owners(const apr_dbd_driver_t *driver,
                                             apr_dbd_t *handle,
                                             const char *table,
                                             apr_pool_t *pool)
{
    return ask_pgsql(driver, handle,
                     apr_psprintf(pool, missing_of_owners, table, table,
                                  table, table), pool);
}

const char *jt_rights_find_hidden(const apr_dbd_driver_t *driver,
                                  apr_dbd_t *handle, const char *table,
                                  apr_pool_t *pool)
{
    const char *dot = strchr(table, '.');
    const char *where = dot ? apr_psprintf(pool, "nspname = lower('%.*s')",
                                           (int)(dot - table), table)
                            : apr_psprintf(pool, in_path, table);

    return ask_pgsql(driver, handle,
                     apr_psprintf(pool, hidden, dot ? dot + 1 : table, where),
                     pool);
}

int jt_rights_is_hidden(const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                        const char *table, apr_pool_t *pool)
{
    const char *dot = strchr(table, '.');
    const char *schema = dot ? apr_psprintf(pool, "'%.*s'",
                                            (int)(dot - table), table)
                             : "DATABASE()";
    const char *text = apr_psprintf(
        pool, "SELECT COUNT(*) FROM information_schema.tables "
        "WHERE table_schema = %s AND table_name = '%s'", schema,
        dot ? dot + 1 : table);

    if (!jt_fault_is_driver(driver, "mysql")) {
        return 0;
    }
    text = select_text(driver, handle, text, pool);
    return text && !strcmp(text, "0");
}
