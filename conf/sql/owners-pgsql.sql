-- The table of JiraTokenOwnerSeen, for PostgreSQL 10 or later, in the database
-- and the schema of the token table. Once, as their owner:
--
--   psql -v ON_ERROR_STOP=1 -d tokens -f owners-pgsql.sql
--
-- Its name is that of the token table (JiraTokenTable) and _owners. The role that
-- httpd signs in with needs these rights and no others:
--
--   GRANT SELECT, INSERT, UPDATE ON jiratoken_owners TO httpd;
--
-- seen_on is the day of an owner's last sign-in, in days since 1970-01-01 UTC;
-- to read it: DATE '1970-01-01' + seen_on::int. The row of the name '', which
-- nobody can have, has the day on which JiraTokenOwnerSeen was first in force:
-- an owner without a row counts as seen on that day.

CREATE TABLE IF NOT EXISTS jiratoken_owners (
    user_name VARCHAR(255) COLLATE "C" NOT NULL,
    seen_on   BIGINT       NOT NULL,
    CONSTRAINT jiratoken_owners_user PRIMARY KEY (user_name)
);
