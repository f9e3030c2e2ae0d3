-- The table of JiraTokenOwnerSeen, for SQLite 3.24 or later, in the file of the
-- token table. Once, as the user that httpd's children run as:
--
--   sqlite3 /var/lib/jiratoken/tokens.db < owners-sqlite3.sql
--
-- Its name is that of the token table (JiraTokenTable) and _owners.
--
-- seen_on is the day of an owner's last sign-in, in days since 1970-01-01 UTC;
-- to read it: date(seen_on * 86400, 'unixepoch'). The row of the name '', which
-- nobody can have, has the day on which JiraTokenOwnerSeen was first in force:
-- an owner without a row counts as seen on that day.

CREATE TABLE IF NOT EXISTS jiratoken_owners (
    user_name VARCHAR(255) NOT NULL PRIMARY KEY,
    seen_on   BIGINT       NOT NULL
) WITHOUT ROWID;
