/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_FAULT_H
#define JT_FAULT_H

#include <apr_dbd.h>

/** A row with invalid values; beside the drivers' own codes. */
#define JT_FAULT_BAD_ROW (-2)

/** A call of a driver that failed. */
typedef struct jt_fault_call_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    int code;
    const char *row_id;   /* of the bad row; NULL: it has none */
    int while_preparing;  /* it was to prepare a statement, not to run one */
    const char *new_name; /* of the statement, if it was prepared just now or
                             was to be; else NULL */
} jt_fault_call_t;

/** What is known about a failure. */
typedef struct jt_fault_t {
    int is_conflict;     /* a unique constraint or a deadlock: another client's
                            change. A zero may be wrong */
    int is_locked;       /* another client writes to SQLite's file: the same
                            call may do later */
    int is_pooled;       /* a pooler gave a prepared statement to another
                            connection than the one that it was prepared on */
    int is_denied;       /* MySQL or MariaDB say that the account lacks a
                            right; a zero of PostgreSQL's means nothing */
    int is_about_schema; /* or the code does not tell; never when the database
                            is busy or cannot be read just now, nor when it
                            is_denied */
    char words[300];     /* for the log: the driver's message or its code, and
                            never a value of a row */
} jt_fault_t;

/** Describe a failure. Call it before any other call of the driver, which
 * replaces the message. */
void jt_fault_describe(jt_fault_t *fault, const jt_fault_call_t *call);

/** Put a table's name before the words. */
void jt_fault_name_table(jt_fault_t *fault, const char *table);

/** Whether the driver is the one of this name. */
int jt_fault_is_driver(const apr_dbd_driver_t *driver, const char *name);

/** Whether another try may find SQLite's file readable and not locked. */
int jt_fault_is_busy(const apr_dbd_driver_t *driver, int code);

#endif
