-- The table of JiraTokenOwnerSeen, for MariaDB 10.5 or MySQL 8.0, or later, in
-- the database of the token table. Once, as an account that may create tables:
--
--   mariadb tokens < owners-mysql.sql
--
-- Its name is that of the token table (JiraTokenTable) and _owners. The account
-- that httpd signs in with needs these rights and no others:
--
--   GRANT SELECT, INSERT, UPDATE ON tokens.jiratoken_owners TO 'httpd'@'%';
--
-- seen_on is the day of an owner's last sign-in, in days since 1970-01-01 UTC;
-- to read it: DATE '1970-01-01' + INTERVAL seen_on DAY. The row of the name '',
-- which nobody can have, has the day on which JiraTokenOwnerSeen was first in
-- force: an owner without a row counts as seen on that day.

CREATE TABLE IF NOT EXISTS jiratoken_owners (
    user_name VARBINARY(255) NOT NULL,
    seen_on   BIGINT         NOT NULL,
    PRIMARY KEY (user_name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
