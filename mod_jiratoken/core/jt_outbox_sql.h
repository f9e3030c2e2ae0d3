/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_OUTBOX_SQL_H
#define JT_OUTBOX_SQL_H

/* The statements about the outbox, for core/jt_statement.c: & is its table, #
 * the audit's, @ the tokens'. core/jt_outbox.c says what is meant. */

#define JT_OUTBOX_LISTED \
    "name, event, at, user_name, token_id, label, actor, from_address, " \
    "detail, expires_at, due_at, tries"

/** What is copied from the audit (a), in the order of the SELECT. */
#define JT_OUTBOX_COPY \
    "INSERT INTO & (name, event, at, user_name, label, actor, from_address, " \
    "detail, audit_id, due_at, tries, token_id) SELECT a.intent, a.event, " \
    "a.at, a.user_name, a.label, a.actor, a.from_address, a.detail, a.id, " \
    "a.at, 0, "
#define JT_OUTBOX_NEW \
    "a.id > %lld AND a.id <= %lld " \
    "AND NOT EXISTS (SELECT 1 FROM & o WHERE o.name = a.intent) "
#define JT_OUTBOX_ORDER "ORDER BY a.id LIMIT 200"

/** A change that was made although nothing says so: its intent is alone, and
 * the token is as the change would have left it. A creation and a rotation set
 * created_at to the instant of their intent. */
#define JT_OUTBOX_MADE \
    "(a.event = 'revoked' AND NOT EXISTS " \
    "(SELECT 1 FROM @ t WHERE t.id = a.token_id)) OR " \
    "(a.event = 'rotated' AND EXISTS (SELECT 1 FROM @ t " \
    "WHERE t.id = a.token_id AND t.created_at = a.at)) OR " \
    "(a.event = 'created' AND EXISTS (SELECT 1 FROM @ t WHERE " \
    "t.user_name = a.user_name AND t.label = a.label AND t.created_at = a.at))"

/** Sorted by what is the same in all: PostgreSQL does not see that NULL is, and
 * would take another index, or sort. */
#define JT_OUTBOX_ENDING(noticed) \
    "SELECT id, user_name, label, expires_at FROM @ WHERE " noticed \
    " AND expires_at > %lld AND expires_at <= %lld " \
    "ORDER BY noticed, expires_at LIMIT 100"

#define JT_OUTBOX_STATEMENTS(ROW) \
    ROW(OUTBOX_STATE, "SELECT audit_id, at FROM & WHERE name = 'horizon'") \
    ROW(OUTBOX_BEGIN, "INSERT INTO & (name, event, at, audit_id, tries) " \
        "SELECT 'horizon', '', %lld, COALESCE(MAX(id), 0), 0 FROM #") \
    ROW(OUTBOX_NEWEST, "SELECT COALESCE(MAX(id), 0) FROM #") \
    ROW(OUTBOX_NEXT, "SELECT MIN(id) FROM # WHERE id > %lld") \
    ROW(OUTBOX_ADVANCE, "UPDATE & SET audit_id = %lld " \
        "WHERE name = 'horizon' AND audit_id < %lld") \
    ROW(OUTBOX_TAKE, JT_OUTBOX_COPY "a.token_id FROM # a WHERE " \
        JT_OUTBOX_NEW "AND a.stage = 'done' AND a.token_id IS NOT NULL " \
        "AND a.event IN ('created', 'rotated', 'revoked') " JT_OUTBOX_ORDER) \
    ROW(OUTBOX_TAKE_LONE, JT_OUTBOX_COPY "COALESCE(a.token_id, " \
        "(SELECT t.id FROM @ t WHERE t.user_name = a.user_name " \
        "AND t.label = a.label)) FROM # a WHERE " JT_OUTBOX_NEW \
        "AND a.at < %lld AND a.stage = 'intent' AND a.user_name IS NOT NULL " \
        "AND NOT EXISTS (SELECT 1 FROM # b WHERE b.intent = a.intent " \
        "AND b.stage <> 'intent') AND (" JT_OUTBOX_MADE ") " \
        JT_OUTBOX_ORDER) \
    ROW(OUTBOX_DUE, "SELECT " JT_OUTBOX_LISTED " FROM & " \
        "WHERE due_at <= %lld ORDER BY due_at, name LIMIT 10") \
    ROW(OUTBOX_CLAIM, "UPDATE & SET due_at = %lld, holder = %s, " \
        "tries = tries + 1 WHERE name = %s AND due_at = %lld") \
    ROW(OUTBOX_SENT, "UPDATE & SET due_at = NULL, sent_at = %lld " \
        "WHERE name = %s AND holder = %s") \
    ROW(OUTBOX_LATER, "UPDATE & SET due_at = %lld, holder = NULL " \
        "WHERE name = %s AND holder = %s") \
    ROW(OUTBOX_OLDEST, "SELECT sent_at, name FROM & WHERE sent_at < %lld " \
        "AND (audit_id IS NULL OR audit_id <= %lld) " \
        "ORDER BY sent_at, name LIMIT 1 OFFSET 1000") \
    ROW(OUTBOX_CLEAN, "DELETE FROM & WHERE " \
        "(sent_at = %lld AND name < %s OR sent_at < %lld) " \
        "AND (audit_id IS NULL OR audit_id <= %lld)") \
    ROW(OUTBOX_FIND, "SELECT name FROM & WHERE name = %s") \
    ROW(OUTBOX_ADD, "INSERT INTO & (name, event, at, user_name, token_id, " \
        "label, expires_at, due_at, tries) " \
        "VALUES (%s, %s, %lld, %s, %lld, %s, %lld, %lld, 0)") \
    ROW(OUTBOX_NOTICED, "SELECT MIN(noticed) FROM @ WHERE noticed > %d") \
    ROW(OUTBOX_ENDING_NEW, JT_OUTBOX_ENDING("noticed IS NULL")) \
    ROW(OUTBOX_ENDING, JT_OUTBOX_ENDING("noticed = %d")) \
    ROW(OUTBOX_MARK, "UPDATE @ SET noticed = %d WHERE id = %lld " \
        "AND expires_at = %lld AND (noticed IS NULL OR noticed > %d)")

/** What MySQL and MariaDB say otherwise, with the same values: by the name they
 * would take the table, or all names below, and lock what is to stay. */
#define JT_OUTBOX_STATEMENTS_MYSQL(ROW) \
    ROW(OUTBOX_CLEAN, "DELETE FROM & WHERE sent_at <= %lld " \
        "AND %s IS NOT NULL AND sent_at <= %lld " \
        "AND (audit_id IS NULL OR audit_id <= %lld) " \
        "ORDER BY sent_at, name LIMIT 1000")

#endif
