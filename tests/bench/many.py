# SPDX-License-Identifier: Apache-2.0
"""Millions of tokens as a company has them after years, in minutes: on
PostgreSQL, by its own generate_series, and their indexes at the end.

Ten tokens a user, which do not lie side by side. Ten labels are shared by a
tenth of all tokens each. The rows stand in the order in which they were made.
Of each rare kind there are three rows in all, wherever they lie.
"""

DAY = 86400
NOW = 1790000000
MAX_IDLE = 700
SEEN_SINCE = NOW // DAY - 90
RARE_LABEL, RARE_USER = "zebra", "leaver"

# The numbers are pure functions of the row's, so that each run has the same.
ROWS = """
INSERT INTO jiratoken (user_name, slot, label, digest, created_at, expires_at,
                       last_used_at, last_used_from, restrictions)
SELECT 'user' || lpad((g * 7919 % {users})::text, 8, '0'), g / {users},
       (ARRAY['Looker Studio', 'Power BI', 'ci', 'backup', 'Excel', 'git', 'rclone',
              'svn', 'curl', 'Jenkins'])[(1 + g / {users})::int]
           || CASE WHEN g % 7 = 0 THEN ' no. ' || g ELSE '' END,
       md5(g::text) || md5((-g)::text),
       CASE WHEN g >= {count} / 20 THEN made END,
       CASE WHEN a >= .3 THEN (made / {day} + 30 + (b * 1200)::bigint) * {day} END,
       CASE WHEN c >= .3 THEN greatest(made, {now} - (d * d * d * 700 * {day})::bigint) END,
       CASE WHEN c >= .3 THEN '192.0.2.' || g % 256 END,
       CASE WHEN e < .05 THEN 'read' WHEN e < .1 THEN 'areas=git,wiki' END
FROM (SELECT g, {now} - 1400::bigint * {day} / {count} * ({count} - g) AS made,
             random() AS a, random() AS b, random() AS c, random() AS d, random() AS e
      FROM generate_series(0::bigint, {count} - 1) g) made
"""
# Three of each: with that label, limited to networks, idle, expired for years.
RARE = """
UPDATE jiratoken SET label = '{label} ' || id WHERE id IN ({thirds});
UPDATE jiratoken SET restrictions = 'read from=10.0.0.0/8' WHERE id - 1 IN ({thirds});
UPDATE jiratoken SET last_used_at = {now} - 900 * {day}, created_at = {now} - 950 * {day},
    expires_at = NULL WHERE id - 2 IN ({thirds});
UPDATE jiratoken SET expires_at = {now} - 1300 * {day} WHERE id - 3 IN ({thirds});
UPDATE jiratoken SET user_name = '{user}', slot = id % 1000 WHERE id - 4 IN ({thirds});
"""
OWNERS = """
INSERT INTO jiratoken_owners SELECT '', {seen_since};
INSERT INTO jiratoken_owners SELECT 'user' || lpad(g::text, 8, '0'), {seen_since} + g % 90
FROM generate_series(0, {users} - 1) g;
INSERT INTO jiratoken_owners VALUES ('{user}', {seen_since} - 1);
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname,
       pg_get_constraintdef(c.oid)
FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid
WHERE indrelid = 'jiratoken'::regclass
"""


def fill(database, count):
    """The table and that of the owners, as an administrator's ANALYZE leaves
    them. A statement on a table without indexes takes a tenth of the time."""
    database.make_owners()
    known = {"count": count, "users": max(count // 10, 1), "now": NOW, "day": DAY,
             "label": RARE_LABEL, "user": RARE_USER, "seen_since": SEEN_SINCE,
             "thirds": ", ".join(str(count // 7 + third * count // 3) for third in range(3))}
    with database.session() as session:
        session.execute("SET maintenance_work_mem = '512MB'; SELECT setseed(.5)")
        session.execute(INDEXES)
        indexes = session.fetchall()
        for name, _, constraint, _ in indexes:
            session.execute(f"ALTER TABLE jiratoken DROP CONSTRAINT {constraint}"
                            if constraint else f"DROP INDEX {name}")
        session.execute(ROWS.format(**known))
        for _, index, constraint, definition in indexes:
            session.execute(f"ALTER TABLE jiratoken ADD CONSTRAINT {constraint} {definition}"
                            if constraint else index)
        session.execute(RARE.format(**known))
        session.execute(OWNERS.format(**known))
        session.execute("VACUUM ANALYZE jiratoken")
        session.execute("VACUUM ANALYZE jiratoken_owners")
        session.execute("CHECKPOINT")
