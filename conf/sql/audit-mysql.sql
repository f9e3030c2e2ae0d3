-- The audit table of mod_jiratoken (JiraTokenAudit), for MariaDB 10.5 or MySQL 8.0, or later.
-- In the database of the tokens, as an account that may create tables:
--
--   mariadb tokens < audit-mysql.sql
--
-- The account that httpd signs in with needs these rights and no others:
--
--   GRANT SELECT, INSERT ON tokens.jiratoken_audit TO 'httpd'@'%';
--
-- In httpd's configuration:
--
--   JiraTokenAudit jiratoken_audit
--
-- It is only added to: each change of a token is a row before it (stage
-- 'intent') and a row after it ('done' or 'failed') with the same `intent`. A
-- lone intent says "perhaps": a process was killed, or the database stopped
-- answering. Times are seconds since 1970-01-01 UTC. Rows that are old enough
-- are for whoever owns the table to delete: httpd may not.

CREATE TABLE IF NOT EXISTS jiratoken_audit (
    id           BIGINT          NOT NULL AUTO_INCREMENT,
    at           BIGINT          NOT NULL,
    event        VARCHAR(16)     NOT NULL,
    stage        VARCHAR(16)     NOT NULL,
    intent       VARCHAR(64)     NOT NULL,
    batch        BIGINT,
    actor        VARBINARY(1000),
    actor_how    VARCHAR(64)     NOT NULL,
    user_name    VARBINARY(255),
    token_id     BIGINT,
    label        VARBINARY(400),
    from_address VARCHAR(64),
    detail       VARBINARY(2000),
    PRIMARY KEY (id),
    CONSTRAINT jiratoken_audit_intent UNIQUE (intent, stage),
    KEY jiratoken_audit_at    (at, id),
    KEY jiratoken_audit_user  (user_name, at, id),
    KEY jiratoken_audit_actor (actor, at, id),
    KEY jiratoken_audit_event (event, at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
