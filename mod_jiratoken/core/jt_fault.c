/* SPDX-License-Identifier: Apache-2.0
 *
 * Knows what the codes and messages of APR DBD's drivers mean, and which of
 * them a log may repeat. It must not know tokens or statements.
 */
#include "core/jt_fault.h"

#include <apr_strings.h>
#include <string.h>

/* MySQL and MariaDB: ER_DUP_ENTRY, ER_LOCK_DEADLOCK. */
#define MYSQL_DUPLICATE 1062
#define MYSQL_DEADLOCK 1213
/* ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR,
 * ER_COLUMNACCESS_DENIED_ERROR, ER_PROCACCESS_DENIED_ERROR: rights on what is
 * there. */
#define MYSQL_DATABASE_DENIED 1044
#define MYSQL_TABLE_DENIED 1142
#define MYSQL_COLUMN_DENIED 1143
#define MYSQL_ROUTINE_DENIED 1370

int jt_fault_is_driver(const apr_dbd_driver_t *driver, const char *name)
{
    return !strcmp(apr_dbd_name(driver), name);
}

static const char *get_words(const jt_fault_call_t *call)
{
    const char *words = apr_dbd_error(call->driver, call->handle, call->code);

    return words ? words : "";
}

/* MySQL has error codes. PostgreSQL's messages are localised, but contain the
 * constraint's name, as in conf/sql. */
static int is_conflict(const jt_fault_call_t *call)
{
    const char *words;

    if (jt_fault_is_driver(call->driver, "mysql")) {
        return call->code == MYSQL_DUPLICATE || call->code == MYSQL_DEADLOCK;
    }
    words = get_words(call);
    return strstr(words, "UNIQUE constraint failed")
           || strstr(words, "_slot") || strstr(words, "_label")
           || strstr(words, "_outbox_name");
}

/* Whether the first line has this part. */
static int has_in_line(const char *words, const char *part)
{
    const char *found = strstr(words, part);

    return found && (size_t)(found - words) < strcspn(words, "\r\n");
}

/* PostgreSQL's messages name a prepared statement only when it is not there, or
 * is there already; other lines of theirs quote the SQL. On a connection of
 * one's own, one that was prepared just now always is, and its name is new: so
 * this is a pooler that gives each statement to another connection. pgbouncer
 * 1.21 and later may say so itself, and names none (its prepare.c). */
static int is_pooled(const jt_fault_call_t *call)
{
    const char *words;

    if (!call->new_name || !jt_fault_is_driver(call->driver, "pgsql")) {
        return 0;
    }
    words = get_words(call);
    return has_in_line(words, call->new_name)
           || has_in_line(words, "prepared statement did not exist");
}

/* SQLite's codes for a file that is locked, or cannot be read just now
 * (sqlite.org/rescode.html: BUSY, LOCKED; IOERR). */
static int is_locked(const apr_dbd_driver_t *driver, int code)
{
    return jt_fault_is_driver(driver, "sqlite3") && (code == 5 || code == 6);
}

int jt_fault_is_busy(const apr_dbd_driver_t *driver, int code)
{
    return is_locked(driver, code)
           || (jt_fault_is_driver(driver, "sqlite3") && code == 10);
}

/* And those for one that it may not open or write, or not what stands beside it
 * (PERM, READONLY, CANTOPEN). */
static int is_out_of_reach(const jt_fault_call_t *call)
{
    return jt_fault_is_driver(call->driver, "sqlite3")
           && (call->code == 3 || call->code == 8 || call->code == 14);
}

/* PostgreSQL's SQLSTATE does not come through APR's driver, and its words are
 * localised: core/jt_rights.c asks it. */
static int is_denied(const jt_fault_call_t *call)
{
    return jt_fault_is_driver(call->driver, "mysql")
           && (call->code == MYSQL_DATABASE_DENIED
               || call->code == MYSQL_TABLE_DENIED
               || call->code == MYSQL_COLUMN_DENIED
               || call->code == MYSQL_ROUTINE_DENIED);
}

/* PostgreSQL's and MySQL's messages about values quote them; those about a
 * statement's text cannot. */
static const char *choose_words(const jt_fault_t *fault,
                                const jt_fault_call_t *call)
{
    if (fault->is_pooled) {
        return "a statement that was just prepared is not there: a pooler in "
               "transaction or statement mode is the likely cause, it has to "
               "be in session mode";
    }
    if (call->while_preparing || jt_fault_is_driver(call->driver, "sqlite3")) {
        return get_words(call);
    }
    return jt_fault_is_driver(call->driver, "pgsql")
               ? "PostgreSQL's own log says why" : "";
}

static void describe_row(jt_fault_t *fault, const jt_fault_call_t *call)
{
    memset(fault, 0, sizeof(*fault));
    apr_snprintf(fault->words, sizeof(fault->words), "the row with id=%s has "
                 "text where a number belongs, or no text where some belongs",
                 call->row_id ? call->row_id : "NULL");
}

/* The first line is enough for the log. */
void jt_fault_describe(jt_fault_t *fault, const jt_fault_call_t *call)
{
    const char *words;

    if (call->code == JT_FAULT_BAD_ROW) {
        describe_row(fault, call);
        return;
    }
    fault->is_conflict = is_conflict(call);
    fault->is_locked = is_locked(call->driver, call->code);
    fault->is_pooled = is_pooled(call);
    fault->is_denied = is_denied(call);
    fault->is_about_schema = !fault->is_pooled && !fault->is_denied
                             && !is_out_of_reach(call)
                             && !jt_fault_is_busy(call->driver, call->code);
    words = choose_words(fault, call);
    apr_snprintf(fault->words, sizeof(fault->words), "%s error %d%s%.*s",
                 apr_dbd_name(call->driver), call->code, *words ? ": " : "",
                 (int)strcspn(words, "\r\n"), words);
}

void jt_fault_name_table(jt_fault_t *fault, const char *table)
{
    char words[sizeof(fault->words)];

    apr_cpystrn(words, fault->words, sizeof(words));
    apr_snprintf(fault->words, sizeof(fault->words), "of the table %s: %s",
                 table, words);
}
