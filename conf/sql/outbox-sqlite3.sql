-- The outbox of mod_jiratoken (JiraTokenMessageCmd), for SQLite 3.
-- It stands beside the audit table, has its name and _outbox, and comes after it:
--
--   sqlite3 /var/lib/jiratoken/tokens.db < outbox-sqlite3.sql
--
-- A row is a message that is told until the program exits with 0: due_at is when
-- it is tried next, or NULL when it was told. The row 'horizon' says up to which
-- row the audit was read. Rows are deleted a day after they were told.
--
-- The index on the table of the tokens finds those that are about to expire.

CREATE TABLE IF NOT EXISTS jiratoken_audit_outbox (
    name         VARCHAR(100) NOT NULL,
    event        VARCHAR(16) NOT NULL,
    at           BIGINT NOT NULL,
    user_name    VARCHAR(255),
    token_id     BIGINT,
    label        VARCHAR(400),
    actor        VARCHAR(1000),
    from_address VARCHAR(64),
    detail       VARCHAR(2000),
    expires_at   BIGINT,
    audit_id     BIGINT,
    due_at       BIGINT,
    tries        INTEGER NOT NULL,
    holder       VARCHAR(32),
    sent_at      BIGINT,
    PRIMARY KEY (name)
);

CREATE INDEX IF NOT EXISTS jiratoken_audit_outbox_due ON jiratoken_audit_outbox (due_at, name);
CREATE INDEX IF NOT EXISTS jiratoken_audit_outbox_sent ON jiratoken_audit_outbox (sent_at, name);
CREATE INDEX IF NOT EXISTS jiratoken_noticed ON jiratoken (noticed, expires_at);
