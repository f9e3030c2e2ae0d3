-- The table of mod_jiratoken, for PostgreSQL 10 or later, in a database whose
-- encoding is UTF8. Once, as the owner of that database:
--
--   psql -v ON_ERROR_STOP=1 -d tokens -f pgsql.sql
--
-- The role that httpd signs in with needs these rights and no others (its
-- rights on the table cover the numbers of id too):
--
--   GRANT SELECT, INSERT, UPDATE, DELETE ON jiratoken TO httpd;
--
-- In httpd's configuration (without the two time limits, a database that hangs
-- would hang httpd; statement_timeout is in milliseconds. DBDMin 0: a process
-- that begins asks for no connection, for which it would wait before it answers
-- anything):
--
--   DBDriver  pgsql
--   DBDParams "host=db.example.org dbname=tokens user=httpd password=secret connect_timeout=2 options='-c statement_timeout=2000'"
--   DBDMin 0
--   DBDMax 13
--
-- Times are seconds since 1970-01-01 UTC. A token is dead from expires_at on;
-- NULL is never. Names and labels are compared byte for byte (COLLATE "C").
-- The id of a revoked token never comes back.

CREATE TABLE IF NOT EXISTS jiratoken (
    id             BIGINT GENERATED ALWAYS AS IDENTITY,
    user_name      VARCHAR(255)  COLLATE "C" NOT NULL,
    slot           INTEGER       NOT NULL,
    label          VARCHAR(400)  COLLATE "C" NOT NULL,
    digest         VARCHAR(64)   COLLATE "C" NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64)   COLLATE "C",
    restrictions   VARCHAR(1000) COLLATE "C",
    previous_digest VARCHAR(64)  COLLATE "C",
    previous_until BIGINT,
    shown          SMALLINT      NOT NULL DEFAULT 1,
    noticed        INTEGER,
    CONSTRAINT jiratoken_id       PRIMARY KEY (id),
    CONSTRAINT jiratoken_digest   UNIQUE (digest),
    CONSTRAINT jiratoken_previous UNIQUE (previous_digest),
    CONSTRAINT jiratoken_slot     UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label    UNIQUE (user_name, label)
);

-- For the lists that administrators see, in any order and by any filter.
CREATE INDEX IF NOT EXISTS jiratoken_naming  ON jiratoken (label, id);
CREATE INDEX IF NOT EXISTS jiratoken_created ON jiratoken (created_at, id);
CREATE INDEX IF NOT EXISTS jiratoken_expires ON jiratoken (expires_at, id);
CREATE INDEX IF NOT EXISTS jiratoken_used    ON jiratoken (last_used_at, id);
CREATE INDEX IF NOT EXISTS jiratoken_limited ON jiratoken (id) WHERE restrictions IS NOT NULL;
