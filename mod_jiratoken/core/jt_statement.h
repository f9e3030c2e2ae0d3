/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_STATEMENT_H
#define JT_STATEMENT_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_audit_sql.h"
#include "core/jt_fault.h"
#include "core/jt_outbox_sql.h"

/* For core/jt_store.c, core/jt_owners.c, core/jt_audit.c and core/jt_listing.c
 * alone, whose functions say what is meant. All block. */

#define JT_STATEMENT_NAME(name, text) JT_STATEMENT_##name,

/** All statements. The first to be prepared, FIND, names all columns. */
typedef enum jt_statement_t {
    JT_STATEMENT_LIST,
    JT_STATEMENT_FIND,
    JT_STATEMENT_FIND_FORMER,
    JT_STATEMENT_FIND_ID,
    JT_STATEMENT_INSERT,
    JT_STATEMENT_DELETE,
    JT_STATEMENT_DELETE_DAMAGED,
    JT_STATEMENT_LIST_IDS,
    JT_STATEMENT_LIST_SECRETS,
    JT_STATEMENT_TOUCH,
    JT_STATEMENT_MARK_SHOWN,
    JT_STATEMENT_ROTATE,
    JT_STATEMENT_RENAME,
    JT_STATEMENT_DELETE_ENDED,
    /* Those above are of the token table. */
    JT_STATEMENT_ACCOUNT, /* the site's: JiraTokenUserQuery */
    /* These are of the table of owners. */
    JT_STATEMENT_FIND_OWNER,
    JT_STATEMENT_LIST_OWNERS,
    JT_STATEMENT_SEE_OWNER,
    JT_STATEMENT_BEGIN_OWNERS,
    JT_AUDIT_STATEMENTS(JT_STATEMENT_NAME)
    JT_OUTBOX_STATEMENTS(JT_STATEMENT_NAME)
    JT_STATEMENTS
} jt_statement_t;

#undef JT_STATEMENT_NAME

/** The first of those about the audit table, and of those about its outbox,
 * which come last. */
#define JT_STATEMENT_FIRST_OF_AUDIT JT_STATEMENT_AUDIT_INSERT
#define JT_STATEMENT_FIRST_OF_OUTBOX JT_STATEMENT_OUTBOX_STATE

/** The number of affected rows is unknown. */
#define JT_STATEMENT_UNKNOWN (-1)

/** The statements of one token table, and of its audit table, on one
 * connection. */
typedef struct jt_statements_t jt_statements_t;

struct jt_statements_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const char *table;
    const char *audit;  /* table; NULL: none */
    const char *outbox; /* the same */
    const char *user_query; /* what JT_STATEMENT_ACCOUNT is; NULL: none */
    apr_pool_t *pool;
    apr_pool_t *prepared_pool;
    apr_dbd_prepared_t *prepared[JT_STATEMENTS];
    apr_uint64_t names; /* random; a part of each prepared statement's name */
    int unfit; /* as in jt_store_is_unfit() */
    int lost;
    int was_prepared; /* the last preparation succeeded, or what ran after it */
    jt_statement_t fresh; /* prepared by this call; JT_STATEMENTS: none */
    int affected; /* rows, by the last statement that writes */
    const char *row_id; /* of the last row that was read; short-lived */
    jt_fault_t fault; /* the last failure */
};

/** Forget all statements, and prepare one. The others are prepared on
 * demand. */
apr_status_t jt_statement_reset(jt_statements_t *all, jt_statement_t which);

/** Prepare a statement. */
apr_status_t jt_statement_prepare(jt_statements_t *all, jt_statement_t which);

/** Whether its rows are jt_grant_t. */
int jt_statement_is_checked(jt_statement_t which);

/** Whether it is about the audit table or the outbox. Its rows are the texts of
 * the columns, NULL for SQL NULL: const char *const *. The others' are
 * jt_token_t. */
int jt_statement_is_of_audit(jt_statement_t which);

/**
 * Run a SELECT.
 * @param args the values, NULL for SQL NULL
 * @param rows the rows are appended; none of them when it fails half-way:
 *        jt_grant_t or jt_token_t, of owners jt_row_owner_t, and of
 *        JT_STATEMENT_ACCOUNT chars that say nothing
 */
apr_status_t jt_statement_select(jt_statements_t *all, jt_statement_t which,
                                 const char **args, apr_array_header_t *rows,
                                 apr_pool_t *pool);

/** Run what changes rows; all->affected says how many. */
apr_status_t jt_statement_query(jt_statements_t *all, jt_statement_t which,
                                const char **args, apr_pool_t *pool);

/**
 * Run a SELECT that is made for the occasion. A statement that has died is run
 * again, as above.
 * @param text each value in it as core/jt_where.c writes it
 * @param columns how many it has
 * @param rows const char ** elements, the values of a row each, NULL for SQL
 *        NULL; as above
 */
apr_status_t jt_statement_select_text(jt_statements_t *all, const char *text,
                                      int columns, apr_array_header_t *rows,
                                      apr_pool_t *pool);

/** Run a text that changes rows; all->affected says how many. It may be run
 * twice. */
apr_status_t jt_statement_query_text(jt_statements_t *all, const char *text,
                                     apr_pool_t *pool);

/** Record as the last failure that the row with this id, which may be NULL, has
 * values that cannot be read. */
void jt_statement_refuse_row(jt_statements_t *all, const char *id);

#endif
