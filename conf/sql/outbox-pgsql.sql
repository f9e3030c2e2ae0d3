-- The outbox of mod_jiratoken (JiraTokenMessageCmd), for PostgreSQL 10 or later.
-- It stands beside the audit table, has its name and _outbox, and comes after it:
--
--   psql -v ON_ERROR_STOP=1 -d tokens -f outbox-pgsql.sql
--
-- The role that httpd signs in with needs these rights and no others:
--
--   GRANT SELECT, INSERT, UPDATE, DELETE ON jiratoken_audit_outbox TO httpd;
--
-- A row is a message that is told until the program exits with 0: due_at is when
-- it is tried next, or NULL when it was told. The row 'horizon' says up to which
-- row the audit was read. Rows are deleted a day after they were told.
--
-- The index on the table of the tokens finds those that are about to expire.

CREATE TABLE IF NOT EXISTS jiratoken_audit_outbox (
    name         VARCHAR(100) COLLATE "C" NOT NULL,
    event        VARCHAR(16) COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    user_name    VARCHAR(255) COLLATE "C",
    token_id     BIGINT,
    label        VARCHAR(400) COLLATE "C",
    actor        VARCHAR(1000) COLLATE "C",
    from_address VARCHAR(64) COLLATE "C",
    detail       VARCHAR(2000) COLLATE "C",
    expires_at   BIGINT,
    audit_id     BIGINT,
    due_at       BIGINT,
    tries        INTEGER NOT NULL,
    holder       VARCHAR(32) COLLATE "C",
    sent_at      BIGINT,
    CONSTRAINT jiratoken_audit_outbox_name PRIMARY KEY (name)
);

CREATE INDEX IF NOT EXISTS jiratoken_audit_outbox_due ON jiratoken_audit_outbox (due_at, name);
CREATE INDEX IF NOT EXISTS jiratoken_audit_outbox_sent ON jiratoken_audit_outbox (sent_at, name);
CREATE INDEX IF NOT EXISTS jiratoken_noticed ON jiratoken (noticed, expires_at);
