/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_AUDIT_SQL_H
#define JT_AUDIT_SQL_H

/* The statements about the audit table, for core/jt_statement.c: a name, and
 * its text, in which # is the table. core/jt_audit.c and core/jt_audit_list.c
 * say what is meant. */

/** The columns that are written, in the order of jt_audit_row_t. */
#define JT_AUDIT_WRITTEN \
    "at, event, stage, intent, batch, actor, actor_how, user_name, token_id, " \
    "label, from_address, detail"
#define JT_AUDIT_WRITTEN_COUNT 12

/** How many rows FEW and MANY insert. SQLite before 3.32 takes 999 values. */
#define JT_AUDIT_FEW 8
#define JT_AUDIT_MANY 64

#define JT_AUDIT_VALUES \
    "(%lld, %s, %s, %s, %lld, %s, %s, %s, %lld, %s, %s, %s)"
#define JT_AUDIT_VALUES_8 \
    JT_AUDIT_VALUES ", " JT_AUDIT_VALUES ", " JT_AUDIT_VALUES ", " \
    JT_AUDIT_VALUES ", " JT_AUDIT_VALUES ", " JT_AUDIT_VALUES ", " \
    JT_AUDIT_VALUES ", " JT_AUDIT_VALUES
#define JT_AUDIT_VALUES_64 \
    JT_AUDIT_VALUES_8 ", " JT_AUDIT_VALUES_8 ", " JT_AUDIT_VALUES_8 ", " \
    JT_AUDIT_VALUES_8 ", " JT_AUDIT_VALUES_8 ", " JT_AUDIT_VALUES_8 ", " \
    JT_AUDIT_VALUES_8 ", " JT_AUDIT_VALUES_8
#define JT_AUDIT_INTO "INSERT INTO # (" JT_AUDIT_WRITTEN ") VALUES "

/** What a list reads: the above, the id before it and, after it, the stage of
 * an intent's outcome. */
#define JT_AUDIT_SELECT(where, behind, order, limit) \
    "SELECT id, " JT_AUDIT_WRITTEN ", CASE WHEN stage = 'intent' THEN " \
    "(SELECT MIN(o.stage) FROM # o WHERE o.intent = a.intent " \
    "AND o.stage <> 'intent') END FROM # a WHERE " where behind \
    "ORDER BY " order "at DESC, id DESC LIMIT " limit
#define JT_AUDIT_LISTED_COUNT (JT_AUDIT_WRITTEN_COUNT + 2)

/** From when on, and the row behind which a page begins: its time and its id.
 * PostgreSQL would take two bounds for a narrow range, and sort all of it;
 * MySQL seeks no rows by a comparison of pairs, but by two ranges it does. */
#define JT_AUDIT_BEHIND "at >= %lld AND (at, id) < (%lld, %lld) "
#define JT_AUDIT_BEHIND_MYSQL \
    "at >= %lld AND (at = %lld AND id < %lld OR at < %lld) "

/** The most rows that a page or a part of a stream takes. */
#define JT_AUDIT_PAGE 101
#define JT_AUDIT_PART 1000

#define JT_AUDIT_USER "user_name = %s AND "
#define JT_AUDIT_ACTOR "actor = %s AND "
#define JT_AUDIT_EVENT "event = %s AND "
#define JT_AUDIT_USER_ORDER ""
#define JT_AUDIT_ACTOR_ORDER ""
#define JT_AUDIT_EVENT_ORDER ""

/** The same for MySQL, which would take all rows that an equality has in an
 * index, and pass over those before the page: a range of the index, in its own
 * order. */
#define JT_AUDIT_MYSQL_USER "user_name >= %s AND user_name <= %s AND "
#define JT_AUDIT_MYSQL_ACTOR "actor >= %s AND actor <= %s AND "
#define JT_AUDIT_MYSQL_EVENT "event >= %s AND event <= %s AND "
#define JT_AUDIT_MYSQL_USER_ORDER "user_name DESC, "
#define JT_AUDIT_MYSQL_ACTOR_ORDER "actor DESC, "
#define JT_AUDIT_MYSQL_EVENT_ORDER "event DESC, "

/* Each combination of filters has a statement of its own, and so a plan of its
 * own: a condition that may be none has a plan that suits nobody. By which:
 * JT_AUDIT, or JT_AUDIT_MYSQL. */
#define JT_AUDIT_LISTS_BY(ROW, name, by, behind, limit) \
    ROW(name##_ALL, JT_AUDIT_SELECT("", behind, "", limit)) \
    ROW(name##_U, JT_AUDIT_SELECT(by##_USER, behind, by##_USER_ORDER, limit)) \
    ROW(name##_A, JT_AUDIT_SELECT(by##_ACTOR, behind, by##_ACTOR_ORDER, \
                                  limit)) \
    ROW(name##_UA, JT_AUDIT_SELECT(by##_USER by##_ACTOR, behind, \
                                   by##_USER_ORDER, limit)) \
    ROW(name##_E, JT_AUDIT_SELECT(by##_EVENT, behind, by##_EVENT_ORDER, \
                                  limit)) \
    ROW(name##_UE, JT_AUDIT_SELECT(by##_USER by##_EVENT, behind, \
                                   by##_USER_ORDER, limit)) \
    ROW(name##_AE, JT_AUDIT_SELECT(by##_ACTOR by##_EVENT, behind, \
                                   by##_ACTOR_ORDER, limit)) \
    ROW(name##_UAE, JT_AUDIT_SELECT(by##_USER by##_ACTOR by##_EVENT, behind, \
                                    by##_USER_ORDER, limit))

#define JT_AUDIT_STATEMENTS(ROW) \
    ROW(AUDIT_INSERT, JT_AUDIT_INTO JT_AUDIT_VALUES) \
    ROW(AUDIT_INSERT_FEW, JT_AUDIT_INTO JT_AUDIT_VALUES_8) \
    ROW(AUDIT_INSERT_MANY, JT_AUDIT_INTO JT_AUDIT_VALUES_64) \
    ROW(AUDIT_FIND, "SELECT id FROM # WHERE intent = %s AND stage = %s") \
    JT_AUDIT_LISTS_BY(ROW, AUDIT_PAGE, JT_AUDIT, JT_AUDIT_BEHIND, "101") \
    JT_AUDIT_LISTS_BY(ROW, AUDIT_PART, JT_AUDIT, JT_AUDIT_BEHIND, "1000")

/** What MySQL and MariaDB say otherwise. */
#define JT_AUDIT_STATEMENTS_MYSQL(ROW) \
    JT_AUDIT_LISTS_BY(ROW, AUDIT_PAGE, JT_AUDIT_MYSQL, \
                      JT_AUDIT_BEHIND_MYSQL, "101") \
    JT_AUDIT_LISTS_BY(ROW, AUDIT_PART, JT_AUDIT_MYSQL, \
                      JT_AUDIT_BEHIND_MYSQL, "1000")

#endif
