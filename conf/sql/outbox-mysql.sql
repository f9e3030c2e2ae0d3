-- The outbox of mod_jiratoken (JiraTokenMessageCmd), for MariaDB 10.5 or MySQL 8.0, or later.
-- It stands beside the audit table, has its name and _outbox, and comes after it:
--
--   mariadb tokens < outbox-mysql.sql
--
-- The account that httpd signs in with needs these rights and no others:
--
--   GRANT SELECT, INSERT, UPDATE, DELETE ON tokens.jiratoken_audit_outbox TO 'httpd'@'%';
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
    user_name    VARBINARY(255),
    token_id     BIGINT,
    label        VARBINARY(400),
    actor        VARBINARY(1000),
    from_address VARCHAR(64),
    detail       VARBINARY(2000),
    expires_at   BIGINT,
    audit_id     BIGINT,
    due_at       BIGINT,
    tries        INTEGER NOT NULL,
    holder       VARCHAR(32),
    sent_at      BIGINT,
    PRIMARY KEY (name),
    KEY jiratoken_audit_outbox_due (due_at, name),
    KEY jiratoken_audit_outbox_sent (sent_at, name)
) ENGINE=InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

CREATE INDEX jiratoken_noticed ON jiratoken (noticed, expires_at);
