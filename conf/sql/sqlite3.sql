-- The table of mod_jiratoken, for SQLite 3. Once, as the user that httpd's
-- children run as, who must be able to write the file and its folder:
--
--   sqlite3 /var/lib/jiratoken/tokens.db < sqlite3.sql
--
-- In httpd's configuration:
--
--   DBDriver  sqlite3
--   DBDParams /var/lib/jiratoken/tokens.db
--
-- No time limit by DBDInitSQL: the driver waits for a lock by itself, up to 1.6
-- seconds, and checks go on meanwhile. With a busy_timeout, 16 times as long,
-- they would wait too; with synchronous=NORMAL a token that was revoked just
-- before the power failed could come back.
--
-- Times are seconds since 1970-01-01 UTC. A token is dead from expires_at on;
-- NULL is never. AUTOINCREMENT: the id of a revoked token never comes back.
-- WAL: checks go on while a token is made; it stays set in the file.

PRAGMA journal_mode = WAL;

CREATE TABLE IF NOT EXISTS jiratoken (
    id             INTEGER      PRIMARY KEY AUTOINCREMENT,
    user_name      VARCHAR(255) NOT NULL,
    slot           INTEGER      NOT NULL,
    label          VARCHAR(400) NOT NULL,
    digest         CHAR(64)     NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64),
    restrictions   VARCHAR(1000),
    previous_digest CHAR(64),
    previous_until BIGINT,
    shown          INTEGER      NOT NULL DEFAULT 1,
    noticed        INTEGER,
    CONSTRAINT jiratoken_digest   UNIQUE (digest),
    CONSTRAINT jiratoken_previous UNIQUE (previous_digest),
    CONSTRAINT jiratoken_slot     UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label    UNIQUE (user_name, label)
);

-- For the lists that administrators see, in any order and by any filter.
CREATE INDEX IF NOT EXISTS jiratoken_naming  ON jiratoken (label);
CREATE INDEX IF NOT EXISTS jiratoken_created ON jiratoken (created_at);
CREATE INDEX IF NOT EXISTS jiratoken_expires ON jiratoken (expires_at);
CREATE INDEX IF NOT EXISTS jiratoken_used    ON jiratoken (last_used_at);
CREATE INDEX IF NOT EXISTS jiratoken_limited ON jiratoken (id) WHERE restrictions IS NOT NULL;
